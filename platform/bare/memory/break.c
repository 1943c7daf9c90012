/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Breaking up a big page where leaf and table, which map the same, may be live at once: a CPU uses either of them until
 * that address is flushed, and nothing has to be invalid meanwhile (x86: SDM vol. 3, 4.10.2.3; RISC-V and LoongArch say
 * so, too). Arm's is another (aarch64/mmu.c).
 */
#include "../machine.h"

void machine_vm_break(uint64_t *entry, uint64_t table_entry, uintptr_t va)
{
	*(volatile uint64_t *)entry = table_entry;
	machine_tlb_flush_page(va);
}
