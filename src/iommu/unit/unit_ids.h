/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ids that a unit knows its domains by (VT-d: DID, SMMUv3: VMID or ASID): a bitmap in one of the host's pages. 0 is
 * never given out: units in caching mode keep it for what is not present (hazard 28).
 */
#ifndef DMASTREAM_IOMMU_UNIT_IDS_H
#define DMASTREAM_IOMMU_UNIT_IDS_H

#include <dmastream/platform.h>

struct dma_unit_ids {
	struct dma_lock lock;
	uint64_t *used;
	unsigned count; /* ids below it exist */
};

/* Ids 1 to count - 1, or fewer where the page is full. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_unit_ids_init(struct dma_unit_ids *ids, unsigned count);
void dma_unit_ids_fini(struct dma_unit_ids *ids);

/* The lowest that is free; 0: none is left. Any context. */
unsigned dma_unit_id_get(struct dma_unit_ids *ids);
void dma_unit_id_put(struct dma_unit_ids *ids, unsigned id);

#endif
