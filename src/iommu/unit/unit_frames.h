/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames for what a unit reads by itself: its tables and queues.
 */
#ifndef DMASTREAM_IOMMU_UNIT_FRAMES_H
#define DMASTREAM_IOMMU_UNIT_FRAMES_H

#include "../../base/cache.h"
#include <dmastream/platform.h>

struct dma_unit;

/* How far a unit reaches, and how. */
struct dma_unit_reach {
	uint64_t max_paddr; /* last byte that its tables may lie at */
	bool snoops;	    /* it looks into the CPU caches */
};

/* npages of zeros within the unit's reach, aligned to `align` bytes, and out of the caches where it does not snoop.
 * NULL: no memory, and *paddr is 0. Give them back by dma_host_frames_free(). Interrupts on. */
void *dma_unit_frames(struct dma_unit_reach reach, size_t npages, size_t align, dma_paddr_t *paddr);

/* For identify and memory: npages of zeros within the unit's reach, aligned to `align` bytes, that live as long as the
 * unit. NULL: no memory. A unit has at most DMA_UNIT_PIECES. */
void *dma_unit_take(struct dma_unit *unit, size_t npages, size_t align, dma_paddr_t *paddr);

/* Makes what the CPU wrote visible to a unit that does not snoop (hazard 30). */
static inline void dma_unit_clean(struct dma_unit_reach reach, const void *start, size_t nbytes)
{
	if (!reach.snoops)
		dma_cache_clean(start, nbytes);
}

#endif
