/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes where pages are counted, by a variable, which no compiler sees: mistakes.h. (What a compiler sees is refused:
 * tests/static/misuse.sh.) Right is each with DMA_PAGES().
 */
#include "mistakes.h"

static const size_t nbytes = 70;

static void coherent(bool right)
{
	struct dma_coherent ring = {0};
	int error = right ? dma_coherent_alloc(&ring, &mistaken.dma, 0, DMA_PAGES(nbytes))
			  : dma_coherent_alloc(&ring, &mistaken.dma, 0, nbytes);

	if (!SIM_CHECK(error == 0))
		return;
	SIM_CHECK(dma_coherent_fill(&ring, 0, 1, nbytes) == 0);
	dma_coherent_release(&ring);
}

/* Nobody used it, and it is large. */
static void never_used(bool right)
{
	struct dma_coherent ring = {0};
	size_t n = 256;
	int error = right ? dma_coherent_alloc_uninit(&ring, &mistaken.dma, 0, DMA_PAGES(n * DMA_PAGE_SIZE))
			  : dma_coherent_alloc_uninit(&ring, &mistaken.dma, 0, n);

	SIM_CHECK(error == 0 && dma_coherent_size(&ring) == 256 * DMA_PAGE_SIZE);
	dma_coherent_release(&ring);
}

static void small_constant(bool right)
{
	struct dma_stream_to_device s = {0};
	int error = right ? dma_stream_alloc(&s, &mistaken.dma, 0, DMA_PAGES(16))
			  : dma_stream_alloc(&s, &mistaken.dma, 0, 16);
	uint64_t command[2] = {1, 2};

	if (!SIM_CHECK(error == 0))
		return;
	SIM_CHECK(dma_stream_write_val(&s, 0, &command) == 0 && dma_stream_sync_to_device(&s, 0, 16) == 0);
	dma_stream_release(&s);
}

/* What is used lies behind as many bytes as there are pages, since devices write units of 64. */
static void behind(bool right)
{
	struct dma_stream s = {0};
	size_t few = 22;
	int error = right ? dma_stream_alloc_uninit(&s, &mistaken.dma, DMA_FROM_DEVICE, DMA_PAGES(few))
			  : dma_stream_alloc_uninit(&s, &mistaken.dma, DMA_FROM_DEVICE, few);
	dma_daddr_t at = dma_daddr(dma_stream_daddr(&s).raw + 18);

	if (!SIM_CHECK(error == 0))
		return;
	SIM_CHECK(sim_device_write(mistaken.sim, at, mistaken_out, 16) == 0);
	dma_stream_release(&s);
}

static void received(bool right)
{
	struct dma_stream s = {0};
	int error = right ? dma_stream_alloc_uninit(&s, &mistaken.dma, DMA_FROM_DEVICE, DMA_PAGES(nbytes))
			  : dma_stream_alloc_uninit(&s, &mistaken.dma, DMA_FROM_DEVICE, nbytes);

	if (!SIM_CHECK(error == 0))
		return;
	SIM_CHECK(sim_device_write(mistaken.sim, dma_stream_daddr(&s), mistaken_out, LEN) == 0);
	dma_stream_release(&s);
}

static void segment(bool right)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	int error = right ? dma_segment_alloc(&seg, DMA_PAGES(nbytes), UINT64_MAX, 0)
			  : dma_segment_alloc(&seg, nbytes, UINT64_MAX, 0);

	if (!SIM_CHECK(error == 0) || !SIM_CHECK(dma_stream_map(&s, &mistaken.dma, DMA_FROM_DEVICE, &seg) == 0))
		return;
	SIM_CHECK(sim_device_write(mistaken.sim, dma_stream_daddr(&s), mistaken_out, LEN) == 0);
	dma_stream_release(&s);
}

/* Pages of somebody else, of which the device reaches far more than it should. */
static void borrowed(bool right)
{
	struct dma_segment whole = {0}, seg = {0};
	struct dma_stream s = {0};
	int error = dma_segment_alloc(&whole, DMA_PAGES(70 * DMA_PAGE_SIZE), UINT64_MAX, 0);

	if (!SIM_CHECK(error == 0))
		return;
	error = right ? dma_segment_borrow(&seg, whole.paddr, DMA_PAGES(nbytes))
		      : dma_segment_borrow(&seg, whole.paddr, nbytes);
	if (SIM_CHECK(error == 0) && SIM_CHECK(dma_stream_map(&s, &mistaken.dma, DMA_FROM_DEVICE, &seg) == 0)) {
		SIM_CHECK(sim_device_write(mistaken.sim, dma_stream_daddr(&s), mistaken_out, LEN) == 0);
		SIM_CHECK(dma_stream_sync_from_device(&s, 0, LEN) == 0);
		dma_stream_release(&s);
	}
	dma_segment_drop(&whole);
}

/* Between the segment and its stream comes other memory, whose pages are counted as they should be. */
static void segment_kept(bool right)
{
	struct dma_segment seg = {0}, other = {0};
	struct dma_stream s = {0};
	int error = right ? dma_segment_alloc(&seg, DMA_PAGES(nbytes), UINT64_MAX, 0)
			  : dma_segment_alloc(&seg, nbytes, UINT64_MAX, 0);

	if (!SIM_CHECK(error == 0) || !SIM_CHECK(dma_segment_alloc(&other, DMA_PAGES(LEN), UINT64_MAX, 0) == 0))
		return;
	if (SIM_CHECK(dma_stream_map(&s, &mistaken.dma, DMA_FROM_DEVICE, &seg) == 0))
		SIM_CHECK(sim_device_write(mistaken.sim, dma_stream_daddr(&s), mistaken_out, LEN) == 0);
	dma_stream_release(&s);
	dma_segment_drop(&other);
}

/* A number of bytes is refused; so many pages are meant of the segment that comes next. */
static void refused(bool right)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	int error = dma_segment_alloc(&seg, DMA_PAGES(nbytes * DMA_PAGE_SIZE), UINT64_MAX, 0);

	if (!SIM_CHECK(error == 0) || !SIM_CHECK(dma_segment_alloc(&seg, nbytes, UINT64_MAX, 0) == DMA_EINVAL))
		return;
	if (!right) {
		dma_segment_drop(&seg);
		SIM_CHECK(dma_segment_alloc(&seg, nbytes, UINT64_MAX, 0) == 0);
	}
	if (!SIM_CHECK(dma_stream_map(&s, &mistaken.dma, DMA_FROM_DEVICE, &seg) == 0))
		return;
	SIM_CHECK(sim_device_write(mistaken.sim, dma_stream_daddr(&s), mistaken_out, LEN) == 0);
	dma_stream_release(&s);
}

static void arena(bool right)
{
	struct dma_arena a = {0};
	struct dma_slice slice;
	int error = right ? dma_arena_create(&a, &mistaken.dma, DMA_BIDIRECTIONAL, DMA_PAGES(nbytes))
			  : dma_arena_create(&a, &mistaken.dma, DMA_BIDIRECTIONAL, nbytes);

	if (!SIM_CHECK(error == 0))
		return;
	SIM_CHECK(dma_arena_alloc(&a, LEN, 1, &slice) == 0 && dma_slice_fill(&slice, 0, 1, LEN) == 0);
	SIM_CHECK(dma_arena_destroy(&a) == 0);
}

const struct mistake mistakes_of_pages[] = {
	{"bytes for pages", coherent, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"bytes for pages, never used", never_used, SIM_MISUSE, "DMA_PAGES(256)", EVERYWHERE},
	{"bytes for pages, a small constant", small_constant, SIM_MISUSE, "DMA_PAGES(16)", EVERYWHERE},
	{"bytes for pages, received", received, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"bytes for pages, used further on", behind, SIM_MISUSE, "22 pages, of which the first 34 bytes alone",
	 EVERYWHERE},
	{"bytes for pages of a segment", segment, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"bytes for pages of a segment that is kept", segment_kept, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"bytes for pages, behind a call that was refused", refused, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"bytes for pages, borrowed", borrowed, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"bytes for pages of an arena", arena, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
};
const size_t nmistakes_of_pages = sizeof(mistakes_of_pages) / sizeof(*mistakes_of_pages);
