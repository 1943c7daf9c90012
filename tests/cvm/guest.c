/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The instructions, and the hooks that the library's part needs.
 */
#include "guest.h"
#include "cvm/realm_monitor.h"
#include "cvm/snp_guest.h"
#include "cvm/tdx_module.h"
#include <dmastream/cvm_arm.h>
#include <dmastream/cvm_x86.h>
#include <dmastream/platform.h>
#include <stdlib.h>
#include <string.h>

const char *const guest_names[GUESTS] = {"TDX, 48 bits", "TDX, 52 bits", "SEV-SNP by MSR", "SEV-SNP by page", "CCA"};
struct guest_cpu guest_cpu;

static uint8_t ghcb[4096];
static uint64_t realm_config[512] __attribute__((aligned(4096)));
static unsigned locks;

/* A linear map that nobody dereferences: pages have states, no contents. */
#define LINEAR UINT64_C(0x100000000000)

enum { GHCB_AT = 0x30000000 };

struct cvm_cpuid cvm_cpuid_of(uint32_t leaf)
{
	switch (leaf) {
	case 0:
		return (struct cvm_cpuid){guest_cpu.max_basic, 0, 0, 0};
	case 0x21:
		return (struct cvm_cpuid){0, guest_cpu.tdx[0], guest_cpu.tdx[2], guest_cpu.tdx[1]};
	case 0x80000000:
		return (struct cvm_cpuid){guest_cpu.max_extended, 0, 0, 0};
	case 0x8000001f:
		return (struct cvm_cpuid){guest_cpu.sev_eax, guest_cpu.sev_ebx, 0, 0};
	default:
		abort();
	}
}

uint64_t dma_x86_tdcall(uint64_t leaf, struct dma_tdcall *regs)
{
	struct tdx_registers all = {.r = {leaf, regs->rcx, regs->rdx, 0, 0, 0, 0, 0, regs->r8, regs->r9, regs->r10,
					  regs->r11, regs->r12, regs->r13, regs->r14, regs->r15}};

	tdx_module_call(&all);
	*regs = (struct dma_tdcall){all.r[1],  all.r[2],  all.r[8],  all.r[9],	all.r[10],
				    all.r[11], all.r[12], all.r[13], all.r[14], all.r[15]};
	return all.r[0];
}

uint32_t dma_x86_pvalidate(const volatile void *page, bool large, bool valid, bool *unchanged)
{
	return snp_pvalidate((uint64_t)(uintptr_t)page - LINEAR, large, valid, unchanged);
}

void dma_x86_vmgexit(void)
{
	if (locks == 0)
		abort(); /* an interrupt handler could use the same MSR */
	snp_vmgexit();
}

uint64_t dma_x86_rdmsr(uint32_t msr)
{
	switch (msr) {
	case 0xc0010130:
		return snp_cpu.msr;
	case 0xc0010131:
		if (!(guest_cpu.sev_eax & 2))
			abort(); /* a fault where the CPU has no such MSR */
		return guest_cpu.sev_status;
	default:
		abort();
	}
}

void dma_x86_wrmsr(uint32_t msr, uint64_t value)
{
	if (msr != 0xc0010130)
		abort();
	snp_cpu.msr = value;
}

void dma_arm_smc(struct dma_smc *regs)
{
	struct rsi_registers all = {{regs->x0, regs->x1, regs->x2, regs->x3, regs->x4}};

	realm_monitor_call(&all);
	*regs = (struct dma_smc){all.x[0], all.x[1], all.x[2], all.x[3], all.x[4]};
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)nbytes;
	return (void *)(uintptr_t)(LINEAR + paddr.raw);
}

uintptr_t dma_host_lock(struct dma_lock *lock)
{
	if (lock->word++)
		abort();
	locks++;
	return 0;
}

void dma_host_unlock(struct dma_lock *lock, uintptr_t state)
{
	(void)state;
	lock->word--;
	locks--;
}

static void *this_ghcb(uint64_t *paddr)
{
	if (locks == 0)
		abort();
	*paddr = GHCB_AT;
	return ghcb;
}

static void write_config(uint64_t paddr, uint64_t value)
{
	realm_config[paddr % 4096 / 8] = value;
}

int guest_start(enum guest guest, bool large, struct dma_cvm *cvm)
{
	cvm_world_start(GUEST_BASE, GUEST_PAGES);
	memset(cvm_world.large, large, sizeof(cvm_world.large));
	if (GUEST_PAGES % 512)
		cvm_fall_apart(GUEST_BASE + (uint64_t)(GUEST_PAGES - 1) * 4096);
	memset(ghcb, 0xa5, sizeof(ghcb));
	snp_cpu = (struct snp_cpu){.ghcb = ghcb, .ghcb_paddr = GHCB_AT, .msr = 0x1234000};
	tdx_width = guest == TDX_48 ? 48 : 52;
	tdx_fails_vmcall = 0;
	rsi_write = write_config;
	snp_c_bit = 51;
	rsi_absent = false;
	guest_cpu = (struct guest_cpu){.max_basic = 0x24,
				       .max_extended = 0x80000021,
				       .tdx = {0x65746e49, 0x5844546c, 0x20202020},
				       .sev_eax = 0x1f,
				       .sev_ebx = 51,
				       .sev_status = 7};
	switch (guest) {
	case TDX_48:
	case TDX_52:
		return dma_cvm_tdx(cvm);
	case SNP_MSR:
		return dma_cvm_snp(cvm, NULL);
	case SNP_PAGE:
		return dma_cvm_snp(cvm, this_ghcb);
	default:
		return dma_cvm_cca(cvm, realm_config, dma_paddr(GUEST_BASE));
	}
}

const struct cvm_rule *guest_rules(enum guest guest, unsigned *n)
{
	if (guest <= TDX_52) {
		*n = TDX_NRULES;
		return tdx_rules;
	}
	if (guest <= SNP_PAGE) {
		*n = SNP_NRULES;
		return snp_rules;
	}
	*n = RSI_NRULES;
	return rsi_rules;
}
