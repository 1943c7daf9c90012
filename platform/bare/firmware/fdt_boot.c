/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory, command line and PCI hosts from the device tree. What does not make sense is left out: less RAM, or fewer
 * hosts, is a machine that still boots and says so.
 */
#include "fdt_boot.h"

#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"

struct fdt boot_tree;

/* Adds [base, base + size) of RAM in whole blocks. */
static void add_ram(uint64_t base, uint64_t size, uint64_t block)
{
	uint64_t first = (base + block - 1) & ~(block - 1), end = (base + size) & ~(block - 1);

	if (first >= base && end > first)
		boot_add(&boot_info.ram, first, end - first);
}

/* Adds RAM around the memory that must not even be mapped. */
static void add_ram_around(uint64_t base, uint64_t size, const struct boot_ranges *unmapped, uint64_t block)
{
	uint64_t at = base, end = base + size;

	for (unsigned i = 0; i < unmapped->count; i++) { /* sorted */
		uint64_t hole = unmapped->range[i].base, hole_end = hole + unmapped->range[i].size;

		if (hole_end <= at || hole >= end)
			continue;
		if (hole > at)
			add_ram(at, hole - at, block);
		at = hole_end;
	}
	if (at < end)
		add_ram(at, end - at, block);
}

/* /reserved-memory: children with a reg; "no-map" ones are not to be mapped at all (Devicetree Specification 3.5). */
static void read_reserved(struct boot_ranges *unmapped)
{
	fdt_node reserved = fdt_path(&boot_tree, "/reserved-memory"), child;
	struct fdt_property no_map;
	uint64_t base, size;

	for (child = fdt_child(&boot_tree, reserved, FDT_NONE); child != FDT_NONE;
	     child = fdt_child(&boot_tree, reserved, child))
		for (uint32_t row = 0; fdt_reg(&boot_tree, child, row, &base, &size); row++)
			boot_add(fdt_property(&boot_tree, child, "no-map", &no_map) ? unmapped : &boot_info.taken, base,
				 size);
	for (uint32_t row = 0; fdt_reservation(&boot_tree, row, &base, &size); row++)
		boot_add(&boot_info.taken, base, size);
}

const char *boot_from_tree(const void *tree, uint64_t tree_paddr, size_t nbytes, uint64_t block_size)
{
	static struct boot_ranges unmapped;
	const char *wrong = fdt_open(&boot_tree, tree, nbytes), *type, *command_line;
	uint32_t total = fdt_total_size(tree);
	uint64_t base, size;

	if (wrong)
		return wrong;
	read_reserved(&unmapped);
	for (fdt_node node = fdt_next(&boot_tree, FDT_NONE); node != FDT_NONE; node = fdt_next(&boot_tree, node)) {
		type = fdt_string(&boot_tree, node, "device_type");
		if (!type || !text_equal(type, "memory"))
			continue;
		for (uint32_t row = 0; fdt_reg(&boot_tree, node, row, &base, &size); row++)
			add_ram_around(base, size, &unmapped, block_size);
	}
	if (!boot_info.ram.count)
		return "it names no memory";
	boot_add(boot_contains(&boot_info.ram, tree_paddr, total) ? &boot_info.taken : &boot_info.firmware, tree_paddr,
		 total);
	command_line = fdt_string(&boot_tree, fdt_path(&boot_tree, "/chosen"), "bootargs");
	if (command_line)
		boot_set_command_line(command_line);
	return NULL;
}

/* The biggest window of each kind whose bus addresses are the CPU's. */
static void read_windows(fdt_node node, struct pci_host *host)
{
	struct fdt_pci_window window;

	for (uint32_t row = 0; fdt_pci_window(&boot_tree, node, row, &window); row++) {
		struct boot_range *to = window.space == 2   ? &host->memory32
					: window.space == 3 ? &host->memory64
							    : NULL;

		if (to && window.bus == window.address && window.nbytes > to->size)
			*to = (struct boot_range){window.address, window.nbytes};
	}
}

unsigned fdt_pci_hosts(struct pci_host *hosts, unsigned max)
{
	fdt_node node = FDT_NONE;
	struct fdt_property bus_range;
	uint64_t ecam, size, first, last;
	unsigned count = 0;

	while (count < max && (node = fdt_compatible(&boot_tree, node, "pci-host-ecam-generic")) != FDT_NONE) {
		if (!fdt_reg(&boot_tree, node, 0, &ecam, &size) || size < 1 << 20) {
			print("device tree: %s: its reg makes no sense\n", fdt_name(&boot_tree, node));
			continue;
		}
		if (!fdt_property(&boot_tree, node, "bus-range", &bus_range) || !fdt_cells(&bus_range, 0, 1, &first) ||
		    !fdt_cells(&bus_range, 1, 1, &last)) {
			first = 0;
			last = 255;
		}
		if (first > last || last > 255 || first + (size >> 20) < last + 1) {
			print("device tree: %s: its bus-range does not fit its reg\n", fdt_name(&boot_tree, node));
			continue;
		}
		hosts[count] = (struct pci_host){
			.segment = (uint16_t)fdt_u32(&boot_tree, node, "linux,pci-domain", count),
			.first_bus = (uint8_t)first,
			.last_bus = (uint8_t)last,
			.ecam = ecam,
			.assign = true,
		};
		read_windows(node, &hosts[count++]);
	}
	if (!count)
		print("device tree: no PCI host with memory-mapped configuration space\n");
	return count;
}

bool fdt_pci_coherent(bool otherwise)
{
	fdt_node node = FDT_NONE;
	bool all = true;

	while ((node = fdt_compatible(&boot_tree, node, "pci-host-ecam-generic")) != FDT_NONE)
		all = all && fdt_dma_coherent(&boot_tree, node, otherwise);
	return all;
}
