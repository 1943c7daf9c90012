/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=virtio: the virtio-iommu that ACPI's VIOT table describes, or the device tree where there is no ACPI; a domain
 * for every function. Option: invalidation=deferred.
 */
#include "iommu_virtio.h"
#include "iommu_requester.h"
#include "virtio_find.h"

#include "../cvm/cvm_guest.h"
#include "../kernel/print.h"
#include "../machine.h"
#include "../pci/pci_config.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>

static struct dma_iommu *virtio;

static void write32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset, uint32_t value)
{
	(void)context;
	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (fn->segment == segment && fn->bus == bus && fn->devfn == devfn)
			pci_write32(fn->config, offset, value);
	}
}

static uint32_t mmio_read(void *context, const volatile void *reg, unsigned nbytes)
{
	(void)context;
	return register_read(reg, nbytes);
}

static void mmio_write(void *context, volatile void *reg, unsigned nbytes, uint32_t value)
{
	(void)context;
	register_write(reg, nbytes, value);
}

static bool id_of(const void *unit, const struct pci_function *fn, uint32_t *id)
{
	(void)unit;
	*id = (uint32_t)fn->segment << 16 | pci_requester_of(fn);
	return true;
}

static int probe(void)
{
	static struct dma_iommu_region regions[PCI_FUNCTIONS];
	struct dma_virtio_iommu_config config = {
		.pci_read32 = requester_read32,
		.pci_write32 = write32,
		.mmio_read = mmio_read,
		.mmio_write = mmio_write,
	};
	int error = virtio_find(&config);

	if (!error)
		error = dma_init();
	if (!error) {
		dma_iommu_on_fault(requester_on_fault, NULL);
		config.host_regions = regions;
		config.nhost_regions = requester_doorbells(regions, id_of, NULL);
		error = dma_virtio_iommu_probe(&config, &virtio);
	}
	if (error)
		print("iommu: no virtio-iommu to protect memory with: %s\n", dma_strerror(error));
	return error;
}

static int domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	return requester_domain_for(virtio, fn, config);
}

static void domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	requester_domain_put(virtio, fn, domain);
}

static uint64_t faults(const struct bus_pci *fn)
{
	return requester_faults(virtio, fn);
}

static bool registers_of(const struct pci_function *fn, uint64_t *registers)
{
	return requester_registers(virtio, (uint32_t)fn->segment << 16 | pci_requester_of(fn), registers);
}

static int end(void)
{
	return dma_virtio_iommu_remove(virtio);
}

/* Messages get through: the doorbell is a region of the host's, or the unit names it as a range of its own
 * (RESV_MEM). */
const struct bare_iommu bare_virtio = {"virtio", probe, domain_for, domain_put,	  faults,
				       NULL,	 NULL,	end,	    registers_of, NULL};
