/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Intel TDX. The hypervisor maps a page as shared or private when it is asked (MapGPA, GHCI 3.2); a private page
 * counts only once the TDX module has accepted it (TDG.MEM.PAGE.ACCEPT, module ABI 5.4), whatever the hypervisor
 * said.
 */
#include "technology.h"
#include <dmastream/cvm_x86.h>

enum {
	LEAF_VMCALL = 0,
	LEAF_INFO = 1,
	LEAF_ACCEPT = 6,
	SUBFUNCTION_MAP_GPA = 0x10001,
	SUBFUNCTION_MMIO = 48,	   /* GHCI 3.7: the exit reason of an EPT violation */
	PASSED_REGISTERS = 0xfc00, /* R10 to R15: GHCI 2.4.1 */
	CPUID_TDX = 0x21,
};
#define VMCALL_RETRY	UINT64_C(1) /* GHCI table 2-8 */
#define STATUS_MASK	UINT64_C(0xffffffff00000000)
#define SIZE_MISMATCH	UINT64_C(0xc0000b0b00000000)
#define ALREADY_PRIVATE UINT64_C(0x00000b0a00000000)
#define LEVEL_2M	UINT64_C(1)

/* Pages that one MapGPA converts. If it fails, they are converted one by one, to find the page that it failed at. */
#define ASKED_AT_ONCE DMA_CVM_LARGE

/* One MapGPA from *at to asked, as often as the hypervisor wants to go on. Moves *at on by its answers. */
static int map_gpa(const struct dma_cvm *cvm, uint64_t *at, uint64_t asked, bool share)
{
	uint64_t bit = share ? cvm->pte_bit : 0;

	for (unsigned busy = 0; busy < DMA_CVM_RETRIES;) {
		struct dma_tdcall regs = {
			.rcx = PASSED_REGISTERS, .r11 = SUBFUNCTION_MAP_GPA, .r12 = *at | bit, .r13 = asked - *at};
		uint64_t next;
		bool credible;

		if (dma_x86_tdcall(LEAF_VMCALL, &regs) != 0)
			return DMA_EIO;
		if (regs.r10 == 0) {
			*at = asked;
			return 0;
		}
		/* R11: where it failed, or where to go on, with the shared bit as it was asked. Where it is the end,
		 * all is done. */
		next = regs.r11 & ~cvm->pte_bit;
		credible = (regs.r11 & cvm->pte_bit) == bit && dma_cvm_credible(next, *at, asked);
		if (regs.r10 != VMCALL_RETRY || !credible) {
			if (credible && next < asked)
				*at = next;
			return DMA_EIO;
		}
		busy = next == *at ? busy + 1 : 0;
		*at = next;
		if (*at == asked)
			return 0;
	}
	return DMA_ETIMEDOUT;
}

static uint64_t accept(uint64_t gpa, uint64_t level)
{
	struct dma_tdcall regs = {.rcx = gpa | level};

	return dma_x86_tdcall(LEAF_ACCEPT, &regs) & STATUS_MASK;
}

/* A page that the module says is private already was never taken away: what it holds is the guest's. */
static bool accepted(uint64_t status)
{
	return status == 0 || status == ALREADY_PRIVATE;
}

/* 2 MiB at a time where the page is mapped so; the module's answer to a level that does not fit names the other. */
static int accept_range(uint64_t *at, uint64_t end)
{
	while (*at < end) {
		bool large = *at % DMA_CVM_LARGE == 0 && end - *at >= DMA_CVM_LARGE;
		uint64_t status = large ? accept(*at, LEVEL_2M) : SIZE_MISMATCH;
		uint64_t done = DMA_CVM_LARGE;

		if (status == SIZE_MISMATCH) {
			status = accept(*at, 0);
			done = DMA_CVM_GRANULE;
		}
		if (!accepted(status))
			return DMA_EIO;
		*at += done;
	}
	return 0;
}

static int convert(const struct dma_cvm *cvm, uint64_t *at, uint64_t *asked, uint64_t end, bool share)
{
	while (*at < end) {
		uint64_t mapped = *at;
		int error;

		*asked = end - *at > ASKED_AT_ONCE ? *at + ASKED_AT_ONCE - *at % ASKED_AT_ONCE : end;
		error = map_gpa(cvm, &mapped, *asked, share);
		if (share) {
			*at = mapped;
		} else {
			/* The hypervisor may have failed half-way: the pages that it did make private are accepted
			 * all the same. */
			int refused = accept_range(at, mapped);

			error = refused ? refused : error;
		}
		if (error)
			return error;
	}
	return 0;
}

/* Pages that the hypervisor says it did not come to: the module says of each that it is private already, or pending. */
static int keep(uint64_t at, uint64_t end)
{
	return accept_range(&at, end);
}

static int mmio(const struct dma_cvm *cvm, uint64_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	struct dma_tdcall regs = {.rcx = PASSED_REGISTERS,
				  .r11 = SUBFUNCTION_MMIO,
				  .r12 = nbytes,
				  .r13 = write,
				  .r14 = paddr | cvm->pte_bit,
				  .r15 = write ? *value : 0};

	if (dma_x86_tdcall(LEAF_VMCALL, &regs) != 0 || regs.r10 != 0)
		return DMA_EIO;
	if (!write)
		*value = regs.r11;
	return 0;
}

int dma_cvm_tdx(struct dma_cvm *cvm)
{
	static const struct dma_cvm_ops ops = {"TDX", convert, keep, mmio};
	struct dma_tdcall regs = {0};
	struct dma_x86_regs id;
	uint64_t width;

	if (dma_x86_cpuid(0).a < CPUID_TDX)
		return DMA_ENODEV;
	id = dma_x86_cpuid(CPUID_TDX);
	/* "IntelTDX    " in EBX, EDX, ECX: module base architecture, 11.2 */
	if (id.b != 0x65746e49 || id.d != 0x5844546c || id.c != 0x20202020)
		return DMA_ENODEV;
	if (dma_x86_tdcall(LEAF_INFO, &regs) != 0)
		return DMA_ENODEV;
	width = regs.rcx & 0x3f;
	if (width != 48 && width != 52)
		return DMA_ENOTSUP;
	*cvm = (struct dma_cvm){.ops = &ops, .pte_bit = UINT64_C(1) << (width - 1), .pte_bit_shares = true};
	return 0;
}
