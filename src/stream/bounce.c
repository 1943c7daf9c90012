/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Blocks of frames for bounces, given out and taken back (bounce.h). They are kept by what they suit, in the lists of
 * bounce_pools.h; where they come from: bounce_keep.c.
 */
#include "bounce_pools.h"
#include "bounce_suits.h"
#include <dmastream/errors.h>

static struct dma_bounce_pool *pool_of(const struct dma_owed_node *node)
{
	unsigned number = node->owed.steps >> DMA_BOUNCE_POOL_SHIFT;

	return number ? &dma_bounce_pools[number >> DMA_BOUNCE_KIND_SHIFT & (DMA_BOUNCE_KINDS - 1)]
					 [number & ((1u << DMA_BOUNCE_KIND_SHIFT) - 1)]
		      : NULL;
}

/* What suits the device after a longer look; NULL: it does not, and goes into the list. */
static __attribute__((noinline)) struct dma_owed_node *take_if(struct dma_bounce_pool *pool,
							       const struct dma_device *dev, struct dma_owed_node *node)
{
	if (!node)
		return NULL;
	if (dma_bounce_suits(dev, node)) {
		dma_bounce_count_taken(node);
		return node;
	}
	(void)dma_bounce_push(pool, node, UINT64_MAX); /* without a bound there is room */
	return NULL;
}

/* The block that was given back last, if the device reaches it. */
static inline struct dma_owed_node *take_last(struct dma_bounce_pool *pool, const struct dma_device *dev,
					      enum dma_bounce_edge edge)
{
	struct dma_owed_node *node;

	if (dma_unlikely(!__atomic_load_n(&pool->last[edge], __ATOMIC_RELAXED)))
		return NULL;
	node = dma_bounce_swap_last(pool, edge, NULL);
	if (dma_unlikely(!node || !dma_bounce_suits_plainly(dev, node)))
		return take_if(pool, dev, node);
	dma_bounce_count_taken(node);
	return node;
}

/* ---- For lists and buffers ---- */

static dma_cold struct dma_owed_node *get_slowly(const struct dma_device *dev, int place, size_t npages,
						 enum dma_bounce_edge edge, int *error)
{
	unsigned kind = dma_bounce_kind(dev), order = dma_bounce_order(npages);
	bool on = dma_host_interrupts_on();
	struct dma_owed_node *node;
	struct dma_bounce_pool *pool;

	if (order >= DMA_BOUNCE_ORDERS) {
		*error = DMA_EBUSY;
		return on ? dma_bounce_make(dev, place, npages, 0, error) : NULL;
	}
	pool = &dma_bounce_pools[kind][order];
	if (on) {
		dma_bounce_learn(kind, dev, place, false);
		if (dma_unlikely(dma_load(&pool->nfree) < dma_load(&pool->reserve)))
			(void)dma_bounce_fill_reserve(kind, order);
	}
	node = dma_bounce_pop(pool, dev, on ? dma_load(&pool->reserve) : 0);
	if (!node) /* the other kind of edge has left one */
		node = take_last(pool, dev, edge == DMA_BOUNCE_HEAD ? DMA_BOUNCE_TAIL : DMA_BOUNCE_HEAD);
	if (node)
		return node;
	if (on) {
		node = dma_bounce_make(dev, place, (size_t)1 << order, dma_bounce_number(kind, order), error);
		return node || *error != DMA_ENOMEM ? node : dma_bounce_pop(pool, dev, 0);
	}
	dma_add(&dma_state.stats.reserve_empty, 1);
	*error = DMA_ENOMEM;
	return NULL;
}

struct dma_owed_node *dma_bounce_get_ready(const struct dma_device *dev, size_t npages)
{
	return take_last(&dma_bounce_pools[dma_bounce_kind(dev)][dma_bounce_order(npages)], dev, DMA_BOUNCE_HEAD);
}

struct dma_owed_node *dma_bounce_get(const struct dma_device *dev, int place, size_t npages, int *error)
{
	struct dma_owed_node *node = NULL;

	if (dma_likely(npages <= DMA_BOUNCE_MOST_PAGES))
		node = dma_bounce_get_ready(dev, npages);
	return dma_likely(node != NULL) ? node : get_slowly(dev, place, npages, DMA_BOUNCE_HEAD, error);
}

struct dma_owed_node *dma_bounce_get_tail(const struct dma_device *dev, int place, int *error)
{
	struct dma_owed_node *node = take_last(&dma_bounce_pools[dma_bounce_kind(dev)][0], dev, DMA_BOUNCE_TAIL);

	return dma_likely(node != NULL) ? node : get_slowly(dev, place, 1, DMA_BOUNCE_TAIL, error);
}

static inline void put(struct dma_owed_node *node, enum dma_bounce_edge edge)
{
	struct dma_bounce_pool *pool = pool_of(node);
	struct dma_owed_node *older;

	if (dma_unlikely(!pool)) {
		dma_bounce_free(node);
		return;
	}
	dma_bounce_count_given(node);
	older = dma_bounce_swap_last(pool, edge, node);
	if (dma_unlikely(older != NULL))
		dma_bounce_keep(pool, older);
}

void dma_bounce_put(struct dma_owed_node *node)
{
	put(node, DMA_BOUNCE_HEAD);
}

void dma_bounce_put_tail(struct dma_owed_node *node)
{
	put(node, DMA_BOUNCE_TAIL);
}

void dma_bounce_quarantine(struct dma_owed_node *node)
{
	struct dma_owed owed;

	node->owed.steps &= (1u << DMA_BOUNCE_POOL_SHIFT) - 1;
	owed = dma_owed_of_node(node);
	dma_owed_quarantine(&owed);
}
