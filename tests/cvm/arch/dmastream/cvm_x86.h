/* SPDX-License-Identifier: MPL-2.0 */
/*
 * In place of src/arch/x86_64/dmastream/cvm_x86.h: each instruction goes to the models of platform/sim/cvm.
 */
#ifndef DMASTREAM_CVM_X86_H
#define DMASTREAM_CVM_X86_H

#include <dmastream/arch.h>
#include <stdbool.h>
#include <stdint.h>

struct dma_tdcall {
	uint64_t rcx, rdx, r8, r9, r10, r11, r12, r13, r14, r15;
};
struct cvm_cpuid {
	uint32_t a, b, c, d;
};
#define dma_x86_regs  cvm_cpuid
#define dma_x86_cpuid cvm_cpuid_of

struct cvm_cpuid cvm_cpuid_of(uint32_t leaf);
uint64_t dma_x86_tdcall(uint64_t leaf, struct dma_tdcall *regs);
uint32_t dma_x86_pvalidate(const volatile void *page, bool large, bool valid, bool *unchanged);
void dma_x86_vmgexit(void);
uint64_t dma_x86_rdmsr(uint32_t msr);
void dma_x86_wrmsr(uint32_t msr, uint64_t value);

#endif
