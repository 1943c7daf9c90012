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

/* The ledger: 16 words, picked by address bits 12 to 15, each the sum over its live streams of daddr + 1. The low DMA_PAGE_SHIFT bits count them; where
 * there is one, the rest names it. One atomic addition a stream, no list, nothing that points into a stream. (The words lie 16 bytes apart, so that
 * the second byte of the address is their offset.) */
static inline uint64_t *dma_ledger_word(struct dma_device *dev, dma_daddr_t daddr)
{
	return (uint64_t *)(void *)((unsigned char *)dev->live + (uint8_t)(daddr.raw >> 8));
}

static inline void dma_ledger_add(struct dma_device *dev, dma_daddr_t daddr)
{
	dma_add(dma_ledger_word(dev, daddr), daddr.raw + 1);
}

static inline void dma_ledger_remove(struct dma_device *dev, dma_daddr_t daddr)
{
	dma_sub(dma_ledger_word(dev, daddr), daddr.raw + 1);
}

#endif
