/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What an IOMMU driver is to the rest of the library: the functions behind include/dmastream/iommu.h. A driver embeds
 * struct dma_iommu in its own; its domains embed struct dma_space.
 */
#ifndef DMASTREAM_IOMMU_UNIT_H
#define DMASTREAM_IOMMU_UNIT_H

#include "../space/space.h"
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

/* The host ends all DMA of the device by another way: 0, or an error of its own, DMA_ENOTSUP where it has none. No lock
 * is held. Any context. */
int dma_unit_cut_off(struct dma_device *dev);

/* ---- Domains of units that walk tables: unit_domain.c ---- */

#define DMA_UNIT_WINDOWS 16u			       /* that the host names */
#define DMA_UNIT_HOLES	 (32u + 1u + DMA_UNIT_WINDOWS) /* firmware's regions, a message window, the host's */

/* Addresses that nobody gets: first firmware's regions, which are mapped one to one. */
struct dma_unit_holes {
	struct dma_reserved at[DMA_UNIT_HOLES];
	size_t nregions, n;
};

/* True if tables of that many address bits reach all of the regions. */
bool dma_unit_reaches(const struct dma_reserved *regions, size_t n, unsigned width);

/* Makes the space of a new domain: *config has what the unit says (unit, table, last, split_breaks), the rest comes
 * from the caller's wishes. 0; DMA_EINVAL, DMA_ENOMEM: nothing is left; DMA_ETIMEDOUT: its memory is the hardware's
 * for ever. Interrupts on. */
DMA_MUST_CHECK int dma_unit_space_init(struct dma_space *space, struct dma_space_config *config,
				       const struct dma_iommu_domain_config *wishes, struct dma_unit_holes *holes);

#endif
