/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=amdvi: the units that ACPI's IVRS table describes, a domain for every function. Options: invalidation=deferred,
 * big_pages=no.
 */
#include "iommu_amdvi.h"
#include "amdvi_remap.h"
#include "iommu_requester.h"

#include "../firmware/firmware.h"
#include "../kernel/print.h"
#include "../machine.h"
#include <dmastream/amdvi.h>
#include <dmastream/init.h>

static struct dma_iommu *amdvi;

static int probe(void)
{
	struct dma_amdvi_config config = {
		.pci_read32 = requester_read32,
	};
	struct acpi_table table;
	int error = firmware_table("IVRS", 0, &table);

	if (!error)
		error = dma_init();
	if (!error) {
		config.ivrs = table.bytes;
		config.ivrs_nbytes = table.nbytes;
		dma_iommu_on_fault(requester_on_fault, NULL);
		error = dma_amdvi_probe(&config, &amdvi);
	}
	if (error && error != DMA_EINVAL) /* what is malformed has been said, by name */
		print("iommu: no AMD-Vi to protect memory with: %s\n", dma_strerror(error));
	return error;
}

static int domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	config->requester = dma_amdvi_requester(amdvi, config->requester);
	return requester_domain_for(amdvi, fn, config);
}

static void domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	requester_domain_put(amdvi, fn, domain);
}

static uint64_t faults(const struct bus_pci *fn)
{
	return requester_faults(amdvi, fn);
}

static int message(const struct pci_function *fn, unsigned number, struct machine_message *written)
{
	return amdvi_remap_message(amdvi, fn, number, written);
}

static void message_end(unsigned number)
{
	amdvi_remap_end(amdvi, number);
}

static bool registers_of(const struct pci_function *fn, uint64_t *registers)
{
	return requester_registers(
		amdvi, dma_amdvi_requester(amdvi, (uint32_t)fn->segment << 16 | pci_requester_of(fn)), registers);
}

static int end(void)
{
	return dma_amdvi_remove(amdvi);
}

const struct bare_iommu bare_amdvi = {"amdvi", probe,	    domain_for, domain_put,   faults,
				      message, message_end, end,	registers_of, NULL};
