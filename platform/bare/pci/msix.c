/* SPDX-License-Identifier: MPL-2.0 */
/* MSI-X: see msix.h. */
#include "msix.h"
#include "../cvm/cvm_guest.h"
#include "../iommu/bare_iommu.h"
#include "../kernel/interrupt.h"
#include "../kernel/spin.h"
#include "../memory/vm.h"
#include "pci_config.h"
#include <dmastream/errors.h>

enum {
	CONTROL_SHIFT = 16, /* of the capability's first word: the message control register, 6.8.2.3 */
	CONTROL_SIZE = 0x7ff,
	CONTROL_MASK_ALL = 1 << 14,
	CONTROL_ENABLE = 1 << 15,
	TABLE = 4, /* the second word: which BAR, and where in it, 6.8.2.4 */
	TABLE_BAR = 7,
	ENTRY_BYTES = 16, /* 6.8.2.6 to 6.8.2.9: address, upper address, data, control */
	ENTRY_ADDRESS_HIGH = 4,
	ENTRY_DATA = 8,
	ENTRY_CONTROL = 12,
	ENTRY_MASKED = 1,
	LINES = INTERRUPTS,
};

/* The messages in use, of all functions. */
static struct line {
	const struct pci_function *fn; /* NULL: free */
	unsigned message;
	unsigned number;	 /* of interrupt.h */
	volatile uint8_t *entry; /* in the function's table */
} lines[LINES];
static struct dma_lock lock;

bool msix_has(const struct pci_function *fn)
{
	return pci_capability(fn->config, PCI_CAPABILITY_MSIX) != 0;
}

static struct line *line_of(const struct pci_function *fn, unsigned message)
{
	for (unsigned i = 0; i < LINES; i++)
		if (lines[i].fn == fn && lines[i].message == message)
			return &lines[i];
	return NULL;
}

/* Takes a free line for it. 0, DMA_EBUSY, DMA_ENOSPC. */
static int reserve(const struct pci_function *fn, unsigned message, struct line **line)
{
	uintptr_t state = spin_lock(&lock);
	int error = line_of(fn, message) ? DMA_EBUSY : DMA_ENOSPC;

	for (unsigned i = 0; i < LINES && error == DMA_ENOSPC; i++)
		if (!lines[i].fn) {
			lines[i] = (struct line){.fn = fn, .message = message};
			*line = &lines[i];
			error = 0;
		}
	spin_unlock(&lock, state);
	return error;
}

static bool has_others(const struct pci_function *fn, const struct line *than)
{
	for (unsigned i = 0; i < LINES; i++)
		if (lines[i].fn == fn && &lines[i] != than)
			return true;
	return false;
}

static void entry_write(const struct line *line, unsigned offset, uint32_t value)
{
	register_write(line->entry + offset, 4, value);
}

/* The entry of the function's table, mapped. */
static int map_entry(struct line *line, unsigned capability)
{
	const struct pci_function *fn = line->fn;
	uint32_t control = pci_read32(fn->config, capability) >> CONTROL_SHIFT;
	uint32_t table = pci_read32(fn->config, capability + TABLE);
	uint64_t offset = (table & ~(uint32_t)TABLE_BAR) + (uint64_t)line->message * ENTRY_BYTES;
	const struct pci_bar *bar;
	volatile void *entry;
	int error;

	if (line->message > (control & CONTROL_SIZE))
		return DMA_EINVAL;
	if ((table & TABLE_BAR) > 5)
		return DMA_ENOTSUP;
	bar = &fn->bar[table & TABLE_BAR];
	if (!bar->paddr || bar->size < ENTRY_BYTES || offset > bar->size - ENTRY_BYTES)
		return DMA_ENOTSUP;
	error = vm_mmio_map(bar->paddr + offset, ENTRY_BYTES, &entry);
	if (!error)
		line->entry = entry;
	return error;
}

/* Switches MSI-X on with everything masked, so that a table that firmware left says nothing, then opens the entry. */
static void enable(const struct line *line, unsigned capability, const struct machine_message *message)
{
	const struct pci_function *fn = line->fn;
	uint32_t head = pci_read32(fn->config, capability) & 0xffff;
	uint32_t command = pci_read32(fn->config, PCI_COMMAND) & 0xffff;

	pci_write32(fn->config, PCI_COMMAND, command | PCI_COMMAND_MEMORY); /* its table must answer */
	if (!has_others(fn, line))
		pci_write32(fn->config, capability,
			    head | (uint32_t)(CONTROL_ENABLE | CONTROL_MASK_ALL) << CONTROL_SHIFT);
	entry_write(line, ENTRY_CONTROL, ENTRY_MASKED);
	entry_write(line, 0, (uint32_t)message->address);
	entry_write(line, ENTRY_ADDRESS_HIGH, (uint32_t)(message->address >> 32));
	entry_write(line, ENTRY_DATA, message->data);
	entry_write(line, ENTRY_CONTROL, 0);
	pci_write32(fn->config, capability, head | (uint32_t)CONTROL_ENABLE << CONTROL_SHIFT);
}

int msix_take(const struct pci_function *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
	      void *context)
{
	unsigned capability = pci_capability(fn->config, PCI_CAPABILITY_MSIX);
	struct machine_message sent;
	struct line *line;
	int error;

	if (!capability || !machine_has_interrupts())
		return DMA_ENOTSUP;
	error = reserve(fn, message, &line);
	if (error)
		return error;
	error = map_entry(line, capability);
	if (error)
		goto no_entry;
	error = interrupt_take(handler, context, &line->number);
	if (error)
		goto no_number;
	error = machine_message(fn, line->number, cpu, &sent);
	if (error)
		goto no_message;
	if (iommu->message)
		error = iommu->message(fn, line->number, &sent);
	if (error) {
		machine_message_end(fn, line->number);
		goto no_message;
	}
	enable(line, capability, &sent);
	return 0;

no_message:
	interrupt_give(line->number);
no_number:
	vm_mmio_unmap(line->entry, ENTRY_BYTES);
no_entry:
	__atomic_store_n(&line->fn, NULL, __ATOMIC_RELEASE);
	return error;
}

void msix_give(const struct pci_function *fn, unsigned message)
{
	unsigned capability = pci_capability(fn->config, PCI_CAPABILITY_MSIX);
	uintptr_t state = spin_lock(&lock);
	struct line *line = line_of(fn, message);

	spin_unlock(&lock, state);
	if (!line)
		return;
	entry_write(line, ENTRY_CONTROL, ENTRY_MASKED);
	(void)register_read(line->entry + ENTRY_CONTROL, 4); /* the write is done when this is read */
	if (!has_others(fn, line))
		pci_write32(fn->config, capability, pci_read32(fn->config, capability) & 0xffff);
	if (iommu->message_end)
		iommu->message_end(line->number);
	machine_message_end(fn, line->number);
	interrupt_give(line->number);
	vm_mmio_unmap(line->entry, ENTRY_BYTES);
	__atomic_store_n(&line->fn, NULL, __ATOMIC_RELEASE);
}
