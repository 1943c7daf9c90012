/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools: get and put.
 */
#include "pool_own.h"

_Static_assert(sizeof(struct dma_magazine) == 256 || sizeof(void *) == 4, "magazines share no cache line");

/* ---- Magazines ---- */

/* What puts find while the reserve is short: they are slow then. */
static struct dma_magazine full = {.top = DMA_MAGAZINE_SLOTS};
static struct dma_magazine *fulls[] = {&full};
const struct dma_magazines dma_magazines_full = {.mask = 0, .of_cpu = fulls};

static uintptr_t top_of(const struct dma_magazine *m)
{
	return __atomic_load_n(&m->top, __ATOMIC_RELAXED);
}

static void set_top(struct dma_magazine *m, uintptr_t top)
{
	__atomic_store_n(&m->top, top, __ATOMIC_RELAXED);
}

/* Acquire: what the putter knew of the block is known here. */
static struct dma_block *take_slot(struct dma_magazine *m, uintptr_t slot)
{
	return __atomic_exchange_n(&m->slots[slot], NULL, __ATOMIC_ACQUIRE);
}

static bool fill_slot(struct dma_magazine *m, uintptr_t slot, struct dma_block *block)
{
	struct dma_block *none = NULL;

	return __atomic_compare_exchange_n(&m->slots[slot], &none, block, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* A block of any slot that has one, from the highest down; *top moves there. */
static struct dma_block *search(struct dma_magazine *m)
{
	for (uintptr_t slot = DMA_MAGAZINE_SLOTS; slot-- > 0;) {
		struct dma_block *block =
			__atomic_load_n(&m->slots[slot], __ATOMIC_RELAXED) ? take_slot(m, slot) : NULL;

		if (block) {
			set_top(m, slot);
			return block;
		}
	}
	return NULL;
}

static struct dma_block *search_all(const struct dma_pool *pool)
{
	struct dma_block *block = NULL;

	for (unsigned i = 0; i < pool->nmagazines && !block; i++)
		block = search(pool->own.of_cpu[i]);
	return block;
}

size_t dma_pool_cached(const struct dma_pool *pool)
{
	size_t n = 0;

	for (unsigned i = 0; i < pool->nmagazines; i++) {
		const struct dma_magazine *m = pool->own.of_cpu[i];

		for (unsigned slot = 0; slot < DMA_MAGAZINE_SLOTS; slot++)
			n += __atomic_load_n(&m->slots[slot], __ATOMIC_RELAXED) != NULL;
	}
	return n;
}

/* Up to n blocks of a magazine go back to their chunks, from the top down. */
static void empty(struct dma_pool *pool, struct dma_magazine *m, size_t n)
{
	struct dma_block *blocks[DMA_MAGAZINE_SLOTS];
	size_t have = 0;

	while (have < n && (blocks[have] = search(m)))
		have++;
	if (have > 0)
		dma_pool_give(pool, blocks, have);
}

void dma_pool_drain(struct dma_pool *pool)
{
	for (unsigned i = 0; i < pool->nmagazines; i++)
		empty(pool, pool->own.of_cpu[i], DMA_MAGAZINE_SLOTS);
}

/* ---- Get ---- */

static int hand_out(struct dma_block *block, struct dma_block **out)
{
	__atomic_store_n(&block->slice.generation, *block->slice.life, __ATOMIC_RELAXED);
	*out = block;
	return 0;
}

/* A block from the chunks, and more for the magazine. The last ones are for callers with interrupts off. */
static struct dma_block *refill(struct dma_pool *pool, struct dma_magazine *m, bool on)
{
	struct dma_block *blocks[DMA_POOL_BATCH];
	size_t n = dma_pool_take(pool, blocks, DMA_POOL_BATCH, pool->reserve);

	if (n == 0 && !on)
		n = dma_pool_take(pool, blocks, 1, 0);
	while (n > 1) {
		uintptr_t top = top_of(m);

		if (top >= DMA_MAGAZINE_SLOTS || !fill_slot(m, top, blocks[n - 1]))
			break;
		set_top(m, top + 1);
		n--;
	}
	if (n > 1)
		dma_pool_give(pool, blocks + 1, n - 1);
	return n > 0 ? blocks[0] : NULL;
}

int dma_pool_get_slow(struct dma_pool *pool, struct dma_block **out)
{
	struct dma_magazine *m;
	struct dma_block *block;
	int error = DMA_ENOMEM;
	bool on;

	m = pool->own.of_cpu[dma_host_cpu() & pool->own.mask];
	block = search(m);
	if (block)
		return hand_out(block, out);
	on = dma_host_interrupts_on();
	block = refill(pool, m, on);
	if (on && (!block || dma_pool_is_low(pool))) {
		error = dma_pool_grow(pool);
		if (!block)
			block = refill(pool, m, on);
	}
	if (!block)
		block = search_all(pool);
	if (block)
		return hand_out(block, out);
	dma_add(&pool->dry, 1);
	if (!on)
		dma_add(&dma_state.stats.reserve_empty, 1);
	return error ? error : DMA_ENOMEM;
}

/* ---- Put ---- */

int dma_pool_refuse_slow(struct dma_pool *pool, const struct dma_block *block)
{
	const char *name = pool->dev ? pool->name : "that is empty";

	if (pool->dev)
		dma_add(&pool->refused, 1);
	if (!block)
		dma_log("dmastream: misuse: a put of no block into pool %s", name);
	else if (block->pool != pool)
		dma_log("dmastream: misuse: a put of the block at %x into pool %s, which is not its own",
			block->slice.daddr.raw, name);
	else
		dma_log("dmastream: misuse: a put of the block at %x into pool %s, but it is not out: put twice, or a "
			"copy",
			block->slice.daddr.raw, name);
	return DMA_EINVAL;
}

int dma_pool_put_slow(struct dma_pool *pool, struct dma_magazine *m, struct dma_block *block)
{
	uintptr_t top = top_of(m);

	if (top < DMA_MAGAZINE_SLOTS)
		set_top(m, top + 1); /* that slot is taken: the guess was wrong */
	else if (m != &full)
		empty(pool, m, DMA_POOL_BATCH);
	dma_pool_give(pool, &block, 1);
	return 0;
}
