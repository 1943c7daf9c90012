/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory in pieces behind one range of device addresses: lists, and scattered memory.
 */
#include "scene.h"
#include <dmastream/list.h>
#include <dmastream/scattered.h>
#include <string.h>

enum { PIECES = 4, SEEN = 700 };

static unsigned char out[SEEN], in[SEEN];

/* The device reads what the CPU wrote at `daddr`, and writes something else. */
static void use(const struct scene *w, uint64_t daddr, unsigned char seed)
{
	memset(in, 0, sizeof(in));
	SIM_CHECK(sim_device_read(w->device, dma_daddr(daddr), in, sizeof(in)) == 0);
	SIM_CHECK(in[0] == seed && memcmp(in, in + 1, sizeof(in) - 1) == 0);
	memset(out, seed + 100, sizeof(out));
	SIM_CHECK(sim_device_write(w->device, dma_daddr(daddr), out, sizeof(out)) == 0);
}

static void over(const struct scene *w, uint64_t daddr)
{
	if (!w->deferred || w->untrusted)
		scene_blocked(w, daddr);
}

/* Segments that do not lie side by side: the device sees them one behind the other. */
static void pieces_of(const struct scene *w, const size_t *npages)
{
	struct dma_segment segments[PIECES], between[PIECES];
	struct dma_piece pieces[PIECES];
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	struct dma_list list;
	size_t entries = 0, nbytes = 0;
	uint64_t first;

	memset(segments, 0, sizeof(segments));
	memset(between, 0, sizeof(between));
	dma_list_init(&list, pieces, PIECES);
	for (unsigned i = 0; i < PIECES; i++) {
		if (!SIM_CHECK(dma_segment_alloc(&segments[i], npages[i], UINT64_MAX, 0) == 0) ||
		    !SIM_CHECK(dma_segment_alloc(&between[i], 1, UINT64_MAX, 0) == 0))
			return;
		SIM_CHECK(dma_list_add_segment(&list, &segments[i], 0, npages[i] << DMA_PAGE_SHIFT) == 0);
	}
	if (!SIM_CHECK(dma_list_map(&list, w->dev, DMA_BIDIRECTIONAL) == 0))
		return;
	for (unsigned i = 0; i < PIECES; i++) {
		memset(out, (int)i + 1, sizeof(out));
		SIM_CHECK(dma_list_write_bytes(&list, nbytes, out, sizeof(out)) == 0);
		nbytes += npages[i] << DMA_PAGE_SHIFT;
	}
	SIM_CHECK(dma_list_sync_to_device(&list, 0, nbytes) == 0);
	for (walk = dma_list_begin(&list); dma_list_next(&walk, &entry);)
		entries += entry.len == nbytes;
	SIM_CHECK(entries == 1);
	walk = dma_list_begin(&list);
	SIM_CHECK(dma_list_next(&walk, &entry));
	first = entry.daddr.raw;
	nbytes = 0;
	for (unsigned i = 0; i < PIECES; i++) {
		use(w, first + nbytes, (unsigned char)(i + 1));
		SIM_CHECK(dma_list_sync_from_device(&list, nbytes, SEEN) == 0);
		SIM_CHECK(dma_list_read_bytes(&list, nbytes, in, SEEN) == 0 && in[SEEN - 1] == i + 101);
		nbytes += npages[i] << DMA_PAGE_SHIFT;
	}
	dma_list_release(&list);
	over(w, first);
	over(w, first + nbytes - 1);
	for (unsigned i = 0; i < PIECES; i++) {
		dma_segment_drop(&segments[i]);
		dma_segment_drop(&between[i]);
	}
	if (w->deferred)
		SIM_CHECK(dma_domain_flush(*w->domain) == 0);
}

/* Of several lengths, and pages alone. */
void scene_lists(const struct scene *w)
{
	static const size_t several[PIECES] = {1, 2, 1, 3}, pages[PIECES] = {1, 1, 1, 1};

	pieces_of(w, several);
	pieces_of(w, pages);
}

/* More than one leaf table. */
void scene_long_lists(const struct scene *w)
{
	static const size_t npages[PIECES] = {300, 1, 300, 2};

	pieces_of(w, npages);
}

/* Frames from wherever the host has some. */
void scene_scattered(const struct scene *w)
{
	struct dma_scattered s = {0};
	uint64_t daddr;

	sim_fail_hook(SIM_HOOK_FRAMES_ALLOC, 1); /* the host has no run of nine: eight, and one elsewhere */
	if (!SIM_CHECK(dma_scattered_alloc(&s, w->dev, DMA_BIDIRECTIONAL, 9) == 0))
		return;
	daddr = dma_scattered_daddr(&s).raw;
	for (unsigned i = 0; i < 9; i++) {
		size_t at = (size_t)i << DMA_PAGE_SHIFT;

		memset(out, (int)i + 1, sizeof(out));
		SIM_CHECK(dma_scattered_write_bytes(&s, at, out, SEEN) == 0);
		SIM_CHECK(dma_scattered_sync_to_device(&s, at, SEEN) == 0);
		use(w, daddr + at, (unsigned char)(i + 1));
		SIM_CHECK(dma_scattered_sync_from_device(&s, at, SEEN) == 0);
		SIM_CHECK(dma_scattered_read_bytes(&s, at, in, SEEN) == 0 && in[0] == i + 101);
	}
	dma_scattered_release(&s);
	scene_blocked(w, daddr); /* deferred or not */
	scene_blocked(w, daddr + (9 << DMA_PAGE_SHIFT) - 1);
}
