/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The explored machine's architecture: barriers are fences of its memory model, devices snoop.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

void explore_fence_release(void);
void explore_fence_acquire(void);
void explore_fence_full(void);
void explore_store_pair(uint64_t *at, uint64_t low, uint64_t high);

static inline void dma_arch_publish(void)
{
	explore_fence_release();
}

static inline void dma_arch_consume(void)
{
	explore_fence_acquire();
}

static inline void dma_arch_barrier(void)
{
	explore_fence_full();
}

static inline void dma_arch_line_clean(const void *line)
{
	(void)line;
}

static inline void dma_arch_line_invalidate(const void *line)
{
	(void)line;
}

static inline void dma_arch_line_flush(const void *line)
{
	(void)line;
}

static inline void dma_arch_maintenance_begin(void)
{
	explore_fence_release();
}

static inline void dma_arch_maintenance_end(void)
{
	explore_fence_release();
}

static inline bool dma_arch_can_write_past(void)
{
	return false;
}

static inline void dma_arch_write_past(uint64_t *at, uint64_t value)
{
	dma_arch_write_once(at, value, 8);
}

static inline bool dma_arch_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	explore_store_pair(at, low, high);
	return true;
}

static inline bool dma_arch_can_sync(void)
{
	return false;
}

static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	*step = *align = 64;
	return true;
}

#endif
