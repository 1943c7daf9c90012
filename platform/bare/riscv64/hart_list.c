/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The harts that the device tree lists.
 */
#include "../kernel/cpu.h"
#include "../kernel/options.h"
#include "riscv.h"

/* The id of a hart's node. False: it is no hart, or one that is not available or has no MMU. */
static bool hart_id(fdt_node node, uint64_t *id)
{
	fdt_node list = fdt_path(&boot_tree, "/cpus");
	uint32_t ncells = fdt_u32(&boot_tree, list, "#address-cells", 1);
	const char *type = fdt_string(&boot_tree, node, "device_type");
	struct fdt_property reg;

	return type && text_equal(type, "cpu") && fdt_available(&boot_tree, node) && ncells >= 1 && ncells <= 2 &&
	       fdt_string(&boot_tree, node, "mmu-type") && fdt_property(&boot_tree, node, "reg", &reg) &&
	       fdt_cells(&reg, 0, ncells, id);
}

fdt_node hart_node(uint64_t id)
{
	fdt_node list = fdt_path(&boot_tree, "/cpus"), node = FDT_NONE;
	uint64_t other;

	if (list != FDT_NONE)
		while ((node = fdt_child(&boot_tree, list, node)) != FDT_NONE)
			if (hart_id(node, &other) && other == id)
				return node;
	return FDT_NONE;
}

unsigned machine_cpus(uint64_t *ids, unsigned max)
{
	fdt_node list = fdt_path(&boot_tree, "/cpus"), node = FDT_NONE;
	unsigned n = 1;

	ids[0] = cpus[0].hardware_id;
	while (list != FDT_NONE && n < max && (node = fdt_child(&boot_tree, list, node)) != FDT_NONE) {
		uint64_t id;
		unsigned i = 0;

		if (!hart_id(node, &id))
			continue;
		while (i < n && ids[i] != id)
			i++;
		if (i == n)
			ids[n++] = id;
	}
	return n;
}
