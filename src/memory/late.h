/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Late frees, for hosts whose frame allocator sleeps (DMA_CONFIG_LATE_FREES): frames that become free where interrupts
 * are off wait in a list until dma_reclaim(), or the next alloc, gives them to the host.
 */
#ifndef DMASTREAM_SRC_LATE_H
#define DMASTREAM_SRC_LATE_H

#include <dmastream/platform.h>

/* What DMA_CONFIG_LATE_FREES makes of dma_host_frames_free(). Any context, no lock held. */
void dma_late_free(dma_paddr_t paddr, size_t npages);

/* Gives the host what waits; with interrupts off nothing. How many pages. */
size_t dma_late_work_off(void);

static inline void dma_frames_free(dma_paddr_t paddr, size_t npages)
{
	if (DMA_CONFIG_LATE_FREES)
		dma_late_free(paddr, npages);
	else
		dma_host_frames_free(paddr, npages);
}

#endif
