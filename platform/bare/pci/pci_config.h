/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Configuration space: registers by name, and access to them.
 */
#ifndef BARE_PCI_CONFIG_H
#define BARE_PCI_CONFIG_H

#include "pci.h"

enum {
	PCI_ID = 0x00,
	PCI_COMMAND = 0x04, /* the status half beside it is write-1-to-clear: write zeros */
	PCI_COMMAND_MEMORY = 1 << 1,
	PCI_COMMAND_MASTER = 1 << 2,
	PCI_COMMAND_DECODE = 0x03,
	PCI_STATUS_CAPABILITIES = 1 << 20, /* of the word at PCI_COMMAND */
	PCI_CLASS = 0x08,		   /* revision in the low byte */
	PCI_CLASS_HOST_BRIDGE = 0x0600,	   /* its upper two bytes */
	PCI_HEADER = 0x0c,
	PCI_HEADER_TYPE = 0x7f,
	PCI_HEADER_MULTI = 0x80,
	PCI_HEADER_BRIDGE = 1,
	PCI_BAR0 = 0x10,
	PCI_BAR_IO = 1,
	PCI_BAR_KIND = 0x06,
	PCI_BAR_32 = 0x00,
	PCI_BAR_64 = 0x04,
	PCI_BAR_PREFETCHABLE = 0x08,
	PCI_BAR_FLAGS = 0x0f,
	PCI_CAPABILITIES = 0x34, /* offset of the first, in its low byte */
	PCI_CAPABILITY_MSIX = 0x11,
	PCI_CAPABILITY_EXPRESS = 0x10,
	PCI_BRIDGE_BUSES = 0x18, /* primary, secondary, subordinate, latency timer */
	PCI_BRIDGE_IO = 0x1c,
	PCI_BRIDGE_MEMORY = 0x20,   /* base and limit: bits 31:20 of each in the high 12 of 16 bits */
	PCI_BRIDGE_PREFETCH = 0x24, /* the same, bits 3:0 being 1 for 64 bits */
	PCI_BRIDGE_PREFETCH_BASE_HIGH = 0x28,
	PCI_BRIDGE_PREFETCH_LIMIT_HIGH = 0x2c,
};

static inline uint32_t pci_read32(volatile uint8_t *config, unsigned offset)
{
	return *(volatile uint32_t *)(volatile void *)(config + offset);
}

static inline void pci_write32(volatile uint8_t *config, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(volatile void *)(config + offset) = value;
}

/* The offset of the function's capability with this id (PCI 3.0, 6.7), or 0; of a list that makes no sense, what is
 * found before it goes wrong. */
static inline unsigned pci_capability(volatile uint8_t *config, unsigned id)
{
	unsigned at = 0;

	if (pci_read32(config, PCI_COMMAND) & PCI_STATUS_CAPABILITIES)
		at = pci_read32(config, PCI_CAPABILITIES) & 0xfc;
	for (unsigned i = 0; at >= 0x40 && i < 48;
	     i++) { /* a capability has 4 bytes at least: a longer list is a circle */
		uint32_t head = pci_read32(config, at);

		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & 0xfc;
	}
	return 0;
}

/* pci_assign.c: what firmware would have done. Gives bridges their bus numbers, depth first. */
void pci_number_buses(const struct pci_host *host, volatile uint8_t *ecam);
/* Gives the BARs of n functions, in bus order, their addresses in the host's windows, and opens the bridges' windows
 * for what is behind them. A BAR that does not fit stays unassigned, with a line on the console. */
void pci_place_bars(const struct pci_host *host, struct pci_function *functions, unsigned n);

#endif
