/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Words of the trade: pages, the two kinds of address, the direction of the data.
 *
 * paddr and daddr are distinct structs, so that neither mixes with the other or with a plain number
 * by accident. Both cost nothing: every ABI we know passes them in a register.
 */
#ifndef DMASTREAM_TYPES_H
#define DMASTREAM_TYPES_H

#include <dmastream/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The unit of allocation and mapping: 1 << DMA_PAGE_SHIFT bytes. The host may define it for the whole
 * build (12 to 16); library and users must agree, and dma_init() checks that the host does.
 *
 * Streams, segments, windows and device addresses are whole pages of this size. What hardware or firmware lays down in
 * 4 KiB stays in 4 KiB: entries of IOMMU tables, and fixed regions (iommu.h), beside which a device reaches nothing. */
#ifndef DMA_PAGE_SHIFT
#define DMA_PAGE_SHIFT 12
#endif
#if DMA_PAGE_SHIFT < 12 || DMA_PAGE_SHIFT > 16
#error "DMA_PAGE_SHIFT must be 12 to 16"
#endif
#define DMA_PAGE_SIZE (DMA_CAST(size_t, 1) << DMA_PAGE_SHIFT)

#if defined(__GNUC__) || defined(__clang__)
#define DMA_MUST_CHECK	      __attribute__((warn_unused_result))
#define DMA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define DMA_MUST_CHECK
#define DMA_PRINTF(fmt, args)
#endif

/* Casts and null pointers of these headers, so that they compile without a warning in strict C++, too: a conversion of
 * values or from void *, and one between pointers and numbers. */
#ifdef __cplusplus
#define DMA_CAST(type, value)	 static_cast<type>(value)
#define DMA_ADDRESS(type, value) reinterpret_cast<type>(value)
#define DMA_NULL		 nullptr
#else
#define DMA_CAST(type, value)	 ((type)(value)) /* NOLINT(bugprone-macro-parentheses): type is one */
#define DMA_ADDRESS(type, value) ((type)(value)) /* NOLINT(bugprone-macro-parentheses) */
#define DMA_NULL		 NULL
#endif

/* An address as the CPU's bus sees it (bytes). */
typedef struct dma_paddr_t {
	uint64_t raw;
} dma_paddr_t;

/* An address as the device puts it on its bus (bytes): the IOVA behind an IOMMU, else the paddr
 * translated by the device's bus windows. */
typedef struct dma_daddr_t {
	uint64_t raw;
} dma_daddr_t;

/* The address that an empty handle (stream, slice, buffer, segment and so on) answers with. No memory and no mapping is
 * there, nor in the 1 MiB behind it. If a driver keeps only the low 32 bits of it, these are no address in low memory
 * either. So a device that gets it fails, instead of reaching what lies at 0. */
#define DMA_ADDRESS_NONE (UINT64_MAX - 0xfffff)

/* An address from its number, in bytes.
 * Returns: the same number, as an address.
 * Errors: none.
 * Context: any.
 * See: dma_stream_paddr(), dma_stream_daddr(). */
static inline dma_paddr_t dma_paddr(uint64_t raw)
{
	dma_paddr_t p;
	p.raw = raw;
	return p;
}

static inline dma_daddr_t dma_daddr(uint64_t raw)
{
	dma_daddr_t d;
	d.raw = raw;
	return d;
}

/* Where the data flows. The bits say who writes: 1 the CPU, 2 the device. 0 is no direction, so that a
 * zeroed stream has none. */
enum dma_dir {
	DMA_TO_DEVICE = 1,
	DMA_FROM_DEVICE = 2,
	DMA_BIDIRECTIONAL = 3,
};

/* In C an enumeration's constants are of type int, as every number; these are of a type that no count of pages has, so
 * that a direction in the place of one does not compile (checked.h). */
#ifndef __cplusplus
#define DMA_TO_DEVICE	  ((unsigned char)DMA_TO_DEVICE)
#define DMA_FROM_DEVICE	  ((unsigned char)DMA_FROM_DEVICE)
#define DMA_BIDIRECTIONAL ((unsigned char)DMA_BIDIRECTIONAL)
#endif

#endif
