/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device tree's "iommu-map" of each PCI host (bindings/pci/pci-iommu.txt, bindings/virtio/pci-iommu.yaml), or
 * ACPI's VIOT where there is ACPI. A tree that names no unit may have one all the same (QEMU's loongarch64).
 */
#include "../firmware/firmware.h"
#include "../kernel/print.h"
#include "tree_function.h"
#include "virtio_find.h"
#include <dmastream/errors.h>

enum {
	VIRTIO_VENDOR = 0x1af4,
	VIRTIO_IOMMU = 0x1057,
	REQUESTER_LAST = 0xffff,
};

/* NULL, or why the node with that phandle is no unit. */
static const char *unit_of(uint32_t phandle, uint32_t *unit)
{
	fdt_node node = FDT_NONE;

	do
		node = fdt_compatible(&boot_tree, node, "virtio,pci-iommu");
	while (node != FDT_NONE && fdt_u32(&boot_tree, node, "phandle", 0) != phandle);
	if (node == FDT_NONE)
		return "names no virtio-iommu";
	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (!tree_names_function(node, fn))
			continue;
		*unit = (uint32_t)fn->segment << 16 | (uint32_t)fn->bus << 8 | fn->devfn;
		return NULL;
	}
	return "names a virtio-iommu that is not there";
}

/* What "iommu-map" says of each function that is there. Two functions that it gives one number cannot be told apart:
 * the unit knows the first of them. */
static size_t ranges_of_tree(struct dma_virtio_iommu_range *ranges)
{
	size_t n = 0;

	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);
		uint32_t requester = pci_requester_of(fn), phandle, endpoint, unit;
		bool known = false;
		const char *why;

		if (!fdt_map_id(&boot_tree, pci_host_of(fn)->node, "iommu-map", "iommu-map-mask", requester, &phandle,
				&endpoint))
			continue;
		why = unit_of(phandle, &unit);
		if (why) {
			print("iommu: not protected: %x:%x.%x: its iommu-map %s\n", (unsigned)fn->bus,
			      (unsigned)fn->devfn >> 3, (unsigned)fn->devfn & 7, why);
			continue;
		}
		requester |= (uint32_t)fn->segment << 16;
		for (size_t k = 0; k < n; k++)
			known = known || ranges[k].first == requester ||
				(ranges[k].unit == unit && ranges[k].endpoint == endpoint);
		if (!known)
			ranges[n++] = (struct dma_virtio_iommu_range){unit, requester, requester, endpoint};
	}
	return n;
}

/* The first function that is a virtio-iommu (virtio 1.3, 4.1.2.1: device id 23) is taken for the unit of all
 * functions of its segment, which it calls by their requester ids. */
static size_t ranges_of_bus(struct dma_virtio_iommu_range *ranges)
{
	const struct pci_function *unit = NULL;
	uint32_t self, segment;
	size_t n = 0;

	for (unsigned i = 0; i < pci_count() && !unit; i++)
		if (pci_function(i)->vendor == VIRTIO_VENDOR && pci_function(i)->device == VIRTIO_IOMMU)
			unit = pci_function(i);
	if (!unit || fdt_compatible(&boot_tree, FDT_NONE, "virtio,pci-iommu") != FDT_NONE)
		return 0;
	segment = (uint32_t)unit->segment << 16;
	self = pci_requester_of(unit);
	if (self > 0)
		ranges[n++] = (struct dma_virtio_iommu_range){segment | self, segment, segment | (self - 1), 0};
	if (self < REQUESTER_LAST)
		ranges[n++] = (struct dma_virtio_iommu_range){segment | self, segment | (self + 1),
							      segment | REQUESTER_LAST, self + 1};
	print("iommu: the device tree names no unit: the virtio-iommu at %x:%x.%x is taken for all functions'\n",
	      (unsigned)unit->bus, (unsigned)unit->devfn >> 3, (unsigned)unit->devfn & 7);
	return n;
}

int virtio_find(struct dma_virtio_iommu_config *config)
{
	static struct dma_virtio_iommu_range ranges[PCI_FUNCTIONS];
	struct acpi_table table;
	int error = boot_info.rsdp ? firmware_table("VIOT", 0, &table) : 0;

	if (error)
		return error;
	if (boot_info.rsdp) {
		config->viot = table.bytes;
		config->viot_nbytes = table.nbytes;
		return 0;
	}
	config->ranges = ranges;
	config->nranges = ranges_of_tree(ranges);
	if (!config->nranges)
		config->nranges = ranges_of_bus(ranges);
	return config->nranges ? 0 : DMA_ENODEV;
}
