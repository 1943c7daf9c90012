/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs: consecutive frames that have the same holders, with one count for all of them. A handle (struct dma_segment)
 * always begins and ends where runs do; whoever cuts a handle cuts its runs first.
 *
 * The word of a run has both halves in one piece, so that one compare-and-swap sees both:
 *
 *      63                          32 31                           0
 *     +------------------------------+------------------------------+
 *     | holders but the first        | pages                        |
 *     +------------------------------+------------------------------+
 *
 * Fast path: clone and drop of a handle that covers exactly one run change the count with one compare-and-swap and take
 * no lock. The swap fails if the count has moved, and also if the run has been cut, since the pages differ then. Slow
 * path: everything that cuts, or goes from run to run, holds the lock of the family. It changes words by
 * compare-and-swap, too, since the fast path does not look at the lock.
 *
 *     between                                       who may touch the run          ordered by
 *     made, first clone or cut                      its only holder                nobody else knows it
 *     first clone, the count falls to one holder    all holders: word by swap,     release in each swap that drops,
 *                                                   the rest under the lock        acquire in each that cuts; the lock
 *     count at one holder, freed                    that holder alone              its acquire load of the word, which
 *                                                                                  sees what every earlier holder did
 *                                                                                  before it dropped
 *
 * A family is what was one run before the first cut. Its runs stand in a tree by page number, so that finding the run
 * of a page takes as many steps as the page number has bits, however many runs there are. `next` saves that for
 * neighbours: it is looked at only by holders of the frames behind the run, whose run cannot be gone.
 */
#ifndef DMASTREAM_SRC_RUN_H
#define DMASTREAM_SRC_RUN_H

#include "../base/atomic.h"
#include <dmastream/segment.h>

/* The most pages of a segment: the word has 32 bits for the count, and a stream's size in bytes plus one must fit into
 * size_t. */
#define DMA_SEGMENT_MAX_PAGES (SIZE_MAX >> DMA_PAGE_SHIFT < UINT32_MAX ? SIZE_MAX >> DMA_PAGE_SHIFT : UINT32_MAX)

struct dma_family;

struct dma_run {
	uint64_t word;
	dma_paddr_t paddr;	   /* first frame */
	struct dma_family *family; /* NULL: the run was never cut. Set once, under the lock that the family will
	                            * have. */
	struct dma_run *next;	   /* the run behind it */
	struct dma_run *child[2];  /* in the family's tree */
};

static inline uint64_t dma_run_word(uint64_t others, uint64_t npages)
{
	return others << 32 | npages;
}

/* A run of frames with one holder, the caller. NULL: no memory. Any context. */
struct dma_run *dma_run_new(void);
void dma_run_start(struct dma_run *run, dma_paddr_t paddr, size_t npages);

/* Adds a holder to npages of frames, from the begin of run on. 0, DMA_EINVAL (more holders than can be counted). Any
 * context. */
int dma_run_hold(struct dma_run *run, size_t npages);

/* Adds a holder for good, since the frames are quarantined. It cannot fail. Any context. */
void dma_run_keep(struct dma_run *run, size_t npages);

/* Cuts `at` pages behind the begin of run, where the caller's handle begins; *tail is the run that begins at the cut.
 * 0, DMA_ENOMEM. Any context. */
int dma_run_cut(struct dma_run *run, size_t at, struct dma_run **tail);

/* Cuts at both ends of the range of npages that begins at page `first` of a handle of `total` pages, and adds a holder
 * to that range; *slice is its first run. 0, DMA_ENOMEM, DMA_EINVAL (as dma_run_hold()). Any context. */
int dma_run_slice(struct dma_run *run, size_t first, size_t npages, size_t total, struct dma_run **slice);

/* (dma_run_drop(), which takes a holder off, is declared in stream.h: its inline release calls it.) */

#endif
