/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The tree of a family of runs (run.h): a digital search tree. Below a node, runs whose page number in the family has a
 * 0 in the next bit stand on the left, those with a 1 on the right; the node itself may be any run of its range. So no
 * path is longer than the number has bits, and nothing has to be balanced.
 *
 * Callers hold the family's lock. The functions are inline: run.c alone calls them.
 */
#ifndef DMASTREAM_SRC_RUN_TREE_H
#define DMASTREAM_SRC_RUN_TREE_H

#include "run.h"

/* A family: the runs that were one run before the first cut. */
struct dma_family {
	struct dma_lock *lock; /* the lock of the run that was cut first */
	struct dma_run *root;
	uint64_t base; /* the number of its first page */
	uint64_t top;  /* the highest bit of a page's number in the family, in which the two children of the root
	                * differ */
	uint64_t nruns;
};

static inline uint64_t dma_run_number(const struct dma_family *family, const struct dma_run *run)
{
	return (run->paddr.raw >> DMA_PAGE_SHIFT) - family->base;
}

/* Adds a run that has no children. */
static inline void dma_run_tree_add(struct dma_family *family, struct dma_run *run)
{
	uint64_t at = dma_run_number(family, run), bit = family->top;
	struct dma_run **link = &family->root;

	while (*link) {
		link = &(*link)->child[(at & bit) != 0];
		bit >>= 1;
	}
	*link = run;
	family->nruns++;
}

/* Removes a run: any leaf below it takes its place in the tree. */
static inline void dma_run_tree_remove(struct dma_family *family, struct dma_run *run)
{
	uint64_t at = dma_run_number(family, run), bit = family->top;
	struct dma_run **link = &family->root, **end, *leaf = run;

	for (struct dma_run *here = *link; here && here != run; here = *link) {
		link = &here->child[(at & bit) != 0];
		bit >>= 1;
	}
	for (end = link; leaf->child[0] || leaf->child[1]; leaf = *end)
		end = &leaf->child[!leaf->child[0]];
	*end = NULL;
	if (leaf != run) {
		leaf->child[0] = run->child[0];
		leaf->child[1] = run->child[1];
		*link = leaf;
	}
	family->nruns--;
}

/* Finds the run with the highest number that is not above `at`; `from` is any run that begins at or before `at`. That
 * run stands on the path to `at`, or it is the highest one in the left subtree where the path last turned right. */
static inline struct dma_run *dma_run_tree_find(const struct dma_family *family, struct dma_run *from, uint64_t at)
{
	struct dma_run *best = from, *left = NULL, *run = family->root;
	uint64_t best_number = dma_run_number(family, from), bit = family->top;

	for (; run; bit >>= 1) {
		uint64_t here = dma_run_number(family, run);

		if (here == at)
			return run;
		if (here < at && here > best_number) {
			best = run;
			best_number = here;
		}
		if (at & bit && run->child[0])
			left = run->child[0];
		run = run->child[(at & bit) != 0];
	}
	for (run = left; run; run = run->child[run->child[1] != NULL]) {
		if (dma_run_number(family, run) > best_number) {
			best = run;
			best_number = dma_run_number(family, run);
		}
	}
	return best;
}

#endif
