/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reserved regions (RMRR; VT-d specification, 3.16 and 8.4): memory that firmware uses through a device behind our
 * back, a graphics buffer or a legacy keyboard; and those that the host names.
 */
#include <dmastream/errors.h>

#include "vtd_driver.h"

/* For one scope: a function, or a bridge and what is behind it. */
static int add(struct vtd *vtd, const struct dma_dmar_region *found, const struct dma_dmar_scope *scope)
{
	uint32_t segment = (uint32_t)found->segment << 16, itself = segment | (uint32_t)scope->bus << 8 | scope->devfn;
	struct dma_iommu_region region = {
		.first = itself,
		.last = itself,
		.base = dma_paddr(found->base),
		.nbytes = found->limit - found->base + 1,
	};
	int error = dma_unit_region_add(&vtd->regions, "vtd", &region, VTD_INTERRUPT_WINDOW, VTD_INTERRUPT_LAST);

	if (error || !scope->below)
		return error;
	region.first = segment | (uint32_t)scope->bus_first << 8;
	region.last = segment | (uint32_t)scope->bus_last << 8 | 0xff;
	return dma_unit_region_add(&vtd->regions, "vtd", &region, VTD_INTERRUPT_WINDOW, VTD_INTERRUPT_LAST);
}

int dma_vtd_regions(struct vtd *vtd, const struct dma_vtd_config *config)
{
	int error = dma_unit_regions_add(&vtd->regions, "vtd", config->host_regions, config->nhost_regions,
					 VTD_INTERRUPT_WINDOW, VTD_INTERRUPT_LAST);

	for (const struct dma_dmar_region *found = vtd->dmar.regions; found && !error; found = found->next)
		for (const struct dma_dmar_scope *scope = found->scopes; scope && !error; scope = scope->next)
			error = add(vtd, found, scope);
	return error;
}
