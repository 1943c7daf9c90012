/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Messages of devices to a guest's interrupt files: pages of guest addresses that the RISC-V IOMMU model translates by
 * an MSI page table in place of the second stage ("Process to translate addresses of MSIs"; the entry's bits: Advanced
 * Interrupt Architecture, "MSI page table entry, basic translate mode"). Reads go the same way, as by an entry with R
 * and W. It has no memory-resident interrupt files (capabilities.MSI_MRIF is 0).
 */
#include "riscv_model.h"

enum { PTE_BYTES = 16, BASIC = 3 };

bool riscv_is_message(const struct context *context, uint64_t daddr)
{
	uint64_t mask = context->word[5], pattern = context->word[6];

	return context->word[4] >> 60 == 1 && !((daddr >> 12 ^ pattern) & ~mask);
}

/* "extract": the page's bits that the mask names, packed. */
static uint64_t file_number(uint64_t page, uint64_t mask)
{
	uint64_t number = 0;
	unsigned n = 0;

	for (unsigned bit = 0; bit < 52; bit++)
		if (mask >> bit & 1)
			number |= (page >> bit & 1) << n++;
	return number;
}

/* The second word is software's. */
static enum riscv_rule check(const struct sim_riscv *unit, uint64_t entry)
{
	if (entry & BIT(63))
		return RISCV_MSI_CUSTOM;
	if ((entry >> 1 & 3) != BASIC)
		return RISCV_MSI_MODE;
	if (entry & 0x7fc00000000003f8)
		return RISCV_MSI_RESERVED;
	return riscv_beyond(unit, PPN_OF(entry)) ? RISCV_MSI_WIDTH : RISCV_NRULES;
}

unsigned riscv_message_walk(struct sim_riscv *unit, const struct context *context, const struct access *access,
			    struct leaf *leaf)
{
	uint64_t page = access->daddr >> 12, entry[PTE_BYTES / 8];
	uint64_t at = (context->word[4] & (BIT(44) - 1)) << 12 | file_number(page, context->word[5]) * PTE_BYTES;
	enum riscv_rule rule;

	if (!riscv_memory_read(unit, at, entry, PTE_BYTES / 8)) {
		riscv_violation(unit, RISCV_MSI_NOTHING, at);
		return MESSAGE_ACCESS;
	}
	if (!(entry[0] & 1))
		return MESSAGE_ABSENT;
	rule = check(unit, entry[0]);
	if (rule != RISCV_NRULES) {
		riscv_violation(unit, rule, entry[0]);
		return rule == RISCV_MSI_WIDTH ? riscv_access_fault(access) : MESSAGE_MISCONFIGURED;
	}
	*leaf = (struct leaf){.used = true,
			      .id = riscv_id_of(unit, context),
			      .shift = 12,
			      .daddr = page << 12,
			      .paddr = PPN_OF(entry[0]),
			      .write = true,
			      .message = true};
	return 0;
}
