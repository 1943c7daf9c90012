/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The instructions of confidential VMs on x86-64. TDCALL: Intel TDX Module ABI (348551). VMGEXIT, PVALIDATE: AMD64 APM
 * vol. 3 (24594). They are written as bytes, since older assemblers do not know them.
 */
#ifndef DMASTREAM_CVM_X86_H
#define DMASTREAM_CVM_X86_H

#include <dmastream/arch.h>

struct dma_tdcall {
	uint64_t rcx, rdx, r8, r9, r10, r11, r12, r13, r14, r15;
};

/* TDCALL with that leaf in RAX. The registers go in and come out. Gives RAX. */
static inline uint64_t dma_x86_tdcall(uint64_t leaf, struct dma_tdcall *regs)
{
	register uint64_t r8 __asm__("r8") = regs->r8;
	register uint64_t r9 __asm__("r9") = regs->r9;
	register uint64_t r10 __asm__("r10") = regs->r10;
	register uint64_t r11 __asm__("r11") = regs->r11;
	register uint64_t r12 __asm__("r12") = regs->r12;
	register uint64_t r13 __asm__("r13") = regs->r13;
	register uint64_t r14 __asm__("r14") = regs->r14;
	register uint64_t r15 __asm__("r15") = regs->r15;

	__asm__ volatile(".byte 0x66, 0x0f, 0x01, 0xcc"
			 : "+a"(leaf), "+c"(regs->rcx), "+d"(regs->rdx), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11),
			   "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
			 :
			 : "memory", "cc");
	regs->r8 = r8;
	regs->r9 = r9;
	regs->r10 = r10;
	regs->r11 = r11;
	regs->r12 = r12;
	regs->r13 = r13;
	regs->r14 = r14;
	regs->r15 = r15;
	return leaf;
}

/* PVALIDATE of the page at that linear address: of 2 MiB or 4 KiB, made valid or not. Gives EAX, and in *unchanged the
 * carry flag: the page's entry of the reverse map table already was so. */
static inline uint32_t dma_x86_pvalidate(const volatile void *page, bool large, bool valid, bool *unchanged)
{
	uint64_t rax = DMA_ADDRESS(uintptr_t, page);
	unsigned char carry;

	__asm__ volatile(".byte 0xf2, 0x0f, 0x01, 0xff\n\tsetc %1"
			 : "+a"(rax), "=qm"(carry)
			 : "c"(DMA_CAST(uint32_t, large)), "d"(DMA_CAST(uint32_t, valid))
			 : "memory", "cc");
	*unchanged = carry != 0;
	return DMA_CAST(uint32_t, rax);
}

/* VMGEXIT, also VMMCALL with a prefix. */
static inline void dma_x86_vmgexit(void)
{
	__asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xd9" : : : "memory");
}

static inline uint64_t dma_x86_rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return DMA_CAST(uint64_t, high) << 32 | low;
}

static inline void dma_x86_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"(DMA_CAST(uint32_t, value)), "d"(DMA_CAST(uint32_t, value >> 32))
			 : "memory");
}

#endif
