/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The generic architecture: barriers by the compiler's target, and no cache maintenance. For a CPU that has no folder
 * of its own, with devices that snoop or memory mapped uncached: its host says can_sync = false.
 *
 * What the compiler calls a sequentially consistent fence orders memory between CPUs, and that is not enough: on
 * RISC-V it leaves device registers out (`fence rw,rw`), on Arm devices outside the inner shareable domain (`dmb
 * ish`; hazard 14). So each target's own instructions stand here. For a target that is not known, the build fails,
 * unless it says what orders every access to memory and devices: -DDMA_GENERIC_BARRIER='"insn"', an instruction (or
 * several) as a string for the assembler.
 *
 * It is also the contract of an arch.h. Each one provides, as static inline functions:
 *
 *   void dma_arch_publish(void), dma_arch_consume(void), dma_arch_barrier(void)   the three barriers of barrier.h
 *   void dma_arch_line_clean(p)         writes the line at p back if dirty; it may stay, clean
 *   void dma_arch_line_invalidate(p)    drops the line at p; a dirty one may be written back instead of lost
 *   void dma_arch_line_flush(p)         writes back and drops
 *   void dma_arch_maintenance_begin(void)   orders earlier stores and loads before the line operations that follow
 *   void dma_arch_maintenance_end(void)     returns when all line operations before it are complete, for every
 *                                       observer, and no later load has been done early
 *   bool dma_arch_can_write_past(void)  this CPU has the next one
 *   void dma_arch_write_past(at, value)     stores 8 bytes, aligned, at once, past the caches: after maintenance_end
 *                                       memory has them, as if their line had been cleaned; maintenance_begin comes
 *                                       before it
 *   bool dma_arch_write_pair(at, low, high)   stores two words of 8 bytes, aligned to 16, at once for every CPU and
 *                                       every device. false: this CPU cannot, and nothing is stored
 *   bool dma_arch_can_sync(void)        false: no line operation of this CPU serves DMA, the ones above do nothing, and
 *                                       the host must say can_sync = false. true: there are, as far as the CPU itself
 *                                       can tell (RISC-V: the host looks for Zicbom in the device tree)
 *   bool dma_arch_cache_lines(&step, &align)   true: the line sizes of this CPU, for line_step and line_align of struct
 *                                       dma_host_info. false: the CPU cannot say, or has no line operation, and
 *                                       nothing is set. Where CPUs differ, the host takes the smallest step and the
 *                                       largest align of all
 *   at + 2 = dma_arch_write_two(at, first, second)   stores two words of 8 bytes, aligned to 8, each at once, in any
 *                                       order: in native.h, or here behind `#define DMA_ARCH_WRITES_TWO`
 *   dma_arch_copy, dma_arch_fill, dma_arch_now, dma_arch_computed, dma_arch_read_once, dma_arch_write_once: in native.h
 *
 * p is line aligned and mapped readable and writable. Line operations reach the point where devices that do not snoop
 * read and write (Arm: PoC); they need kernel privilege except on x86. can_sync and cache_lines are for hosts that
 * fill in struct dma_host_info; the core never asks. All in any context.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

#if defined(DMA_GENERIC_BARRIER)
#define DMA_GENERIC_PUBLISH DMA_GENERIC_BARRIER
#define DMA_GENERIC_CONSUME DMA_GENERIC_BARRIER
#elif defined(__riscv)
/* RV32 and RV64: unprivileged ISA manual, "Memory Ordering Instructions" (FENCE). */
#define DMA_GENERIC_PUBLISH "fence w,ow"
#define DMA_GENERIC_CONSUME "fence ir,r"
#define DMA_GENERIC_BARRIER "fence iorw,iorw"
#elif defined(__aarch64__)
#define DMA_GENERIC_PUBLISH "dmb oshst"
#define DMA_GENERIC_CONSUME "dmb oshld"
#define DMA_GENERIC_BARRIER "dsb sy"
#elif defined(__arm__) && defined(__ARM_ARCH) && (__ARM_ARCH >= 7 || __ARM_ARCH_PROFILE == 'M')
/*
 * Armv7 and 32-bit Armv8 (DDI 0406, A3.8.3; DDI 0487, AArch32 "Memory barriers"), also Armv6-M. Full system, since a
 * device may lie outside the inner and the outer shareable domain. Armv7 is not other-multi-copy atomic: a DMB does
 * not keep a doorbell behind what another observer than the device has seen, so publish waits (DSB). M profile knows
 * SY only.
 */
#if __ARM_ARCH_PROFILE == 'M'
#define DMA_GENERIC_PUBLISH "dsb sy"
#else
#define DMA_GENERIC_PUBLISH "dsb st"
#endif
#define DMA_GENERIC_CONSUME "dmb sy"
#define DMA_GENERIC_BARRIER "dsb sy"
#elif defined(__x86_64__) || defined(__SSE2__)
#define DMA_GENERIC_PUBLISH "mfence"
#define DMA_GENERIC_CONSUME "mfence"
#define DMA_GENERIC_BARRIER "mfence"
#elif defined(__i386__)
/* Without SSE2 a locked instruction does what MFENCE does for loads, stores and WC buffers (SDM vol. 3, 9.2.5,
 * 12.3.1). */
#define DMA_GENERIC_PUBLISH "lock; addl $0, (%%esp)"
#define DMA_GENERIC_CONSUME "lock; addl $0, (%%esp)"
#define DMA_GENERIC_BARRIER "lock; addl $0, (%%esp)"
#elif defined(__powerpc__)
/* Power ISA, Book II, "Memory Barrier Instructions": lwsync and eieio order memory or devices, SYNC both against each
 * other. */
#define DMA_GENERIC_PUBLISH "sync"
#define DMA_GENERIC_CONSUME "sync"
#define DMA_GENERIC_BARRIER "sync"
#elif defined(__mips__)
#define DMA_GENERIC_PUBLISH "sync"
#define DMA_GENERIC_CONSUME "sync"
#define DMA_GENERIC_BARRIER "sync"
#elif defined(__loongarch__)
#define DMA_GENERIC_PUBLISH "dbar 0"
#define DMA_GENERIC_CONSUME "dbar 0"
#define DMA_GENERIC_BARRIER "dbar 0"
#elif defined(__s390x__)
#define DMA_GENERIC_PUBLISH "bcr 15,0"
#define DMA_GENERIC_CONSUME "bcr 15,0"
#define DMA_GENERIC_BARRIER "bcr 15,0"
#else
#error "dmastream: say what orders memory and devices on this CPU: -DDMA_GENERIC_BARRIER (see arch/generic)"
#endif

static inline void dma_arch_publish(void)
{
	__asm__ volatile(DMA_GENERIC_PUBLISH : : : "memory");
}

static inline void dma_arch_consume(void)
{
	__asm__ volatile(DMA_GENERIC_CONSUME : : : "memory");
}

static inline void dma_arch_barrier(void)
{
	__asm__ volatile(DMA_GENERIC_BARRIER : : : "memory");
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
	dma_arch_barrier();
}

static inline void dma_arch_maintenance_end(void)
{
	dma_arch_barrier();
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

static inline bool dma_arch_write_pair(uint64_t *at, uint64_t low, uint64_t high)
{
	(void)at, (void)low, (void)high;
	return false;
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
