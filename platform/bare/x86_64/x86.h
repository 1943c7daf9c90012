/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Between the files of this folder.
 */
#ifndef BARE_X86_64_X86_H
#define BARE_X86_64_X86_H

#include "../machine.h"

struct cpu;

void console_init(uint16_t port); /* of a 16550; 0: the first serial port's */
void traps_init(void);		  /* this CPU's GDT, TSS and IDT; interrupts of the two PICs masked */
void time_init(void);		  /* by the interval timer, or by what the EFI loader has measured */
void cpu_init(void);		  /* looks at CPUID */
/* From here on machine_cpu() and locks work on this CPU: first of all. */
void cpu_local_init(struct cpu *cpu);

/* Vectors: messages of devices from VECTOR_MESSAGE on, and those of the local APIC. */
enum {
	VECTOR_MESSAGE = 0x30,
	VECTOR_TIMER = 0xf0,
	VECTOR_IPI = 0xf1,
	VECTOR_SPURIOUS = 0xff,
};

/* apic.c */
bool apic_interrupt(uint64_t vector); /* the handler of all vectors from 32 on; false: nobody expects it */
void apic_cpu_init(void);	      /* this CPU's */
void apic_init_ipi(const struct cpu *cpu);
void apic_startup_ipi(const struct cpu *cpu, uint8_t page);

/* boot.S: what a start-up IPI begins at; copied to a page below 1 MiB. It takes over cpu_start (cpu.h): it calls
 * x86_cpu_activate() on a stack of the image, whose tables map the CPU's own, and on that x86_cpu_start(). */
extern const char ap_trampoline[], ap_trampoline_end[];
void x86_cpu_activate(void);
_Noreturn void x86_cpu_start(struct cpu *cpu);

#endif
