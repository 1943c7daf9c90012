/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=riscv: the unit that the device tree names ("riscv,iommu"), or else the first PCI function of its class; a
 * domain for every function. Options: iommu_snoops=no (its tables are maintained as if it did not snoop),
 * invalidation=deferred, big_pages=no.
 */
#include "iommu_riscv.h"
#include "iommu_requester.h"

#include "../firmware/fdt_boot.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../machine.h"
#include "../pci/pci_config.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <dmastream/riscv.h>

#define CLASS_IOMMU 0x080600

static struct dma_iommu *riscv;
static const struct pci_function *own; /* the unit is this function; NULL: it is a device of the platform */
static uint32_t name;		       /* phandle of the platform's device */

/* By what device id the unit knows a function. False: it does not stand in front of it. */
static bool device_of(const struct pci_function *fn, uint32_t *device)
{
	uint32_t unit = name;

	*device = (uint32_t)fn->segment << 16 | pci_requester_of(fn);
	if (own)
		return fn != own && fn->segment == own->segment;
	return fdt_map_id(&boot_tree, pci_host_of(fn)->node, "iommu-map", "iommu-map-mask", pci_requester_of(fn), &unit,
			  device) &&
	       unit == name;
}

static int find_on_platform(struct dma_riscv_config *config)
{
	fdt_node node = fdt_compatible(&boot_tree, FDT_NONE, "riscv,iommu");
	uint64_t nbytes;

	if (node == FDT_NONE)
		return DMA_ENODEV;
	if (!fdt_reg(&boot_tree, node, 0, &config->registers.raw, &nbytes)) {
		print("device tree: %s: its reg makes no sense\n", fdt_name(&boot_tree, node));
		return DMA_EINVAL;
	}
	name = fdt_u32(&boot_tree, node, "phandle", 0);
	config->coherent = fdt_dma_coherent(&boot_tree, node, true);
	return 0;
}

/* It reads its tables as a bus master. */
static int find_on_pci(struct dma_riscv_config *config)
{
	struct bus_pci fn;
	uint64_t nbytes;
	int error = bus_pci_find_class(CLASS_IOMMU, 0, &fn);

	if (!error)
		error = bus_pci_bar(&fn, 0, &config->registers, &nbytes);
	if (error)
		return error;
	bus_pci_enable(&fn);
	own = fn.priv;
	config->coherent = machine_pci_coherent();
	return 0;
}

static bool id_of(const void *unit, const struct pci_function *fn, uint32_t *id)
{
	(void)unit;
	return device_of(fn, id);
}

static int probe(void)
{
	static struct dma_iommu_region regions[PCI_FUNCTIONS];
	struct dma_riscv_config config = {.host_regions = regions};
	int error = find_on_platform(&config);

	if (error == DMA_ENODEV)
		error = find_on_pci(&config);
	if (!error)
		error = dma_init();
	if (!error) {
		dma_iommu_on_fault(requester_on_fault, NULL);
		config.nhost_regions = requester_doorbells(regions, id_of, NULL);
		config.coherent = config.coherent && !option_is("iommu_snoops", "no");
		error = dma_riscv_probe(&config, &riscv);
	}
	if (error) {
		print("iommu: no RISC-V IOMMU to protect memory with: %s\n", dma_strerror(error));
		return error;
	}
	print("riscv: a %s, which %s\n", own ? "PCI function" : "device of the platform",
	      config.coherent ? "snoops" : "does not snoop");
	return 0;
}

static int domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	if (!device_of(fn->priv, &config->requester)) {
		print("iommu: no RISC-V IOMMU stands in front of %x:%x.%x\n", (unsigned)fn->bus,
		      (unsigned)fn->devfn >> 3, (unsigned)fn->devfn & 7);
		return DMA_ENODEV;
	}
	return requester_domain_for(riscv, fn, config);
}

static void domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	requester_domain_put(riscv, fn, domain);
}

static uint64_t faults(const struct bus_pci *fn)
{
	return requester_faults(riscv, fn);
}

static int end(void)
{
	return dma_riscv_remove(riscv);
}

const struct bare_iommu bare_riscv = {"riscv", probe, domain_for, domain_put, faults, NULL, NULL, end, NULL};
