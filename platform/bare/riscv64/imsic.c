/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages of devices: the incoming message-signalled interrupt controllers (RISC-V Advanced Interrupt Architecture
 * 1.0, chapter 3). Each hart has a file of interrupts, with a page that devices write a number to. Without an IOMMU
 * nothing keeps a device from writing another's number.
 */
#include "../kernel/cpu.h"
#include "../kernel/interrupt.h"
#include "../pci/pci.h"
#include "riscv.h"

/* 3.8: registers that are reached through siselect (0x150) and sireg (0x151); stopei is 0x15c. */
enum {
	EIDELIVERY = 0x70,
	EITHRESHOLD = 0x72,
	EIE0 = 0xc0, /* 64 bits at each even number */
	FIRST = 1,   /* identity 0 is none: number n of interrupt.h is n + 1 */
	SUPERVISOR_EXTERNAL = 9,
	TOPEI_SHIFT = 16,
	GUEST_BITS_MOST = 7,
};

static fdt_node node = FDT_NONE;

/* The page of a hart's file: the rows of reg hold those of the harts in the order of interrupts-extended. 0: none. */
static uint64_t file_of(uint64_t hart)
{
	struct fdt_property list;
	uint64_t phandle, kind, base, nbytes, stride;
	uint32_t row = 0, bits = fdt_u32(&boot_tree, node, "riscv,guest-index-bits", 0);

	stride = UINT64_C(4096) << (bits < GUEST_BITS_MOST ? bits : GUEST_BITS_MOST);
	if (!fdt_property(&boot_tree, node, "interrupts-extended", &list) ||
	    !fdt_reg(&boot_tree, node, 0, &base, &nbytes))
		return 0;
	for (uint32_t i = 0; fdt_cells(&list, 2 * i, 1, &phandle) && fdt_cells(&list, 2 * i + 1, 1, &kind); i++) {
		while (nbytes < stride)
			if (!fdt_reg(&boot_tree, node, ++row, &base, &nbytes))
				return 0;
		if (kind == SUPERVISOR_EXTERNAL &&
		    fdt_parent(&boot_tree, fdt_phandle(&boot_tree, (uint32_t)phandle)) == fdt_cpu(hart))
			return base;
		base += stride;
		nbytes -= stride;
	}
	return 0;
}

bool machine_messages_find(uint64_t *paddr, uint64_t *nbytes)
{
	uint64_t base, size, end = 0;

	while ((node = fdt_compatible(&boot_tree, node, "riscv,imsics")) != FDT_NONE) {
		if (fdt_u32(&boot_tree, node, "riscv,num-ids", 0) < FIRST + INTERRUPTS - 1 ||
		    !file_of(cpus[0].hardware_id))
			continue; /* that of another mode, or too small */
		*paddr = UINT64_MAX;
		for (uint32_t row = 0; fdt_reg(&boot_tree, node, row, &base, &size); row++) { /* all files */
			*paddr = base < *paddr ? base : *paddr;
			end = base + size > end ? base + size : end;
		}
		*nbytes = end - *paddr;
		return true;
	}
	return false;
}

static void write(unsigned long at, uint64_t value)
{
	__asm__ volatile("csrw 0x150, %0; csrw 0x151, %1" : : "r"(at), "r"(value) : "memory");
}

void imsic_cpu_init(void)
{
	if (node == FDT_NONE)
		return;
	write(EIE0, ~UINT64_C(0) << FIRST);
	write(EIE0 + 2, (UINT64_C(1) << FIRST) - 1);
	write(EITHRESHOLD, 0);
	write(EIDELIVERY, 1);
}

void imsic_interrupt(void)
{
	uint64_t top;

	/* Its driver reads what the device wrote before behind dma_consume(). */
	for (;;) {
		__asm__ volatile("csrrw %0, 0x15c, zero" : "=r"(top) : : "memory");
		if (!top)
			return;
		interrupt_on_message((unsigned)(top >> TOPEI_SHIFT) - FIRST);
	}
}

bool machine_message_to(unsigned number, unsigned cpu, struct machine_message *message)
{
	message->address = file_of(cpus[cpu].hardware_id);
	message->data = number + FIRST;
	return message->address != 0;
}
