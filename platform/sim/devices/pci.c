/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PCI functions: configuration space, one memory BAR, and the bus half of drivers/bus.h that finds them.
 */
#include "../machine/sim_machine.h"
#include "sim_pci.h"
#include <bus.h>
#include <stdio.h>
#include <stdlib.h>

#define FUNCTIONS  16
#define BARS_AT	   0xe0000000u
#define BAR_STRIDE 0x100000u /* of addresses for each function */

enum { CONFIG_IDENTITY = 0, CONFIG_COMMAND = 4, CONFIG_CLASS = 8, CONFIG_BAR0 = 16, CONFIG_BAR5 = 36 };
enum { COMMAND_MEMORY = 2, COMMAND_MASTER = 4 };

static struct sim_pci functions[FUNCTIONS];
static unsigned nfunctions;

void pci_start(void)
{
	nfunctions = 0;
}

static uint32_t get(const struct sim_pci *fn, unsigned offset)
{
	uint32_t value;

	memcpy(&value, fn->config + offset, sizeof(value));
	return value;
}

static void put(struct sim_pci *fn, unsigned offset, uint32_t value)
{
	memcpy(fn->config + offset, &value, sizeof(value));
}

static uint64_t bar_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_pci *fn = ctx;

	return get(fn, CONFIG_COMMAND) & COMMAND_MEMORY ? fn->read(fn->ctx, offset, nbytes) : UINT64_MAX;
}

static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_pci *fn = ctx;

	if (get(fn, CONFIG_COMMAND) & COMMAND_MEMORY)
		fn->write(fn->ctx, offset, value, nbytes);
}

struct sim_pci *sim_pci_add(uint16_t vendor, uint16_t device, uint32_t class_code, uint64_t bar_bytes,
			    sim_mmio_read read, sim_mmio_write write, void *ctx)
{
	struct sim_device_config dma = sim.config.device;
	uint32_t bar = BARS_AT + nfunctions * BAR_STRIDE;
	struct sim_pci *fn;

	if (nfunctions == FUNCTIONS || bar_bytes > BAR_STRIDE || bar_bytes & (bar_bytes - 1) || bar_bytes < 16) {
		fprintf(stderr, "sim: no room for one more PCI function with a BAR of %llu bytes\n",
			(unsigned long long)bar_bytes);
		exit(1);
	}
	fn = &functions[nfunctions++];
	memset(fn, 0, sizeof(*fn));
	fn->devfn = (uint8_t)(nfunctions << 3);
	fn->bar_bytes = (uint32_t)bar_bytes;
	fn->read = read;
	fn->write = write;
	fn->ctx = ctx;
	put(fn, CONFIG_IDENTITY, (uint32_t)device << 16 | vendor);
	put(fn, CONFIG_CLASS, class_code << 8);
	put(fn, CONFIG_BAR0, bar);
	snprintf(fn->name, sizeof(fn->name), "pci0.%02x.0", nfunctions);
	dma.name = fn->name;
	dma.requester = fn->devfn;
	fn->dma = sim_device_new(&dma);
	sim_mmio_register(bar, bar_bytes, bar_read, bar_write, fn);
	return fn;
}

uint8_t *sim_pci_config(struct sim_pci *fn)
{
	return fn->config;
}

struct sim_device *sim_pci_device(struct sim_pci *fn)
{
	return fn->dma;
}

bool sim_pci_is_master(const struct sim_pci *fn)
{
	return get(fn, CONFIG_COMMAND) & COMMAND_MASTER;
}

/* ---- bus.h ---- */

static int find(uint32_t identity, uint32_t class_code, unsigned index, struct bus_pci *out)
{
	for (unsigned i = 0; i < nfunctions; i++) {
		struct sim_pci *fn = &functions[i];
		bool matches = class_code == UINT32_MAX ? get(fn, CONFIG_IDENTITY) == identity
							: get(fn, CONFIG_CLASS) >> 8 == class_code;

		if (!matches || index-- > 0)
			continue;
		*out = (struct bus_pci){
			.devfn = fn->devfn,
			.vendor = (uint16_t)get(fn, CONFIG_IDENTITY),
			.device = (uint16_t)(get(fn, CONFIG_IDENTITY) >> 16),
			.class_code = get(fn, CONFIG_CLASS) >> 8,
			.priv = fn,
		};
		return 0;
	}
	return DMA_ENODEV;
}

int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out)
{
	return find(0, class_code, index, out);
}

int bus_pci_find_id(uint16_t vendor, uint16_t device, unsigned index, struct bus_pci *out)
{
	return find((uint32_t)device << 16 | vendor, UINT32_MAX, index, out);
}

uint32_t bus_pci_read32(const struct bus_pci *fn, unsigned offset)
{
	return offset < 4096 && (offset & 3) == 0 ? get(fn->priv, offset) : UINT32_MAX;
}

/* Command register and BAR 0 (which stays where it is, but tells its size) take writes; the rest is read-only. */
void bus_pci_write32(const struct bus_pci *fn, unsigned offset, uint32_t value)
{
	struct sim_pci *pci = fn->priv;

	machine_lock();
	if (offset == CONFIG_COMMAND)
		put(pci, offset, (get(pci, offset) & 0xffff0000u) | (value & (COMMAND_MEMORY | COMMAND_MASTER)));
	else if (offset == CONFIG_BAR0)
		put(pci, offset,
		    value == UINT32_MAX ? ~(pci->bar_bytes - 1) : BARS_AT + (uint32_t)(pci - functions) * BAR_STRIDE);
	machine_unlock();
}

int bus_pci_bar(const struct bus_pci *fn, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes)
{
	struct sim_pci *pci = fn->priv;

	if (bar > 5)
		return DMA_EINVAL;
	if (bar > 0)
		return DMA_ENODEV;
	*paddr = dma_paddr(get(pci, CONFIG_BAR0));
	*nbytes = pci->bar_bytes;
	return 0;
}

void bus_pci_enable(const struct bus_pci *fn)
{
	bus_pci_write32(fn, CONFIG_COMMAND, bus_pci_read32(fn, CONFIG_COMMAND) | COMMAND_MEMORY | COMMAND_MASTER);
}

void bus_pci_disable(const struct bus_pci *fn)
{
	bus_pci_write32(fn, CONFIG_COMMAND, bus_pci_read32(fn, CONFIG_COMMAND) & ~(uint32_t)COMMAND_MASTER);
}
