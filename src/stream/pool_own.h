/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The inside of pools.
 *
 * A block is in exactly one place:
 *
 *   in a magazine      free; the slot of a CPU's magazine has its address. Whoever exchanges the slot for NULL has it.
 *   in its chunk       free, in the chunk's list: under the pool's lock
 *   out                its slice has the generation of its stream. Whoever exchanges that for DMA_BLOCK_FREE has it.
 *
 * A magazine belongs to no CPU: the number is a hint, and an interrupt may come at any point. Slots change hands by one
 * atomic access each, which passes on what was written before. `top` is a guess at where the free ones end; where it
 * is wrong, a slot is found empty, or taken, and the slow path looks at all of them. So no block is lost, and there is
 * no link to be read in a block that somebody else may have by now.
 */
#ifndef DMASTREAM_SRC_POOL_OWN_H
#define DMASTREAM_SRC_POOL_OWN_H

#include "../base/state.h"
#include <dmastream/errors.h>
#include <dmastream/pool.h>

#define DMA_POOL_BATCH 16u /* blocks that move between a magazine and the chunks at once */

/* Memory that was made at once, with what is known of its blocks: its first page begins with this. */
#define DMA_CHUNK_PAGES 8u

enum dma_chunk_list { DMA_CHUNK_OUT, DMA_CHUNK_SOME, DMA_CHUNK_WHOLE };

struct dma_chunk {
	struct dma_chunk *next, *prev; /* in the pool's list */
	struct dma_coherent memory;    /* of a pool of streams only memory.stream is used */
	struct dma_block *free;
	size_t nfree, nblocks;
	enum dma_chunk_list list;
	void *pages[DMA_CHUNK_PAGES]; /* where the blocks' records stand; the first is the chunk's own */
};

static inline bool dma_block_is_out(const struct dma_block *block)
{
	return __atomic_load_n(&block->slice.generation, __ATOMIC_RELAXED) != DMA_BLOCK_FREE;
}

/* Looked at without the lock: what is missed now is found by the next call. */
static inline bool dma_pool_is_low(const struct dma_pool *pool)
{
	return __atomic_load_n(&pool->nfree, __ATOMIC_RELAXED) < pool->low;
}

/* ---- pool_chunk.c ---- */

/* Another chunk, whose blocks are free. 0, DMA_ENOMEM (also: the pool has its most), or an error of the alloc's.
 * Interrupts on. */
int dma_pool_grow(struct dma_pool *pool);

/* Takes up to n blocks out of chunks, as long as more than `leave` are free. How many. Any context. */
size_t dma_pool_take(struct dma_pool *pool, struct dma_block **blocks, size_t n, size_t leave);

/* Gives n blocks back to their chunks. Any context. */
void dma_pool_give(struct dma_pool *pool, struct dma_block *const *blocks, size_t n);

/* Takes a chunk out of which no block is, if more than the high watermark are free, and gives its memory back; the
 * number of pages, or 0. With `all` it takes any. Interrupts on. */
size_t dma_pool_shrink(struct dma_pool *pool, bool all);

/* Names the blocks of a chunk that are out, up to `most` of them, in the log. How many are out. */
size_t dma_chunk_name_out(const struct dma_chunk *chunk, const char *name, size_t most);

/* ---- pool.c ---- */

/* What puts find while fewer blocks than the reserve are free: a magazine without room. */
extern const struct dma_magazines dma_magazines_full;

/* Empties all magazines into the chunks. Any context. */
void dma_pool_drain(struct dma_pool *pool);

/* How many blocks the magazines have. */
size_t dma_pool_cached(const struct dma_pool *pool);

#endif
