/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The lists that blocks for bounces are kept in, as the two files that work on them see them: bounce.c gives blocks out
 * and takes them back, bounce_keep.c makes them, holds a reserve and empties the lists. The lists: bounce_pools.c.
 *
 * One list for each kind of block, under a lock of its own that is held for a push or a pop. Frames lie in exactly one
 * count of dma_stats(): pages_own while a block is kept, pages_bounce while it is in use.
 */
#ifndef DMASTREAM_SRC_BOUNCE_POOLS_H
#define DMASTREAM_SRC_BOUNCE_POOLS_H

#include "bounce.h"

#define DMA_BOUNCE_ORDERS 5u /* 1 << 0 to 1 << 4 pages */
#define DMA_BOUNCE_KINDS  4u /* behind an IOMMU or not, snoops or not */

/* Of a node's steps: which pool it came from. */
#define DMA_BOUNCE_POOL_SHIFT 16u
#define DMA_BOUNCE_KIND_SHIFT 3u /* the order is below it */

_Static_assert(1u << (DMA_BOUNCE_ORDERS - 1) == DMA_BOUNCE_MOST_PAGES, "the largest block");

enum dma_bounce_edge { DMA_BOUNCE_HEAD, DMA_BOUNCE_TAIL, DMA_BOUNCE_EDGES };

struct dma_bounce_pool {
	/* Given back last: taken and left by one exchange, without the lock; or NULL. */
	struct dma_owed_node *last[DMA_BOUNCE_EDGES];
	struct dma_lock lock;
	struct dma_owed_node *first;
	uint64_t nfree;	  /* changed under the lock, looked at without */
	uint64_t reserve; /* changed atomically */
};

/* DMA_BOUNCE_ORDERS of each kind are used. */
extern struct dma_bounce_pool dma_bounce_pools[DMA_BOUNCE_KINDS][1u << DMA_BOUNCE_KIND_SHIFT];

static inline unsigned dma_bounce_kind(const struct dma_device *dev)
{
	return (dev->domain->ops ? 2u : 0u) | (dev->coherent ? 1u : 0u);
}

static inline unsigned dma_bounce_order(size_t npages)
{
	return npages <= 1 ? 0 : 64 - (unsigned)__builtin_clzll((uint64_t)npages - 1);
}

/* What stands in the steps of a pool's blocks: not 0. */
static inline unsigned dma_bounce_number(unsigned kind, unsigned order)
{
	return kind << DMA_BOUNCE_KIND_SHIFT | order | 1u << (2 * DMA_BOUNCE_KIND_SHIFT);
}

/* A block leaves the pool, or comes into it. */
static inline void dma_bounce_count_taken(struct dma_owed_node *node)
{
	node->next = NULL;
	dma_arch_frames_taken(node->owed.paddr.raw, node->owed.npages);
	dma_sub(&dma_state.stats.pages_own, node->owed.npages);
	dma_add(&dma_state.stats.pages_bounce, node->owed.npages);
}

static inline void dma_bounce_count_given(const struct dma_owed_node *node)
{
	dma_arch_frames_kept(node->owed.paddr.raw, node->owed.npages);
	dma_sub(&dma_state.stats.pages_bounce, node->owed.npages);
	dma_add(&dma_state.stats.pages_own, node->owed.npages);
}

static inline struct dma_owed_node *dma_bounce_swap_last(struct dma_bounce_pool *pool, enum dma_bounce_edge edge,
							 struct dma_owed_node *node)
{
	return __atomic_exchange_n(&pool->last[edge], node, __ATOMIC_ACQ_REL);
}

/* ---- bounce_pools.c ---- */

/* A block that the device (NULL: any) reaches, if more than `leave` are there. Any context. */
struct dma_owed_node *dma_bounce_pop(struct dma_bounce_pool *pool, const struct dma_device *dev, uint64_t leave);

/* A block that is counted as the pool's goes into its list. False: there are `most`. Any context. */
bool dma_bounce_push(struct dma_bounce_pool *pool, struct dma_owed_node *node, uint64_t most);

/* A block that is counted as the pool's goes into its list, or back to the host. Any context. */
void dma_bounce_keep(struct dma_bounce_pool *pool, struct dma_owed_node *node);

/* A block in use goes back to the host. Any context. */
void dma_bounce_free(struct dma_owed_node *node);

/* ---- bounce_keep.c ---- */

/* A fresh block, all of it dirty; NULL and *error. Interrupts on. */
struct dma_owed_node *dma_bounce_make(const struct dma_device *dev, int place, size_t npages, unsigned pool,
				      int *error);

/* What is known of a kind from its first use on. Interrupts on. */
void dma_bounce_learn(unsigned kind, const struct dma_device *dev, int place, bool anew);

/* As many blocks as the reserve has. 0, or dma_bounce_make()'s error. Interrupts on. */
int dma_bounce_fill_reserve(unsigned kind, unsigned order);

#endif
