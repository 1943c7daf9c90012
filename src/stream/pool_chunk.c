/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools: where blocks come from and go to. What moves blocks between lists holds the pool's lock; memory is made and
 * given back without it.
 */
#include "pool_own.h"

static size_t pages_of(const struct dma_chunk *chunk)
{
	return dma_coherent_size(&chunk->memory) >> DMA_PAGE_SHIFT;
}

/* The record of a block: the chunk's first page begins with the chunk itself. */
static struct dma_block *record(const struct dma_chunk *chunk, size_t i)
{
	size_t first = (DMA_PAGE_SIZE - sizeof(*chunk)) / sizeof(struct dma_block);
	size_t each = DMA_PAGE_SIZE / sizeof(struct dma_block);

	if (i < first)
		return (struct dma_block *)(void *)((unsigned char *)chunk->pages[0] + sizeof(*chunk)) + i;
	return (struct dma_block *)chunk->pages[1 + (i - first) / each] + (i - first) % each;
}

/* ---- The lists (callers hold the lock) ---- */

static enum dma_chunk_list list_of(const struct dma_chunk *chunk)
{
	return chunk->nfree == 0 ? DMA_CHUNK_OUT : chunk->nfree < chunk->nblocks ? DMA_CHUNK_SOME : DMA_CHUNK_WHOLE;
}

static void link_chunk(struct dma_pool *pool, struct dma_chunk *chunk)
{
	struct dma_chunk **head;

	chunk->list = list_of(chunk);
	head = &pool->chunks[chunk->list];
	chunk->prev = NULL;
	chunk->next = *head;
	if (*head)
		(*head)->prev = chunk;
	*head = chunk;
}

static void unlink_chunk(struct dma_pool *pool, struct dma_chunk *chunk)
{
	if (chunk->prev)
		chunk->prev->next = chunk->next;
	else
		pool->chunks[chunk->list] = chunk->next;
	if (chunk->next)
		chunk->next->prev = chunk->prev;
}

static void relink_chunk(struct dma_pool *pool, struct dma_chunk *chunk)
{
	if (chunk->list == list_of(chunk))
		return;
	unlink_chunk(pool, chunk);
	link_chunk(pool, chunk);
}

/* The reserve is filled before any magazine: while it is short, puts go the slow path to the chunks (hazard 82). */
static void look_at_reserve(struct dma_pool *pool)
{
	bool is_short = pool->nfree < pool->reserve;

	__atomic_store_n(&pool->puts, is_short ? &dma_magazines_full : &pool->own, __ATOMIC_RELAXED);
	__atomic_store_n(&pool->only, is_short || pool->nmagazines > 1 ? NULL : pool->own.of_cpu[0], __ATOMIC_RELAXED);
}

size_t dma_pool_take(struct dma_pool *pool, struct dma_block **blocks, size_t n, size_t leave)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	size_t taken = 0;

	while (taken < n && pool->nfree > leave) {
		/* Chunks of which some blocks are out come first, so that whole ones can be given back. */
		struct dma_chunk *chunk =
			pool->chunks[DMA_CHUNK_SOME] ? pool->chunks[DMA_CHUNK_SOME] : pool->chunks[DMA_CHUNK_WHOLE];
		struct dma_block *block = chunk->free;

		chunk->free = block->next;
		chunk->nfree--;
		__atomic_store_n(&pool->nfree, pool->nfree - 1, __ATOMIC_RELAXED);
		relink_chunk(pool, chunk);
		blocks[taken++] = block;
	}
	look_at_reserve(pool);
	dma_host_unlock(&pool->lock, irq);
	return taken;
}

void dma_pool_give(struct dma_pool *pool, struct dma_block *const *blocks, size_t n)
{
	uintptr_t irq = dma_host_lock(&pool->lock);

	for (size_t i = 0; i < n; i++) {
		struct dma_chunk *chunk = blocks[i]->chunk;

		blocks[i]->next = chunk->free;
		chunk->free = blocks[i];
		chunk->nfree++;
		__atomic_store_n(&pool->nfree, pool->nfree + 1, __ATOMIC_RELAXED);
		relink_chunk(pool, chunk);
	}
	look_at_reserve(pool);
	dma_host_unlock(&pool->lock, irq);
}

size_t dma_chunk_name_out(const struct dma_chunk *chunk, const char *name, size_t most)
{
	size_t out = 0;

	for (size_t i = 0; i < chunk->nblocks; i++) {
		const struct dma_block *block = record(chunk, i);

		if (!dma_block_is_out(block))
			continue;
		if (out++ < most)
			dma_log("dmastream: pool %s: the block at %x is out", name, block->slice.daddr.raw);
	}
	return out;
}

/* ---- Making one ---- */

static void free_chunk(struct dma_chunk *chunk)
{
	void *pages[DMA_CHUNK_PAGES];

	dma_coherent_release(&chunk->memory);
	__builtin_memcpy(pages, chunk->pages, sizeof(pages));
	for (unsigned i = DMA_CHUNK_PAGES; i-- > 0;) {
		if (pages[i]) {
			dma_host_page_free(pages[i]);
			dma_sub(&dma_state.stats.pages_own, 1);
		}
	}
}

static int alloc_memory(const struct dma_pool *pool, struct dma_coherent *memory, size_t npages)
{
	if (pool->coherent)
		return dma_coherent_alloc(memory, pool->dev, 0, npages);
	if (pool->dir == DMA_FROM_DEVICE)
		return dma_stream_alloc_uninit(&memory->stream, pool->dev, pool->dir, npages);
	return dma_stream_alloc(&memory->stream, pool->dev, pool->dir, npages);
}

/* Less at a time where memory is torn; the first block has to fit. */
static int alloc_some_memory(const struct dma_pool *pool, struct dma_coherent *memory)
{
	size_t npages = pool->chunk_pages;
	int error = alloc_memory(pool, memory, npages);

	while (error == DMA_ENOMEM && ((npages / 2) << DMA_PAGE_SHIFT) >= pool->stride) {
		npages /= 2;
		error = alloc_memory(pool, memory, npages);
	}
	return error;
}

/* The records of up to n blocks: how many there was memory for, which is 0 only without any. */
static size_t alloc_records(struct dma_chunk **out, size_t n)
{
	struct dma_chunk *chunk = NULL;
	size_t have = 0;

	for (unsigned i = 0; i < DMA_CHUNK_PAGES && have < n; i++) {
		void *page = dma_host_page_alloc();

		if (!page)
			break;
		dma_add(&dma_state.stats.pages_own, 1);
		if (!chunk) {
			chunk = page;
			*chunk = (struct dma_chunk){0};
		}
		chunk->pages[i] = page;
		have += (DMA_PAGE_SIZE - (i ? 0 : sizeof(*chunk))) / sizeof(struct dma_block);
	}
	*out = chunk;
	return have < n ? have : n;
}

static int fill_chunk(struct dma_pool *pool, struct dma_chunk *chunk)
{
	struct dma_slice whole;
	int error;

	if (pool->coherent)
		error = dma_coherent_slice(&chunk->memory, 0, dma_coherent_size(&chunk->memory), &whole);
	else
		error = dma_stream_slice(&chunk->memory.stream, 0, dma_coherent_size(&chunk->memory), &whole);
	for (size_t i = 0; i < chunk->nblocks && !error; i++) {
		struct dma_block *block = record(chunk, i);

		*block = (struct dma_block){.belongs = (uintptr_t)block + (uintptr_t)pool,
					    .pool = pool,
					    .chunk = chunk,
					    .next = chunk->free};
		error = dma_slice_slice(&whole, i * pool->stride, pool->block_bytes, &block->slice);
		block->slice.generation = DMA_BLOCK_FREE;
		chunk->free = block;
	}
	return error;
}

int dma_pool_grow(struct dma_pool *pool)
{
	struct dma_coherent memory = {{0}};
	struct dma_chunk *chunk;
	size_t room, nblocks;
	uintptr_t irq;
	int error;

	if (__atomic_load_n(&pool->nblocks, __ATOMIC_RELAXED) >= pool->most)
		return DMA_ENOMEM;
	error = alloc_some_memory(pool, &memory);
	if (error)
		return error;
	nblocks = dma_coherent_size(&memory) / pool->stride;
	nblocks = alloc_records(&chunk, nblocks);
	if (!chunk) {
		dma_coherent_release(&memory);
		return DMA_ENOMEM;
	}
	chunk->memory = memory;
	irq = dma_host_lock(&pool->lock);
	room = pool->most - pool->nblocks;
	chunk->nblocks = nblocks < room ? nblocks : room;
	__atomic_store_n(&pool->nblocks, pool->nblocks + chunk->nblocks, __ATOMIC_RELAXED);
	dma_host_unlock(&pool->lock, irq);

	error = chunk->nblocks ? fill_chunk(pool, chunk) : DMA_ENOMEM;
	irq = dma_host_lock(&pool->lock);
	if (error) {
		__atomic_store_n(&pool->nblocks, pool->nblocks - chunk->nblocks, __ATOMIC_RELAXED);
	} else {
		chunk->nfree = chunk->nblocks;
		__atomic_store_n(&pool->nfree, pool->nfree + chunk->nblocks, __ATOMIC_RELAXED);
		pool->npages += pages_of(chunk);
		link_chunk(pool, chunk);
	}
	look_at_reserve(pool);
	dma_host_unlock(&pool->lock, irq);
	if (error)
		free_chunk(chunk);
	return error;
}

size_t dma_pool_shrink(struct dma_pool *pool, bool all)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	struct dma_chunk *chunk = pool->chunks[DMA_CHUNK_WHOLE];
	size_t npages = 0;

	if (chunk && !all &&
	    (pool->nfree - chunk->nblocks < pool->high || pool->nblocks - chunk->nblocks < pool->least))
		chunk = NULL;
	if (chunk) {
		unlink_chunk(pool, chunk);
		__atomic_store_n(&pool->nfree, pool->nfree - chunk->nblocks, __ATOMIC_RELAXED);
		__atomic_store_n(&pool->nblocks, pool->nblocks - chunk->nblocks, __ATOMIC_RELAXED);
		npages = pages_of(chunk);
		pool->npages -= npages;
	}
	look_at_reserve(pool);
	dma_host_unlock(&pool->lock, irq);
	if (chunk)
		free_chunk(chunk);
	return npages;
}
