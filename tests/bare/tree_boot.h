/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A machine that boots from a device tree: builds the tree, has boot code read it, and keeps what that prints.
 */
#ifndef TESTS_BARE_TREE_BOOT_H
#define TESTS_BARE_TREE_BOOT_H

#include "../../platform/bare/firmware/fdt_boot.h"
#include "tree.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCK = 0x200000, TREE = 0x7ff00000 };

/* What was printed since boot(), and where the end of the machine jumps to. */
extern char said[65536];
extern jmp_buf ended;

/* The tree that is being built, and what find_hosts() found in it. */
extern struct tree tree;
extern struct pci_host hosts[PCI_HOSTS];

/* A tree with 1 GiB of memory at 0x40000000; the root node stays open. */
void begin(void);
/* Ends the tree and reads it. NULL, or what is wrong with it. */
const char *boot(void);
/* Begins the node of a PCI host with that configuration space. */
void host_begin(const char *name, uint32_t ecam, uint32_t nbytes);
/* Reads the tree, and its PCI hosts into hosts[]: how many. */
unsigned find_hosts(void);
/* True if some of the range is RAM. */
bool is_ram(uint64_t paddr, uint64_t nbytes);

#endif
