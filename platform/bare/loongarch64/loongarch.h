/* SPDX-License-Identifier: MPL-2.0 */
/* What the files of this folder know of each other. */
#ifndef BARE_LOONGARCH64_LOONGARCH_H
#define BARE_LOONGARCH64_LOONGARCH_H

#include "../firmware/fdt_machine.h"
#include "../machine.h"

/* ---- boot.S ------------------------------------------------------------------------------------------------------ */

/* What boot.S calls: first of all, with the boot table on; for traps (ESTAT, ERA, BADV), with interrupts off. */
_Noreturn void machine_start(uint64_t command_line_paddr, uint64_t system_table_paddr);
void machine_trap(uint64_t state, uint64_t at, uint64_t address);

/* ---- Registers --------------------------------------------------------------------------------------------------- */

/* Those of devices, through the uncached window. */
static inline volatile void *registers_at(uint64_t paddr)
{
	return (volatile void *)(uintptr_t)(MACHINE_REGISTERS | paddr);
}

/* Those of the CPU's interrupt controllers (IOCSR). The compiler orders them among all accesses to memory. */
#define iocsr_read		 __builtin_loongarch_iocsrrd_w
#define iocsr_read64		 __builtin_loongarch_iocsrrd_d
#define iocsr_write(at, value)	 __builtin_loongarch_iocsrwr_w(value, at)
#define iocsr_write64(at, value) __builtin_loongarch_iocsrwr_d(value, at)

void eiointc_cpu_init(void); /* this CPU takes messages */
void eiointc_interrupt(void);

/* ESTAT.IS and ECFG.LIE (7.4.5, 7.4.6). */
enum {
	LINE_MESSAGES = 3, /* hardware interrupt 1: the extended I/O interrupts */
	LINE_TIMER = 11,
	LINE_IPI = 12,
};

#endif
