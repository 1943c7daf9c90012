/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Translation while booting and while live entries change: between boot.S, early.c and mmu.c.
 */
#ifndef BARE_AARCH64_MMU_H
#define BARE_AARCH64_MMU_H

#include "../machine.h"

#define EARLY_BLOCK (UINT64_C(2) << 20) /* bytes that one entry of the boot tables maps */

/* What boot.S loads, in this order. */
struct mmu_registers {
	uint64_t mair, tcr, ttbr0, ttbr1;
};
extern struct mmu_registers mmu_registers;

/* Called by boot.S with the MMU off, at physical addresses: maps the image one to one (TTBR0) and at its link
 * address, and the device tree in the linear map. */
void early_tables(uint64_t image_paddr, const void *tree);

/* Adds all RAM that the pool of boot tables reaches to the boot tables' linear map; sets machine_early_limit. */
void early_map_ram(void);

/* Adds memory that nobody else knows of to the boot tables' linear map. False: no table is left. */
bool early_map_memory(uint64_t paddr, uint64_t nbytes);

/* Maps one page of registers at its own paddr, for ever (the lower half's tables are never replaced): the console.
 * NULL: no table left. */
volatile void *early_map_registers(uint64_t paddr);

/* boot.S: break before make with the MMU off. here_paddr: that of mmu_replace_off. */
void mmu_replace(uint64_t entry_paddr, uint64_t value, uint64_t tlbi_operand, uint64_t here_paddr);
extern const char mmu_replace_off[];

/* mmu.c: may entries of this CPU change their size while others use them (FEAT_BBM level 2)? */
bool machine_breaks_live(void);
/* mmu.c: what machine_vm_activate() does beside switching tables, for CPUs that start with the final ones. */
void machine_vm_finish(void);

/* cpu.c: machine_big_pages, before the final tables are built. */
void cpu_find_features(void);

/* boot.S calls it at link addresses, with the boot tables on. */
_Noreturn void machine_start(uint64_t tree_paddr);

/* boot.S: the CPU took vector `vector` (0 to 15). */
_Noreturn void machine_exception(uint64_t vector, uint64_t syndrome, uint64_t at, uint64_t address);

#endif
