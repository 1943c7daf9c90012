/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d as an IOMMU of the library: all units of the firmware's table (hazard 25), and the regions that it reserves for
 * devices (RMRR; VT-d specification, 3.16 and 8.4): memory that firmware uses behind our back, a graphics buffer or a
 * legacy keyboard.
 */
#include <dmastream/errors.h>

#include "vtd_driver.h"

static uint8_t probed; /* changed atomically */

static bool mine(const struct dma_unit *unit, uint32_t requester)
{
	return dma_dmar_unit_of(&dma_vtd_of(unit->iommu)->dmar, (uint16_t)(requester >> 16), (uint8_t)(requester >> 8),
				(uint8_t)requester) == unit->found;
}

/* A region for one scope: a function, or a bridge and what is behind it. */
static int add_region(struct dma_iommu *iommu, const struct dma_dmar_region *found, const struct dma_dmar_scope *scope)
{
	uint32_t segment = (uint32_t)found->segment << 16, itself = segment | (uint32_t)scope->bus << 8 | scope->devfn;
	struct dma_iommu_region region = {
		.first = itself,
		.last = itself,
		.base = dma_paddr(found->base),
		.nbytes = found->limit - found->base + 1,
	};
	int error = dma_iommu_region_add(iommu, &region);

	if (error || !scope->below)
		return error;
	region.first = segment | (uint32_t)scope->bus_first << 8;
	region.last = segment | (uint32_t)scope->bus_last << 8 | 0xff;
	return dma_iommu_region_add(iommu, &region);
}

static int find(struct dma_iommu *iommu, const void *with)
{
	const struct dma_vtd_config *config = with;
	struct dma_dmar_bus bus = {config->pci_read32, config->context};
	struct vtd *vtd = dma_vtd_of(iommu);
	int error = dma_dmar_parse(config->dmar, config->dmar_nbytes, &bus, &vtd->dmar);

	iommu->store = &vtd->dmar.store;
	vtd->remaps_by_host = config->host_remaps_interrupts;
	vtd->block_interrupts = config->block_interrupts;
	for (struct dma_dmar_unit *found = vtd->dmar.units; found && !error; found = found->next)
		error = dma_iommu_add(iommu, dma_paddr(found->registers), found);
	for (const struct dma_dmar_region *found = vtd->dmar.regions; found && !error; found = found->next)
		for (const struct dma_dmar_scope *scope = found->scopes; scope && !error; scope = scope->next)
			error = add_region(iommu, found, scope);
	return error;
}

static void unprotected(const struct dma_unit *unit)
{
	dma_dmar_log_unprotected(unit->found);
}

static const struct dma_unit_driver driver = {
	.name = "vtd",
	.iommu_bytes = sizeof(struct vtd),
	.unit_bytes = sizeof(struct vtd_unit),
	.probed = &probed,
	.hole = {VTD_INTERRUPT_WINDOW, VTD_INTERRUPT_WINDOW_BYTES},
	.find = find,
	.memory = dma_vtd_contexts_make,
	.unprotected = unprotected,
	.mine = mine,
	.power = &dma_vtd_power,
	.entries = &dma_vtd_entries,
	.queue = &dma_vtd_queue,
	.faults = &dma_vtd_faults,
};

int dma_vtd_probe(const struct dma_vtd_config *config, struct dma_iommu **iommu)
{
	if (config->host_remaps_interrupts && config->block_interrupts)
		return DMA_EINVAL;
	return dma_iommu_probe(&driver, iommu, config, config->host_regions, config->nhost_regions, config->timeout_ns);
}

int dma_vtd_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}
