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

static int find(struct dma_iommu *iommu, const void *with)
{
	const struct dma_virtio_iommu_config *config = with;
	struct virtio *virtio = dma_virtio_of(iommu);
	int error = config->viot ? dma_viot_parse(config->viot, config->viot_nbytes, &virtio->viot)
				 : dma_viot_from_host(config->ranges, config->nranges, &virtio->viot);

	iommu->store = &virtio->viot.store;
	virtio->access = (struct dma_virtio_access){config->pci_read32, config->pci_write32, config->mmio_read,
						    config->mmio_write, config->context};
	for (struct dma_viot_unit *found = virtio->viot.units; found && !error; found = found->next) {
		struct dma_virtio_function f = {.access = &virtio->access, .address = found->function};
		bool there = found->pci && dma_virtio_locate(&f, VIRTIO_PCI_ID, VIRTIO_BYPASS);

		error = dma_iommu_add(iommu, dma_paddr(there ? f.paddr : 0), found);
	}
	return error;
}

static void unprotected(const struct dma_unit *unit)
{
	dma_viot_log_unprotected(&dma_virtio_of(unit->iommu)->viot, unit->found);
}

static const struct dma_unit_driver driver = {
	.name = "virtio",
	.iommu_bytes = sizeof(struct virtio),
	.unit_bytes = sizeof(struct virtio_unit),
	.probed = &probed,
	.stopped_blocks = true,
	.find = find,
	.memory = dma_virtio_memory,
	.unprotected = unprotected,
	.domain_describe = dma_virtio_domain_describe,
	.mine = mine,
	.power = &dma_virtio_power,
	.entries = &dma_virtio_entries,
	.faults = &dma_virtio_faults,
};

int dma_virtio_iommu_probe(const struct dma_virtio_iommu_config *config, struct dma_iommu **iommu)
{
	if (!config->pci_read32 || !config->pci_write32 || !config->mmio_read || !config->mmio_write)
		return DMA_EINVAL;
	return dma_iommu_probe(&driver, iommu, config, config->host_regions, config->nhost_regions, config->timeout_ns);
}

int dma_virtio_iommu_remove(struct dma_iommu *iommu)
{
	return dma_iommu_remove(iommu);
}
