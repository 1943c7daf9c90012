/* SPDX-License-Identifier: MPL-2.0 */
/* What the files of this folder know of each other. */
#ifndef BARE_RISCV64_RISCV_H
#define BARE_RISCV64_RISCV_H

#include "../firmware/fdt_machine.h"
#include "../machine.h"

/* ---- boot.S ------------------------------------------------------------------------------------------------------ */

enum cpu_try {
	CPU_TRY_CBO = 0, /* cbo.flush and cbo.inval of the block at that address */
	CPU_TRY_LOAD = 1,
	CPU_TRY_CYCLE = 2, /* reading the counter */
};
/* Does this CPU do it without an exception? Interrupts off. */
bool cpu_try(enum cpu_try what, const void *at);

/* What boot.S calls: first of all, with the boot table on; for traps (scause, sepc, stval), with interrupts off. */
_Noreturn void machine_start(uint64_t hart, uint64_t tree_paddr);
void machine_trap(uint64_t cause, uint64_t at, uint64_t address);

/* ---- cpu.c ------------------------------------------------------------------------------------------------------- */

/* Finds out what this CPU can do; what one of them cannot is not used. Interrupts off. */
void cpu_find_features(void);

/* ---- imsic.c ----------------------------------------------------------------------------------------------------- */

void imsic_cpu_init(void); /* this CPU takes messages */
void imsic_interrupt(void);

#endif
