/* SPDX-License-Identifier: MPL-2.0 */
/* Interrupt remapping (VT-d specification, chapter 5): see vtd_remap.h. One table for all units. */
#include "vtd_remap.h"

#include "../cvm/cvm_guest.h"
#include "../firmware/acpi.h"
#include "../kernel/interrupt.h"
#include "../kernel/print.h"
#include "../memory/frames.h"
#include "../memory/linear.h"
#include <dmastream/barrier.h>
#include <dmastream/platform.h>
#include <dmastream/vtd.h>

/* Registers: 11.4. */
enum {
	ECAP = 0x10,
	ECAP_REMAPS = 1 << 3,
	ECAP_X2APIC = 1 << 4,
	GCMD = 0x18,
	GSTS = 0x1c,
	GCMD_TABLE = 1 << 24, /* and its status bit */
	GCMD_ENABLE = 1 << 25,
	IRTA = 0xb8,
	IRTA_X2APIC = 1 << 11,
	IRTA_SIZE = 7, /* 256 entries */
	REGISTERS = 0x1000,
	UNITS = 64,
};
#define GCMD_STAYS UINT32_C(0x96ffffff) /* of GSTS: what is no one-shot bit (11.4.4.1) */
#define WAIT_NS	   UINT64_C(1000000000)

/* The DMAR table: 8.1, 8.3. */
enum {
	DMAR_FIRST = 48,
	DMAR_UNIT = 0,
	DMAR_UNIT_BYTES = 16,
	DMAR_UNIT_REGISTERS = 8,
};

/* An entry: 9.10. Fixed delivery, edge, physical destination; the whole requester id is checked. */
#define ENTRY_PRESENT UINT64_C(1)
enum {
	ENTRY_BYTES = 16,
	ENTRY_VECTOR_SHIFT = 16,
	ENTRY_DESTINATION_SHIFT = 32,
	ENTRY_DESTINATION_XAPIC_SHIFT = 40,
	ENTRY_CHECK_SHIFT = 18, /* of the second half */
	ENTRY_CHECK_ALL = 1,
};

/* What a device writes: 5.1.2.2. */
#define MESSAGE_REMAPPED UINT64_C(0xfee00010)
enum {
	MESSAGE_HANDLE_SHIFT = 5,
	MESSAGE_VECTOR = 0xff,
};

static struct dma_iommu *iommu;
static volatile uint64_t *table; /* two words an entry; NULL: remapping is not on */
static bool wide;		 /* destinations are x2APIC ids */
static uint64_t units[UNITS];	 /* paddr of registers */
static unsigned nunits;

static int wait_for(volatile char *registers, uint32_t bit)
{
	uint64_t began = machine_time_ns();

	for (;;) {
		bool late = machine_time_ns() - began > WAIT_NS; /* before the look: that is the last one then */

		if (dma_host_mmio_read32(registers + GSTS) & bit)
			return 0;
		if (late)
			return DMA_ETIMEDOUT;
		machine_relax();
	}
}

/* Entries as they are now are what the units use. */
static int invalidate(unsigned index, unsigned order)
{
	int error = 0;

	for (unsigned i = 0; i < nunits && !error; i++)
		error = dma_vtd_interrupt_invalidate(iommu, dma_paddr(units[i]), (uint16_t)index, order);
	return error;
}

static int switch_on(uint64_t paddr)
{
	volatile void *mapped;
	volatile char *registers;
	uint32_t command;
	int error = dma_host_mmio_map(dma_paddr(paddr), REGISTERS, &mapped);

	if (error)
		return error;
	registers = mapped;
	if (!(dma_host_mmio_read64(registers + ECAP) & ECAP_REMAPS)) {
		print("vtd: the unit at 0x%llx cannot remap interrupts\n", (unsigned long long)paddr);
		error = DMA_ENOTSUP;
	}
	if (wide && !(dma_host_mmio_read64(registers + ECAP) & ECAP_X2APIC)) {
		print("vtd: the unit at 0x%llx cannot send interrupts to x2APICs\n", (unsigned long long)paddr);
		error = DMA_ENOTSUP;
	}
	if (!error) {
		dma_host_mmio_write64(registers + IRTA, vm_linear_paddr((const void *)(uintptr_t)table) | IRTA_SIZE |
								(wide ? IRTA_X2APIC : 0));
		command = dma_host_mmio_read32(registers + GSTS) & GCMD_STAYS;
		dma_host_mmio_write32(registers + GCMD, command | GCMD_TABLE);
		error = wait_for(registers, GCMD_TABLE);
	}
	if (!error)
		error = dma_vtd_interrupt_invalidate(iommu, dma_paddr(paddr), 0, DMA_VTD_ALL_ENTRIES);
	if (!error) {
		command = dma_host_mmio_read32(registers + GSTS) & GCMD_STAYS;
		dma_host_mmio_write32(registers + GCMD, command | GCMD_ENABLE);
		error = wait_for(registers, GCMD_ENABLE);
	}
	dma_host_mmio_unmap(mapped, REGISTERS);
	return error;
}

static void find_units(const uint8_t *dmar, size_t nbytes)
{
	for (size_t at = DMAR_FIRST; at < nbytes && nbytes - at >= 4 && nunits < UNITS;) {
		uint16_t length = acpi_read16(dmar + at + 2);

		if (length < 4 || length > nbytes - at)
			return; /* the library has said so */
		if (acpi_read16(dmar + at) == DMAR_UNIT && length >= DMAR_UNIT_BYTES)
			units[nunits++] = acpi_read64(dmar + at + DMAR_UNIT_REGISTERS);
		at += length;
	}
}

int vtd_remap_start(struct dma_iommu *vtd, const uint8_t *dmar, size_t nbytes)
{
	uint64_t paddr = frames_take();
	int error = paddr ? 0 : DMA_ENOMEM;

	if (error)
		return error;
	__builtin_memset(vm_linear(paddr), 0, DMA_PAGE_SIZE);
	cvm_lend(paddr, 1, true);
	machine_flush_lines(vm_linear(paddr), DMA_PAGE_SIZE); /* units may not snoop */
	iommu = vtd;
	table = vm_linear(paddr);
	wide = machine_has_wide_ids();
	find_units(dmar, nbytes);
	for (unsigned i = 0; i < nunits && !error; i++)
		error = switch_on(units[i]);
	if (error || !nunits)
		table = NULL;
	return error;
}

static int write_entry(unsigned number, uint64_t low, uint64_t high)
{
	volatile uint64_t *entry = table + 2 * number;

	entry[0] = 0; /* never half of one and half of another */
	dma_publish();
	entry[1] = high;
	dma_publish();
	entry[0] = low;
	machine_flush_lines((const void *)(uintptr_t)entry, ENTRY_BYTES);
	return invalidate(number, 0);
}

int vtd_remap_message(const struct pci_function *fn, unsigned number, struct machine_message *message)
{
	uint64_t low;
	int error;

	if (!table)
		return DMA_ENOTSUP;
	low = ENTRY_PRESENT | (uint64_t)(message->data & MESSAGE_VECTOR) << ENTRY_VECTOR_SHIFT |
	      (uint64_t)message->target << (wide ? ENTRY_DESTINATION_SHIFT : ENTRY_DESTINATION_XAPIC_SHIFT);
	error = write_entry(number, low, (uint64_t)ENTRY_CHECK_ALL << ENTRY_CHECK_SHIFT | pci_requester_of(fn));
	message->address = MESSAGE_REMAPPED | (uint64_t)number << MESSAGE_HANDLE_SHIFT;
	message->data = 0;
	return error;
}

void vtd_remap_end(unsigned number)
{
	if (table)
		(void)write_entry(number, 0, 0);
}
