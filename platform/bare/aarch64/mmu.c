/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The tables in use: switching to the final ones, and changing live entries the way the architecture asks (Arm ARM
 * D8, "Using break-before-make when updating translation table entries").
 */
#include "mmu.h"

#include "../memory/vm.h"

enum {
	SCTLR_WXN = 1 << 19, /* what can be written cannot be executed */
	BBM_SHIFT = 52,	     /* ID_AA64MMFR2_EL1.BBM: 2 means that sizes may change without a break */
	BBM_NO_BREAK = 2,
};

void machine_vm_finish(void)
{
	uint64_t sctlr;

	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
	__asm__ volatile("msr sctlr_el1, %0; isb" : : "r"(sctlr | SCTLR_WXN) : "memory");
}

void machine_vm_activate(uint64_t root_paddr)
{
	__asm__ volatile("dsb ishst; msr ttbr1_el1, %0; isb" : : "r"(root_paddr) : "memory");
	machine_tlb_flush_all();
	machine_vm_finish();
}

bool machine_breaks_live(void)
{
	uint64_t features;

	__asm__("mrs %0, id_aa64mmfr2_el1" : "=r"(features));
	return (features >> BBM_SHIFT & 15) >= BBM_NO_BREAK;
}

/* Without a break, a core may hold the old block and a new page in its TLB at once, and use either of them or raise a
 * TLB conflict abort. So the entry is made invalid first. The block may contain this code, the stack or the table
 * itself, so that is done with the MMU off, unless the core has FEAT_BBM level 2. */
void machine_vm_break(uint64_t *entry, uint64_t table_entry, uintptr_t va)
{
	uintptr_t state;

	if (machine_breaks_live()) {
		*(volatile uint64_t *)entry = table_entry;
		machine_tlb_flush_page(va);
		return;
	}
	state = machine_interrupts_off();
	mmu_replace(vm_linear_paddr(entry), table_entry, va >> 12 & ((UINT64_C(1) << 44) - 1),
		    vm_linear_paddr(mmu_replace_off));
	machine_interrupts_restore(state);
}
