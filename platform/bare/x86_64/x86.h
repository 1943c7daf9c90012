/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Between the files of this folder.
 */
#ifndef BARE_X86_64_X86_H
#define BARE_X86_64_X86_H

#include "../machine.h"

void console_init(void);
void traps_init(void); /* GDT, TSS and IDT; interrupts of the two PICs masked */
void time_init(void);
void cpu_init(void); /* looks at CPUID */

#endif
