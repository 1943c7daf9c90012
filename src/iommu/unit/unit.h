/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What an IOMMU driver is to the rest of the library: the functions behind include/dmastream/iommu.h. A driver embeds
 * struct dma_iommu in its own, and struct dma_unit (unit_devices.h) once for each piece of hardware.
 */
#ifndef DMASTREAM_IOMMU_UNIT_H
#define DMASTREAM_IOMMU_UNIT_H

#include <dmastream/iommu.h>
#include <dmastream/platform.h>

struct dma_unit;

struct dma_iommu_ops {
	/* The unit in front of the requester; NULL: none. Any context. */
	struct dma_unit *(*unit_for)(struct dma_iommu *iommu, uint32_t requester);
	unsigned (*poll)(struct dma_iommu *iommu); /* as dma_iommu_poll() */
};

struct dma_iommu {
	const struct dma_iommu_ops *ops;
	struct dma_iommu *next; /* all of them: unit.c */
};

/* Adds the IOMMU to the list of those that dma_iommu_poll_all() polls and that devices are behind / takes it off. Any
 * context. */
void dma_iommu_register(struct dma_iommu *iommu);
void dma_iommu_unregister(struct dma_iommu *iommu);

/* The host ends all DMA of the device by another way: 0, or an error of its own, DMA_ENOTSUP where it has none. No lock
 * is held. Any context. */
int dma_unit_cut_off(struct dma_device *dev);

#endif
