/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What code of the firmware needs of the CPU (UEFI 2.3.6): interrupts off, floating point registers, which nothing of
 * ours uses, and pages that are code and data at once. And what the CPU says of itself. Its memory is mapped in
 * early.c.
 */
#include "../efi/efi.h"
#include "../firmware/fdt_boot.h"
#include "../kernel/print.h"
#include "mmu.h"

enum {
	SCTLR_WXN = 1 << 19, /* firmware's pages are code and data at once */
	CPACR_FP = 3 << 20,
};

uintptr_t machine_firmware_begin(void)
{
	uintptr_t state = machine_interrupts_off(), value;

	__asm__ volatile("mrs %0, cpacr_el1" : "=r"(value));
	__asm__ volatile("msr cpacr_el1, %0" : : "r"(value | CPACR_FP));
	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(value));
	__asm__ volatile("msr sctlr_el1, %0; isb" : : "r"(value & ~(uintptr_t)SCTLR_WXN) : "memory");
	machine_tlb_flush_all();
	return state;
}

void machine_firmware_end(uintptr_t state)
{
	machine_vm_finish();
	machine_tlb_flush_all();
	machine_interrupts_restore(state);
}

/* Arm ARM D19: implementer, part and revision; CTR_EL0. The instructions are part of the architecture. */
void machine_cpu_facts(char *cpu, size_t cpu_size, char *instructions, size_t instructions_size, char *hypervisor,
		       size_t hypervisor_size)
{
	uint64_t midr, type;

	__asm__("mrs %0, midr_el1" : "=r"(midr));
	__asm__("mrs %0, ctr_el0" : "=r"(type));
	format_text(cpu, cpu_size, "implementer 0x%02x part 0x%03x r%up%u", (unsigned)(midr >> 24 & 0xff),
		    (unsigned)(midr >> 4 & 0xfff), (unsigned)(midr >> 20 & 15), (unsigned)(midr & 15));
	format_text(instructions, instructions_size, "dc cvac, civac, ivac; ctr 0x%08x", (unsigned)type);
	/* No register tells; machines that are none have this name in their tree. */
	format_text(hypervisor, hypervisor_size, "%s",
		    fdt_compatible(&boot_tree, FDT_NONE, "linux,dummy-virt") == FDT_NONE ? "" : "dummy-virt");
}

bool machine_tree_smmu(unsigned index, uint64_t *registers, bool *coherent)
{
	fdt_node node = FDT_NONE;
	uint64_t nbytes;

	while ((node = fdt_compatible(&boot_tree, node, "arm,smmu-v3")) != FDT_NONE) {
		if (!fdt_reg(&boot_tree, node, 0, registers, &nbytes) || index-- > 0)
			continue;
		*coherent = fdt_dma_coherent(&boot_tree, node, false);
		return true;
	}
	return false;
}
