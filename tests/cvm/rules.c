/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each rule of the three models, broken once by a guest that was written wrong: the model says just this rule.
 * Prints TAP; with --table, a line for each and a sum.
 */
#include "cvm/realm_monitor.h"
#include "cvm/snp_guest.h"
#include "cvm/tdx_module.h"
#include "guest.h"
#include <stdio.h>
#include <string.h>

/* ---- TDX ---- */

static void tdcall(uint64_t rax, uint64_t rcx, uint64_t r10, uint64_t r11, uint64_t r12, uint64_t r13)
{
	struct tdx_registers regs = {.r = {rax, rcx, 0, 0, 0, 0, 0, 0, 0, 0, r10, r11, r12, r13}};

	tdx_module_call(&regs);
}

#define SHARED_52 (UINT64_C(1) << 51)

static void map_gpa(uint64_t gpa, uint64_t size)
{
	tdcall(0, 0xfc00, 0, 0x10001, gpa, size);
}

static void tdx_leaf(void)
{
	tdcall(99, 0, 0, 0, 0, 0);
}
static void tdx_info(void)
{
	tdcall(0x10001, 0, 0, 0, 0, 0);
}
static void tdx_mask_low(void)
{
	tdcall(0, 0xfc10, 0, 0x10001, GUEST_BASE, 4096);
}
static void tdx_mask_reserved(void)
{
	tdcall(0, 0x1fc00, 0, 0x10001, GUEST_BASE, 4096);
}
static void tdx_mask_misses(void)
{
	tdcall(0, 0xdc00, 0, 0x10001, GUEST_BASE, 4096);
}
static void tdx_standard(void)
{
	tdcall(0, 0xfc00, 1, 0x10001, GUEST_BASE, 4096);
}
static void tdx_subfunction(void)
{
	tdcall(0, 0xfc00, 0, 0x10000, GUEST_BASE, 4096);
}
static void tdx_map_unaligned(void)
{
	map_gpa(SHARED_52 | GUEST_BASE | 0x10, 4096);
}
static void tdx_map_empty(void)
{
	map_gpa(SHARED_52 | GUEST_BASE, 0);
}
static void tdx_map_width(void)
{
	map_gpa(SHARED_52 - 4096, 8192);
}
static void tdx_map_twice(void)
{
	map_gpa(SHARED_52 | GUEST_BASE, 4096);
	map_gpa(SHARED_52 | GUEST_BASE, 8192);
}
static void request_mmio(uint64_t mask, uint64_t size, uint64_t direction, uint64_t gpa)
{
	struct tdx_registers regs = {.r = {0, mask, 0, 0, 0, 0, 0, 0, 0, 0, 0, 48, size, direction, gpa, 0}};

	tdx_module_call(&regs);
}

static void tdx_mmio_mask(void)
{
	request_mmio(0x3c00, 4, 0, SHARED_52 | 0xfe000000);
}
static void tdx_mmio_size(void)
{
	request_mmio(0xfc00, 3, 0, SHARED_52 | 0xfe000000);
}
static void tdx_mmio_direction(void)
{
	request_mmio(0xfc00, 4, 2, SHARED_52 | 0xfe000000);
}
static void tdx_mmio_private(void)
{
	request_mmio(0xfc00, 4, 1, 0xfe000000);
}
static void tdx_accept_reserved(void)
{
	tdcall(6, GUEST_BASE | 8, 0, 0, 0, 0);
}
static void tdx_accept_level(void)
{
	tdcall(6, GUEST_BASE | 2, 0, 0, 0, 0);
}
static void tdx_accept_unaligned(void)
{
	tdcall(6, (GUEST_BASE + 4096) | 1, 0, 0, 0, 0);
}
static void tdx_accept_shared(void)
{
	tdcall(6, GUEST_BASE | SHARED_52, 0, 0, 0, 0);
}
static void tdx_accept_unmapped(void)
{
	map_gpa(SHARED_52 | GUEST_BASE, 4096);
	tdcall(6, GUEST_BASE, 0, 0, 0, 0);
}

/* ---- SEV-SNP ---- */

static void put(unsigned offset, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		snp_cpu.ghcb[offset + i] = (uint8_t)(value >> 8 * i);
}

/* A page state change of page 0 to shared, as it should be; the steps then spoil one thing. */
static void good_exit(void)
{
	bool carry;

	(void)snp_pvalidate(GUEST_BASE, 0, 0, &carry);
	memset(snp_cpu.ghcb, 0, 4096);
	put(0xffa, 2, 2);
	put(0x390, 8, UINT64_C(0x80000010));
	put(0x3a8, 8, snp_cpu.ghcb_paddr + 0x800);
	put(0x3f8, 8, UINT64_C(0x3c) << 48);
	put(0x800 + 8, 8, GUEST_BASE | UINT64_C(2) << 52);
	snp_cpu.msr = snp_cpu.ghcb_paddr;
}

static void spoilt(unsigned offset, unsigned bytes, uint64_t value)
{
	good_exit();
	put(offset, bytes, value);
	snp_vmgexit();
}

static void by_msr(uint64_t value)
{
	bool carry;

	(void)snp_pvalidate(GUEST_BASE, 0, 0, &carry);
	snp_cpu.msr = value;
	snp_vmgexit();
}

static void pvalidate(uint64_t paddr, uint32_t ecx, uint32_t edx)
{
	bool carry;

	(void)snp_pvalidate(paddr, ecx, edx, &carry);
}

static void snp_pv_size(void)
{
	pvalidate(GUEST_BASE, 2, 0);
}
static void snp_pv_reserved(void)
{
	pvalidate(GUEST_BASE, 0, 2);
}
static void snp_pv_unaligned(void)
{
	pvalidate(GUEST_BASE + 4096, 1, 0);
}
static void snp_pv_unassigned(void)
{
	good_exit();
	snp_vmgexit();
	pvalidate(GUEST_BASE, 0, 1);
}
static void snp_msr_function(void)
{
	by_msr(0x7ff);
}
static void snp_msr_operation(void)
{
	by_msr(0x014 | GUEST_BASE | UINT64_C(3) << 52);
}
static void snp_msr_reserved(void)
{
	by_msr(0x014 | GUEST_BASE | UINT64_C(2) << 52 | UINT64_C(1) << 60);
}
static void snp_not_memory(void)
{
	by_msr(0x014 | UINT64_C(0x5000) | UINT64_C(2) << 52);
}
static void snp_ghcb_private(void)
{
	good_exit();
	snp_cpu.msr = GUEST_BASE + 4096;
	snp_vmgexit();
}
static void snp_ghcb_version(void)
{
	spoilt(0xffa, 2, 9);
}
static void snp_ghcb_usage(void)
{
	spoilt(0xffc, 4, 1);
}
static void snp_ghcb_bitmap(void)
{
	spoilt(0x3f8, 8, UINT64_C(0x1c) << 48);
}
static void snp_exit_code(void)
{
	spoilt(0x390, 8, UINT64_C(0x80000099));
}
static void snp_exit_info(void)
{
	spoilt(0x398, 8, 1);
}
static void snp_scratch(void)
{
	spoilt(0x3a8, 8, GUEST_BASE);
}
static void mmio_exit(uint64_t paddr, uint64_t size)
{
	good_exit();
	put(0x390, 8, UINT64_C(0x80000001));
	put(0x398, 8, paddr);
	put(0x3a0, 8, size);
	snp_vmgexit();
}
static void snp_mmio_size(void)
{
	mmio_exit(0xfe000000, 3);
}
static void snp_mmio_memory(void)
{
	mmio_exit(GUEST_BASE, 4);
}
static void snp_register_private(void)
{
	snp_cpu.msr = 0x012 | GUEST_BASE;
	snp_vmgexit();
}
static void snp_psc_header(void)
{
	spoilt(0x800, 2, 1);
}
static void snp_psc_entry(void)
{
	spoilt(0x808, 8, GUEST_BASE | UINT64_C(2) << 52 | UINT64_C(1) << 57);
}
static void snp_psc_operation(void)
{
	spoilt(0x808, 8, GUEST_BASE | UINT64_C(9) << 52);
}
static void snp_psc_unaligned(void)
{
	spoilt(0x808, 8, (GUEST_BASE + 4096) | UINT64_C(2) << 52 | UINT64_C(1) << 56);
}
static void snp_shares_valid(void)
{
	spoilt(0x808, 8, (GUEST_BASE + 4096) | UINT64_C(2) << 52);
}
static void snp_shares_twice(void)
{
	good_exit();
	snp_vmgexit();
	snp_cpu.msr = 0x014 | GUEST_BASE | UINT64_C(2) << 52;
	snp_vmgexit();
}

/* ---- CCA ---- */

static void rsi(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
	struct rsi_registers regs = {{x0, x1, x2, x3, x4}};

	realm_monitor_call(&regs);
}

static void set_state(uint64_t base, uint64_t top, uint64_t state, uint64_t flags)
{
	rsi(UINT64_C(0xc4000197), base, top, state, flags);
}

static void rsi_function(void)
{
	rsi(UINT64_C(0xc40001ff), 0, 0, 0, 0);
}
static void rsi_version(void)
{
	rsi(UINT64_C(0xc4000190), UINT64_C(1) << 31, 0, 0, 0);
}
static void rsi_config_unaligned(void)
{
	rsi(UINT64_C(0xc4000196), GUEST_BASE + 512, 0, 0, 0);
}
static void rsi_config_unprotected(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 0, 0);
	rsi(UINT64_C(0xc4000196), GUEST_BASE, 0, 0, 0);
}
static void rsi_set_unaligned(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 100, 0, 0);
}
static void rsi_set_empty(void)
{
	set_state(GUEST_BASE, GUEST_BASE, 0, 0);
}
static void rsi_set_unprotected(void)
{
	set_state(UINT64_C(1) << 39, (UINT64_C(1) << 39) + 4096, 0, 0);
}
static void rsi_set_state(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 2, 0);
}
static void rsi_set_flags(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 0, 2);
}
static void rsi_set_again(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 1, 0);
}

static void (*const tdx[TDX_NRULES])(void) = {
	[TDX_LEAF] = tdx_leaf,
	[TDX_INFO_OPERANDS] = tdx_info,
	[TDX_MASK_LOW] = tdx_mask_low,
	[TDX_MASK_RESERVED] = tdx_mask_reserved,
	[TDX_MASK_MISSES] = tdx_mask_misses,
	[TDX_VMCALL_STANDARD] = tdx_standard,
	[TDX_SUBFUNCTION] = tdx_subfunction,
	[TDX_MAP_UNALIGNED] = tdx_map_unaligned,
	[TDX_MAP_EMPTY] = tdx_map_empty,
	[TDX_MAP_WIDTH] = tdx_map_width,
	[TDX_MAP_TWICE] = tdx_map_twice,
	[TDX_MMIO_MASK] = tdx_mmio_mask,
	[TDX_MMIO_SIZE] = tdx_mmio_size,
	[TDX_MMIO_DIRECTION] = tdx_mmio_direction,
	[TDX_MMIO_PRIVATE] = tdx_mmio_private,
	[TDX_ACCEPT_RESERVED] = tdx_accept_reserved,
	[TDX_ACCEPT_LEVEL] = tdx_accept_level,
	[TDX_ACCEPT_UNALIGNED] = tdx_accept_unaligned,
	[TDX_ACCEPT_SHARED] = tdx_accept_shared,
	[TDX_ACCEPT_UNMAPPED] = tdx_accept_unmapped,
};
static void (*const snp[SNP_NRULES])(void) = {
	[SNP_PV_SIZE] = snp_pv_size,
	[SNP_PV_RESERVED] = snp_pv_reserved,
	[SNP_PV_UNALIGNED] = snp_pv_unaligned,
	[SNP_PV_UNASSIGNED] = snp_pv_unassigned,
	[SNP_MSR_FUNCTION] = snp_msr_function,
	[SNP_MSR_OPERATION] = snp_msr_operation,
	[SNP_MSR_RESERVED] = snp_msr_reserved,
	[SNP_NOT_MEMORY] = snp_not_memory,
	[SNP_GHCB_PRIVATE] = snp_ghcb_private,
	[SNP_GHCB_VERSION] = snp_ghcb_version,
	[SNP_GHCB_USAGE] = snp_ghcb_usage,
	[SNP_GHCB_BITMAP] = snp_ghcb_bitmap,
	[SNP_EXIT_CODE] = snp_exit_code,
	[SNP_EXIT_INFO] = snp_exit_info,
	[SNP_SCRATCH] = snp_scratch,
	[SNP_MMIO_SIZE] = snp_mmio_size,
	[SNP_MMIO_MEMORY] = snp_mmio_memory,
	[SNP_REGISTER_PRIVATE] = snp_register_private,
	[SNP_PSC_HEADER] = snp_psc_header,
	[SNP_PSC_ENTRY] = snp_psc_entry,
	[SNP_PSC_OPERATION] = snp_psc_operation,
	[SNP_PSC_UNALIGNED] = snp_psc_unaligned,
	[SNP_SHARES_VALID] = snp_shares_valid,
	[SNP_SHARES_TWICE] = snp_shares_twice,
};
static void (*const cca[RSI_NRULES])(void) = {
	[RSI_FUNCTION] = rsi_function,
	[RSI_VERSION_RESERVED] = rsi_version,
	[RSI_CONFIG_UNALIGNED] = rsi_config_unaligned,
	[RSI_CONFIG_UNPROTECTED] = rsi_config_unprotected,
	[RSI_SET_UNALIGNED] = rsi_set_unaligned,
	[RSI_SET_EMPTY] = rsi_set_empty,
	[RSI_SET_UNPROTECTED] = rsi_set_unprotected,
	[RSI_SET_STATE] = rsi_set_state,
	[RSI_SET_FLAGS] = rsi_set_flags,
	[RSI_SET_AGAIN] = rsi_set_again,
};

static unsigned tests, missed;
static bool table;

static void check(enum guest guest, const char *model, void (*const *steps)(void))
{
	struct dma_cvm cvm;
	unsigned n, bad = 0;
	const struct cvm_rule *rules = guest_rules(guest, &n);

	for (unsigned rule = 0; rule < n; rule++) {
		bool good = steps[rule] && !guest_start(guest, false, &cvm);
		unsigned others = 0;

		if (good)
			steps[rule]();
		for (unsigned i = 0; i < n; i++)
			others += i != rule && cvm_world.broken[i];
		good = good && cvm_world.broken[rule] == 1 && !others;
		tests++;
		bad += !good;
		if (table)
			printf("%-28s %-16s %s: %s\n", rules[rule].id, rules[rule].section, rules[rule].text,
			       good ? "caught" : "NOT CAUGHT");
		else
			printf("%sok %u - %s (%s): %s\n", good ? "" : "not ", tests, rules[rule].id,
			       rules[rule].section, rules[rule].text);
	}
	missed += bad;
	if (table)
		printf("%u rules of %s, %u tests that break them, %u not caught\n", n, model, n, bad);
}

int main(int argc, char **argv)
{
	table = argc > 1 && !strcmp(argv[1], "--table");
	check(TDX_52, "TDX", tdx);
	check(SNP_PAGE, "SEV-SNP", snp);
	check(CCA, "CCA", cca);
	if (!table)
		printf("1..%u\n", tests);
	return missed != 0;
}
