/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The instruction of realms on AArch64: a secure monitor call after the SMC Calling Convention (DEN0028), 1.2 or later,
 * where x0 to x17 may change.
 */
#ifndef DMASTREAM_CVM_ARM_H
#define DMASTREAM_CVM_ARM_H

#include <dmastream/arch.h>

struct dma_smc {
	uint64_t x0, x1, x2, x3, x4;
};

static inline void dma_arm_smc(struct dma_smc *regs)
{
	register uint64_t x0 __asm__("x0") = regs->x0;
	register uint64_t x1 __asm__("x1") = regs->x1;
	register uint64_t x2 __asm__("x2") = regs->x2;
	register uint64_t x3 __asm__("x3") = regs->x3;
	register uint64_t x4 __asm__("x4") = regs->x4;

	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)
			 :
			 : "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
			   "memory", "cc");
	regs->x0 = x0;
	regs->x1 = x1;
	regs->x2 = x2;
	regs->x3 = x3;
	regs->x4 = x4;
}

#endif
