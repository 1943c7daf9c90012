/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RISC-V, RV64. References: the unprivileged ISA manual (FENCE, 2.7; RVWMO) and its chapter on cache-block management
 * (Zicbom).
 *
 * Zicbom is optional: a host without it in the device tree (riscv,isa-extensions), or whose firmware has not enabled it
 * (menvcfg.CBCFE, CBIE; senvcfg for lower privilege), says can_sync = false.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

/* The doorbell is device output: `fence rw,rw` does not order it (hazard 14). */
static inline void dma_arch_publish(void)
{
	__asm__ volatile("fence w,ow" : : : "memory");
}

/* The completion may be device input. */
static inline void dma_arch_consume(void)
{
	__asm__ volatile("fence ir,r" : : : "memory");
}

static inline void dma_arch_barrier(void)
{
	__asm__ volatile("fence iorw,iorw" : : : "memory");
}

/* MISC-MEM (opcode 0x0f), funct3 2 (CBO), rd x0; the immediate selects the operation. As .insn, so that assemblers
 * that have not heard of Zicbom, and builds whose -march lacks it, take them. They fault where the page tables would
 * fault a store or a load; CBIE may turn inval into flush: hence "may be written back instead of lost". */
static inline void dma_arch_line_invalidate(const void *line)
{
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 0" : : "r"(line) : "memory"); /* cbo.inval */
}

static inline void dma_arch_line_clean(const void *line)
{
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 1" : : "r"(line) : "memory"); /* cbo.clean */
}

static inline void dma_arch_line_flush(const void *line)
{
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 2" : : "r"(line) : "memory"); /* cbo.flush */
}

/* CBO operations are ordered with accesses to their own block, and with all others by FENCE, as if they were both
 * loads and stores. There is no wait for completion beside it; both ends of the doorbell and of the completion
 * register are in the sets. */
static inline void dma_arch_maintenance_begin(void)
{
	__asm__ volatile("fence iorw,iorw" : : : "memory");
}

static inline void dma_arch_maintenance_end(void)
{
	__asm__ volatile("fence iorw,iorw" : : : "memory");
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
	return true;
}

/* The block size stands in the device tree alone (riscv,cbom-block-size of each hart, hazard 16). */
static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	(void)step;
	(void)align;
	return false;
}

#endif
