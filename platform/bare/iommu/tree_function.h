/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Units of the device tree that are PCI functions.
 */
#ifndef BARE_TREE_FUNCTION_H
#define BARE_TREE_FUNCTION_H

#include "../firmware/fdt_boot.h"

/* Is that node the function's? It is below its host's, and its "reg" is a PCI address (IEEE 1275 PCI binding,
 * 2.2.1.1). */
static inline bool tree_names_function(fdt_node node, const struct pci_function *fn)
{
	struct fdt_property reg;
	uint64_t address;

	return pci_host_of(fn)->node == fdt_parent(&boot_tree, node) && fdt_property(&boot_tree, node, "reg", &reg) &&
	       fdt_cells(&reg, 0, 1, &address) && (address >> 8 & 0xffff) == ((unsigned)fn->bus << 8 | fn->devfn);
}

#endif
