/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What an IOMMU driver is to the rest of the library: the functions behind include/dmastream/iommu.h. A driver embeds
 * struct dma_iommu in its own; its domains embed struct dma_space.
 */
#ifndef DMASTREAM_IOMMU_UNIT_H
#define DMASTREAM_IOMMU_UNIT_H

#include <dmastream/iommu.h>

struct dma_iommu_ops {
	int (*domain_create)(struct dma_iommu *iommu, const struct dma_iommu_domain_config *config,
			     struct dma_domain **domain);
	int (*domain_destroy)(struct dma_iommu *iommu, struct dma_domain *domain);
	unsigned (*poll)(struct dma_iommu *iommu); /* as dma_iommu_poll() */
};

struct dma_iommu {
	const struct dma_iommu_ops *ops;
	struct dma_iommu *next; /* all of them: unit.c */
};

/* Makes it one of those that dma_iommu_poll_all() asks / takes it off. Any context. */
void dma_iommu_register(struct dma_iommu *iommu);
void dma_iommu_unregister(struct dma_iommu *iommu);

#endif
