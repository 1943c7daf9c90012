/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Regions (IORT: RMR nodes): memory that firmware goes on using through a device behind our back. Mapped one to one
 * for that stream alone, from before translation goes on.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "smmuv3_driver.h"

/* Rounded out to pages; what wraps or is empty is an error of the caller's. */
int dma_smmu_regions_copy(struct smmu_unit *unit, const struct dma_smmuv3_config *config)
{
	const uint64_t mask = DMA_PAGE_SIZE - 1;

	for (size_t i = 0; i < config->nregions; i++) {
		struct dma_smmuv3_region region = config->regions[i];
		uint64_t last = region.base + region.nbytes - 1;

		if (!region.nbytes || last < region.base || last > unit->max_paddr)
			return DMA_EINVAL;
		region.base &= ~mask;
		region.nbytes = (last | mask) - region.base + 1;
		unit->regions[unit->nregions++] = region;
	}
	return 0;
}

/* The stream's regions; each must be no memory of the host's (its kernel would be open to the device). */
int dma_smmu_regions_of(const struct smmu_unit *unit, uint32_t stream, struct dma_reserved *regions, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < unit->nregions; i++) {
		const struct dma_smmuv3_region *region = &unit->regions[i];

		if (region->stream != stream)
			continue;
		for (uint64_t at = 0; at < region->nbytes; at += DMA_PAGE_SIZE)
			if (dma_host_is_ram(dma_paddr(region->base + at), 1)) {
				dma_log("smmuv3: region %x of stream %x is the host's own memory: the stream stays "
					"blocked",
					region->base, (uint64_t)stream);
				return DMA_ENOTSUP;
			}
		regions[(*n)++] = (struct dma_reserved){region->base, region->nbytes};
	}
	return 0;
}

/* True if an earlier region has the same stream. */
static bool seen_before(const struct smmu_unit *unit, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (unit->regions[i].stream == unit->regions[index].stream)
			return true;
	return false;
}

int dma_smmu_regions_protect(struct smmu_unit *unit)
{
	for (size_t i = 0; i < unit->nregions; i++) {
		struct dma_iommu_domain_config config = {.requester = unit->regions[i].stream};
		struct dma_domain *made;
		int error;

		if (seen_before(unit, i))
			continue;
		error = dma_smmu_domain_create(&unit->iommu, &config, &made);
		if (error == DMA_ENOTSUP)
			continue; /* not believed, and said so: the stream stays blocked */
		if (error)
			return error;
		error = dma_smmu_domain_for_firmware(dma_smmu_domain_of(dma_space_of(made)), config.requester);
		if (error)
			return error;
	}
	return 0;
}
