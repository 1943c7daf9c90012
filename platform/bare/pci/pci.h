/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PCI behind host bridges with memory-mapped configuration space (ECAM; PCI Express base specification 7.2.2).
 */
#ifndef BARE_PCI_H
#define BARE_PCI_H

#include "../machine.h"
#include <dmastream/device.h>

#define PCI_HOSTS	 32
#define PCI_HOST_WINDOWS 8

/* A host bridge and what it decodes. */
struct pci_host {
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
	uint64_t ecam;		    /* paddr of first_bus' configuration space */
	bool assign;		    /* no firmware ran: number the bridges and place the BARs in these windows */
	struct boot_range memory32; /* paddr == bus address; below 4 GiB; size 0: none */
	struct boot_range memory64; /* prefetchable 64-bit; size 0: none */
	/* Bus addresses that are registers of devices, so that DMA to them never leaves the bus. */
	struct boot_range decoded[PCI_HOST_WINDOWS];
	unsigned ndecoded;
	/* What devices reach without an IOMMU, and at which addresses; none: all memory, at its own. */
	struct dma_window dma[DMA_DEVICE_WINDOWS];
	unsigned ndma;
	uint32_t node; /* of the device tree, where it came from there */
};

#define PCI_FUNCTIONS 1024

struct pci_bar {
	uint64_t paddr; /* 0: none, I/O, or unassigned */
	uint64_t size;
	bool prefetchable;
	bool wide; /* takes the next slot, too */
};

/* What a function is to PCI Express (base specification, 7.5.3.2, device/port type). */
enum pci_port {
	PCI_PORT_ENDPOINT = 0, /* 1, 9 and 10 are others */
	PCI_PORT_ROOT = 4,
	PCI_PORT_UPSTREAM = 5,
	PCI_PORT_DOWNSTREAM = 6,
	PCI_PORT_EXPRESS_TO_PCI = 7,
	PCI_PORT_PCI_TO_EXPRESS = 8,
	PCI_PORT_CONVENTIONAL = 16, /* it has no such capability */
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
	bool isolates;	   /* access control services are on (pci_requester.h) */
	uint8_t port;	   /* enum pci_port */
	uint8_t secondary; /* bridge: the bus behind it; 0: none */
	bool cut_off;	   /* for good: pci_cut_off.h */
	struct pci_bar bar[6];
};

/* Finds everything behind the machine's host bridges. What does not make sense is left out, with a line on the
 * console. */
void pci_init(void);
/* Told of each configuration space before pci_init() touches it. NULL: nobody. */
extern void (*pci_touches)(uint64_t paddr, uint64_t nbytes);
unsigned pci_count(void);
/* The host bridge that the function is behind. */
const struct pci_host *pci_host_of(const struct pci_function *fn);
struct pci_function *pci_function(unsigned index); /* in bus order; NULL past the end */

/* The requester id (bus << 8 | devfn) that the function's DMA carries, and the function that stands for all that must
 * share a domain with it: pci_requester.h has the rules. */
uint16_t pci_requester_of(const struct pci_function *fn);
const struct pci_function *pci_group_of(const struct pci_function *fn);

/* bus.c: before the first IOMMU is probed. */
void bus_init(void);

/* For machine_pci_hosts(): the host bridges of ACPI's MCFG table. */
unsigned acpi_pci_hosts(struct pci_host *hosts, unsigned max);

#endif
