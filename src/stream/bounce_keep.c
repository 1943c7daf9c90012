/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Blocks of frames for bounces: how they are made, the reserve of them, and how they go back to the host.
 *
 * The reserve is what callers with interrupts on leave to those with interrupts off. It is filled by
 * dma_bounce_reserve(), by dma_reclaim() and by callers with interrupts on that find less (hazard 82).
 */
#include "../base/state.h"
#include "../device/reach.h"
#include "bounce_pools.h"
#include "bounce_suits.h"
#include "view.h"
#include <dmastream/errors.h>

#define RESERVE_PAGES 8u /* where the host leaves it to the library */

/* What a kind's blocks are made for when the reserve is filled: limits of the device that asked last, and placement.
 * Read and written under the lock of the kind's first pool. */
static struct {
	struct dma_device limits;
	int place;
	bool known;
} kinds[DMA_BOUNCE_KINDS];

/* ---- Made ---- */

struct dma_owed_node *dma_bounce_make(const struct dma_device *dev, int place, size_t npages, unsigned pool, int *error)
{
	struct dma_owed_node view, *node;
	struct dma_device limits;

	*error = DMA_ENOTSUP;
	if (!DMA_CONFIG_BOUNCE)
		return NULL;
	*error = DMA_ENOMEM;
	node = dma_owed_node_alloc();
	if (!node)
		return NULL;
	if (dma_unlikely(dma_bounce_boundary(dev, npages) != dev->boundary)) {
		limits = *dev;
		limits.boundary = 0;
		dev = &limits;
	}
	*error = dma_view_make(&view, dev, place | DMA_PLACE_BOUNCE, npages);
	if (*error) {
		dma_owed_node_free(node);
		return NULL;
	}
	*node = view;
	node->owed.steps |= pool << DMA_BOUNCE_POOL_SHIFT;
	dma_bounce_soil(node, 0, npages << DMA_PAGE_SHIFT);
	return node;
}

int dma_bounce_fill_reserve(unsigned kind, unsigned order)
{
	struct dma_bounce_pool *pool = &dma_bounce_pools[kind][order];
	struct dma_device limits;
	uintptr_t irq;
	int place, error = 0;

	if (dma_load(&pool->nfree) >= dma_load(&pool->reserve))
		return 0;
	irq = dma_host_lock(&dma_bounce_pools[kind][0].lock);
	limits = kinds[kind].limits;
	place = kinds[kind].place;
	dma_host_unlock(&dma_bounce_pools[kind][0].lock, irq);
	while (dma_load(&pool->nfree) < dma_load(&pool->reserve)) {
		struct dma_owed_node *node =
			dma_bounce_make(&limits, place, (size_t)1 << order, dma_bounce_number(kind, order), &error);

		if (!node)
			break;
		dma_bounce_count_given(node);
		dma_bounce_keep(pool, node);
	}
	return error;
}

/* ---- Given back to the host ---- */

static void free_last(struct dma_bounce_pool *pool)
{
	for (unsigned edge = 0; edge < DMA_BOUNCE_EDGES; edge++) {
		struct dma_owed_node *node = dma_bounce_swap_last(pool, (enum dma_bounce_edge)edge, NULL);

		if (!node)
			continue;
		dma_bounce_count_taken(node);
		dma_bounce_free(node);
	}
}

/* In a confidential VM blocks beyond the reserve would keep runs of the pool of shared memory (shared.h) from going
 * back. */
static void trim(struct dma_bounce_pool *pool)
{
	struct dma_owed_node *node;

	free_last(pool);
	while ((node = dma_bounce_pop(pool, NULL, dma_load(&pool->reserve))))
		dma_bounce_free(node);
}

static void refill(void)
{
	for (unsigned kind = 0; kind < DMA_BOUNCE_KINDS; kind++) {
		for (unsigned order = 0; order < DMA_BOUNCE_ORDERS; order++) {
			if (dma_is_cvm())
				trim(&dma_bounce_pools[kind][order]);
			if (dma_bounce_fill_reserve(kind, order))
				return;
		}
	}
}

static void empty(struct dma_bounce_pool *pool)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	struct dma_owed_node *node = pool->first, *next;

	pool->first = NULL;
	dma_store(&pool->nfree, 0);
	dma_store(&pool->reserve, 0);
	dma_host_unlock(&pool->lock, irq);
	for (; node; node = next) {
		next = node->next;
		dma_bounce_count_taken(node);
		dma_bounce_free(node);
	}
	free_last(pool);
}

/* Gives everything back, before dma_fini(). */
static void drain(void)
{
	for (unsigned kind = 0; kind < DMA_BOUNCE_KINDS; kind++) {
		for (unsigned order = 0; order < DMA_BOUNCE_ORDERS; order++)
			empty(&dma_bounce_pools[kind][order]);
		kinds[kind].known = false;
	}
}

static const struct dma_keeper keeper = {.refill = refill, .drain = drain};

/* ---- Reserved ---- */

/* What is known of a kind from its first use on: the single pages that edges take are reserved. Behind an IOMMU any
 * frame will do. */
void dma_bounce_learn(unsigned kind, const struct dma_device *dev, int place, bool anew)
{
	uint64_t least = dma_state.host.reserve_bounces ? dma_state.host.reserve_bounces : RESERVE_PAGES;
	struct dma_bounce_pool *pool = &dma_bounce_pools[kind][0];
	uintptr_t irq;

	/* Relaxed: dma_bounce_fill_reserve() reads what was learned under the lock that this writes it under. */
	if (dma_likely(!anew && __atomic_load_n(&kinds[kind].known, __ATOMIC_RELAXED)))
		return;
	__atomic_store_n(&dma_keeper, &keeper, __ATOMIC_RELAXED);
	irq = dma_host_lock(&pool->lock);
	kinds[kind].limits = (struct dma_device){
		.domain = &dma_domain_passthrough, .mask = UINT64_MAX, .min_align = 1, .coherent = dev->coherent};
	if (!dev->domain->ops) {
		kinds[kind].limits.mask = dev->mask;
		kinds[kind].limits.boundary = dev->boundary;
		kinds[kind].limits.min_align = dev->min_align;
		kinds[kind].limits.nwindows = dev->nwindows;
		for (size_t i = 0; i < dev->nwindows; i++)
			kinds[kind].limits.windows[i] = dev->windows[i];
	}
	kinds[kind].place = place;
	if (dma_load(&pool->reserve) < least)
		dma_store(&pool->reserve, least);
	__atomic_store_n(&kinds[kind].known, true, __ATOMIC_RELAXED);
	dma_host_unlock(&pool->lock, irq);
}

int dma_bounce_reserve(const struct dma_device *dev, int place, size_t npages, unsigned count)
{
	unsigned kind = dma_bounce_kind(dev), order = dma_bounce_order(npages);
	struct dma_bounce_pool *pool = &dma_bounce_pools[kind][order];

	dma_bounce_learn(kind, dev, place, true);
	if (dma_load(&pool->reserve) < count)
		dma_store(&pool->reserve, count);
	return dma_bounce_fill_reserve(kind, order);
}
