/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device can address.
 */
#ifndef DMASTREAM_SRC_DEVICE_H
#define DMASTREAM_SRC_DEVICE_H

#include <dmastream/device.h>

/* True if the device has a daddr for each byte of the frames without an IOMMU, within its mask and alignment; *daddr
 * is the first. */
bool dma_device_reaches(const struct dma_device *dev, dma_paddr_t paddr, size_t npages, dma_daddr_t *daddr);

/* What to ask the host for, so that the device reaches it: highest paddr, alignment in bytes. */
uint64_t dma_device_alloc_last(const struct dma_device *dev);
size_t dma_device_alloc_align(const struct dma_device *dev);

/* Frames from the host that the device reaches. 0, DMA_ENOMEM. Interrupts on. */
int dma_device_frames_alloc(const struct dma_device *dev, size_t npages, dma_paddr_t *paddr);

#endif
