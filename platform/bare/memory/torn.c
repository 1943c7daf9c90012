/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered frames at one kernel address: see scattered.h.
 */
#include "torn.h"
#include "vm.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <dmastream/scattered.h>

/* Run by run, as the library unmaps them. */
static void undo(struct dma_scattered_frames frames, uintptr_t va, uintptr_t end, size_t npages)
{
	struct dma_frame_range range;

	for (uintptr_t at = va; at < end && dma_scattered_frames_next(&frames, &range);) {
		kva_unmap(at, range.npages);
		at += range.npages << DMA_PAGE_SHIFT;
	}
	kva_flush(va, npages);
}

/* Uncached memory needs its linear alias uncached, too, which kva_map() sees to: run by run. */
static int map(const struct dma_scattered_frames *frames, size_t npages, unsigned attr, void **va, void *context)
{
	struct dma_scattered_frames left = *frames;
	struct dma_frame_range range;
	uintptr_t first, at;
	int error;

	(void)context;
	if (attr != DMA_KVA_CACHED)
		return DMA_ENOTSUP;
	error = kva_take(npages, &first);
	if (error)
		return error;
	for (at = first; dma_scattered_frames_next(&left, &range); at += range.npages << DMA_PAGE_SHIFT) {
		error = kva_map_at(at, range.paddr.raw, range.npages);
		if (error) {
			undo(*frames, first, at, npages);
			return error;
		}
	}
	*va = (void *)first;
	return 0;
}

void scattered_init(void)
{
	dma_scattered_map_with(map, NULL);
}
