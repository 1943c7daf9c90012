/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi as an IOMMU of the library: all units of the firmware's table (hazard 25), and its regions (IVMD).
 */
#include <dmastream/errors.h>

#include "amdvi_driver.h"

static uint8_t probed; /* changed atomically */

uint32_t dma_amdvi_requester(struct dma_iommu *iommu, uint32_t requester)
{
	const struct dma_ivrs_devices *devices = NULL;

	(void)dma_ivrs_unit_of(&dma_amdvi_of(iommu)->ivrs, requester, &devices);
	if (!devices || !devices->aliased)
		return requester;
	return (requester & ~(uint32_t)0xffff) | devices->alias;
}

static bool mine(const struct dma_unit *unit, uint32_t requester)
{
	return dma_ivrs_unit_of(&dma_amdvi_of(unit->iommu)->ivrs, requester, NULL) == unit->found;
}

static int add_region(struct dma_iommu *iommu, const struct dma_ivrs_region *found, uint32_t first, uint32_t last)
{
	const struct dma_iommu_region region = {
		.first = first,
		.last = last,
		.base = dma_paddr(found->base),
		.nbytes = found->limit - found->base + 1,
		.dir = found->dir,
	};

	return dma_iommu_region_add(iommu, &region);
}

/* The requests for a region carry the alias of its devices, where firmware gives them one. */
static int add_region_for_aliases(struct dma_iommu *iommu, const struct dma_ivrs_region *found)
{
	int error = 0;

	for (const struct dma_ivrs_unit *unit = dma_amdvi_of(iommu)->ivrs.units; unit; unit = unit->next) {
		uint32_t segment = (uint32_t)unit->segment << 16;

		for (const struct dma_ivrs_devices *devices = unit->devices; devices && !error; devices = devices->next)
			if (devices->aliased && (segment | devices->first) <= found->last &&
			    (segment | devices->last) >= found->first)
				error = add_region(iommu, found, segment | devices->alias, segment | devices->alias);
	}
	return error;
}

static int find(struct dma_iommu *iommu, const void *with)
{
	const struct dma_amdvi_config *config = with;
	struct dma_ivrs *ivrs = &dma_amdvi_of(iommu)->ivrs;
	int error = dma_ivrs_parse(config->ivrs, config->ivrs_nbytes, ivrs);

	iommu->store = &ivrs->store;
	for (struct dma_ivrs_unit *found = ivrs->units; found && !error; found = found->next)
		error = dma_iommu_add(iommu, dma_paddr(found->registers), found);
	for (const struct dma_ivrs_region *found = ivrs->regions; found && !error; found = found->next) {
		error = add_region(iommu, found, found->first, found->last);
		if (!error)
			error = add_region_for_aliases(iommu, found);
	}
	return error;
}

static void unprotected(const struct dma_unit *unit)
{
	dma_ivrs_log_unprotected(unit->found);
}

static const struct dma_unit_driver driver = {
	.name = "amdvi",
	.iommu_bytes = sizeof(struct amdvi),
	.unit_bytes = sizeof(struct amdvi_unit),
	.probed = &probed,
	.hole = {AMDVI_INTERRUPT_WINDOW, AMDVI_INTERRUPT_WINDOW_BYTES},
	.find = find,
	.memory = dma_amdvi_memory,
	.unprotected = unprotected,
	.mine = mine,
	.power = &dma_amdvi_power,
	.entries = &dma_amdvi_entries,
	.queue = &dma_amdvi_queue,
	.faults = &dma_amdvi_faults,
};

int dma_amdvi_probe(const struct dma_amdvi_config *config, struct dma_iommu **iommu)
{
	return dma_iommu_probe(&driver, iommu, config, config->host_regions, config->nhost_regions, config->timeout_ns);
}

int dma_amdvi_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}
