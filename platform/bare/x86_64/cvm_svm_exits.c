/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What ends the run of the guest that cvm_svm.c runs: instructions that the technology has and this machine has not,
 * CPUID, and the two MSRs. Each goes to the model of the module or of the hypervisor, whose answer the guest then finds
 * in its registers.
 */
#include "../../sim/cvm/snp_guest.h"
#include "../../sim/cvm/tdx_module.h"
#include "../cvm/cvm_guest.h"
#include "../cvm/cvm_mock.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "cvm_svm.h"
#include "port.h"
#include "x86.h"

enum {
	EXIT_UNDEFINED = 0x40 + SVM_UNDEFINED, /* appendix C */
	EXIT_CPUID = 0x72,
	EXIT_MSR = 0x7c,
	EXIT_VMMCALL = 0x81,
	RFLAGS_CARRY = 1,
};

/* The guest's own tables say where a linear address leads: without its alias bit. */
static bool guest_paddr(const struct svm_guest *g, uint64_t va, uint64_t *paddr)
{
	uint64_t table = g->vmcb.cr3;

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t entry, place;

		if (!mock_resolve((table & PTE_ADDRESS) + 8 * (va >> shift & (SVM_ENTRIES - 1)), &place))
			return false;
		entry = ((const uint64_t *)vm_linear(place))[va >> shift & (SVM_ENTRIES - 1)];
		if (!(entry & PTE_PRESENT))
			return false;
		if (shift == 12 || entry & PTE_BIG) {
			*paddr = (entry & PTE_ADDRESS & ~mock_plan.alias & ~((UINT64_C(1) << shift) - 1)) +
				 (va & ((UINT64_C(1) << shift) - 1));
			return true;
		}
		table = entry;
	}
}

static void tdcall(struct svm_guest *g)
{
	struct tdx_registers all;

	__builtin_memcpy(all.r, g->regs.r, sizeof(all.r));
	all.r[0] = g->vmcb.rax;
	tdx_module_call(&all);
	__builtin_memcpy(g->regs.r, all.r, sizeof(all.r));
	g->vmcb.rax = all.r[0];
}

static void pvalidate(struct svm_guest *g)
{
	uint64_t paddr;
	bool carry = false;

	if (!guest_paddr(g, g->vmcb.rax, &paddr))
		mock_end("PVALIDATE of an address that is not mapped", g->vmcb.rax);
	g->vmcb.rax = snp_pvalidate(paddr, (uint32_t)g->regs.r[1], (uint32_t)g->regs.r[2], &carry);
	g->vmcb.rflags = (g->vmcb.rflags & ~(uint64_t)RFLAGS_CARRY) | carry;
}

static bool is_at_rip(const struct svm_guest *g, const uint8_t *bytes)
{
	return !__builtin_memcmp((const void *)g->vmcb.rip, bytes, 4);
}

static void undefined(struct svm_guest *g)
{
	static const uint8_t tdcall_bytes[4] = {0x66, 0x0f, 0x01, 0xcc}, pvalidate_bytes[4] = {0xf2, 0x0f, 0x01, 0xff},
			     vmgexit_bytes[4] = {0xf3, 0x0f, 0x01, 0xd9};

	/* The image's code is the same on both sides. */
	if (g->vmcb.rip < (uint64_t)image_start || g->vmcb.rip >= (uint64_t)image_text_end)
		mock_end("an undefined instruction", g->vmcb.rip);
	if (!g->is_snp && is_at_rip(g, tdcall_bytes))
		tdcall(g);
	else if (g->is_snp && is_at_rip(g, pvalidate_bytes))
		pvalidate(g);
	else if (g->is_snp && is_at_rip(g, vmgexit_bytes))
		snp_vmgexit();
	else
		mock_end("an undefined instruction", g->vmcb.rip);
	g->vmcb.rip += 4;
}

static void vmmcall(struct svm_guest *g)
{
	if (*(const uint8_t *)g->vmcb.rip == 0xf3) {
		undefined(g);
		return;
	}
	g->vmcb.rax = mock_call((enum mock_call)g->vmcb.rax, g->regs.r[7], g->regs.r[6]);
	g->vmcb.rip += 3;
}

static void cpuid_exit(struct svm_guest *g)
{
	uint32_t leaf = (uint32_t)g->vmcb.rax, subleaf = (uint32_t)g->regs.r[1];
	struct cpuid id = cpuid(leaf, subleaf);

	if (!g->is_snp && leaf == 0 && id.eax < 0x21)
		id.eax = 0x21;
	if (!g->is_snp && leaf == 0x21) /* "IntelTDX    " */
		id = (struct cpuid){0, 0x65746e49, 0x20202020, 0x5844546c};
	if (g->is_snp && leaf == 0x80000000 && id.eax < 0x8000001f)
		id.eax = 0x8000001f;
	if (g->is_snp && leaf == 0x8000001f)
		id = (struct cpuid){0x1a, SVM_ALIAS_BIT, 0, 0}; /* SEV, SEV-ES, SEV-SNP */
	g->vmcb.rax = id.eax;
	g->regs.r[3] = id.ebx;
	g->regs.r[1] = id.ecx;
	g->regs.r[2] = id.edx;
	g->vmcb.rip += 2;
}

static void msr_exit(struct svm_guest *g)
{
	uint32_t msr = (uint32_t)g->regs.r[1];
	uint64_t value = (uint32_t)g->vmcb.rax | g->regs.r[2] << 32;

	if (!g->is_snp || (g->vmcb.exit_info1 && msr != (uint32_t)SVM_MSR_GHCB))
		mock_end("an MSR that this guest does not have", msr);
	if (g->vmcb.exit_info1) {
		snp_cpu.msr = value;
	} else {
		value = msr == (uint32_t)SVM_MSR_GHCB ? snp_cpu.msr : 7; /* SEV_STATUS: SEV, SEV-ES, SEV-SNP */
		g->vmcb.rax = (uint32_t)value;
		g->regs.r[2] = value >> 32;
	}
	g->vmcb.rip += 2;
}

void svm_exit(struct svm_guest *g)
{
	switch (g->vmcb.exit_code) {
	case EXIT_UNDEFINED:
		undefined(g);
		break;
	case EXIT_VMMCALL:
		vmmcall(g);
		break;
	case EXIT_CPUID:
		cpuid_exit(g);
		break;
	case EXIT_MSR:
		msr_exit(g);
		break;
	default:
		print("cvm: at 0x%llx\n", (unsigned long long)g->vmcb.rip);
		mock_end("an exit that nobody expects", g->vmcb.exit_code);
	}
}
