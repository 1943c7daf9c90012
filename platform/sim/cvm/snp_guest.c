/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PVALIDATE and VMGEXIT. Numbers are the specifications', written down a second time on purpose: the library's could be
 * wrong.
 */
#include "snp_guest.h"

#define SNP_TEXT(name, section, text) {#name, section, text},
const struct cvm_rule snp_rules[SNP_NRULES] = {SNP_RULES(SNP_TEXT)};
#undef SNP_TEXT

struct snp_cpu snp_cpu;
unsigned snp_c_bit = 51;

enum { FAIL_INPUT = 1, FAIL_SIZEMISMATCH = 6 };

/* ---- PVALIDATE ---- */

static uint32_t refuse(enum snp_rule rule, uint64_t value)
{
	cvm_breach(rule, value);
	return FAIL_INPUT;
}

uint32_t snp_pvalidate(uint64_t paddr, uint32_t ecx, uint32_t edx, bool *carry)
{
	unsigned n = ecx ? 512 : 1, same = 0;
	bool valid = edx & 1;
	uint8_t *first = cvm_page_at(paddr);

	*carry = false;
	if (ecx > 1)
		return refuse(SNP_PV_SIZE, ecx);
	if (edx > 1)
		return refuse(SNP_PV_RESERVED, edx);
	if (paddr % (ecx ? 0x200000 : 4096))
		return refuse(SNP_PV_UNALIGNED, paddr);
	if (!first || *first == CVM_SHARED || !cvm_page_at(paddr + (uint64_t)(n - 1) * 4096))
		return refuse(SNP_PV_UNASSIGNED, paddr);
	if (ecx && !cvm_world.large[first - cvm_world.page])
		return FAIL_SIZEMISMATCH;
	if (cvm_module_fails())
		return FAIL_INPUT;
	if (!ecx && cvm_world.large[first - cvm_world.page]) /* a fault, on which the hypervisor splits the entry */
		cvm_fall_apart(paddr);
	for (unsigned i = 0; i < n; i++) {
		uint8_t *page = first + i;

		same += *page == (valid ? CVM_PRIVATE : CVM_LIMBO);
		if (*page != CVM_SHARED)
			*page = valid ? CVM_PRIVATE : CVM_LIMBO;
	}
	*carry = same == n;
	cvm_tell(paddr, n);
	return 0;
}

/* ---- Page state changes ---- */

static bool change_is_right(uint64_t paddr, unsigned npages, bool share)
{
	for (unsigned i = 0; i < npages; i++) {
		const uint8_t *page = cvm_page_at(paddr + (uint64_t)i * 4096);

		if (!page) {
			cvm_breach(SNP_NOT_MEMORY, paddr);
			return false;
		}
		if (share && *page == CVM_PRIVATE) {
			cvm_breach(SNP_SHARES_VALID, paddr);
			return false;
		}
		if (share && *page == CVM_SHARED) {
			cvm_breach(SNP_SHARES_TWICE, paddr);
			return false;
		}
	}
	return true;
}

static uint64_t change_by_msr(uint64_t request)
{
	uint64_t operation = request >> 52 & 15, paddr = request & UINT64_C(0xffffffffff000);
	uint64_t failed = UINT64_C(1) << 32 | 0x015;
	struct cvm_said said;

	if (request >> 56) {
		cvm_breach(SNP_MSR_RESERVED, request);
		return failed;
	}
	if (operation != 1 && operation != 2) {
		cvm_breach(SNP_MSR_OPERATION, request);
		return failed;
	}
	if (!change_is_right(paddr, 1, operation == 2))
		return failed;
	said = cvm_hypervisor(1);
	cvm_turn(paddr, said.pieces, operation == 2, CVM_LIMBO);
	switch (said.mood) {
	case CVM_OBEYS:
	case CVM_SAYS_DONE:
		return 0x015;
	case CVM_SAYS_MORE:
		return 0x015 | UINT64_C(1) << 12; /* bits that must be zero */
	case CVM_SAYS_ELSEWHERE:
		return 0x017; /* the answer to something else */
	case CVM_SAYS_BACKWARDS:
		return request;
	case CVM_SAYS_UNALIGNED:
		return 0;
	default:
		return failed;
	}
}

static uint64_t load(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

static void store(uint8_t *at, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static bool entry_is_right(uint64_t entry)
{
	uint64_t operation = entry >> 52 & 15;
	bool large = entry >> 56 & 1;

	if (entry >> 57 || entry & 0xfff)
		cvm_breach(SNP_PSC_ENTRY, entry);
	else if (operation < 1 || operation > 4)
		cvm_breach(SNP_PSC_OPERATION, entry);
	else if (large && (entry >> 12) % 512)
		cvm_breach(SNP_PSC_UNALIGNED, entry);
	else
		return change_is_right(entry & UINT64_C(0xffffffffff000), large ? 512 : 1, operation == 2);
	return false;
}

/* Answers in the structure and in SW_EXITINFO2. */
static void answer(struct cvm_said said, uint8_t *psc, unsigned current, unsigned last)
{
	switch (said.mood) {
	case CVM_OBEYS:
	case CVM_SAYS_DONE:
		store(psc, 2, last + 1);
		return;
	case CVM_BUSY:
	case CVM_PARTS:
		store(psc, 2, current + said.pieces);
		return;
	case CVM_SAYS_MORE:
		store(psc, 2, last + 2);
		return;
	case CVM_SAYS_ELSEWHERE:
		store(psc + 2, 2, last + 5);
		store(psc, 2, last + 1);
		return;
	case CVM_SAYS_BACKWARDS:
		store(psc, 2, current - 1);
		return;
	case CVM_FAILS_THERE:
		store(psc, 2, current + said.pieces);
		store(snp_cpu.ghcb + 0x3a0, 8, UINT64_C(0x100) << 32);
		return;
	case CVM_SAYS_UNALIGNED: /* the exit was malformed, it says */
		store(snp_cpu.ghcb + 0x398, 8, 2);
		store(snp_cpu.ghcb + 0x3a0, 8, 5);
		return;
	default:
		store(snp_cpu.ghcb + 0x3a0, 8, UINT64_C(0x100) << 32);
	}
}

/* A page of 2 MiB has its own progress, in the bits that are 0 in the request. */
static void fail_within(uint8_t *at)
{
	uint64_t entry = load(at, 8);
	unsigned n = cvm_world.pages < 511 ? cvm_world.pages : 511;

	if (!(entry >> 56 & 1))
		return;
	cvm_turn(entry & UINT64_C(0xffffffffff000), n, (entry >> 52 & 15) == 2, CVM_LIMBO);
	store(at, 8, entry | n);
}

static void change_by_page(uint8_t *psc)
{
	unsigned current = (unsigned)load(psc, 2), last = (unsigned)load(psc + 2, 2);
	struct cvm_said said;

	if (load(psc + 4, 4) || last > 252 || current > last) {
		cvm_breach(SNP_PSC_HEADER, load(psc, 8));
		store(snp_cpu.ghcb + 0x3a0, 8, UINT64_C(1) << 32);
		return;
	}
	for (unsigned i = current; i <= last; i++)
		if (!entry_is_right(load(psc + 8 + 8 * i, 8))) {
			store(snp_cpu.ghcb + 0x3a0, 8, UINT64_C(2) << 32);
			return;
		}
	said = cvm_hypervisor(last - current + 1);
	for (unsigned i = current; i < current + said.pieces; i++) {
		uint64_t entry = load(psc + 8 + 8 * i, 8);

		cvm_turn(entry & UINT64_C(0xffffffffff000), entry >> 56 & 1 ? 512 : 1, (entry >> 52 & 15) == 2,
			 CVM_LIMBO);
	}
	if (said.mood == CVM_FAILS_THERE && current + said.pieces <= last)
		fail_within(psc + 8 + 8 * (current + said.pieces));
	answer(said, psc, current, last);
}

static bool marked(unsigned offset)
{
	return snp_cpu.ghcb[0x3f0 + offset / 64] >> offset / 8 % 8 & 1;
}

static void malformed(enum snp_rule rule, uint64_t value)
{
	cvm_breach(rule, value);
	store(snp_cpu.ghcb + 0x398, 8, 2);
	store(snp_cpu.ghcb + 0x3a0, 8, 5);
}

static void access_by_page(bool write, uint64_t paddr, uint64_t size, uint64_t scratch)
{
	uint64_t value = 0;

	if (size != 1 && size != 2 && size != 4 && size != 8) {
		malformed(SNP_MMIO_SIZE, size);
	} else if (scratch != snp_cpu.ghcb_paddr + 0x800) {
		malformed(SNP_SCRATCH, scratch);
	} else if (paddr >> snp_c_bit || cvm_page_at(paddr)) {
		malformed(SNP_MMIO_MEMORY, paddr);
	} else {
		if (write)
			value = load(snp_cpu.ghcb + 0x800, (unsigned)size);
		if (cvm_access(paddr, (unsigned)size, write, &value)) {
			store(snp_cpu.ghcb + 0x398, 8, 0);
			store(snp_cpu.ghcb + 0x3a0, 8, 0);
			if (!write)
				store(snp_cpu.ghcb + 0x800, (unsigned)size, value);
		} else { /* an exception for the guest: 4.1, SW_EXITINFO1 1 */
			store(snp_cpu.ghcb + 0x398, 8, 1);
			store(snp_cpu.ghcb + 0x3a0, 8, 0x8000030d);
		}
	}
}

/* 2.3.2: preferred or not, the page that is registered is the one whose exits count from now on. */
static uint64_t register_page(uint64_t request)
{
	uint64_t paddr = request & ~UINT64_C(0xfff);
	const uint8_t *page = cvm_page_at(paddr);

	if (!page || *page != CVM_SHARED) {
		cvm_breach(SNP_REGISTER_PRIVATE, paddr);
		return UINT64_C(0xfffffffffffff) << 12 | 0x013;
	}
	snp_cpu.ghcb_paddr = paddr;
	if (snp_cpu.page)
		snp_cpu.ghcb = snp_cpu.page(paddr);
	return paddr | 0x013;
}

static void exit_by_page(void)
{
	const uint8_t *page = cvm_page_at(snp_cpu.msr);
	uint64_t code, scratch;

	if (snp_cpu.msr != snp_cpu.ghcb_paddr || (page && *page != CVM_SHARED)) {
		cvm_breach(SNP_GHCB_PRIVATE, snp_cpu.msr);
		return;
	}
	code = load(snp_cpu.ghcb + 0x390, 8);
	scratch = load(snp_cpu.ghcb + 0x3a8, 8);
	if (load(snp_cpu.ghcb + 0xffa, 2) < 1 || load(snp_cpu.ghcb + 0xffa, 2) > 2)
		malformed(SNP_GHCB_VERSION, load(snp_cpu.ghcb + 0xffa, 2));
	else if (load(snp_cpu.ghcb + 0xffc, 4))
		malformed(SNP_GHCB_USAGE, load(snp_cpu.ghcb + 0xffc, 4));
	else if (!marked(0x390) || !marked(0x398) || !marked(0x3a0) || !marked(0x3a8))
		malformed(SNP_GHCB_BITMAP, load(snp_cpu.ghcb + 0x3f8, 8));
	else if (code == UINT64_C(0x80000001) || code == UINT64_C(0x80000002))
		access_by_page(code == UINT64_C(0x80000002), load(snp_cpu.ghcb + 0x398, 8),
			       load(snp_cpu.ghcb + 0x3a0, 8), scratch);
	else if (code != UINT64_C(0x80000010))
		malformed(SNP_EXIT_CODE, code);
	else if (load(snp_cpu.ghcb + 0x398, 8) || load(snp_cpu.ghcb + 0x3a0, 8))
		malformed(SNP_EXIT_INFO, load(snp_cpu.ghcb + 0x398, 8));
	else if (scratch != snp_cpu.ghcb_paddr + 0x800)
		malformed(SNP_SCRATCH, scratch);
	else
		change_by_page(snp_cpu.ghcb + 0x800);
}

void snp_vmgexit(void)
{
	if (!(snp_cpu.msr & 0xfff)) {
		exit_by_page();
	} else if ((snp_cpu.msr & 0xfff) == 0x014) {
		snp_cpu.msr = change_by_msr(snp_cpu.msr);
	} else if ((snp_cpu.msr & 0xfff) == 0x012) {
		snp_cpu.msr = register_page(snp_cpu.msr);
	} else {
		cvm_breach(SNP_MSR_FUNCTION, snp_cpu.msr);
		snp_cpu.msr = 0x100;
	}
}
