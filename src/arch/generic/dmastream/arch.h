/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The generic architecture: the strongest barriers the compiler knows and no cache maintenance. For a CPU that has no
 * folder of its own, with devices that snoop or mapped uncached: its host says can_sync = false.
 *
 * It is also the contract of an arch.h. Each one provides, as static inline functions:
 *
 *   void dma_arch_publish(void), dma_arch_consume(void)   the two barriers of barrier.h
 *   void dma_arch_line_clean(p)         writes the line at p back if dirty; it may stay, clean
 *   void dma_arch_line_invalidate(p)    drops the line at p; a dirty one may be written back instead of lost
 *   void dma_arch_line_flush(p)         writes back and drops
 *   void dma_arch_maintenance_begin(void)   orders earlier stores and loads before the line operations that follow
 *   void dma_arch_maintenance_end(void)     returns when all line operations before it are complete, for every
 *                                       observer, and no later load has been done early
 *   bool dma_arch_can_write_past(void)  this CPU has the next one
 *   void dma_arch_write_past(at, value)     stores 8 bytes, aligned, at once, past the caches: after maintenance_end memory
 *                                       has them, as if their line had been cleaned; maintenance_begin comes before it
 *   bool dma_arch_can_sync(void)        false: no line operation of this CPU serves DMA, the ones above do nothing, and
 *                                       the host must say can_sync = false. true: there are, as far as the CPU itself
 *                                       can tell (RISC-V: the host looks for Zicbom in the device tree)
 *   bool dma_arch_cache_lines(&step, &align)   true: the line sizes of this CPU, for line_step and line_align of struct
 *                                       dma_host_info. false: the CPU cannot say, and nothing is set. Where CPUs
 *                                       differ, the host takes the smallest step and the largest align of all
 *   dma_arch_copy, dma_arch_fill, dma_arch_now, dma_arch_read_once, dma_arch_write_once   as in native.h
 *
 * p is line aligned and mapped readable and writable. Line operations reach the point where devices that do not snoop
 * read and write (Arm: PoC); they need kernel privilege except on x86. can_sync and cache_lines are for hosts that
 * fill in struct dma_host_info; the core never asks. All in any context.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

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

static inline bool dma_arch_can_write_past(void)
{
	return false;
}

/* Never called. */
static inline void dma_arch_write_past(uint64_t *at, uint64_t value)
{
	dma_arch_write_once(at, value, 8);
}

static inline bool dma_arch_can_sync(void)
{
	return false;
}

static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	(void)step;
	(void)align;
	return false;
}

#endif
