/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pages that the library keeps its own data in: zeroed, and counted in dma_stats(). Interrupts on.
 */
#ifndef DMASTREAM_BASE_OWN_PAGE_H
#define DMASTREAM_BASE_OWN_PAGE_H

#include "state.h"
#include <dmastream/arch.h>

/* NULL: the host has none. */
static inline void *dma_own_page_alloc(void)
{
	void *page = dma_host_page_alloc();

	if (page) {
		dma_arch_fill(page, 0, DMA_PAGE_SIZE);
		dma_add(&dma_state.stats.pages_own, 1);
	}
	return page;
}

static inline void dma_own_page_free(void *page)
{
	dma_host_page_free(page);
	dma_sub(&dma_state.stats.pages_own, 1);
}

#endif
