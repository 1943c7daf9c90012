/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arithmetic of encodings: fields of registers and structures, by masks that have the names of the specification, and
 * aligned ranges of pages.
 */
#ifndef DMASTREAM_IOMMU_UNIT_FIELD_H
#define DMASTREAM_IOMMU_UNIT_FIELD_H

#include <dmastream/types.h>

/* Bits high:low, for the definition of a field. */
#define DMA_BITS(high, low) ((~(uint64_t)0 >> (63 - (high))) & (~(uint64_t)0 << (low)))

/* The value of a field that is a constant mask. */
static inline __attribute__((always_inline)) unsigned dma_field(uint64_t value, uint64_t mask)
{
	return (unsigned)((value & mask) >> __builtin_ctzll(mask));
}

/* The smallest order of which a naturally aligned power of two of 4 KiB pages holds npages of the library's at daddr:
 * what one command can name, in many units. */
static inline unsigned dma_pages_order(uint64_t daddr, size_t npages)
{
	uint64_t first = daddr >> 12, last = first + ((uint64_t)npages << (DMA_PAGE_SHIFT - 12)) - 1;

	return 63 - (unsigned)__builtin_clzll((first ^ last) << 1 | 1);
}

#endif
