/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What every machine that boots with a device tree takes from it. The tree stays where it is: it is among the taken
 * memory.
 */
#ifndef BARE_FDT_BOOT_H
#define BARE_FDT_BOOT_H

#include "../machine.h"
#include "../pci/pci.h"
#include "fdt.h"

/* The tree that boot_from_tree() opened; machine code may ask it more. */
extern struct fdt boot_tree;

/* Opens the tree of at most nbytes at `tree`, which lies at tree_paddr, and fills boot_info: RAM in whole blocks of
 * block_size bytes (so that boot tables can map it), what is reserved in it and the tree as taken, the command line.
 * NULL, or what is wrong. */
const char *boot_from_tree(const void *tree, uint64_t tree_paddr, size_t nbytes, uint64_t block_size);

/* The same for a tree that is in the linear map as far as it goes, or anything else that a loader has handed over. */
const char *boot_from_tree_at(uint64_t tree_paddr, uint64_t block_size);

/* The registers of the console: the device of that kind that /chosen's stdout-path names, or else the first that there
 * is. False: none, or none with registers of nbytes. */
bool fdt_console(const char *compatible, uint64_t nbytes, uint64_t *paddr);

/* For machine_cpus(): the ids of the CPUs that the tree lists and that are usable() (NULL: all), behind the one in
 * ids[0], at most max. How many. */
unsigned fdt_cpus(uint64_t *ids, unsigned max, bool (*usable)(fdt_node cpu));
/* The node of the CPU with that id; FDT_NONE. */
fdt_node fdt_cpu(uint64_t id);

/* For machine_pci_hosts(): the hosts that are pci-host-ecam-generic. */
unsigned fdt_pci_hosts(struct pci_host *hosts, unsigned max);

/* True if every PCI host of the tree is coherent; `otherwise` where the tree does not say. */
bool fdt_pci_coherent(bool otherwise);

#endif
