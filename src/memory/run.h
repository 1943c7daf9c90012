/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs: what segments hold and streams drop.
 */
#ifndef DMASTREAM_SRC_SEGMENT_H
#define DMASTREAM_SRC_SEGMENT_H

#include "../base/atomic.h"
#include <dmastream/segment.h>

/* The word has 32 bits for it, and a stream's size in bytes, and one more, fits into size_t. */
#define DMA_SEGMENT_MAX_PAGES (SIZE_MAX >> DMA_PAGE_SHIFT < UINT32_MAX ? SIZE_MAX >> DMA_PAGE_SHIFT : UINT32_MAX)

/* A run: consecutive frames that have the same holders. `word` is the number of holders but the first (high half)
 * over the pages of the run (low half), so that one compare-and-swap changes the count only as long as the run still
 * has the length that the caller knows. `next` is the run behind it, and is looked at only by who holds frames behind
 * this run, under the lock. */
struct dma_run {
	uint64_t word;
	struct dma_run *next;
	dma_paddr_t paddr;
	uint64_t family; /* runs that were once one run share a lock */
};

static inline uint64_t dma_run_word(uint64_t others, uint64_t npages)
{
	return others << 32 | npages;
}

/* One more holder of npages of frames, for good: they are quarantined. Never fails. Any context. */
void dma_run_keep(struct dma_run *run, size_t npages);

#endif
