/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PCI behind host bridges with memory-mapped configuration space (ECAM; PCI Express base specification 7.2.2).
 */
#ifndef BARE_PCI_H
#define BARE_PCI_H

#include "../machine.h"

/* A host bridge and what it decodes. */
struct pci_host {
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
	uint64_t ecam;		    /* paddr of first_bus' configuration space */
	bool assign;		    /* no firmware ran: number the bridges and place the BARs in these windows */
	struct boot_range memory32; /* paddr == bus address; below 4 GiB; size 0: none */
	struct boot_range memory64; /* prefetchable 64-bit; size 0: none */
};

#define PCI_HOSTS     8
#define PCI_FUNCTIONS 256

struct pci_bar {
	uint64_t paddr; /* 0: none, I/O, or unassigned */
	uint64_t size;
	bool prefetchable;
	bool wide; /* takes the next slot, too */
};

/* A function that was found. */
struct pci_function {
	volatile uint8_t *config; /* its 4096 bytes */
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn;
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code;
	bool bridge;
	struct pci_bar bar[6];
};

/* Finds everything behind the machine's host bridges. What does not make sense is left out, with a line on the
 * console. */
void pci_init(void);
unsigned pci_count(void);
struct pci_function *pci_function(unsigned index); /* in bus order; NULL past the end */

/* For machine_pci_hosts(): the host bridges of ACPI's MCFG table. */
unsigned acpi_pci_hosts(struct pci_host *hosts, unsigned max);

#endif
