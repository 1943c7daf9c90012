/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CPUs that the device tree lists (Devicetree Specification v0.4, 3.8).
 */
#include "../kernel/options.h"
#include "fdt_boot.h"

/* The id of a CPU's node. False: caches and clusters stand there, too, and CPUs that are not available. */
static bool id_of(fdt_node node, uint64_t *id)
{
	uint32_t ncells = fdt_u32(&boot_tree, fdt_path(&boot_tree, "/cpus"), "#address-cells", 1);
	const char *type = fdt_string(&boot_tree, node, "device_type");
	struct fdt_property reg;

	return type && text_equal(type, "cpu") && fdt_available(&boot_tree, node) && ncells >= 1 && ncells <= 2 &&
	       fdt_property(&boot_tree, node, "reg", &reg) && fdt_cells(&reg, 0, ncells, id);
}

fdt_node fdt_cpu(uint64_t id)
{
	fdt_node list = fdt_path(&boot_tree, "/cpus"), node = FDT_NONE;
	uint64_t other;

	if (list != FDT_NONE)
		while ((node = fdt_child(&boot_tree, list, node)) != FDT_NONE)
			if (id_of(node, &other) && other == id)
				return node;
	return FDT_NONE;
}

unsigned fdt_cpus(uint64_t *ids, unsigned max, bool (*usable)(fdt_node cpu))
{
	fdt_node list = fdt_path(&boot_tree, "/cpus"), node = FDT_NONE;
	unsigned n = 1;

	while (list != FDT_NONE && n < max && (node = fdt_child(&boot_tree, list, node)) != FDT_NONE) {
		uint64_t id;
		unsigned i = 0;

		if (!id_of(node, &id) || (usable && !usable(node)))
			continue;
		while (i < n && ids[i] != id)
			i++;
		if (i == n)
			ids[n++] = id;
	}
	return n;
}
