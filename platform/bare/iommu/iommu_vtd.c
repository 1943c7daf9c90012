/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=vtd: the units that ACPI's DMAR table describes, a domain for every function. Options: invalidation=deferred,
 * big_pages=no.
 */
#include "iommu_vtd.h"
#include "iommu_requester.h"
#include "vtd_remap.h"

#include "../firmware/firmware.h"
#include "../kernel/print.h"
#include "../machine.h"
#include <dmastream/init.h>
#include <dmastream/vtd.h>

static struct dma_iommu *vtd;

static int probe(void)
{
	struct dma_vtd_config config = {
		.pci_read32 = requester_read32,
		.block_interrupts = !machine_has_interrupts(),
		.host_remaps_interrupts = machine_has_interrupts(),
	};
	struct acpi_table table;
	int error = firmware_table("DMAR", 0, &table);

	if (!error)
		error = dma_init();
	if (!error) {
		config.dmar = table.bytes;
		config.dmar_nbytes = table.nbytes;
		dma_iommu_on_fault(requester_on_fault, NULL);
		error = dma_vtd_probe(&config, &vtd);
	}
	/* Where it cannot be, no message gets a device anywhere, and devices are polled; a line has said why. */
	if (!error && machine_has_interrupts() && vtd_remap_start(vtd, table.bytes, table.nbytes))
		print("iommu: devices are polled: interrupts are not remapped\n");
	if (error && error != DMA_EINVAL) /* what is malformed has been said, by name */
		print("iommu: no VT-d to protect memory with: %s\n", dma_strerror(error));
	return error;
}

static int domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	return requester_domain_for(vtd, fn, config);
}

static void domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	requester_domain_put(vtd, fn, domain);
}

static uint64_t faults(const struct bus_pci *fn)
{
	return requester_faults(vtd, fn);
}

static bool registers_of(const struct pci_function *fn, uint64_t *registers)
{
	return requester_registers(vtd, (uint32_t)fn->segment << 16 | pci_requester_of(fn), registers);
}

static int end(void)
{
	return dma_vtd_remove(vtd);
}

const struct bare_iommu bare_vtd = {"vtd",	   probe, domain_for,	domain_put, faults, vtd_remap_message,
				    vtd_remap_end, end,	  registers_of, NULL};
