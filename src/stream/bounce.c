/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Blocks of frames for bounces, kept by what they suit (bounce.h).
 *
 * One list for each kind of block, under a lock of its own that is held for a push or a pop. Frames lie in exactly one
 * count of dma_stats(): pages_own while a block is kept, pages_bounce while it is in use.
 *
 * The reserve is what callers with interrupts on leave to those with interrupts off. It is filled by
 * dma_bounce_reserve(), by dma_reclaim() and by callers with interrupts on that find less (hazard 82).
 */
#include "bounce.h"
#include "../base/state.h"
#include "../device/reach.h"
#include "bounce_suits.h"
#include "view.h"
#include <dmastream/errors.h>

#define ORDERS	      5u  /* 1 << 0 to 1 << 4 pages */
#define KINDS	      4u  /* behind an IOMMU or not, snoops or not */
#define RESERVE_PAGES 8u  /* where the host leaves it to the library */
#define KEPT	      32u /* blocks beyond the reserve that are kept for speed */
#define LOOKED_AT     16u /* blocks that one call tries, until it finds one that the device reaches */

/* Of a node's steps: which pool it came from. */
#define POOL_SHIFT 16u
#define KIND_SHIFT 3u /* the order is below it */

_Static_assert(1u << (ORDERS - 1) == DMA_BOUNCE_MOST_PAGES, "the largest block");

enum edge { HEAD, TAIL, EDGES };

static struct pool {
	/* Given back last: taken and left by one exchange, without the lock; or NULL. */
	struct dma_owed_node *last[EDGES];
	struct dma_lock lock;
	struct dma_owed_node *first;
	uint64_t nfree;		  /* changed under the lock, looked at without */
	uint64_t reserve;	  /* changed atomically */
} pools[KINDS][1u << KIND_SHIFT]; /* ORDERS of them are used */

/* What a kind's blocks are made for when the reserve is filled: limits of the device that asked last, and placement.
 * Read and written under the lock of the kind's first pool. */
static struct {
	struct dma_device limits;
	int place;
	bool known;
} kinds[KINDS];

static unsigned kind_of(const struct dma_device *dev)
{
	return (dev->domain->ops ? 2u : 0u) | (dev->coherent ? 1u : 0u);
}

static unsigned order_of(size_t npages)
{
	return npages <= 1 ? 0 : 64 - (unsigned)__builtin_clzll((uint64_t)npages - 1);
}

/* What stands in the steps of a pool's blocks: not 0. */
static inline unsigned number_of(unsigned kind, unsigned order)
{
	return kind << KIND_SHIFT | order | 1u << (2 * KIND_SHIFT);
}

static struct pool *pool_of(const struct dma_owed_node *node)
{
	unsigned number = node->owed.steps >> POOL_SHIFT;

	return number ? &pools[number >> KIND_SHIFT & (KINDS - 1)][number & ((1u << KIND_SHIFT) - 1)] : NULL;
}

/* ---- Push and pop ---- */

/* A block leaves the pool, or comes into it. */
static inline void count_taken(struct dma_owed_node *node)
{
	node->next = NULL;
	dma_arch_frames_taken(node->owed.paddr.raw, node->owed.npages);
	dma_sub(&dma_state.stats.pages_own, node->owed.npages);
	dma_add(&dma_state.stats.pages_bounce, node->owed.npages);
}

static inline void count_given(const struct dma_owed_node *node)
{
	dma_arch_frames_kept(node->owed.paddr.raw, node->owed.npages);
	dma_sub(&dma_state.stats.pages_bounce, node->owed.npages);
	dma_add(&dma_state.stats.pages_own, node->owed.npages);
}

static inline struct dma_owed_node *swap_last(struct pool *pool, enum edge edge, struct dma_owed_node *node)
{
	return __atomic_exchange_n(&pool->last[edge], node, __ATOMIC_ACQ_REL);
}

/* A block that the device (NULL: any) reaches, if more than `leave` are there. */
static struct dma_owed_node *pop(struct pool *pool, const struct dma_device *dev, uint64_t leave)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	struct dma_owed_node **at = &pool->first, *node = NULL;

	for (unsigned i = 0; pool->nfree > leave && *at && i < LOOKED_AT; i++, at = &(*at)->next) {
		if (dev && !dma_bounce_suits(dev, *at))
			continue;
		node = *at;
		*at = node->next;
		dma_store(&pool->nfree, pool->nfree - 1);
		break;
	}
	dma_host_unlock(&pool->lock, irq);
	if (node)
		count_taken(node);
	return node;
}

/* A block that is counted as the pool's. False: there are enough. */
static bool push(struct pool *pool, struct dma_owed_node *node, uint64_t most)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	bool room;

	room = pool->nfree < most;
	if (room) {
		node->next = pool->first;
		pool->first = node;
		dma_store(&pool->nfree, pool->nfree + 1);
	}
	dma_host_unlock(&pool->lock, irq);
	return room;
}

/* What suits the device after a longer look; NULL: it does not, and goes into the list. */
static __attribute__((noinline)) struct dma_owed_node *take_if(struct pool *pool, const struct dma_device *dev,
							       struct dma_owed_node *node)
{
	if (!node)
		return NULL;
	if (dma_bounce_suits(dev, node)) {
		count_taken(node);
		return node;
	}
	(void)push(pool, node, UINT64_MAX); /* without a bound there is room */
	return NULL;
}

/* The block that was given back last, if the device reaches it. */
static inline struct dma_owed_node *take_last(struct pool *pool, const struct dma_device *dev, enum edge edge)
{
	struct dma_owed_node *node;

	if (dma_unlikely(!__atomic_load_n(&pool->last[edge], __ATOMIC_RELAXED)))
		return NULL;
	node = swap_last(pool, edge, NULL);
	if (dma_unlikely(!node || !dma_bounce_suits_plainly(dev, node)))
		return take_if(pool, dev, node);
	count_taken(node);
	return node;
}

/* ---- Made ---- */

/* A fresh block, all of it dirty. Interrupts on. */
static struct dma_owed_node *make(const struct dma_device *dev, int place, size_t npages, unsigned pool, int *error)
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
	node->owed.steps |= pool << POOL_SHIFT;
	dma_bounce_soil(node, 0, npages << DMA_PAGE_SHIFT);
	return node;
}

static void free_block(struct dma_owed_node *node);

/* A block in use goes into the list of its pool, or back to the host. */
static void give(struct pool *pool, struct dma_owed_node *node)
{
	count_given(node);
	if (push(pool, node, dma_load(&pool->reserve) + KEPT))
		return;
	count_taken(node);
	free_block(node);
}

static void free_block(struct dma_owed_node *node)
{
	struct dma_owed owed;

	node->owed.steps &= (1u << POOL_SHIFT) - 1;
	node->next = NULL;
	owed = dma_owed_of_node(node);
	dma_owed_settle(&owed);
}

/* Interrupts on. */
static int fill(unsigned kind, unsigned order)
{
	struct pool *pool = &pools[kind][order];
	struct dma_device limits;
	uintptr_t irq;
	int place, error = 0;

	if (dma_load(&pool->nfree) >= dma_load(&pool->reserve))
		return 0;
	irq = dma_host_lock(&pools[kind][0].lock);
	limits = kinds[kind].limits;
	place = kinds[kind].place;
	dma_host_unlock(&pools[kind][0].lock, irq);
	while (!error && dma_load(&pool->nfree) < dma_load(&pool->reserve)) {
		struct dma_owed_node *node = make(&limits, place, (size_t)1 << order, number_of(kind, order), &error);

		if (node)
			give(pool, node);
	}
	return error;
}

static void free_last(struct pool *pool)
{
	for (unsigned edge = 0; edge < EDGES; edge++) {
		struct dma_owed_node *node = swap_last(pool, (enum edge)edge, NULL);

		if (!node)
			continue;
		count_taken(node);
		free_block(node);
	}
}

/* In a confidential VM blocks beyond the reserve would keep runs of the pool of shared memory (shared.h) from going
 * back. */
static void trim(struct pool *pool)
{
	struct dma_owed_node *node;

	free_last(pool);
	while ((node = pop(pool, NULL, dma_load(&pool->reserve))))
		free_block(node);
}

static void refill(void)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		for (unsigned order = 0; order < ORDERS; order++) {
			if (dma_is_cvm())
				trim(&pools[kind][order]);
			if (fill(kind, order))
				return;
		}
	}
}

static void empty(struct pool *pool)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	struct dma_owed_node *node = pool->first, *next;

	pool->first = NULL;
	dma_store(&pool->nfree, 0);
	dma_store(&pool->reserve, 0);
	dma_host_unlock(&pool->lock, irq);
	for (; node; node = next) {
		next = node->next;
		count_taken(node);
		free_block(node);
	}
	free_last(pool);
}

/* Gives everything back, before dma_fini(). */
static void drain(void)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		for (unsigned order = 0; order < ORDERS; order++)
			empty(&pools[kind][order]);
		kinds[kind].known = false;
	}
}

static const struct dma_keeper keeper = {.refill = refill, .drain = drain};

/* What is known of a kind from its first use on: the single pages that edges take are reserved. Behind an IOMMU any
 * frame will do. */
static void learn(unsigned kind, const struct dma_device *dev, int place, bool anew)
{
	uint64_t least = dma_state.host.reserve_bounces ? dma_state.host.reserve_bounces : RESERVE_PAGES;
	struct pool *pool = &pools[kind][0];
	uintptr_t irq;

	/* Relaxed: fill() reads what was learned under the lock that this writes it under. */
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

/* ---- For lists and buffers ---- */

static dma_cold struct dma_owed_node *get_slowly(const struct dma_device *dev, int place, size_t npages, enum edge edge,
						 int *error)
{
	unsigned kind = kind_of(dev), order = order_of(npages);
	bool on = dma_host_interrupts_on();
	struct dma_owed_node *node;
	struct pool *pool;

	if (order >= ORDERS) {
		*error = DMA_EBUSY;
		return on ? make(dev, place, npages, 0, error) : NULL;
	}
	pool = &pools[kind][order];
	if (on) {
		learn(kind, dev, place, false);
		if (dma_unlikely(dma_load(&pool->nfree) < dma_load(&pool->reserve)))
			(void)fill(kind, order);
	}
	node = pop(pool, dev, on ? dma_load(&pool->reserve) : 0);
	if (!node) /* the other kind of edge has left one */
		node = take_last(pool, dev, edge == HEAD ? TAIL : HEAD);
	if (node)
		return node;
	if (on) {
		node = make(dev, place, (size_t)1 << order, number_of(kind, order), error);
		return node || *error != DMA_ENOMEM ? node : pop(pool, dev, 0);
	}
	dma_add(&dma_state.stats.reserve_empty, 1);
	*error = DMA_ENOMEM;
	return NULL;
}

struct dma_owed_node *dma_bounce_get_ready(const struct dma_device *dev, size_t npages)
{
	return take_last(&pools[kind_of(dev)][order_of(npages)], dev, HEAD);
}

struct dma_owed_node *dma_bounce_get(const struct dma_device *dev, int place, size_t npages, int *error)
{
	struct dma_owed_node *node = NULL;

	if (dma_likely(npages <= DMA_BOUNCE_MOST_PAGES))
		node = dma_bounce_get_ready(dev, npages);
	return dma_likely(node != NULL) ? node : get_slowly(dev, place, npages, HEAD, error);
}

struct dma_owed_node *dma_bounce_get_tail(const struct dma_device *dev, int place, int *error)
{
	struct dma_owed_node *node = take_last(&pools[kind_of(dev)][0], dev, TAIL);

	return dma_likely(node != NULL) ? node : get_slowly(dev, place, 1, TAIL, error);
}

static inline void put(struct dma_owed_node *node, enum edge edge)
{
	struct pool *pool = pool_of(node);
	struct dma_owed_node *older;

	if (dma_unlikely(!pool)) {
		free_block(node);
		return;
	}
	count_given(node);
	older = swap_last(pool, edge, node);
	if (dma_likely(!older) || push(pool, older, dma_load(&pool->reserve) + KEPT))
		return;
	count_taken(older);
	free_block(older);
}

void dma_bounce_put(struct dma_owed_node *node)
{
	put(node, HEAD);
}

void dma_bounce_put_tail(struct dma_owed_node *node)
{
	put(node, TAIL);
}

void dma_bounce_quarantine(struct dma_owed_node *node)
{
	struct dma_owed owed;

	node->owed.steps &= (1u << POOL_SHIFT) - 1;
	owed = dma_owed_of_node(node);
	dma_owed_quarantine(&owed);
}

int dma_bounce_reserve(const struct dma_device *dev, int place, size_t npages, unsigned count)
{
	unsigned kind = kind_of(dev), order = order_of(npages);
	struct pool *pool = &pools[kind][order];

	learn(kind, dev, place, true);
	if (dma_load(&pool->reserve) < count)
		dma_store(&pool->reserve, count);
	return fill(kind, order);
}
