/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The local APIC (SDM vol. 3, chapter 11): interrupts between CPUs, a timer, and messages of devices. Its registers are
 * in memory, unless the firmware has switched it to x2APIC (model-specific registers), or the option x2apic=yes asks
 * for that. (QEMU 10.0 ends with "Bad icount read" at the x2APIC's timer when it counts instructions.)
 */
#include "../cvm/cvm_guest.h"
#include "../firmware/firmware.h"
#include "../firmware/madt.h"
#include "../kernel/cpu.h"
#include "../kernel/interrupt.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "port.h"
#include "x86.h"

enum {
	CPUID_1_EDX_APIC = 1 << 9,
	CPUID_1_ECX_X2APIC = 1 << 21,
	MSR_APIC_BASE = 0x1b, /* 11.4.4, 11.12.1 */
	APIC_BASE_X2APIC = 1 << 10,
	APIC_BASE_ENABLED = 1 << 11,
	MSR_X2APIC = 0x800, /* register at offset 10h * n is model-specific register 800h + n */
	REGISTERS = 0x1000,
};
#define APIC_BASE_ADDRESS UINT64_C(0xffffff000)

/* Table 11-1: offsets in memory. */
enum apic_register {
	APIC_ID = 0x20,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_COMMAND = 0x300,
	APIC_COMMAND_HIGH = 0x310, /* in memory only */
	APIC_LVT_TIMER = 0x320,
	APIC_TIMER_START = 0x380,
	APIC_TIMER_NOW = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};

enum {
	SPURIOUS_ENABLE = 1 << 8,
	LVT_MASKED = 1 << 16,
	DIVIDE_BY_16 = 3,
	COMMAND_INIT = 5 << 8, /* 11.6.1 */
	COMMAND_STARTUP = 6 << 8,
	COMMAND_PENDING = 1 << 12,
	COMMAND_ASSERT = 1 << 14,
	COMMAND_TRIES = 1000000,
	CALIBRATION_NS = 1000000,
	MESSAGE_DESTINATION_SHIFT = 12,
	MESSAGE_IDS = 256, /* that fit in a message's address */
};
#define MESSAGE_ADDRESS                                                                                                \
	UINT64_C(0xfee00000) /* 11.11.1: physical destination, no redirection; data: fixed, edge, vector */

static bool ready, x2apic;
static volatile char *registers;
static uint64_t timer_hz;

static uint32_t apic_read(enum apic_register reg)
{
	if (x2apic)
		return (uint32_t)read_msr(MSR_X2APIC + ((uint32_t)reg >> 4));
	return *(volatile uint32_t *)(volatile void *)(registers + reg);
}

static void apic_write(enum apic_register reg, uint32_t value)
{
	if (x2apic)
		write_msr(MSR_X2APIC + ((uint32_t)reg >> 4), value);
	else
		*(volatile uint32_t *)(volatile void *)(registers + reg) = value;
}

/* Sends one interrupt. Writes to the x2APIC's registers wait for no earlier store (11.12.3): the barriers do. */
static void command(uint64_t id, uint32_t what)
{
	__asm__ volatile("mfence; lfence" : : : "memory");
	if (x2apic) {
		write_msr(MSR_X2APIC + (APIC_COMMAND >> 4), id << 32 | what);
		return;
	}
	for (unsigned i = 0; i < COMMAND_TRIES && (apic_read(APIC_COMMAND) & COMMAND_PENDING); i++)
		machine_relax();
	apic_write(APIC_COMMAND_HIGH, (uint32_t)id << 24);
	apic_write(APIC_COMMAND, what);
}

void machine_ipi(unsigned cpu)
{
	uintptr_t state = machine_interrupts_off(); /* the older command register is two: one sender at a time */

	command(cpus[cpu].hardware_id, COMMAND_ASSERT | VECTOR_IPI);
	machine_interrupts_restore(state);
}

void apic_init_ipi(const struct cpu *cpu)
{
	command(cpu->hardware_id, COMMAND_ASSERT | COMMAND_INIT);
}

void apic_startup_ipi(const struct cpu *cpu, uint8_t page)
{
	command(cpu->hardware_id, COMMAND_ASSERT | COMMAND_STARTUP | page);
}

bool apic_interrupt(uint64_t vector)
{
	if (vector == VECTOR_SPURIOUS)
		return true; /* no end of interrupt: 11.9 */
	cpus[machine_cpu()].interrupts++;
	if (vector == VECTOR_IPI)
		cpu_on_ipi();
	else if (vector >= VECTOR_MESSAGE && vector < VECTOR_MESSAGE + INTERRUPTS)
		interrupt_on_message((unsigned)(vector - VECTOR_MESSAGE));
	else if (vector == VECTOR_TIMER)
		cpu_on_timer();
	else
		return false;
	apic_write(APIC_EOI, 0);
	return true;
}

/* ---- The timer --------------------------------------------------------------------------------------------------- */

static void calibrate(void)
{
	uint64_t began;
	uint32_t ticks;

	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	began = machine_time_ns();
	apic_write(APIC_TIMER_START, UINT32_MAX);
	while (machine_time_ns() - began < CALIBRATION_NS)
		machine_relax();
	ticks = UINT32_MAX - apic_read(APIC_TIMER_NOW);
	apic_write(APIC_TIMER_START, 0);
	timer_hz = ticks * (UINT64_C(1000000000) / CALIBRATION_NS);
}

void machine_timer(uint64_t ns)
{
	uint64_t ticks = timer_hz * (ns / 1000) / 1000000;

	apic_write(APIC_TIMER_START, ticks == 0 ? 1 : ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

int machine_message(const struct pci_function *fn, unsigned number, unsigned cpu, struct machine_message *message)
{
	(void)fn;
	if (!ready || cpus[cpu].hardware_id >= MESSAGE_IDS)
		return DMA_ENOTSUP;
	message->address = MESSAGE_ADDRESS | cpus[cpu].hardware_id << MESSAGE_DESTINATION_SHIFT;
	message->data = VECTOR_MESSAGE + number;
	message->target = (uint32_t)cpus[cpu].hardware_id;
	return 0;
}

bool machine_has_wide_ids(void)
{
	return x2apic;
}

void machine_message_end(const struct pci_function *fn, unsigned number)
{
	(void)fn, (void)number;
}

/* VT-d lets writes there pass untranslated, and remaps or blocks them as interrupts. */
bool machine_doorbell(uint64_t *paddr, uint64_t *nbytes)
{
	(void)paddr, (void)nbytes;
	return false;
}

/* ---- The beginning ----------------------------------------------------------------------------------------------- */

void apic_cpu_init(void)
{
	uint64_t base = read_msr(MSR_APIC_BASE) | APIC_BASE_ENABLED;

	write_msr(MSR_APIC_BASE, base);
	if (x2apic)
		write_msr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER); /* once */
}

static uint32_t own_id(void)
{
	return x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}

void machine_interrupts_init(void)
{
	struct cpuid id = cpuid(1, 0);
	volatile void *mapped = NULL;

	if (option_is("interrupts", "off"))
		return;
	if (!(id.edx & CPUID_1_EDX_APIC)) {
		print("interrupts: this CPU has no local APIC\n");
		return;
	}
	/* From x2APIC there is no way back but a reset: 11.12.5. */
	x2apic = (id.ecx & CPUID_1_ECX_X2APIC) &&
		 (option_is("x2apic", "yes") || (read_msr(MSR_APIC_BASE) & APIC_BASE_X2APIC));
	if (!x2apic && vm_mmio_map(read_msr(MSR_APIC_BASE) & APIC_BASE_ADDRESS, REGISTERS, &mapped)) {
		print("interrupts: the local APIC cannot be mapped\n");
		return;
	}
	registers = mapped;
	if (!x2apic)
		cvm_own_registers(read_msr(MSR_APIC_BASE) & APIC_BASE_ADDRESS, REGISTERS);
	apic_cpu_init();
	calibrate();
	apic_cpu_init();
	cpus[0].hardware_id = own_id();
	ready = timer_hz != 0;
	if (!ready)
		print("interrupts: the timer of the local APIC stands still\n");
}

bool machine_has_interrupts(void)
{
	return ready;
}

unsigned machine_cpus(uint64_t *ids, unsigned max)
{
	struct acpi_table madt;

	ids[0] = cpus[0].hardware_id;
	if (firmware_table("APIC", 0, &madt))
		return 1;
	return 1 + madt_cpus(&madt, (uint32_t)ids[0], ids + 1, max - 1);
}
