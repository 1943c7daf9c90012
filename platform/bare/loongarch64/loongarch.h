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

/* Those of the CPU's interrupt controllers (IOCSR). */
static inline uint32_t iocsr_read(uint32_t at)
{
	uint32_t value;

	__asm__ volatile("iocsrrd.w %0, %1" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void iocsr_write(uint32_t at, uint32_t value)
{
	__asm__ volatile("iocsrwr.w %0, %1" : : "r"(value), "r"(at) : "memory");
}

static inline uint64_t iocsr_read64(uint32_t at)
{
	uint64_t value;

	__asm__ volatile("iocsrrd.d %0, %1" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void iocsr_write64(uint32_t at, uint64_t value)
{
	__asm__ volatile("iocsrwr.d %0, %1" : : "r"(value), "r"(at) : "memory");
}

void eiointc_cpu_init(void); /* this CPU takes messages */
void eiointc_interrupt(void);

/* ESTAT.IS and ECFG.LIE (7.4.5, 7.4.6). */
enum {
	LINE_MESSAGES = 3, /* hardware interrupt 1: the extended I/O interrupts */
	LINE_TIMER = 11,
	LINE_IPI = 12,
};

#endif
