/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each rule of the model of SEV-SNP's instructions and hypervisor, broken once.
 */
#include "cvm/snp_guest.h"
#include "guest.h"
#include "rules.h"
#include <string.h>

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

void (*const rules_snp[SNP_NRULES])(void) = {
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
