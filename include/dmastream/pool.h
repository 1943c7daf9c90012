/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools: blocks of one size for one device, mapped once and for all. Getting and putting one maps nothing, takes no
 * lock as a rule, and may be done anywhere, in interrupt handlers, too.
 *
 *     const struct dma_pool_config config = {
 *             .name = "nic0 receive", .dir = DMA_FROM_DEVICE, .block_size = 2048, .blocks = 256, .reserve = 64,
 *     };
 *     struct dma_pool pool = {0};
 *     struct dma_block *block;
 *
 *     error = dma_pool_create(&pool, &dev, &config);
 *     ...
 *     while (!dma_pool_get(&pool, &block))               // in the interrupt handler
 *             post(block, dma_block_daddr(block));
 *     ...
 *     error = dma_slice_sync_from_device(&block->slice, 0, length);
 *     if (!error)
 *             error = dma_slice_read_bytes(&block->slice, 0, frame, length);
 *     dma_pool_put(&pool, block);
 *
 * A block is a slice (slice.h) of a stream, or of coherent memory, that the pool owns: the CPU touches it and syncs it
 * through block->slice, by the rules of slices, and cannot reach its neighbours. What the pool knows of its blocks
 * stands in memory of its own, where no device can change it (hazard 62). Blocks keep the device's limits: each begins
 * at a multiple of min_align, crosses no boundary, and is no longer than max_segment_size; on a device that does not
 * snoop it begins and ends with a cache line.
 *
 * Each CPU keeps a few free blocks for itself; the rest is shared, under a lock that is taken once for many blocks.
 * Which CPU gets or puts a block does not matter. The pool grows by itself where the caller may wait, and dma_reclaim()
 * shrinks it again. Callers with interrupts off cannot wait for memory: `reserve` blocks are kept for them.
 */
#ifndef DMASTREAM_POOL_H
#define DMASTREAM_POOL_H

#include <dmastream/platform.h>
#include <dmastream/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_chunk;
struct dma_pool;

struct dma_pool_config {
	const char *name;  /* for the log; not NULL, stays where it is while the pool lives */
	unsigned dir;	   /* enum dma_dir; ignored with coherent */
	bool coherent;	   /* blocks of coherent memory: no sync, the caller orders (coherent.h) */
	size_t block_size; /* bytes, 1 to 2^30; whole cache lines where the device does not snoop: rounded up */
	size_t align;	   /* of each block's daddr: a power of two, at most a page; 0: as the device asks */
	size_t blocks;	   /* that the pool has from the start and never less; 0: as many as a page holds, or 1 */
	size_t reserve;	   /* further blocks, for callers with interrupts off, from the start; 0: none */
	/* Watermarks, in free blocks that no CPU keeps, the reserve included. Where fewer than `low` are free, the next
	 * get that may wait and dma_reclaim() let the pool grow; it is at least the reserve. Where more than `high` are
	 * free, dma_reclaim() gives memory back; 0: blocks + reserve. */
	size_t low, high;
	size_t most; /* blocks that the pool grows to, at least blocks + reserve; 0: as many as the host has memory.
			blocks + reserve are at most 2^32 - 1 */
};

/* A block. It is the pool's, stays where it is, and is the caller's to use from get to put. */
struct dma_block {
	struct dma_slice slice; /* of the block's bytes; to be used through the functions of slice.h */
	/* The library's. */
	uintptr_t belongs; /* its own address + its pool's: neither another pool's block nor a copy has that */
	struct dma_pool *pool;
	struct dma_chunk *chunk;
	struct dma_block *next; /* of the free ones of its chunk */
};

/* Free blocks that a CPU keeps for itself: src/stream/pool_own.h. */
#define DMA_MAGAZINE_SLOTS 31u
struct dma_magazine {
	uintptr_t top; /* slots below it are full, as a rule */
	struct dma_block *slots[DMA_MAGAZINE_SLOTS];
};

/* Which magazine a CPU uses. The table is larger than the number of CPUs, since that number is only a hint. */
struct dma_magazines {
	uintptr_t mask;
	struct dma_magazine **of_cpu;
};

/* Caller's storage, starts zeroed, stays where it is from create to destroy. The fields are the library's. */
struct dma_pool {
	struct dma_magazine *only; /* where one CPU may call the library and the reserve is full, its own; else NULL.
				      Changed atomically. */
	struct dma_magazines own;
	const struct dma_magazines *puts; /* its own; or a full one while fewer blocks than the reserve are free, which
					     go there first then. Changed atomically. */
	struct dma_device *dev;		  /* NULL: empty */
	struct dma_pool *next;		  /* of all pools */
	const char *name;
	unsigned nmagazines; /* one for each CPU */
	unsigned users;	     /* dma_reclaim() is at work on it */
	uint16_t dir;
	bool coherent;
	size_t block_bytes, stride, chunk_pages;
	size_t reserve, low, high, least, most;
	struct dma_lock lock;	     /* of what follows */
	struct dma_chunk *chunks[3]; /* by how many of their blocks are free: none, some, all */
	size_t nfree, nblocks, npages;
	uint64_t dry; /* changed atomically, as the next */
	uint64_t refused;
};

/* Makes a pool with blocks + reserve blocks. *pool must be zeroed. The memory of to-device and bidirectional blocks,
 * and of coherent ones, starts as zeros; that of from-device blocks is what it was, but zeros for a device that is not
 * trusted and in a confidential VM.
 * Returns: 0, or an error, and *pool is as it was.
 * Errors: DMA_EINVAL (a field of *config is outside its range, *pool is not empty, dev is NULL or zeroed, or dma_init()
 * has not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_EBUSY (interrupts are
 * off); DMA_ENOTSUP (a block is more than the device takes in one piece: boundary, max_segment_size; or the device
 * needs uncached memory and the machine has none); DMA_ENOMEM (the host has no frames or pages now, or none that meet
 * the device's limits); DMA_ENOSPC (no device address is left that meets mask, alignment and boundary); DMA_EIO (the
 * hypervisor did not share the pages of a confidential VM); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not
 * answer).
 * Context: interrupts on.
 * See: dma_pool_get(), dma_pool_put(), dma_pool_destroy(), dma_reclaim(). */
DMA_MUST_CHECK int dma_pool_create(struct dma_pool *pool, struct dma_device *dev, const struct dma_pool_config *config);

/* Gives all memory back and zeroes *pool; an empty one stays empty. The device has been quiesced.
 * Returns: 0, or an error, and every block is as it was.
 * Errors: DMA_EBUSY (blocks are out: the log names up to 8 of them by their device address, and says how many there
 * are; or interrupts are off, or dma_reclaim() is at work on the pool on another CPU); DMA_EINVAL (*pool is a copy, was
 * moved, or its original was destroyed; the log says so).
 * Context: interrupts on; not to be raced with get and put of the same pool.
 * See: dma_pool_create(), dma_pool_put(). */
DMA_MUST_CHECK int dma_pool_destroy(struct dma_pool *pool);

/* Takes a block, with arbitrary contents. With interrupts on the pool may grow; with interrupts off, and where it
 * cannot, blocks of other CPUs are looked for, too, before it fails.
 * Returns: 0 and *block, or an error, and *block has not changed.
 * Errors: DMA_EINVAL (*pool is empty); DMA_ENOMEM (all blocks are out, and the pool cannot grow: interrupts are off,
 * counted by dma_stats() as reserve_empty; it has its `most`; or the host has no memory); DMA_ENODEV, DMA_ENOSPC,
 * DMA_EIO, DMA_ETIMEDOUT (it had to grow: as dma_pool_create()).
 * Context: any.
 * Example:
 *     struct dma_block *block;
 *
 *     error = dma_pool_get(&pool, &block);
 *     if (!error)
 *             error = dma_slice_write_val(&block->slice, 0, &command);
 *     if (!error)
 *             error = dma_slice_sync_to_device(&block->slice, 0, sizeof(command));
 * See: dma_pool_put(), dma_block_daddr(), dma_slice_write_bytes(), dma_pool_create(). */
DMA_MUST_CHECK static inline int dma_pool_get(struct dma_pool *pool, struct dma_block **block);

/* Gives a block back, whatever CPU it came from. The device is done with it. From then on, until the next get, its
 * slice is DMA_EINVAL for everything.
 * Returns: 0, or an error, and nothing has changed: reported in the log as a misuse.
 * Errors: DMA_EINVAL (the block is not of this pool, is a copy of one, has been put already, or is NULL; or *pool is
 * empty).
 * Context: any.
 * See: dma_pool_get(), dma_pool_destroy(). */
static inline int dma_pool_put(struct dma_pool *pool, struct dma_block *block);

/* What get and put call if the fast path below does not apply: the same promises and errors. */
DMA_MUST_CHECK int dma_pool_get_slow(struct dma_pool *pool, struct dma_block **block);
int dma_pool_put_slow(struct dma_pool *pool, struct dma_magazine *m, struct dma_block *block);
int dma_pool_refuse_slow(struct dma_pool *pool, const struct dma_block *block);

#define DMA_BLOCK_FREE 2u /* the generation of a free block's slice: no slice lives with it */

static inline int dma_pool_get(struct dma_pool *pool, struct dma_block **block)
{
	struct dma_magazine *m = __atomic_load_n(&pool->only, __ATOMIC_RELAXED);
	struct dma_block *found;
	uintptr_t top;

	if (pool->dev && !dma_arch_handle_lives(pool->dev, DMA_ADDRESS(uintptr_t, pool), sizeof(*pool)))
		return DMA_EINVAL; /* no instruction of it on a real machine */
	if (__builtin_expect(!m, 0)) {
		if (__builtin_expect(!pool->own.of_cpu, 0))
			return DMA_EINVAL;
		m = pool->own.of_cpu[dma_host_cpu() & pool->own.mask];
	}
	top = __atomic_load_n(&m->top, __ATOMIC_RELAXED);
	if (__builtin_expect(top == 0, 0))
		return dma_pool_get_slow(pool, block);
	/* Acquire: what the putter knew of the block is known here. */
	found = __atomic_exchange_n(&m->slots[top - 1], DMA_NULL, __ATOMIC_ACQUIRE);
	__atomic_store_n(&m->top, top - 1, __ATOMIC_RELAXED);
	if (__builtin_expect(!found, 0))
		return dma_pool_get_slow(pool, block);
	__atomic_store_n(&found->slice.generation, *found->slice.life, __ATOMIC_RELAXED);
	*block = found;
	return 0;
}

static inline int dma_pool_put(struct dma_pool *pool, struct dma_block *block)
{
	struct dma_magazine *m = __atomic_load_n(&pool->only, __ATOMIC_RELAXED);
	struct dma_block *none = DMA_NULL;
	uintptr_t top;

	if (__builtin_expect(!block || block->belongs != DMA_ADDRESS(uintptr_t, block) + DMA_ADDRESS(uintptr_t, pool),
			     0))
		return dma_pool_refuse_slow(pool, block);
	/* Of two puts, one finds the other, on whatever CPUs. */
	if (__builtin_expect(__atomic_exchange_n(&block->slice.generation, DMA_BLOCK_FREE, __ATOMIC_RELAXED) ==
				     DMA_BLOCK_FREE,
			     0))
		return dma_pool_refuse_slow(pool, block);
	if (__builtin_expect(!m, 0)) {
		const struct dma_magazines *puts = __atomic_load_n(&pool->puts, __ATOMIC_RELAXED);

		m = puts->of_cpu[dma_host_cpu() & puts->mask];
	}
	top = __atomic_load_n(&m->top, __ATOMIC_RELAXED);
	if (__builtin_expect(top >= DMA_MAGAZINE_SLOTS, 0) ||
	    __builtin_expect(!__atomic_compare_exchange_n(&m->slots[top], &none, block, false, __ATOMIC_RELEASE,
							  __ATOMIC_RELAXED),
			     0))
		return dma_pool_put_slow(pool, m, block);
	__atomic_store_n(&m->top, top + 1, __ATOMIC_RELAXED);
	return 0;
}

/* Where the device finds the block.
 * Returns: the address.
 * Errors: none.
 * Context: any.
 * See: dma_pool_get(), dma_slice_daddr(), dma_pool_block_size(). */
static inline dma_daddr_t dma_block_daddr(const struct dma_block *block)
{
	return dma_slice_daddr(&block->slice);
}

/* How large each block is: what was asked for, rounded up to whole cache lines where the device does not snoop.
 * Returns: bytes; 0 for an empty pool.
 * Errors: none.
 * Context: any.
 * See: dma_pool_create(), dma_slice_size(). */
static inline size_t dma_pool_block_size(const struct dma_pool *pool)
{
	return pool->block_bytes;
}

/* What a pool has. A snapshot: each figure is right by itself at some moment. */
struct dma_pool_stats {
	size_t blocks;	  /* all */
	size_t out;	  /* of them, between get and put */
	size_t cached;	  /* of them, free, kept by single CPUs */
	size_t pages;	  /* of memory for the device */
	uint64_t dry;	  /* gets that failed since create */
	uint64_t refused; /* puts that were refused since create */
};

/* Counts the blocks of the pool.
 * Returns: nothing; *out is filled, with zeros for an empty pool.
 * Errors: none.
 * Context: any.
 * See: dma_pool_create(), dma_stats_get(). */
void dma_pool_stats_get(struct dma_pool *pool, struct dma_pool_stats *out);

#ifdef __cplusplus
}
#endif
#endif
