/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools: made, kept in shape by dma_reclaim(), and unmade.
 */
#include "../memory/owed.h"
#include "pool_own.h"

static struct {
	struct dma_lock lock;
	struct dma_pool *first;
} pools;

/* ---- Reclaim ---- */

static size_t tidy(struct dma_pool *pool)
{
	size_t npages = 0, freed;

	if (dma_pool_is_low(pool) && dma_pool_grow(pool))
		dma_pool_drain(pool);
	if (__atomic_load_n(&pool->nfree, __ATOMIC_RELAXED) + dma_pool_cached(pool) <= pool->high)
		return 0;
	dma_pool_drain(pool);
	while ((freed = dma_pool_shrink(pool, false)))
		npages += freed;
	return npages;
}

/* The next pool to be looked at, which stays while it is. */
static struct dma_pool *hold_next(struct dma_pool *before)
{
	uintptr_t irq = dma_host_lock(&pools.lock);
	struct dma_pool *pool = before ? before->next : pools.first;

	if (before)
		before->users--;
	if (pool)
		pool->users++;
	dma_host_unlock(&pools.lock, irq);
	return pool;
}

static size_t reclaim(void)
{
	size_t npages = 0;

	if (!dma_host_interrupts_on())
		return 0;
	for (struct dma_pool *pool = hold_next(NULL); pool; pool = hold_next(pool))
		npages += tidy(pool);
	return npages;
}

/* ---- Made and unmade ---- */

static bool config_ok(const struct dma_pool_config *config)
{
	if (!config->name || config->block_size == 0 || config->block_size > (size_t)1 << 30)
		return false;
	if (!config->coherent && (config->dir < DMA_TO_DEVICE || config->dir > DMA_BIDIRECTIONAL))
		return false;
	if ((config->align & (config->align - 1)) != 0 || config->align > DMA_PAGE_SIZE)
		return false;
	/* Without a number of blocks it is a page's: at most as many as the page has bytes. */
	if (config->blocks > UINT32_MAX ||
	    config->reserve > UINT32_MAX - (config->blocks ? config->blocks : DMA_PAGE_SIZE))
		return false;
	return config->most == 0 || config->most >= config->blocks + config->reserve;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

/* The blocks that a pool never has less than. */
static size_t least_of(const struct dma_pool_config *config, size_t stride)
{
	size_t blocks = config->blocks;

	if (blocks == 0)
		blocks = stride < DMA_PAGE_SIZE ? DMA_PAGE_SIZE / stride : 1;
	if (config->most && blocks > config->most - config->reserve)
		blocks = config->most - config->reserve;
	return blocks + config->reserve;
}

/* What a chunk has room for, within what the device takes in one piece (hazard 83); 0: not even one block. */
static size_t chunk_pages(const struct dma_device *dev, size_t stride)
{
	uint64_t most = UINT32_MAX;
	size_t want = 16 * stride;

	if (dev->boundary && dev->boundary < most)
		most = dev->boundary;
	if (dev->max_segment_size && dev->max_segment_size < most)
		most = dev->max_segment_size;
	most &= ~(uint64_t)(DMA_PAGE_SIZE - 1);
	if (want > 65536)
		want = stride > 65536 ? stride : 65536 / stride * stride;
	want = round_up(want, DMA_PAGE_SIZE);
	if (want > most)
		want = (size_t)most;
	return want < stride ? 0 : want >> DMA_PAGE_SHIFT;
}

#define PER_PAGE  (DMA_PAGE_SIZE / sizeof(struct dma_magazine))
#define MOST_CPUS (DMA_PAGE_SIZE / sizeof(struct dma_magazine *))

static void free_page(void *page)
{
	dma_host_page_free(page);
	dma_sub(&dma_state.stats.pages_own, 1);
}

static void *alloc_page(void)
{
	void *page = dma_host_page_alloc();

	if (page) {
		__builtin_memset(page, 0, DMA_PAGE_SIZE);
		dma_add(&dma_state.stats.pages_own, 1);
	}
	return page;
}

static void free_magazines(struct dma_pool *pool)
{
	if (!pool->own.of_cpu)
		return;
	for (unsigned i = 0; i < pool->nmagazines; i += PER_PAGE)
		free_page(pool->own.of_cpu[i]);
	free_page(pool->own.of_cpu);
}

static int alloc_magazines(struct dma_pool *pool)
{
	unsigned cpus = dma_state.host.cpus < MOST_CPUS ? dma_state.host.cpus : (unsigned)MOST_CPUS;
	struct dma_magazine *page = NULL;

	pool->own.of_cpu = alloc_page();
	if (!pool->own.of_cpu)
		return DMA_ENOMEM;
	for (unsigned i = 0; i < cpus; i++) {
		if (i % PER_PAGE == 0)
			page = alloc_page();
		if (!page)
			return DMA_ENOMEM;
		pool->own.of_cpu[i] = page + i % PER_PAGE;
		pool->nmagazines = i + 1;
	}
	while (pool->own.mask + 1 < cpus)
		pool->own.mask = 2 * pool->own.mask + 1;
	for (size_t i = cpus; i <= pool->own.mask; i++)
		pool->own.of_cpu[i] = pool->own.of_cpu[i - cpus];
	return 0;
}

static void link_pool(struct dma_pool *pool)
{
	uintptr_t irq = dma_host_lock(&pools.lock);

	pool->next = pools.first;
	pools.first = pool;
	__atomic_store_n(&dma_reclaim_pools, reclaim, __ATOMIC_RELAXED);
	dma_host_unlock(&pools.lock, irq);
}

/* A pool stays where it was made, and is known there until it is destroyed: a copy never is. */
static bool is_original(const struct dma_pool *pool)
{
	uintptr_t irq = dma_host_lock(&pools.lock);
	const struct dma_pool *known = pools.first;

	while (known && known != pool)
		known = known->next;
	dma_host_unlock(&pools.lock, irq);
	if (!known)
		dma_log("dmastream: misuse: a pool is destroyed that was copied, moved or destroyed before; keep one, "
			"where "
			"dma_pool_create() made it");
	return known != NULL;
}

/* False: dma_reclaim() is at work on it. */
static bool unlink_pool(struct dma_pool *pool)
{
	uintptr_t irq = dma_host_lock(&pools.lock);
	struct dma_pool **at = &pools.first;
	bool idle = pool->users == 0;

	while (idle && *at != pool)
		at = &(*at)->next;
	if (idle)
		*at = pool->next;
	dma_host_unlock(&pools.lock, irq);
	return idle;
}

int dma_pool_create(struct dma_pool *pool, struct dma_device *dev, const struct dma_pool_config *config)
{
	size_t lines, unit;
	int error = 0;

	if (pool->dev || !dma_state.ready || !dev || !dev->domain || !config_ok(config))
		return DMA_EINVAL;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	lines = dev->coherent || config->coherent ? 1 : dma_state.host.line_align;
	unit = dma_slice_align(dev) > config->align ? dma_slice_align(dev) : config->align;
	*pool = (struct dma_pool){
		.dev = dev,
		.name = config->name,
		.dir = config->coherent ? DMA_BIDIRECTIONAL : (uint16_t)config->dir,
		.coherent = config->coherent,
		.block_bytes = round_up(config->block_size, lines),
		.stride = round_up(config->block_size, unit),
		.reserve = config->reserve,
		.low = config->low > config->reserve ? config->low : config->reserve,
		.most = config->most ? config->most : SIZE_MAX,
	};
	pool->chunk_pages = chunk_pages(dev, pool->stride);
	if (pool->chunk_pages == 0)
		error = DMA_ENOTSUP;
	else
		error = alloc_magazines(pool);
	pool->least = least_of(config, pool->stride);
	while (!error && pool->nblocks < pool->least)
		error = dma_pool_grow(pool);
	pool->high = config->high ? config->high : pool->least;
	if (pool->high < pool->low)
		pool->high = pool->low; /* or growing and shrinking would take turns */
	if (error) {
		while (pool->nblocks > 0)
			(void)dma_pool_shrink(pool, true);
		free_magazines(pool);
		*pool = (struct dma_pool){0};
		return error;
	}
	link_pool(pool);
	dma_arch_handle_begins(dev, (uintptr_t)pool, 0, sizeof(*pool));
	return 0;
}

/* ---- The end ---- */

#define NAMED 8u

/* Names the blocks that are out; how many they are. */
static size_t name_out(const struct dma_pool *pool)
{
	size_t out = 0;

	for (unsigned list = DMA_CHUNK_OUT; list <= DMA_CHUNK_SOME; list++) {
		for (const struct dma_chunk *chunk = pool->chunks[list]; chunk; chunk = chunk->next)
			out += dma_chunk_name_out(chunk, pool->name, out < NAMED ? NAMED - out : 0);
	}
	if (out > NAMED)
		dma_log("dmastream: pool %s: %u blocks are out in all", pool->name, (unsigned)out);
	return out;
}

int dma_pool_destroy(struct dma_pool *pool)
{
	if (!pool->dev)
		return 0;
	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	if (!is_original(pool))
		return DMA_EINVAL;
	dma_pool_drain(pool);
	if (pool->nfree < pool->nblocks && name_out(pool) > 0)
		return DMA_EBUSY;
	if (!unlink_pool(pool))
		return DMA_EBUSY;
	(void)dma_arch_handle_ends(pool->dev, (uintptr_t)pool, 0, sizeof(*pool));
	while (dma_pool_shrink(pool, true))
		continue;
	free_magazines(pool);
	*pool = (struct dma_pool){0};
	return 0;
}

void dma_pool_stats_get(struct dma_pool *pool, struct dma_pool_stats *out)
{
	uintptr_t irq;
	size_t nfree;

	*out = (struct dma_pool_stats){0};
	if (!pool->dev)
		return;
	out->cached = dma_pool_cached(pool);
	irq = dma_host_lock(&pool->lock);
	nfree = pool->nfree + out->cached;
	out->blocks = pool->nblocks;
	out->pages = pool->npages;
	dma_host_unlock(&pool->lock, irq);
	out->out = nfree < out->blocks ? out->blocks - nfree : 0;
	out->dry = dma_load(&pool->dry);
	out->refused = dma_load(&pool->refused);
}
