/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What firmware does on a PC, for machines where none ran: bus numbers, BARs, bridge windows (PCI-to-PCI Bridge
 * Architecture 1.2, 3.2.5). Prefetchable 64-bit BARs go to the 64-bit window, all others below 4 GiB.
 */
#include "../kernel/print.h"
#include "pci_config.h"

#define BUS_BYTES    ((size_t)1 << 20)
#define BRIDGE_ALIGN (UINT64_C(1) << 20)

static unsigned number(const struct pci_host *host, volatile uint8_t *ecam, unsigned bus, unsigned last)
{
	volatile uint8_t *base = ecam + (bus - host->first_bus) * BUS_BYTES;

	for (unsigned devfn = 0; devfn < 256; devfn++) {
		volatile uint8_t *config = base + ((size_t)devfn << 12);
		uint32_t buses;

		if ((pci_read32(config, PCI_ID) & 0xffff) == 0xffff) {
			if (devfn % 8 == 0)
				devfn += 7; /* no function 0, no device */
			continue;
		}
		if ((pci_read32(config, PCI_HEADER) >> 16 & PCI_HEADER_TYPE) == PCI_HEADER_BRIDGE) {
			if (last == host->last_bus) {
				print("pci: bus %u: no bus number left for a bridge\n", bus);
				return last;
			}
			buses = (pci_read32(config, PCI_BRIDGE_BUSES) & 0xff000000) | bus | (last + 1) << 8;
			pci_write32(config, PCI_BRIDGE_BUSES, buses | (uint32_t)host->last_bus << 16);
			last = number(host, ecam, last + 1, last + 1); /* as deep as there are bus numbers */
			pci_write32(config, PCI_BRIDGE_BUSES, buses | last << 16);
		}
		if (devfn % 8 == 0 && !(pci_read32(config, PCI_HEADER) >> 16 & PCI_HEADER_MULTI))
			devfn += 7;
	}
	return last;
}

void pci_number_buses(const struct pci_host *host, volatile uint8_t *ecam)
{
	(void)number(host, ecam, host->first_bus, host->first_bus);
}

/* A window that is handed out from its base on. */
struct window {
	uint64_t next;
	uint64_t end;
};

struct placing {
	struct pci_function *functions;
	unsigned n;
	struct window memory32;
	struct window memory64;
};

static bool take(struct window *window, uint64_t size, uint64_t *paddr)
{
	uint64_t first = (window->next + size - 1) & ~(size - 1); /* size is a power of two */

	if (first < window->next || first >= window->end || size > window->end - first)
		return false;
	*paddr = first;
	window->next = first + size;
	return true;
}

static void place_function(struct placing *placing, struct pci_function *fn)
{
	for (unsigned i = 0; i < 6; i++) {
		struct pci_bar *bar = &fn->bar[i];
		bool high = bar->wide && bar->prefetchable;

		if (bar->size == 0)
			continue;
		bar->paddr = 0;
		if (!(high && take(&placing->memory64, bar->size, &bar->paddr)) &&
		    !take(&placing->memory32, bar->size, &bar->paddr)) {
			print("pci: bus %u devfn %u: no room for BAR %u of 0x%llx bytes\n", fn->bus, fn->devfn, i,
			      (unsigned long long)bar->size);
			continue;
		}
		pci_write32(fn->config, PCI_BAR0 + 4 * i, (uint32_t)bar->paddr);
		if (bar->wide)
			pci_write32(fn->config, PCI_BAR0 + 4 * i + 4, (uint32_t)(bar->paddr >> 32));
	}
}

static void align(struct window *window)
{
	uint64_t next = (window->next + BRIDGE_ALIGN - 1) & ~(BRIDGE_ALIGN - 1);

	window->next = next < window->next || next > window->end ? window->end : next;
}

/* Base and limit in the bridge's format; base above limit closes the window. */
static uint32_t bridge_window(uint64_t first, uint64_t end)
{
	if (first == end)
		return 0x0000fff0;
	return (uint32_t)(first >> 16 & 0xfff0) | (uint32_t)((end - 1) >> 16 & 0xfff0) << 16;
}

static void place_bus(struct placing *placing, unsigned bus);

static void place_bridge(struct placing *placing, struct pci_function *fn)
{
	unsigned secondary = pci_read32(fn->config, PCI_BRIDGE_BUSES) >> 8 & 0xff;
	uint64_t first32, first64;

	align(&placing->memory32);
	align(&placing->memory64);
	first32 = placing->memory32.next;
	first64 = placing->memory64.next;
	if (secondary > fn->bus) /* numbered, so never back to where we come from */
		place_bus(placing, secondary);
	align(&placing->memory32);
	align(&placing->memory64);
	pci_write32(fn->config, PCI_BRIDGE_MEMORY, bridge_window(first32, placing->memory32.next));
	pci_write32(fn->config, PCI_BRIDGE_PREFETCH, bridge_window(first64, placing->memory64.next));
	pci_write32(fn->config, PCI_BRIDGE_PREFETCH_BASE_HIGH, (uint32_t)(first64 >> 32));
	pci_write32(fn->config, PCI_BRIDGE_PREFETCH_LIMIT_HIGH, (uint32_t)((placing->memory64.next - 1) >> 32));
	pci_write32(fn->config, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void place_bus(struct placing *placing, unsigned bus)
{
	for (unsigned i = 0; i < placing->n; i++) {
		struct pci_function *fn = &placing->functions[i];

		if (fn->bus != bus)
			continue;
		place_function(placing, fn);
		if (fn->bridge)
			place_bridge(placing, fn);
	}
}

void pci_place_bars(const struct pci_host *host, struct pci_function *functions, unsigned n)
{
	struct placing placing = {
		.functions = functions,
		.n = n,
		.memory32 = {host->memory32.base, host->memory32.base + host->memory32.size},
		.memory64 = {host->memory64.base, host->memory64.base + host->memory64.size},
	};

	place_bus(&placing, host->first_bus);
}
