/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered memory: how its runs of frames are found.
 *
 * A run is a node (src/memory/owed.h) that owes its frames, is the CPU's mapping of them, and knows its device address.
 * The nodes are linked in order by `next`. So that finding an offset among thousands of runs takes few steps, node i,
 * counted from 1, also points to node i + (i & -i), where there is one:
 *
 *     1 -> 2 -> 4 -> 8         5 -> 6 -> 8         9 -> 10 -> 12
 *          3 -> 4                   7 -> 8
 *
 * That pointer stands in owed.node, which nobody else uses while the frames are the library's own (DMA_OWED_FREE).
 */
#ifndef DMASTREAM_SRC_SCATTERED_H
#define DMASTREAM_SRC_SCATTERED_H

#include "../memory/owed.h"
#include <dmastream/scattered.h>

#define DMA_CHAIN_LEVELS 33

/* The end of a chain that is being built, and for each power of two the last node whose number it divides, and no
 * higher power. */
struct dma_chain_end {
	struct dma_owed_node *last, *of_power[DMA_CHAIN_LEVELS];
	size_t count;
};

static inline void dma_chain_add(struct dma_owed_node **first, struct dma_chain_end *end, struct dma_owed_node *node)
{
	unsigned power = 0;

	node->next = NULL;
	node->owed.node = NULL;
	end->count++;
	for (; power + 1 < DMA_CHAIN_LEVELS && !((end->count >> power) & 1); power++)
		end->of_power[power]->owed.node = node;
	end->of_power[power] = node;
	if (end->last)
		end->last->next = node;
	else
		*first = node;
	end->last = node;
}

/* The run that has that device address, which is one of the chain's. */
static inline struct dma_owed_node *dma_chain_find(struct dma_owed_node *first, uint64_t daddr)
{
	struct dma_owed_node *run = first;

	for (;;) {
		if (run->owed.node && run->owed.node->owed.daddr <= daddr)
			run = run->owed.node;
		else if (run->next && run->next->owed.daddr <= daddr)
			run = run->next;
		else
			return run;
	}
}

#endif
