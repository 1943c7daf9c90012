/* SPDX-License-Identifier: MPL-2.0 */
/* Cutting a function off: see pci_cut_off.h. */
#include "pci_cut_off.h"
#include "../kernel/cpu.h"
#include "pci_config.h"
#include <dmastream/errors.h>

enum {
	/* PCI Express base specification, 7.5.3.3 to 7.5.3.5 */
	EXPRESS_CAPABILITIES = 4,
	EXPRESS_CAN_RESET = 1 << 28,
	EXPRESS_CONTROL = 8, /* the status half beside it is write-1-to-clear */
	EXPRESS_RESET = 1 << 15,
	EXPRESS_PENDING = 1 << 21,
	/* Advanced Features (conventional PCI, ECN of 2006) */
	CAPABILITY_ADVANCED = 0x13,
	ADVANCED_CAN_RESET = 1 << 25,
	ADVANCED_CONTROL = 4,
	ADVANCED_RESET = 1,
	ADVANCED_PENDING = 1 << 8,
	BARS = 6,
};
#define PENDING_NS UINT64_C(100000000)	/* 6.6.2: as long as software shall wait for what is under way */
#define RESET_NS   UINT64_C(100000000)	/* and before it may look at the function after a reset */
#define READY_NS   UINT64_C(1000000000) /* by then it answers */

static void pause_ns(uint64_t ns)
{
	uint64_t began = machine_time_ns();

	while (machine_time_ns() - began < ns) {
		cpu_serve(); /* interrupts may be off */
		machine_relax();
	}
}

/* Waits until those bits read 0 (`clear`), or until the function answers. */
static bool wait_for(const struct pci_function *fn, unsigned offset, uint32_t clear, uint64_t ns)
{
	uint64_t began = machine_time_ns();

	for (;;) {
		bool late = machine_time_ns() - began > ns;
		uint32_t value = pci_read32(fn->config, offset);

		if (clear ? !(value & clear) : (value & 0xffff) == fn->vendor)
			return true;
		if (late)
			return false;
		pause_ns(1000000);
	}
}

static void reset(struct pci_function *fn, unsigned express, unsigned advanced)
{
	uint32_t bars[BARS];

	for (unsigned i = 0; i < BARS; i++)
		bars[i] = pci_read32(fn->config, PCI_BAR0 + 4 * i);
	if (express)
		pci_write32(fn->config, express + EXPRESS_CONTROL, EXPRESS_RESET);
	else
		pci_write32(fn->config, advanced + ADVANCED_CONTROL, ADVANCED_RESET);
	pause_ns(RESET_NS);
	if (!wait_for(fn, PCI_ID, 0, READY_NS))
		return;
	for (unsigned i = 0; i < (fn->bridge ? 2u : BARS); i++)
		pci_write32(fn->config, PCI_BAR0 + 4 * i, bars[i]);
	pci_write32(fn->config, PCI_COMMAND, PCI_COMMAND_MEMORY); /* so that its registers answer; no bus master */
}

int pci_cut_off(struct pci_function *fn)
{
	unsigned express = pci_capability(fn->config, PCI_CAPABILITY_EXPRESS);
	unsigned advanced = pci_capability(fn->config, CAPABILITY_ADVANCED);
	bool can_reset, quiet = true;

	__atomic_store_n(&fn->cut_off, true, __ATOMIC_SEQ_CST); /* bus_pci_enable() looks after it has written */
	pci_write32(fn->config, PCI_COMMAND,
		    pci_read32(fn->config, PCI_COMMAND) & 0xffff & ~(uint32_t)PCI_COMMAND_MASTER);
	/* The answer to a read follows what the function wrote before (PCI 3.0, 3.2.5; Express: 2.4.1). */
	if ((pci_read32(fn->config, PCI_ID) & 0xffff) != fn->vendor)
		return DMA_ENODEV;
	if (express)
		quiet = wait_for(fn, express + EXPRESS_CONTROL, EXPRESS_PENDING, PENDING_NS);
	else if (advanced)
		quiet = wait_for(fn, advanced + ADVANCED_CONTROL, ADVANCED_PENDING, PENDING_NS);
	if (express)
		can_reset = pci_read32(fn->config, express + EXPRESS_CAPABILITIES) & EXPRESS_CAN_RESET;
	else
		can_reset = advanced && (pci_read32(fn->config, advanced) & ADVANCED_CAN_RESET);
	if (can_reset)
		reset(fn, express, advanced);
	if ((pci_read32(fn->config, PCI_ID) & 0xffff) != fn->vendor)
		return DMA_ENODEV;
	if (pci_read32(fn->config, PCI_COMMAND) & PCI_COMMAND_MASTER)
		return DMA_ETIMEDOUT;
	return quiet || can_reset ? 0 : DMA_ETIMEDOUT;
}
