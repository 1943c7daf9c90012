/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AArch64, at EL1 or EL2. Reference: Arm Architecture Reference Manual, DDI 0487 (chapters by title: numbers move
 * between issues). DC IVAC and reading the line sizes reliably need a kernel; at EL0 the host says can_sync = false.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#define DMA_ARCH_WRITES_TWO
#include <dmastream/native.h>
#include <stdbool.h>

/*
 * DMB, not DSB: order is enough, since the doorbell is itself a store. Outer shareable, not inner or full system:
 * devices that snoop are in that domain, and both Normal-NC memory (rings of those that do not) and Device memory
 * (doorbells) always count as outer shareable. Store-to-store and load-to-any: B2.3, "Memory barriers", DMB.
 */
static inline void dma_arch_publish(void)
{
	__asm__ volatile("dmb oshst" : : : "memory");
}

static inline void dma_arch_consume(void)
{
	__asm__ volatile("dmb oshld" : : : "memory");
}

/*
 * DSB, not DMB: a DMB orders a register's acknowledgement only against accesses to the same peripheral's space,
 * while a DSB returns when the write has been answered. For loads and stores of memory alone a DMB OSH would do.
 */
static inline void dma_arch_barrier(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

/*
 * To the point of coherency, the first at which observers that do not snoop see the same bytes (D7, "Cache support",
 * "A64 Cache maintenance instructions"). IVAC needs write permission, and a hypervisor may make it CIVAC (HCR_EL2):
 * hence "may be written back instead of lost". The address must lie in the line, no more.
 */
static inline void dma_arch_line_clean(const void *line)
{
	__asm__ volatile("dc cvac, %0" : : "r"(line) : "memory");
}

static inline void dma_arch_line_invalidate(const void *line)
{
	__asm__ volatile("dc ivac, %0" : : "r"(line) : "memory");
}

static inline void dma_arch_line_flush(const void *line)
{
	__asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
}

/*
 * The same section, "Ordering and completion of data and instruction cache instructions": a DC by address is in order
 * with accesses to its own line, but with a load elsewhere, such as that of a completion, only across a DMB.
 */
static inline void dma_arch_maintenance_begin(void)
{
	__asm__ volatile("dmb sy" : : : "memory");
}

/*
 * A DC is complete only after a DSB that waits for loads and stores: a DMB would let the doorbell, or the loads that
 * follow an invalidation, overtake it. Full system: a device that does not snoop is in no shareability domain at all.
 */
static inline void dma_arch_maintenance_end(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
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

/* B2.2.1, "Requirements for single-copy atomicity": a pair of 64-bit registers is stored as two accesses, each at
 * once. */
static inline uint64_t *dma_arch_write_two(uint64_t *at, uint64_t first, uint64_t second)
{
	__asm__ volatile("stp %x1, %x2, [%0], #16" : "+r"(at) : "rZ"(first), "rZ"(second) : "memory");
	return at;
}

static inline bool dma_arch_can_sync(void)
{
	return true;
}

/* CTR_EL0: DminLine (19:16) and CWG (27:24) are log2 of words of 4 bytes; CWG 0 says "assume 2 KiB". */
static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	uint64_t ctr;
	unsigned cwg;

	__asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
	cwg = DMA_CAST(unsigned, ctr >> 24 & 15);
	*step = DMA_CAST(size_t, 4) << (ctr >> 16 & 15);
	*align = cwg ? DMA_CAST(size_t, 4) << cwg : 2048;
	if (*align < *step)
		*align = *step;
	return true;
}

#endif
