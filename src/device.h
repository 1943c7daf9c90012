/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device can address, and the ledger of its live streams.
 */
#ifndef DMASTREAM_SRC_DEVICE_H
#define DMASTREAM_SRC_DEVICE_H

#include "atomic.h"
#include <dmastream/device.h>

/* True if the device has a daddr for each byte of the frames without an IOMMU, within its mask and alignment; *daddr is the first. */
bool dma_device_reaches(const struct dma_device *dev, dma_paddr_t paddr, size_t npages, dma_daddr_t *daddr);

/* What to ask the host for, so that the device reaches it: highest paddr, alignment in bytes. */
uint64_t dma_device_alloc_last(const struct dma_device *dev);
size_t dma_device_alloc_align(const struct dma_device *dev);

/* The ledger: 16 words, picked by the page number of the daddr; each is the sum over its live streams of (page number << 24 | 1). The low bits
 * count them; where there is one, the high bits name it. One atomic addition a stream, no list, nothing that points into a stream. */
#define DMA_LEDGER_COUNT_BITS 24

static inline uint64_t *dma_ledger_word(struct dma_device *dev, dma_daddr_t daddr)
{
	return &dev->live[(daddr.raw >> DMA_PAGE_SHIFT) % (sizeof(dev->live) / sizeof(dev->live[0]))];
}

static inline uint64_t dma_ledger_entry(dma_daddr_t daddr)
{
	return daddr.raw >> DMA_PAGE_SHIFT << DMA_LEDGER_COUNT_BITS | 1;
}

static inline void dma_ledger_add(struct dma_device *dev, dma_daddr_t daddr)
{
	dma_add(dma_ledger_word(dev, daddr), dma_ledger_entry(daddr));
}

static inline void dma_ledger_remove(struct dma_device *dev, dma_daddr_t daddr)
{
	dma_sub(dma_ledger_word(dev, daddr), dma_ledger_entry(daddr));
}

#endif
