/* SPDX-License-Identifier: MPL-2.0 */
/*
 * GICv3 without its translation service: interrupts between CPUs, the timer, and the way of every interrupt to its
 * handler. Sections are those of IHI 0069H.
 */
#include "gic.h"

#include "../firmware/fdt_boot.h"
#include "../firmware/firmware.h"
#include "../firmware/madt.h"
#include "../kernel/cpu.h"
#include "../kernel/interrupt.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../kernel/ticks.h"
#include "../memory/vm.h"

/* Distributor: 12.9. */
enum {
	GICD_CTLR = 0x0000,
	GICD_CTLR_GROUP1 = 1 << 1,
	GICD_CTLR_AFFINITY = 1 << 4,
	GICD_CTLR_PENDING = (int)(1u << 31), /* of earlier writes */
	GICD_BYTES = 0x10000,
};

/* Redistributor: two frames of 64 KiB, or four with virtual LPIs: 12.10, 12.11. */
enum {
	GICR_CTLR = 0x0000,
	GICR_TYPER = 0x0008, /* 64 bits */
	GICR_TYPER_VIRTUAL = 1 << 1,
	GICR_TYPER_LAST = 1 << 4,
	GICR_TYPER_PROCESSOR_SHIFT = 8,
	GICR_TYPER_AFFINITY_SHIFT = 32,
	GICR_WAKER = 0x0014,
	GICR_WAKER_SLEEP = 1 << 1,
	GICR_WAKER_ASLEEP = 1 << 2,
	GICR_IGROUPR0 = 0x10080,
	GICR_ISENABLER0 = 0x10100,
	GICR_ICENABLER0 = 0x10180,
	GICR_IPRIORITYR = 0x10400,
	GICR_FRAME = 0x20000,
	GICR_FRAME_VIRTUAL = 0x40000,
};

enum {
	ID_IPI = 0,    /* a software-generated interrupt */
	ID_TIMER = 27, /* the virtual timer's (Arm BSA, 3.8.1) */
	ID_SPECIAL = 1020,
	ID_SPECIAL_LAST = 1023,
	PRIORITY = 0xa0,
	PRIORITY_MASK = 0xff, /* none is masked */
	TRIES = 1000000,
	TIMER_ON = 1,
	TIMER_OFF = 0,
};

static volatile char *distributor;
static struct {
	uint64_t paddr;
	uint64_t nbytes;
	volatile char *registers;
} regions[MADT_REDISTRIBUTORS];
static unsigned nregions;

static uint32_t read32(volatile char *base, unsigned offset)
{
	return *(volatile uint32_t *)(volatile void *)(base + offset);
}

static void write32(volatile char *base, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(volatile void *)(base + offset) = value;
}

static uint64_t read64(volatile char *base, unsigned offset)
{
	return *(volatile uint64_t *)(volatile void *)(base + offset);
}

static void distributor_wait(void)
{
	for (unsigned i = 0; i < TRIES && (read32(distributor, GICD_CTLR) & (uint32_t)GICD_CTLR_PENDING); i++)
		machine_relax();
}

/* ---- This CPU ---- */

/* Aff3.Aff2.Aff1.Aff0 as GICR_TYPER has them, of a CPU's MPIDR_EL1. */
static uint32_t affinity_of(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32 & 0xff) << 24;
}

/* Its registers, where they lie, and its number there. NULL: none is named for this CPU. */
static volatile char *redistributor_of(uint64_t mpidr, uint64_t *paddr, unsigned *processor)
{
	for (unsigned i = 0; i < nregions; i++) {
		for (uint64_t at = 0; at + GICR_FRAME <= regions[i].nbytes;) {
			volatile char *frame = regions[i].registers + at;
			uint64_t type = read64(frame, GICR_TYPER);

			if (type >> GICR_TYPER_AFFINITY_SHIFT == affinity_of(mpidr)) {
				*paddr = regions[i].paddr + at;
				*processor = type >> GICR_TYPER_PROCESSOR_SHIFT & 0xffff;
				return frame;
			}
			if (type & GICR_TYPER_LAST)
				break;
			at += type & GICR_TYPER_VIRTUAL ? GICR_FRAME_VIRTUAL : GICR_FRAME;
		}
	}
	return NULL;
}

void gic_cpu_init(void)
{
	uint64_t paddr, sre;
	unsigned processor;
	volatile char *frame = redistributor_of(cpus[machine_cpu()].hardware_id, &paddr, &processor);

	if (!frame)
		panic("gic: CPU %u has no redistributor", machine_cpu());
	write32(frame, GICR_WAKER, read32(frame, GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
	for (unsigned i = 0; i < TRIES && (read32(frame, GICR_WAKER) & GICR_WAKER_ASLEEP); i++)
		machine_relax();
	write32(frame, GICR_ICENABLER0, UINT32_MAX);
	write32(frame, GICR_IGROUPR0, UINT32_MAX); /* group 1, where that is ours to say */
	for (unsigned i = 0; i < 32; i += 4)
		write32(frame, GICR_IPRIORITYR + i, PRIORITY * 0x01010101u);
	write32(frame, GICR_ISENABLER0, UINT32_C(1) << ID_IPI | UINT32_C(1) << ID_TIMER);

	/* 12.2: the CPU interface by system registers. */
	__asm__ volatile("mrs %0, s3_0_c12_c12_5" : "=r"(sre)); /* ICC_SRE_EL1 */
	__asm__ volatile("msr s3_0_c12_c12_5, %0; isb" : : "r"(sre | 1) : "memory");
	__asm__ volatile("msr s3_0_c4_c6_0, %0" : : "r"((uint64_t)PRIORITY_MASK)); /* ICC_PMR_EL1 */
	__asm__ volatile("msr s3_0_c12_c12_4, xzr"); /* ICC_CTLR_EL1: EOI also deactivates */
	__asm__ volatile("msr s3_0_c12_c12_7, %0; isb" : : "r"(UINT64_C(1)) : "memory"); /* ICC_IGRPEN1_EL1 */
	its_cpu_init(frame, paddr, processor);
}

/* ---- Interrupts ---- */

/* ICC_SGI1R_EL1, 12.2.20: the target as an affinity, and one bit of 16 neighbours. */
void machine_ipi(unsigned cpu)
{
	uint64_t id = cpus[cpu].hardware_id, value;

	value = UINT64_C(1) << (id & 15) | (id >> 8 & 0xff) << 16 | (uint64_t)ID_IPI << 24 | (id >> 16 & 0xff) << 32 |
		(id >> 4 & 15) << 44 | (id >> 32 & 0xff) << 48;
	/* Stores before it are seen by who takes the interrupt. */
	__asm__ volatile("dsb ishst; msr s3_0_c12_c11_5, %0; isb" : : "r"(value) : "memory");
}

void machine_timer(uint64_t ns)
{
	__asm__ volatile("msr cntv_cval_el0, %0; msr cntv_ctl_el0, %1; isb"
			 :
			 : "r"(machine_counter() + ticks_of(ns)), "r"((uint64_t)TIMER_ON)
			 : "memory");
}

void gic_interrupt(void)
{
	uint64_t id;

	for (;;) {
		__asm__ volatile("mrs %0, s3_0_c12_c12_0; dsb sy" : "=r"(id) : : "memory"); /* ICC_IAR1_EL1 */
		id &= 0xffffff;
		if (id >= ID_SPECIAL && id <= ID_SPECIAL_LAST)
			return; /* nothing is pending any more */
		cpus[machine_cpu()].interrupts++;
		if (id == ID_IPI)
			cpu_on_ipi();
		else if (id == ID_TIMER) {
			__asm__ volatile("msr cntv_ctl_el0, %0; isb" : : "r"((uint64_t)TIMER_OFF) : "memory");
			cpu_on_timer();
		} else if (id >= GIC_FIRST_LPI)
			interrupt_on_message((unsigned)(id - GIC_FIRST_LPI));
		else
			panic("gic: interrupt %u is nobody's", (unsigned)id);
		__asm__ volatile("msr s3_0_c12_c12_1, %0; isb" : : "r"(id) : "memory"); /* ICC_EOIR1_EL1 */
	}
}

/* ---- The beginning ---- */

/* By the device tree, else by ACPI. */
static bool find(struct madt_gic *gic)
{
	fdt_node node = fdt_compatible(&boot_tree, FDT_NONE, "arm,gic-v3");
	uint32_t rows = fdt_u32(&boot_tree, node, "#redistributor-regions", 1);
	struct acpi_table madt;
	uint64_t nbytes;

	if (node == FDT_NONE)
		return boot_info.rsdp && !firmware_table("APIC", 0, &madt) && madt_gic(&madt, gic);
	*gic = (struct madt_gic){0};
	if (!fdt_reg(&boot_tree, node, 0, &gic->distributor, &nbytes) || nbytes < GICD_BYTES)
		gic->distributor = 0;
	for (uint32_t i = 0; i < rows && gic->nregions < MADT_REDISTRIBUTORS; i++)
		if (fdt_reg(&boot_tree, node, 1 + i, &gic->region[gic->nregions].base,
			    &gic->region[gic->nregions].nbytes))
			gic->nregions++;
	return true;
}

static volatile char *map(uint64_t paddr, uint64_t nbytes, uint64_t least)
{
	volatile void *mapped;

	return !paddr || nbytes < least || vm_mmio_map_for_ever(paddr, (size_t)nbytes, &mapped) ? NULL : mapped;
}

void machine_interrupts_init(void)
{
	struct madt_gic gic;
	unsigned processor;
	uint64_t paddr;

	if (option_is("interrupts", "off") || !find(&gic))
		return; /* an older GIC: no messages, so devices are polled */
	distributor = map(gic.distributor, GICD_BYTES, GICD_BYTES);
	if (!distributor) {
		print("gic: the distributor cannot be reached\n");
		return;
	}
	for (unsigned i = 0; i < gic.nregions; i++) {
		regions[nregions].paddr = gic.region[i].base;
		regions[nregions].nbytes = gic.region[i].nbytes;
		regions[nregions].registers = map(gic.region[i].base, gic.region[i].nbytes, GICR_FRAME);
		nregions += regions[nregions].registers != NULL;
	}
	if (!redistributor_of(cpus[0].hardware_id, &paddr, &processor)) {
		print("gic: this CPU has no redistributor\n");
		nregions = 0;
		return;
	}
	write32(distributor, GICD_CTLR, 0);
	distributor_wait();
	write32(distributor, GICD_CTLR, GICD_CTLR_AFFINITY);
	distributor_wait();
	write32(distributor, GICD_CTLR, GICD_CTLR_AFFINITY | GICD_CTLR_GROUP1);
	distributor_wait();
	(void)its_init();
	gic_cpu_init();
}

bool machine_has_interrupts(void)
{
	return nregions != 0;
}
