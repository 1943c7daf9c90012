/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The generic architecture: the strongest barriers the compiler knows and no cache maintenance. For a CPU that has no folder of its own,
 * with devices that snoop or mapped uncached: its host says can_sync = false.
 *
 * It is also the contract of an arch.h. Each one provides, as static inline functions:
 *
 *   dma_arch_publish, dma_arch_consume       the two barriers of barrier.h
 *   dma_arch_line_clean(p)                   writes the line at p back if dirty; it may stay, clean
 *   dma_arch_line_invalidate(p)              drops the line at p; a dirty one may be written back instead of lost
 *   dma_arch_line_flush(p)                   writes back and drops
 *   dma_arch_maintenance_begin(void)         orders earlier stores and loads before the line operations that follow
 *   dma_arch_maintenance_end(void)           returns when all line operations before it are complete, for every observer
 *   dma_arch_copy, dma_arch_fill, dma_arch_read_once, dma_arch_write_once   as in native.h
 *
 * p is line aligned. Line operations reach the point where devices read and write (Arm: PoC). All in any context.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>

static inline void dma_arch_publish(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void dma_arch_consume(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* No maintenance: never called, since can_sync is false. */
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
	dma_arch_publish();
}

static inline void dma_arch_maintenance_end(void)
{
	dma_arch_publish();
}

#endif
