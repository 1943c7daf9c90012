/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The interrupt translation service (IHI 0069H, chapter 5): a device writes an event number to a doorbell, and the ITS
 * looks up by device and event which interrupt of which CPU that is. Its tables are ours, its commands go through a
 * ring.
 */
#include "gic.h"
#include "its_firmware.h"

#include "../cvm/cvm_guest.h"
#include "../kernel/cpu.h"
#include "../kernel/interrupt.h"
#include "../kernel/print.h"
#include "../kernel/spin.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "../pci/pci.h"
#include <dmastream/errors.h>

/* Control registers, and the frame of the doorbell behind them: 12.18, 12.19. */
enum {
	GITS_CTLR = 0x0000,
	GITS_CTLR_ENABLED = 1 << 0,
	GITS_CTLR_QUIESCENT = (int)(1u << 31),
	GITS_TYPER = 0x0008, /* 64 bits, as the others with an address */
	GITS_CBASER = 0x0080,
	GITS_CWRITER = 0x0088,
	GITS_CREADR = 0x0090,
	GITS_CREADR_STALLED = 1 << 0,
	GITS_BASER = 0x0100, /* eight */
	GITS_FRAME = 0x10000,
	GITS_TRANSLATER = 0x10040,
};

/* Fields of GITS_TYPER. */
enum {
	TYPER_EVENT_SHIFT = 8,	    /* 5 bits: bits of an event number, less one */
	TYPER_DEVICE_SHIFT = 13,    /* 5 bits: bits of a device id, less one */
	TYPER_BY_ADDRESS = 1 << 19, /* targets of commands are addresses, not processor numbers */
};

/* Fields of GITS_BASERn and GITS_CBASER, GICR_PROPBASER and GICR_PENDBASER. */
#define BASER_VALID    (UINT64_C(1) << 63)
#define BASER_INDIRECT (UINT64_C(1) << 62)
#define BASER_CACHED   (UINT64_C(7) << 59 | UINT64_C(1) << 10) /* inner write-back, inner shareable */
enum {
	BASER_TYPE_SHIFT = 56,
	BASER_TYPE_DEVICES = 1,
	BASER_TYPE_COLLECTIONS = 4,
	BASER_ENTRY_SHIFT = 48, /* 5 bits: bytes, less one */
	BASER_PAGE_SHIFT = 8,	/* 2 bits: 4, 16, 64 KiB */
	BASER_MOST_PAGES = 256,
	GICR_CTLR = 0x0000,
	GICR_CTLR_LPIS = 1 << 0,
	GICR_PROPBASER = 0x0070,
	GICR_PENDBASER = 0x0078,
};
#define LPI_CACHED (UINT64_C(7) << 7 | UINT64_C(1) << 10)

/* Commands: 5.3. */
enum command {
	COMMAND_SYNC = 0x05,
	COMMAND_MAPD = 0x08,
	COMMAND_MAPC = 0x09,
	COMMAND_MAPTI = 0x0a,
	COMMAND_INV = 0x0c,
	COMMAND_INVALL = 0x0d,
	COMMAND_DISCARD = 0x0f,
};
#define COMMAND_VALID (UINT64_C(1) << 63)

enum {
	RING_BYTES = 0x10000,
	COMMAND_BYTES = 32,
	LPI_BITS = 14, /* of an interrupt id: 8192 of the ids below belong to others */
	LPI_PRIORITY = 0xa0,
	LPI_ENABLED = 1,
	LPI_BYTES = 1 << LPI_BITS, /* of the table of properties, at most */
	PENDING_BYTES = LPI_BYTES / 8,
	PENDING_ALIGN = 0x10000,
	DEVICE_BITS_MOST = 16,	/* a segment of PCI */
	DEVICE_EVENTS_BITS = 6, /* event numbers are those of interrupt.h */
	DEVICES = 64,
	DEVICE_TABLE_BYTES = 16 << DEVICE_EVENTS_BITS, /* entries of 16 bytes at most; aligned to 256: 5.2.1 */
};
_Static_assert(INTERRUPTS <= 1 << DEVICE_EVENTS_BITS, "events of a device");
#define COMMAND_NS UINT64_C(1000000000)

static volatile char *registers; /* NULL: none that works */
static uint64_t doorbell;
static uint64_t type;

static struct dma_lock lock; /* over the ring */
static uint64_t *ring;
static uint64_t ring_at; /* bytes: where the next command goes */

static uint8_t *properties; /* a byte for each LPI, from 8192 on */
static uint64_t targets[BARE_CPUS];
static unsigned cpu_of[INTERRUPTS];

static struct device {
	const struct pci_function *fn; /* NULL: free */
	uint32_t id;
} devices[DEVICES];
static uint64_t device_tables; /* paddr of DEVICES of them */

static uint64_t read64(volatile char *base, unsigned offset)
{
	return *(volatile uint64_t *)(volatile void *)(base + offset);
}

static void write64(volatile char *base, unsigned offset, uint64_t value)
{
	*(volatile uint64_t *)(volatile void *)(base + offset) = value;
}

static uint32_t read32(volatile char *base, unsigned offset)
{
	return *(volatile uint32_t *)(volatile void *)(base + offset);
}

static void write32(volatile char *base, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(volatile void *)(base + offset) = value;
}

/* Zeroed memory for the hardware, for ever. 0: none. */
static uint64_t take_memory(uint64_t nbytes, uint64_t align)
{
	size_t npages = (size_t)((nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT);
	uint64_t paddr;

	if (frames_alloc(npages, UINT64_MAX, align > DMA_PAGE_SIZE ? align : DMA_PAGE_SIZE, &paddr))
		return 0;
	cvm_lend(paddr, npages, true);
	__builtin_memset(vm_linear(paddr), 0, npages << DMA_PAGE_SHIFT);
	machine_flush_lines(vm_linear(paddr), npages << DMA_PAGE_SHIFT); /* it may not snoop */
	return paddr;
}

/* ---- Commands ---- */

/* Gives one command and waits until it was taken. False: it is refused, or never taken. */
static bool command(enum command what, uint64_t high, uint64_t second, uint64_t third)
{
	uintptr_t state = spin_lock(&lock);
	uint64_t began = machine_time_ns(), *at = ring + ring_at / 8, read;

	at[0] = (uint64_t)what | high << 32;
	at[1] = second;
	at[2] = third;
	at[3] = 0;
	machine_flush_lines(at, COMMAND_BYTES);
	ring_at = (ring_at + COMMAND_BYTES) % RING_BYTES;
	write64(registers, GITS_CWRITER, ring_at);
	do {
		bool late = machine_time_ns() - began > COMMAND_NS; /* before the look: it counts for the last one */

		read = read64(registers, GITS_CREADR);
		if ((read & GITS_CREADR_STALLED) || (late && read != ring_at))
			break;
		machine_relax();
	} while (read != ring_at);
	spin_unlock(&lock, state);
	return read == ring_at;
}

static bool sync(unsigned cpu)
{
	return command(COMMAND_SYNC, 0, 0, targets[cpu]);
}

/* ---- CPUs ---- */

void its_cpu_init(volatile char *redistributor, uint64_t paddr, unsigned processor)
{
	unsigned cpu = machine_cpu();
	uint64_t pending;

	if (!registers)
		return;
	/* Firmware, or an earlier kernel, may have left them on, with tables of its own: their address cannot be
	 * changed then (12.11.32), and some units never switch them off again. */
	write32(redistributor, GICR_CTLR, read32(redistributor, GICR_CTLR) & ~(uint32_t)GICR_CTLR_LPIS);
	if (read32(redistributor, GICR_CTLR) & GICR_CTLR_LPIS) {
		print("its: CPU %u has messages of somebody else's: devices are polled\n", cpu);
		registers = NULL;
		return;
	}
	pending = take_memory(PENDING_BYTES, PENDING_ALIGN);
	if (!pending)
		panic("its: no memory for CPU %u", cpu);
	write64(redistributor, GICR_PROPBASER, vm_linear_paddr(properties) | LPI_CACHED | (LPI_BITS - 1));
	write64(redistributor, GICR_PENDBASER, pending | LPI_CACHED | UINT64_C(1) << 62); /* it is all zero */
	__asm__ volatile("dsb sy" : : : "memory");
	write32(redistributor, GICR_CTLR, read32(redistributor, GICR_CTLR) | GICR_CTLR_LPIS);
	targets[cpu] = type & TYPER_BY_ADDRESS ? paddr : (uint64_t)processor << 16;
	if (!command(COMMAND_MAPC, 0, 0, COMMAND_VALID | targets[cpu] | cpu) || !sync(cpu))
		print("its: no messages for CPU %u\n", cpu);
}

/* ---- Messages ---- */

/* Tells the ITS about a device, once: functions that look alike to it share a table. */
static int add_device(const struct pci_function *fn, uint32_t *id)
{
	struct device *slot = NULL;

	if (!its_device_id(fn, id) || *id >> DEVICE_BITS_MOST)
		return DMA_ENOTSUP;
	for (unsigned i = 0; i < DEVICES; i++) {
		if (devices[i].fn && devices[i].id == *id)
			return 0;
		if (!devices[i].fn && !slot)
			slot = &devices[i];
	}
	if (!slot)
		return DMA_ENOMEM;
	if (!command(COMMAND_MAPD, *id, DEVICE_EVENTS_BITS - 1,
		     COMMAND_VALID | (device_tables + (uint64_t)(slot - devices) * DEVICE_TABLE_BYTES)))
		return DMA_ETIMEDOUT;
	*slot = (struct device){fn, *id};
	return 0;
}

int machine_message(const struct pci_function *fn, unsigned number, unsigned cpu, struct machine_message *message)
{
	uint32_t id;
	int error;

	if (!registers)
		return DMA_ENOTSUP;
	error = add_device(fn, &id);
	if (error)
		return error;
	properties[number] = LPI_PRIORITY | LPI_ENABLED;
	machine_flush_lines(&properties[number], 1);
	cpu_of[number] = cpu;
	if (!command(COMMAND_MAPTI, id, number | (uint64_t)(GIC_FIRST_LPI + number) << 32, cpu) ||
	    !command(COMMAND_INV, id, number, 0) || !sync(cpu))
		return DMA_ETIMEDOUT;
	message->address = doorbell;
	message->data = number;
	message->target = (uint32_t)cpus[cpu].hardware_id;
	return 0;
}

bool machine_has_wide_ids(void)
{
	return true;
}

void machine_message_end(const struct pci_function *fn, unsigned number)
{
	uint32_t id;

	if (!registers || !its_device_id(fn, &id))
		return;
	(void)command(COMMAND_DISCARD, id, number, 0);
	(void)sync(cpu_of[number]);
	properties[number] = LPI_PRIORITY;
	machine_flush_lines(&properties[number], 1);
}

bool machine_doorbell(uint64_t *paddr, uint64_t *nbytes)
{
	*paddr = doorbell & ~(uint64_t)(DMA_PAGE_SIZE - 1);
	*nbytes = DMA_PAGE_SIZE;
	return registers != NULL;
}

/* ---- The beginning ---- */

/* Gives one of its tables memory: `entries` of them, in the smallest pages that it takes. */
static bool give_table(unsigned offset, uint64_t entries)
{
	uint64_t before = read64(registers, offset);
	uint64_t bytes = entries * ((before >> BASER_ENTRY_SHIFT & 31) + 1);

	for (unsigned size = 0; size < 3; size++) {
		uint64_t page = UINT64_C(0x1000) << 2 * size, npages = (bytes + page - 1) / page, paddr, value;

		write64(registers, offset,
			(before & ~BASER_VALID & ~(UINT64_C(3) << BASER_PAGE_SHIFT)) | (uint64_t)size
											       << BASER_PAGE_SHIFT);
		if ((read64(registers, offset) >> BASER_PAGE_SHIFT & 3) != size || npages > BASER_MOST_PAGES)
			continue;
		paddr = take_memory(npages * page, page);
		if (!paddr)
			return false;
		value = (before & (UINT64_C(7) << BASER_TYPE_SHIFT | UINT64_C(31) << BASER_ENTRY_SHIFT)) | BASER_VALID |
			BASER_CACHED | paddr | (uint64_t)size << BASER_PAGE_SHIFT | (npages - 1);
		write64(registers, offset, value & ~BASER_INDIRECT);
		return true;
	}
	return false;
}

static bool give_tables(void)
{
	unsigned bits = (unsigned)(type >> TYPER_DEVICE_SHIFT & 31) + 1;

	bits = bits < DEVICE_BITS_MOST ? bits : DEVICE_BITS_MOST;
	for (unsigned i = 0; i < 8; i++) {
		unsigned offset = GITS_BASER + 8 * i;
		unsigned kind = read64(registers, offset) >> BASER_TYPE_SHIFT & 7;

		if (kind == BASER_TYPE_DEVICES && !give_table(offset, UINT64_C(1) << bits))
			return false;
		if (kind == BASER_TYPE_COLLECTIONS && !give_table(offset, BARE_CPUS))
			return false;
	}
	return true;
}

/* The registers of the first ITS. */
static bool find(void)
{
	uint64_t paddr, nbytes;
	volatile void *mapped;

	if (!its_find(&paddr, &nbytes))
		return false;
	if (nbytes < 2 * GITS_FRAME || vm_mmio_map_for_ever(paddr, (size_t)nbytes, &mapped)) {
		print("its: its registers cannot be reached\n");
		return false;
	}
	registers = mapped;
	doorbell = paddr + GITS_TRANSLATER;
	type = read64(registers, GITS_TYPER);
	return true;
}

bool its_init(void)
{
	uint64_t commands, table, began = machine_time_ns();

	if (!find())
		return false;
	write32(registers, GITS_CTLR, 0);
	while (!(read32(registers, GITS_CTLR) & (uint32_t)GITS_CTLR_QUIESCENT) &&
	       machine_time_ns() - began < COMMAND_NS)
		machine_relax();
	commands = take_memory(RING_BYTES, RING_BYTES);
	table = take_memory(LPI_BYTES - GIC_FIRST_LPI, DMA_PAGE_SIZE);
	device_tables = take_memory((uint64_t)DEVICES * DEVICE_TABLE_BYTES, DMA_PAGE_SIZE);
	if (!(type & 1) || !(read32(registers, GITS_CTLR) & (uint32_t)GITS_CTLR_QUIESCENT) || !commands || !table ||
	    !device_tables || !give_tables()) {
		print("its: it cannot be set up: devices are polled\n");
		registers = NULL;
		return false;
	}
	ring = vm_linear(commands);
	properties = vm_linear(table);
	write64(registers, GITS_CBASER, BASER_VALID | BASER_CACHED | commands | (RING_BYTES / 0x1000 - 1));
	write64(registers, GITS_CWRITER, 0);
	write32(registers, GITS_CTLR, GITS_CTLR_ENABLED);
	return true;
}

bool its_ready(void)
{
	return registers != NULL;
}
