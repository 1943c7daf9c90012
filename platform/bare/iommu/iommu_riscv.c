/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU=riscv: the units that the device tree names, of the platform ("riscv,iommu") and PCI functions
 * ("riscv,pci-iommu"), or else the first PCI function of their class, for all functions of its segment; a domain for
 * every function. Options: iommu_snoops=no (tables are maintained as if no unit snooped), invalidation=deferred,
 * big_pages=no.
 */
#include "iommu_riscv.h"
#include "iommu_units.h"
#include "tree_function.h"

#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../pci/pci_config.h"
#include <dmastream/errors.h>
#include <dmastream/riscv.h>

enum {
	CLASS_IOMMU = 0x080600,
	LAST_DEVICE = 0xffff, /* a directory that is no smaller serves hotplug, too */
};

/* Adds a unit that is a PCI function. It reads its tables as a bus master. */
static int add_function(const struct bus_pci *fn, uint32_t name)
{
	struct unit unit = {.name = name, .own = fn->priv, .coherent = machine_pci_coherent()};
	dma_paddr_t registers;
	uint64_t nbytes;
	int error = bus_pci_bar(fn, 0, &registers, &nbytes);

	if (error) {
		print("iommu: the RISC-V IOMMU at %x:%x.%x has no registers: %s\n", (unsigned)fn->bus,
		      (unsigned)fn->devfn >> 3, (unsigned)fn->devfn & 7, dma_strerror(error));
		return 0;
	}
	bus_pci_enable(fn);
	unit.registers = registers.raw;
	return units_add(unit);
}

static int find_in_tree(void)
{
	fdt_node node = FDT_NONE;
	struct bus_pci fn;
	int error = 0;

	while (!error && (node = fdt_compatible(&boot_tree, node, "riscv,pci-iommu")) != FDT_NONE) {
		unsigned i = 0;

		while (!bus_pci_find_class(CLASS_IOMMU, i, &fn) && !tree_names_function(node, fn.priv))
			i++;
		if (bus_pci_find_class(CLASS_IOMMU, i, &fn))
			print("device tree: %s: there is no such function\n", fdt_name(&boot_tree, node));
		else
			error = add_function(&fn, fdt_u32(&boot_tree, node, "phandle", 0));
	}
	return error;
}

static int find(void)
{
	struct bus_pci fn;
	int error = units_add_by_tree("riscv,iommu", true, NULL);

	if (!error)
		error = find_in_tree();
	if (!error && !units_first() && !bus_pci_find_class(CLASS_IOMMU, 0, &fn))
		error = add_function(&fn, 0);
	return error ? error : units_first() ? 0 : DMA_ENODEV;
}

/* Where the tree does not say what translates, the function of a segment without a name does. */
static struct unit *route(const struct pci_function *fn, uint32_t *id)
{
	struct unit *unit = units_first();

	if (units_in_tree(fn))
		return units_route_by_tree(fn, id);
	while (unit && (unit->name || !unit->own || unit->own->segment != fn->segment))
		unit = unit->next;
	*id = (uint32_t)fn->segment << 16 | pci_requester_of(fn);
	return unit;
}

static int start(struct unit *unit, const struct dma_iommu_region *doorbells, size_t n)
{
	struct dma_riscv_config config = {
		.registers = dma_paddr(unit->registers),
		.coherent = unit->coherent && !option_is("iommu_snoops", "no"),
		.last_device = unit->last_id > LAST_DEVICE ? unit->last_id : LAST_DEVICE,
		.host_regions = doorbells,
		.nhost_regions = n,
	};
	int error = dma_riscv_probe(&config, &unit->iommu);

	if (!error)
		print("riscv: a %s, which %s\n", unit->own ? "PCI function" : "device of the platform",
		      config.coherent ? "snoops" : "does not snoop");
	return error;
}

static int probe(void)
{
	static const struct unit_kind kind = {"RISC-V IOMMU", find, route, start, dma_riscv_remove};

	return units_probe(&kind);
}

const struct bare_iommu bare_riscv = {"riscv", probe, units_domain_for, units_domain_put,   units_faults,
				      NULL,    NULL,  units_end,	units_registers_of, units_leader_of};
