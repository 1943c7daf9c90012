/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device can address.
 */
#ifndef DMASTREAM_SRC_DEVICE_H
#define DMASTREAM_SRC_DEVICE_H

#include "../memory/placement.h"
#include <dmastream/stream.h>

/* A stream is one piece for the device: DMA_ENOTSUP if npages are more than one piece may hold, or must cross its
 * boundary wherever they lie; else 0. */
int dma_device_takes(const struct dma_device *dev, size_t npages);

/* Where a device without an IOMMU finds the bytes, at least one: false if no window has them all, or the last is beyond
 * its mask. */
bool dma_device_finds(const struct dma_device *dev, dma_paddr_t paddr, size_t nbytes, dma_daddr_t *daddr);

/* True if the device has a daddr for each byte of the frames without an IOMMU, within its mask, alignment and boundary;
 * *daddr is the first. */
bool dma_device_reaches(const struct dma_device *dev, dma_paddr_t paddr, size_t npages, dma_daddr_t *daddr);

/* Allocates frames that the device reaches in that sense. 0, DMA_ENOMEM. Interrupts on. */
int dma_device_frames_alloc(const struct dma_device *dev, size_t npages, dma_paddr_t *paddr);

/* A stream is cut only at multiples of this many bytes, so that both parts keep the device's alignment. */
static inline size_t dma_device_step(const struct dma_device *dev)
{
	return DMA_CONFIG_LIMITS && dev->min_align > DMA_PAGE_SIZE ? dev->min_align : DMA_PAGE_SIZE;
}

#endif
