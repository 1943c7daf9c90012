/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 as an IOMMU of the library: one unit each.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "smmuv3_driver.h"

/* The caller has found the unit, and its regions (IORT: RMR nodes). It aborts everything before these are looked at. */
static int find(struct dma_iommu *iommu, const void *with)
{
	const struct dma_smmuv3_config *config = with;
	int error = dma_iommu_add(iommu, config->registers, NULL);

	for (size_t i = 0; i < config->nregions && !error && iommu->units; i++) {
		const struct dma_smmuv3_region *found = &config->regions[i];
		struct dma_iommu_region region = {
			.first = found->stream,
			.last = found->last_stream > found->stream ? found->last_stream : found->stream,
			.base = dma_paddr(found->base),
			.nbytes = found->nbytes,
			.type = found->type,
		};

		if (!found->nbytes || found->base + (found->nbytes - 1) < found->base) {
			dma_log("smmuv3: unit at %x: region %x of %x bytes makes no sense", config->registers.raw,
				found->base, found->nbytes);
			return DMA_EINVAL;
		}
		error = dma_iommu_region_add(iommu, &region);
	}
	return error;
}

static const struct dma_unit_driver driver = {
	.name = "smmuv3",
	.iommu_bytes = sizeof(struct dma_iommu),
	.unit_bytes = sizeof(struct smmu_unit),
	.stopped_blocks = true,
	.find = find,
	.memory = dma_smmu_memory,
	.domain_describe = dma_smmu_domain_describe,
	.domain_forget = dma_smmu_domain_forget,
	.power = &dma_smmu_power,
	.entries = &dma_smmu_entries,
	.queue = &dma_smmu_queue,
	.faults = &dma_smmu_faults,
};

int dma_smmuv3_probe(const struct dma_smmuv3_config *config, struct dma_iommu **iommu)
{
	return dma_iommu_probe(&driver, iommu, config, config->host_regions, config->nhost_regions, config->timeout_ns);
}

int dma_smmuv3_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}

void dma_smmuv3_facts(const struct dma_iommu *iommu, struct dma_smmuv3_facts *out)
{
	const struct smmu_unit *unit = dma_smmu_unit_of(iommu->units);

	*out = (struct dma_smmuv3_facts){
		.stage = unit->stage,
		.stream_bits = unit->stream_bits,
		.two_level = dma_smmu_two_level(unit),
		.snoops = unit->base.reach.snoops,
		.range_invalidation = unit->idr3 & SMMU_IDR3_RIL,
		.splits_in_place = dma_smmu_splits_in_place(unit),
	};
}
