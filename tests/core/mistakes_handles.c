/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Handles that are copied, and both used or released: mistakes.h.
 */
#include "mistakes.h"

static void copied_handle(bool right)
{
	struct dma_stream copy;

	if (!mistaken_mapped(DMA_TO_DEVICE, 1))
		return;
	copy = mistaken_stream;
	dma_stream_release(&mistaken_stream);
	if (!right)
		dma_stream_release(&copy);
	SIM_CHECK(copy.dev == NULL || right);
}

static void copied_typed_handle(bool right)
{
	struct dma_stream_bidirectional typed = {0}, copy;

	if (!SIM_CHECK(dma_stream_alloc(&typed, &mistaken.dma, 0, 2) == 0))
		return;
	copy = typed;
	dma_stream_release(&typed);
	if (!right)
		dma_stream_release(&copy);
}

static void copied_coherent(bool right)
{
	struct dma_coherent ring = {0}, copy;

	if (!SIM_CHECK(dma_coherent_alloc(&ring, &mistaken.dma, 0, 1) == 0))
		return;
	copy = ring;
	dma_coherent_release(&ring);
	if (!right)
		dma_coherent_release(&copy);
}

static void copied_buffer(bool right)
{
	struct dma_segment seg = {0};
	struct dma_buffer buffer = {0}, copy;

	if (!core_segment(&seg, 1, 1) ||
	    !SIM_CHECK(dma_buffer_map_segment(&buffer, &mistaken.dma, DMA_BIDIRECTIONAL, &seg, 100, 300) == 0))
		return;
	copy = buffer;
	dma_buffer_release(&buffer);
	if (!right)
		dma_buffer_release(&copy);
	SIM_CHECK(dma_buffer_size(&copy) == 0 || right);
	dma_buffer_release(&buffer);
}

/* Two handles of lists share the array of pieces, so the second release finds what the first has left of them. */
static void copied_list(bool right)
{
	struct dma_segment segs[2] = {0};
	struct dma_piece pieces[2];
	struct dma_list list, copy;

	if (!core_segment(&segs[0], 1, 1) || !core_segment(&segs[1], 1, 1))
		return;
	dma_list_init(&list, pieces, 2);
	SIM_CHECK(dma_list_own_segment(&list, &segs[0], 0, 300) == 0);
	SIM_CHECK(dma_list_own_segment(&list, &segs[1], 64, PAGE - 64) == 0);
	if (!SIM_CHECK(dma_list_map(&list, &mistaken.dma, DMA_BIDIRECTIONAL) == 0))
		return;
	copy = list;
	dma_list_release(&list);
	if (!right)
		dma_list_release(&copy);
	SIM_CHECK(right || (copy.dev == NULL && dma_list_size(&copy) == 0));
	dma_list_release(&list);
}

static int allowed(const struct dma_device *device, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus,
		   void *context)
{
	(void)device, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

static void copied_peer(bool right)
{
	struct dma_peer peer = {0}, copy;

	dma_peers_with(allowed, NULL);
	if (!SIM_CHECK(dma_peer_map(&peer, &mistaken.dma, DMA_FROM_DEVICE, dma_paddr(0x30000000), PAGE) == 0))
		return;
	copy = peer;
	dma_peer_release(&peer);
	if (!right)
		dma_peer_release(&copy);
	dma_peer_release(&peer);
}

static void copied_segment(bool right)
{
	struct dma_segment seg = {0}, copy;

	if (!core_segment(&seg, 3, 1))
		return;
	copy = seg;
	dma_segment_drop(&seg);
	if (!right)
		dma_segment_drop(&copy);
}

static void copied_segment_of_parts(bool right)
{
	struct dma_segment seg = {0}, slice = {0}, copy;

	if (!core_segment(&seg, 3, 1) || !SIM_CHECK(dma_segment_slice(&seg, 1, 1, &slice) == 0))
		return;
	dma_segment_drop(&slice);
	copy = seg;
	dma_segment_drop(&seg);
	if (!right)
		dma_segment_drop(&copy);
}

static void used_copy_of_segment(bool right)
{
	struct dma_segment seg = {0}, copy, other = {0};

	if (!core_segment(&seg, 3, 1))
		return;
	copy = seg;
	dma_segment_drop(&seg);
	if (right)
		return;
	SIM_CHECK(dma_segment_clone(&copy, &other) == DMA_EINVAL && other.npages == 0);
	SIM_CHECK(dma_segment_slice(&copy, 1, 1, &other) == DMA_EINVAL && other.npages == 0);
	SIM_CHECK(dma_segment_split(&copy, 1, &other) == DMA_EINVAL && other.npages == 0 && copy.npages == 3);
}

/* The same while the stream's original is gone: used, not released. */
static void used_copy(bool right)
{
	struct dma_stream copy;

	if (!mistaken_mapped(DMA_BIDIRECTIONAL, 1))
		return;
	copy = mistaken_stream;
	dma_stream_release(&mistaken_stream);
	if (right)
		return;
	SIM_CHECK(dma_stream_write_bytes(&copy, 0, mistaken_out, LEN) == DMA_EINVAL);
	SIM_CHECK(dma_stream_sync_to_device(&copy, 0, LEN) == DMA_EINVAL);
	SIM_CHECK(dma_stream_sync_from_device(&copy, 0, LEN) == DMA_EINVAL);
	SIM_CHECK(dma_stream_fill(&copy, 0, 1, LEN) == DMA_EINVAL);
}

static void used_copy_of_coherent(bool right)
{
	struct dma_coherent ring = {0}, copy;
	uint32_t value = 1;

	if (!SIM_CHECK(dma_coherent_alloc(&ring, &mistaken.dma, 0, 1) == 0))
		return;
	copy = ring;
	dma_coherent_release(&ring);
	if (!right)
		SIM_CHECK(dma_coherent_write_once(&copy, 4, &value, sizeof(value)) == DMA_EINVAL);
}

const struct mistake mistakes_with_handles[] = {
	{"a copied stream released twice", copied_handle, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied typed stream", copied_typed_handle, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"copied coherent memory", copied_coherent, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied buffer", copied_buffer, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied list", copied_list, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"copied registers", copied_peer, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied segment dropped twice", copied_segment, SIM_MISUSE, "dma_segment_clone()", EVERYWHERE},
	{"a copied segment that was cut", copied_segment_of_parts, SIM_MISUSE, "dma_segment_clone()", EVERYWHERE},
	{"a dropped segment used", used_copy_of_segment, SIM_MISUSE, "dma_segment_clone()", EVERYWHERE},
	{"a copied stream used", used_copy, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"copied coherent memory used", used_copy_of_coherent, SIM_MISUSE, "zero the old one", EVERYWHERE},
};
const size_t nmistakes_with_handles = sizeof(mistakes_with_handles) / sizeof(*mistakes_with_handles);
