/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Typed pools: the direction in the type of a pool and of its blocks, so that a wrong call on a block's slice does not
 * compile.
 *
 *     struct dma_pool_from_device pool = {0};
 *     struct dma_block_from_device *block;
 *
 *     error = dma_pool_create(&pool, &dev, &config);                        // config.dir: 0, or the pool's own
 *     error = dma_pool_get(&pool, &block);
 *     error = dma_slice_read_bytes(&block->slice, 0, frame, length);        // fine
 *     error = dma_slice_write_bytes(&block->slice, 0, frame, length);       // does not compile
 *
 * Every name of pool.h takes a pointer to a typed pool or block as well as one to struct dma_pool and struct dma_block:
 * chosen with _Generic in C11, by overloads in C++. What differs on a typed pool:
 *
 *   create     config->dir is 0 or the pool's own direction, and config->coherent is false; else DMA_EINVAL
 *   get, put   blocks are of the type that belongs to the pool's
 *
 * Whoever needs the core under a handle uses its member `pool` or `block`, which checks at run time.
 */
#ifndef DMASTREAM_TYPEDPOOL_H
#define DMASTREAM_TYPEDPOOL_H

#include <dmastream/errors.h>
#include <dmastream/pool.h>
#include <dmastream/typedslice.h>

/* As struct dma_pool: caller's storage, starts zeroed, stays where it is. */
struct dma_pool_to_device {
	struct dma_pool pool;
};

struct dma_pool_from_device {
	struct dma_pool pool;
};

struct dma_pool_bidirectional {
	struct dma_pool pool;
};

/* As struct dma_block, which it is: the pool's. */
struct dma_block_to_device {
	union {
		struct dma_block block;
		struct dma_slice_to_device slice;
	};
};

struct dma_block_from_device {
	union {
		struct dma_block block;
		struct dma_slice_from_device slice;
	};
};

struct dma_block_bidirectional {
	union {
		struct dma_block block;
		struct dma_slice_bidirectional slice;
	};
};

/* What create calls for a typed pool. */
static inline int dma_typed_pool_create(struct dma_pool *pool, struct dma_device *dev,
					const struct dma_pool_config *config, unsigned dir)
{
	struct dma_pool_config own = *config;

	if (own.coherent || (own.dir != 0 && own.dir != dir))
		return DMA_EINVAL;
	own.dir = dir;
	return dma_pool_create(pool, dev, &own);
}

#define DMA_TYPED_POOL(suffix, pooltype, blocktype, direction)                                                         \
	DMA_MUST_CHECK static inline int dma_typed_pool_create_##suffix(struct pooltype *pool, struct dma_device *dev, \
									const struct dma_pool_config *config)          \
	{                                                                                                              \
		return dma_typed_pool_create(&pool->pool, dev, config, direction);                                     \
	}                                                                                                              \
	DMA_MUST_CHECK static inline int dma_typed_pool_get_##suffix(struct pooltype *pool, struct blocktype **block)  \
	{                                                                                                              \
		struct dma_block *found;                                                                               \
		int error = dma_pool_get(&pool->pool, &found);                                                         \
                                                                                                                       \
		if (!error)                                                                                            \
			*block = DMA_ADDRESS(struct blocktype *, found);                                               \
		return error;                                                                                          \
	}                                                                                                              \
	static inline int dma_typed_pool_put_##suffix(struct pooltype *pool, struct blocktype *block)                  \
	{                                                                                                              \
		return dma_pool_put(&pool->pool, DMA_ADDRESS(struct dma_block *, block));                              \
	}                                                                                                              \
	static inline dma_daddr_t dma_typed_block_daddr_##suffix(const struct blocktype *block)                        \
	{                                                                                                              \
		return dma_block_daddr(&block->block);                                                                 \
	}                                                                                                              \
	static inline size_t dma_typed_pool_size_##suffix(const struct pooltype *pool)                                 \
	{                                                                                                              \
		return dma_pool_block_size(&pool->pool);                                                               \
	}                                                                                                              \
	static inline struct dma_pool *dma_typed_pool_##suffix(struct pooltype *pool)                                  \
	{                                                                                                              \
		return &pool->pool;                                                                                    \
	}

DMA_TYPED_POOL(to, dma_pool_to_device, dma_block_to_device, DMA_TO_DEVICE)
DMA_TYPED_POOL(from, dma_pool_from_device, dma_block_from_device, DMA_FROM_DEVICE)
DMA_TYPED_POOL(both, dma_pool_bidirectional, dma_block_bidirectional, DMA_BIDIRECTIONAL)

#undef DMA_TYPED_POOL

#ifndef __cplusplus

/* ---- C: the names of pool.h ------------------------------------------------------------------------------- */

static inline struct dma_pool *dma_typed_pool_core(struct dma_pool *pool)
{
	return pool;
}

/* What the macros below call on pools of no type. */
DMA_MUST_CHECK static inline int dma_typed_pool_create_core(struct dma_pool *pool, struct dma_device *dev,
							    const struct dma_pool_config *config)
{
	return dma_pool_create(pool, dev, config);
}

DMA_MUST_CHECK static inline int dma_typed_pool_get_core(struct dma_pool *pool, struct dma_block **block)
{
	return dma_pool_get(pool, block);
}

static inline int dma_typed_pool_put_core(struct dma_pool *pool, struct dma_block *block)
{
	return dma_pool_put(pool, block);
}

static inline size_t dma_typed_pool_size_core(const struct dma_pool *pool)
{
	return dma_pool_block_size(pool);
}

static inline dma_daddr_t dma_typed_block_daddr_core(const struct dma_block *block)
{
	return dma_block_daddr(block);
}

/* What a wrong call turns into. It takes no argument and gets two, so the compiler's complaint has its name in it. */
int dma_wrong_block_of_a_pool_of_another_direction(void);

/* clang-format off */
#define DMA_TYPED_POOL_CALL(name, pool)                                         \
	_Generic((pool),                                                        \
		struct dma_pool *: dma_typed_pool_##name##core,                 \
		struct dma_pool_to_device *: dma_typed_pool_##name##to,         \
		struct dma_pool_from_device *: dma_typed_pool_##name##from,     \
		struct dma_pool_bidirectional *: dma_typed_pool_##name##both)

#define DMA_TYPED_BLOCK_IF(block, type, call)                                   \
	_Generic((block), type: (call), /* NOLINT(bugprone-macro-parentheses): type is one */ \
		 default: dma_wrong_block_of_a_pool_of_another_direction)

/* star: what makes a block's type that of the argument. */
#define DMA_TYPED_BLOCK_CALL(name, pool, block, star)                           \
	_Generic((pool),                                                        \
		struct dma_pool *: DMA_TYPED_BLOCK_IF(block, struct dma_block star, dma_typed_pool_##name##_core), \
		struct dma_pool_to_device *: DMA_TYPED_BLOCK_IF(block, struct dma_block_to_device star, \
								dma_typed_pool_##name##_to), \
		struct dma_pool_from_device *: DMA_TYPED_BLOCK_IF(block, struct dma_block_from_device star, \
								  dma_typed_pool_##name##_from), \
		struct dma_pool_bidirectional *: DMA_TYPED_BLOCK_IF(block, struct dma_block_bidirectional star, \
								    dma_typed_pool_##name##_both))

#define dma_pool_block_size(pool)                                               \
	_Generic((pool),                                                        \
		struct dma_pool *: dma_typed_pool_size_core,                    \
		const struct dma_pool *: dma_typed_pool_size_core,              \
		struct dma_pool_to_device *: dma_typed_pool_size_to,            \
		const struct dma_pool_to_device *: dma_typed_pool_size_to,      \
		struct dma_pool_from_device *: dma_typed_pool_size_from,        \
		const struct dma_pool_from_device *: dma_typed_pool_size_from,  \
		struct dma_pool_bidirectional *: dma_typed_pool_size_both,      \
		const struct dma_pool_bidirectional *: dma_typed_pool_size_both)(pool)

#define dma_block_daddr(block)                                                  \
	_Generic((block),                                                       \
		struct dma_block *: dma_typed_block_daddr_core,                 \
		const struct dma_block *: dma_typed_block_daddr_core,           \
		struct dma_block_to_device *: dma_typed_block_daddr_to,         \
		const struct dma_block_to_device *: dma_typed_block_daddr_to,   \
		struct dma_block_from_device *: dma_typed_block_daddr_from,     \
		const struct dma_block_from_device *: dma_typed_block_daddr_from, \
		struct dma_block_bidirectional *: dma_typed_block_daddr_both,   \
		const struct dma_block_bidirectional *: dma_typed_block_daddr_both)(block)
/* clang-format on */

#define dma_pool_create(pool, dev, config) DMA_TYPED_POOL_CALL(create_, pool)((pool), (dev), (config))
#define dma_pool_get(pool, block)	   DMA_TYPED_BLOCK_CALL(get, pool, block, **)((pool), (block))
#define dma_pool_put(pool, block)	   DMA_TYPED_BLOCK_CALL(put, pool, block, *)((pool), (block))
#define dma_pool_destroy(pool)		   dma_pool_destroy(DMA_TYPED_POOL_CALL(, pool)(pool))
#define dma_pool_stats_get(pool, out)	   dma_pool_stats_get(DMA_TYPED_POOL_CALL(, pool)(pool), (out))

#else /* __cplusplus */

/* ---- C++: overloads --------------------------------------------------------------------------------------- */

extern "C++" {

#define DMA_TYPED_POOL(suffix, pooltype, blocktype)                                                                    \
	DMA_MUST_CHECK inline int dma_pool_create(pooltype *pool, dma_device *dev, const dma_pool_config *config)      \
	{                                                                                                              \
		return dma_typed_pool_create_##suffix(pool, dev, config);                                              \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_pool_get(pooltype *pool, blocktype **block)                                      \
	{                                                                                                              \
		return dma_typed_pool_get_##suffix(pool, block);                                                       \
	}                                                                                                              \
	inline int dma_pool_put(pooltype *pool, blocktype *block)                                                      \
	{                                                                                                              \
		return dma_typed_pool_put_##suffix(pool, block);                                                       \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_pool_destroy(pooltype *pool)                                                     \
	{                                                                                                              \
		return dma_pool_destroy(&pool->pool);                                                                  \
	}                                                                                                              \
	inline void dma_pool_stats_get(pooltype *pool, dma_pool_stats *out)                                            \
	{                                                                                                              \
		dma_pool_stats_get(&pool->pool, out);                                                                  \
	}                                                                                                              \
	inline size_t dma_pool_block_size(const pooltype *pool)                                                        \
	{                                                                                                              \
		return dma_typed_pool_size_##suffix(pool);                                                             \
	}                                                                                                              \
	inline dma_daddr_t dma_block_daddr(const blocktype *block)                                                     \
	{                                                                                                              \
		return dma_typed_block_daddr_##suffix(block);                                                          \
	}                                                                                                              \
	/* Blocks of other types. */                                                                                   \
	template <typename B> int dma_pool_get(pooltype *pool, B **block) = delete;                                    \
	template <typename B> int dma_pool_put(pooltype *pool, B *block) = delete;

DMA_TYPED_POOL(to, dma_pool_to_device, dma_block_to_device)
DMA_TYPED_POOL(from, dma_pool_from_device, dma_block_from_device)
DMA_TYPED_POOL(both, dma_pool_bidirectional, dma_block_bidirectional)

#undef DMA_TYPED_POOL

} /* extern "C++" */

#endif
#endif
