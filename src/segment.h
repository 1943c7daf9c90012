/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The short ways of segments, for streams: one compare-and-swap, or nothing at all for borrowed frames.
 */
#ifndef DMASTREAM_SRC_SEGMENT_H
#define DMASTREAM_SRC_SEGMENT_H

#include "atomic.h"
#include <dmastream/segment.h>

#define DMA_SEGMENT_MAX_PAGES UINT32_MAX

/* A run: consecutive frames that have the same holders. `word` is the number of holders but the first (high half) over the pages of the run (low half), so
 * that one compare-and-swap changes the count only as long as the run still has the length that the caller knows. `next` is the run behind it, and
 * is looked at only by who holds frames behind this run, under the lock. */
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

/* The long ways of drop: by the last holder of a run, and of anything that is not one exact run. */
void dma_segment_free_run(struct dma_run *run);
void dma_segment_drop_runs(struct dma_run *run, size_t npages);

/* Takes a holder off npages from run on, which is not NULL. */
static inline void dma_segment_drop_counted(struct dma_run *run, size_t npages)
{
	uint64_t word = dma_load_acquire(&run->word);

	if (word == npages)
		dma_segment_free_run(run);
	else if ((uint32_t)word != npages || !dma_swap_if(&run->word, &word, word - dma_run_word(1, 0)))
		dma_segment_drop_runs(run, npages);
}

#endif
