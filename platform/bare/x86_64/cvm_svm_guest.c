/* SPDX-License-Identifier: MPL-2.0 */
/*
 * In a TDX or SEV-SNP guest of this machine's own (cvm_svm.c is its other side): calls to that side, which technology
 * it is, and the GHCB page.
 */
#include "../cvm/cvm_guest.h"
#include "../cvm/cvm_mock.h"
#include "../kernel/print.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "cvm_svm.h"
#include "port.h"
#include "x86.h"

uint64_t machine_mock_call(enum mock_call call, uint64_t a, uint64_t b)
{
	uint64_t rax = call;

	__asm__ volatile("vmmcall" : "+a"(rax) : "D"(a), "S"(b) : "memory");
	return rax;
}

int machine_cvm_find(struct dma_cvm *cvm)
{
	return dma_cvm_tdx(cvm) ? dma_cvm_snp(cvm, NULL) : 0;
}

static void *ghcb;
static uint64_t ghcb_paddr;

static void *this_ghcb(uint64_t *paddr)
{
	*paddr = ghcb_paddr;
	return ghcb;
}

/* GHCB specification, 2.3.2. */
static bool register_ghcb(void)
{
	write_msr((uint32_t)SVM_MSR_GHCB, ghcb_paddr | 0x012);
	__asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xd9" : : : "memory");
	return read_msr((uint32_t)SVM_MSR_GHCB) == (ghcb_paddr | 0x013);
}

/* The first page is shared by the MSR protocol. */
void machine_cvm_finish(struct dma_cvm *cvm)
{
	uintptr_t va;
	size_t done;

	if (cvm->pte_bit_shares)
		return;
	ghcb_paddr = frames_take();
	if (!ghcb_paddr || dma_cvm_share(cvm, dma_paddr(ghcb_paddr), 1, &done) ||
	    kva_map(ghcb_paddr, 1, VM_CACHED | VM_SHARED, &va) || !register_ghcb())
		panic("cvm: no GHCB page");
	ghcb = (void *)va;
	if (dma_cvm_snp(cvm, this_ghcb))
		panic("cvm: the technology is gone");
}

void machine_reroute(void (*from)(void), void (*to)(void))
{
	unsigned char *at = (unsigned char *)(uintptr_t)from;
	int32_t distance = (int32_t)((intptr_t)to - ((intptr_t)from + 5));

	at[0] = 0xe9; /* JMP rel32 */
	for (unsigned i = 0; i < 4; i++)
		at[1 + i] = (unsigned char)((uint32_t)distance >> 8 * i);
}
