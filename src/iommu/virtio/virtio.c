/* SPDX-License-Identifier: MPL-2.0 */
/*
 * virtio-iommu as an IOMMU of the library: the units that the firmware's table, or the host, names.
 */
#include <dmastream/errors.h>

#include "virtio_driver.h"

static uint8_t probed; /* changed atomically */

static bool mine(const struct dma_unit *unit, uint32_t requester)
{
	uint32_t endpoint;

	return dma_viot_unit_of(&dma_virtio_of(unit->iommu)->viot, requester, &endpoint) == unit->found;
}

static const char *refuses(struct dma_unit *unit, struct dma_unit_domain *domain, const struct dma_device *dev)
{
	(void)dev;
	return domain || dma_virtio_unit_of(unit)->features & VIRTIO_BYPASS_CONFIG
		       ? NULL
		       : "the unit has no way to let it through";
}

static int find(struct dma_iommu *iommu, const void *with)
{
	const struct dma_virtio_iommu_config *config = with;
	struct virtio *virtio = dma_virtio_of(iommu);
	int error = config->viot ? dma_viot_parse(config->viot, config->viot_nbytes, &virtio->viot)
				 : dma_viot_from_host(config->ranges, config->nranges, &virtio->viot);

	virtio->config = *config;
	if (!error)
		error = dma_virtio_endpoints_init(virtio);
	for (struct dma_viot_unit *found = virtio->viot.units; found && !error; found = found->next)
		error = dma_iommu_add(iommu, dma_virtio_registers(virtio, found), found);
	return error;
}

static void unprotected(const struct dma_unit *unit)
{
	dma_viot_log_unprotected(&dma_virtio_of(unit->iommu)->viot, unit->found);
}

static void forget(struct dma_iommu *iommu)
{
	dma_viot_free(&dma_virtio_of(iommu)->viot);
	dma_firmware_free(&dma_virtio_of(iommu)->store);
}

/* The homes of regions are attached while everything still gets through (take_over), and the door is closed behind them
 * (start): hazard 74. */
static const struct dma_unit_driver driver = {
	.name = "virtio",
	.iommu_bytes = sizeof(struct virtio),
	.unit_bytes = sizeof(struct virtio_unit),
	.probed = &probed,
	.stopped_blocks = true,
	.find = find,
	.identify = dma_virtio_identify,
	.memory = dma_virtio_memory,
	.take_over = dma_virtio_take_over,
	.start = dma_virtio_close,
	.stop = dma_virtio_stop,
	.unprotected = unprotected,
	.forget = forget,
	.domain_describe = dma_virtio_domain_describe,
	.domain_forget = dma_virtio_domain_forget,
	.mine = mine,
	.refuses = refuses,
	.change = dma_virtio_endpoint_change,
	.set = dma_virtio_endpoint_set,
	.clear = dma_virtio_endpoint_clear,
	.abort = dma_virtio_stop,
	.faults = &dma_virtio_faults,
};

int dma_virtio_iommu_probe(const struct dma_virtio_iommu_config *config, struct dma_iommu **iommu)
{
	const struct dma_iommu_request request = {config, config->host_regions, config->nhost_regions,
						  config->timeout_ns};

	if (!config->pci_read32 || !config->pci_write32 || !config->mmio_read || !config->mmio_write)
		return DMA_EINVAL;
	return dma_iommu_probe(&driver, &request, iommu);
}

int dma_virtio_iommu_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}
