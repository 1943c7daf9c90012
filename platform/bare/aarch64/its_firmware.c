/* SPDX-License-Identifier: MPL-2.0 */
/* See its_firmware.h. */
#include "its_firmware.h"
#include "../firmware/fdt_boot.h"
#include "../firmware/firmware.h"
#include "../firmware/madt.h"
#include <dmastream/iort.h>

#define GITS_BYTES UINT64_C(0x20000) /* of the two frames: 12.18; the MADT names no size */

static fdt_node its_node;    /* FDT_NONE: ACPI has named it */
static struct dma_iort iort; /* then: where it says who may send what */
static uint32_t its_id;

/* By ACPI: the first ITS of the MADT, and IORT, which leads to it. */
static bool find_by_acpi(uint64_t *paddr, uint64_t *nbytes)
{
	struct acpi_table madt, table;

	*nbytes = GITS_BYTES;
	return !firmware_table("APIC", 0, &madt) && madt_its(&madt, 0, &its_id, paddr) &&
	       !firmware_table("IORT", 0, &table) && !dma_iort_open(&iort, table.bytes, table.nbytes);
}

bool its_find(uint64_t *paddr, uint64_t *nbytes)
{
	its_node = boot_info.rsdp ? FDT_NONE : fdt_compatible(&boot_tree, FDT_NONE, "arm,gic-v3-its");
	if (boot_info.rsdp)
		return find_by_acpi(paddr, nbytes);
	return its_node != FDT_NONE && fdt_reg(&boot_tree, its_node, 0, paddr, nbytes);
}

static fdt_node host_of(const struct pci_function *fn)
{
	struct pci_host hosts[PCI_HOSTS];
	fdt_node node = FDT_NONE;

	for (unsigned n = fdt_pci_hosts(hosts, PCI_HOSTS), i = 0; i < n; i++)
		if ((node = fdt_compatible(&boot_tree, node, "pci-host-ecam-generic")) != FDT_NONE &&
		    hosts[i].segment == fn->segment)
			return node;
	return FDT_NONE;
}

/* By what id the ITS knows a function: IORT; or msi-map, or msi-parent and the requester id itself (PCI bindings). */
bool its_device_id(const struct pci_function *fn, uint32_t *id)
{
	fdt_node host = host_of(fn);
	uint32_t requester = pci_requester_of(fn), handle;
	struct dma_iort_doorbell found;
	struct fdt_property map;

	if (its_node == FDT_NONE) {
		if (dma_iort_message(&iort, fn->segment, (uint16_t)requester, &found) || found.its != its_id)
			return false;
		*id = found.device_id;
		return true;
	}
	if (host == FDT_NONE)
		return false;
	if (fdt_property(&boot_tree, host, "msi-map", &map))
		return fdt_map_id(&boot_tree, host, "msi-map", "msi-map-mask", requester, &handle, id) &&
		       fdt_phandle(&boot_tree, handle) == its_node;
	*id = requester;
	return fdt_phandle(&boot_tree, fdt_u32(&boot_tree, host, "msi-parent", 0)) == its_node;
}
