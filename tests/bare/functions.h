/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A few PCI functions, behind the hosts of a tree (tree_boot.h): what sources under test find in place of pci.c.
 */
#ifndef TESTS_BARE_FUNCTIONS_H
#define TESTS_BARE_FUNCTIONS_H

#include "../../drivers/bus.h"
#include "tree_boot.h"

enum { FUNCTIONS = 6 };

/* A function is behind the host whose index is its segment. */
extern struct pci_function functions[FUNCTIONS];
extern const struct pci_function *groups[FUNCTIONS]; /* who leads the group of each */

struct bus_pci bus_of(unsigned index);

#endif
