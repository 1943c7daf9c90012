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
	PCI_CLASS = 0x08, /* revision in the low byte */
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

/* pci_assign.c: what firmware would have done. Gives bridges their bus numbers, depth first. */
void pci_number_buses(const struct pci_host *host, volatile uint8_t *ecam);
/* Gives the BARs of n functions, in bus order, their addresses in the host's windows, and opens the bridges' windows
 * for what is behind them. A BAR that does not fit stays unassigned, with a line on the console. */
void pci_place_bars(const struct pci_host *host, struct pci_function *functions, unsigned n);

#endif
