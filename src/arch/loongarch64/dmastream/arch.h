/* SPDX-License-Identifier: MPL-2.0 */
/*
 * LoongArch, LA64. Reference: LoongArch Reference Manual vol. 1 (v1.10), 2.2.8.1 (DBAR), 4.2.2 (CACOP), 5.2 (memory
 * access types).
 *
 * DMA is coherent in hardware, by the architecture. CACOP works on cache indices and on what the implementation's
 * private levels hit; nothing promises that it reaches the point where a device reads. So there is no maintenance,
 * can_sync is false, and a device that does not snoop gets uncached memory (strongly ordered or weakly ordered
 * uncached, page attribute MAT) or DMA_ENOTSUP.
 */
#ifndef DMASTREAM_ARCH_H
#define DMASTREAM_ARCH_H

#include <dmastream/native.h>
#include <stdbool.h>

/*
 * DBAR's hint: bit 4 clear asks for completion, not order alone, so that a doorbell, which is uncached, comes after
 * too; bits 3 and 2 set leave out earlier loads, earlier stores; bits 1 and 0 later loads, later stores. CPUs without
 * hints take each as 0, the full barrier.
 */
static inline void dma_arch_publish(void)
{
	__asm__ volatile("dbar 0x0a" : : : "memory"); /* stores before stores */
}

static inline void dma_arch_consume(void)
{
	__asm__ volatile("dbar 0x05" : : : "memory"); /* loads before loads */
}

static inline void dma_arch_barrier(void)
{
	__asm__ volatile("dbar 0" : : : "memory"); /* all before all */
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
	__asm__ volatile("dbar 0" : : : "memory");
}

static inline void dma_arch_maintenance_end(void)
{
	__asm__ volatile("dbar 0" : : : "memory");
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

/* There is no line operation to step by. A kernel that writes caches back for other reasons asks CPUCFG about each
 * level itself: platform/bare/loongarch64/caches.h. */
static inline bool dma_arch_cache_lines(size_t *step, size_t *align)
{
	(void)step;
	(void)align;
	return false;
}

#endif
