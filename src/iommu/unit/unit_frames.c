/* SPDX-License-Identifier: MPL-2.0 */
#include "../table/iommu_frames.h"
#include "unit_devices.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

void *dma_unit_frames(struct dma_unit_reach reach, size_t npages, size_t align, dma_paddr_t *paddr)
{
	size_t nbytes = npages << DMA_PAGE_SHIFT;
	void *frames = NULL;

	if (dma_iommu_frames_alloc(npages, reach.max_paddr, align > DMA_PAGE_SIZE ? align : DMA_PAGE_SIZE, paddr)) {
		*paddr = dma_paddr(0);
		return NULL;
	}
	frames = dma_host_linear(*paddr, nbytes);
	if (!frames) {
		dma_iommu_frames_free(*paddr, npages);
		*paddr = dma_paddr(0);
		return NULL;
	}
	dma_arch_fill(frames, 0, nbytes);
	/* Flushed, not only cleaned: the first read of an event queue must not find the zeros in a cache. */
	if (!reach.snoops)
		dma_cache_flush(frames, nbytes);
	return frames;
}

void *dma_unit_take(struct dma_unit *unit, size_t npages, size_t align, dma_paddr_t *paddr)
{
	struct dma_unit_piece *piece = unit->pieces;
	void *taken;

	while (piece->npages)
		if (++piece == unit->pieces + DMA_UNIT_PIECES)
			return NULL;
	taken = dma_unit_frames(unit->reach, npages, align, &piece->paddr);
	if (taken)
		piece->npages = npages;
	*paddr = piece->paddr;
	return taken;
}
