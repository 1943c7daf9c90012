/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device context of the RISC-V IOMMU model may say ("Device-context configuration checks"), and an entry of a
 * table (privileged architecture, "Sv39" to "Sv57", "Sv39x4", "Sv48x4").
 */
#include "riscv_model.h"

static bool other_messages(const struct context *a, const struct context *b)
{
	return a->word[4] >> 60 && b->word[4] >> 60 &&
	       (a->word[4] != b->word[4] || a->word[5] != b->word[5] || a->word[6] != b->word[6]);
}

/* GSCID or PSCID tags what is cached: contexts that share one share the tables. */
static enum riscv_rule two_tables(const struct sim_riscv *unit, const struct context *context)
{
	for (unsigned i = 0; i < CONTEXTS; i++) {
		const struct context *other = &unit->contexts[i];

		if (!other->used || !(riscv_tables_of(unit, other) >> 60) ||
		    riscv_id_of(unit, other) != riscv_id_of(unit, context))
			continue;
		if (riscv_tables_of(unit, other) != riscv_tables_of(unit, context))
			return unit->config.first ? RISCV_DC_TWO_FIRST : RISCV_DC_TWO_TABLES;
		if (other_messages(other, context))
			return RISCV_DC_TWO_MSI;
	}
	return RISCV_NRULES;
}

static enum riscv_rule second_stage(const struct sim_riscv *unit, uint64_t iohgatp)
{
	unsigned mode = (unsigned)(iohgatp >> 60);

	if (mode == 0)
		return RISCV_NRULES;
	if ((mode != 8 && mode != 9) || !(unit->capabilities >> (mode + 9) & 1))
		return RISCV_DC_MODE;
	return iohgatp & 3 ? RISCV_DC_ALIGNED : RISCV_NRULES;
}

/* iosatp: Sv39, Sv48, Sv57. */
static enum riscv_rule first_stage(const struct sim_riscv *unit, uint64_t fsc)
{
	unsigned mode = (unsigned)(fsc >> 60);

	if (mode == 0)
		return RISCV_NRULES;
	return mode < 8 || mode > 10 || !(unit->capabilities >> (mode + 1) & 1) ? RISCV_DC_FIRST_STAGE : RISCV_NRULES;
}

/* MGPAW, the width of guest addresses: "MSI address mask and pattern". */
static unsigned guest_width(const struct sim_riscv *unit)
{
	if (unit->capabilities & BIT(18))
		return 50;
	return unit->capabilities & BIT(17) ? 41 : unit->config.width;
}

static enum riscv_rule messages(const struct context *context)
{
	if (context->word[4] >> 60 > 1)
		return RISCV_DC_MSI_MODE;
	return context->word[4] >> 60 && !(context->word[1] >> 60) ? RISCV_DC_MSI_BARE : RISCV_NRULES;
}

/* It is no misconfiguration to the unit: it joins the table's address and the entry's by OR. */
static bool messages_aligned(const struct context *context)
{
	uint64_t table = (context->word[4] & (BIT(44) - 1)) << 12, nbytes = 16;

	for (uint64_t mask = context->word[5]; mask; mask &= mask - 1)
		nbytes *= 2;
	return !(context->word[4] >> 60) || !(table & (nbytes - 1));
}

/* No T2GPA, PDTs, A and D bits, endianness. */
static enum riscv_rule control(const struct sim_riscv *unit, uint64_t tc)
{
	bool ats = tc & BIT(1), pri = tc & BIT(2), with_process = tc & BIT(6);

	if (tc & (unit->config.ats ? 0xfa8 : 0xfee))
		return RISCV_DC_UNSUPPORTED;
	if (pri && !ats)
		return RISCV_DC_PRI;
	return with_process && !pri ? RISCV_DC_PRPR : RISCV_NRULES;
}

bool riscv_context_check(struct sim_riscv *unit, const struct context *context)
{
	uint64_t beyond = UINT64_MAX << (guest_width(unit) - 12);
	const uint64_t reserved[8] = {
		0xffffffff00fff000, 0, 0xffffffff00000fff, 0x0ffff00000000000, 0x0ffff00000000000, beyond, beyond,
		~(uint64_t)0};
	enum riscv_rule rule = RISCV_NRULES;

	for (unsigned i = 0; i < riscv_context_words(unit); i++)
		if (context->word[i] & reserved[i])
			rule = RISCV_DC_RESERVED;
	if (rule == RISCV_NRULES)
		rule = control(unit, context->word[0]);
	if (rule == RISCV_NRULES)
		rule = first_stage(unit, context->word[3]);
	if (rule == RISCV_NRULES)
		rule = second_stage(unit, context->word[1]);
	if (rule == RISCV_NRULES)
		rule = messages(context);
	if (rule != RISCV_NRULES) {
		riscv_violation(unit, rule, context->device);
		return false;
	}
	if (!messages_aligned(context))
		riscv_violation(unit, RISCV_DC_MSI_ALIGNED, context->device);
	rule = riscv_tables_of(unit, context) >> 60 ? two_tables(unit, context) : RISCV_NRULES;
	if (rule != RISCV_NRULES)
		riscv_violation(unit, rule, context->device);
	return true;
}

bool riscv_page_check(struct sim_riscv *unit, unsigned level, uint64_t entry, bool *leaf)
{
	enum riscv_rule rule = RISCV_NRULES;

	*leaf = entry & 0xe;
	if (entry >> 54)
		rule = RISCV_PTE_RESERVED;
	else if ((entry & 6) == 4)
		rule = RISCV_PTE_WRITE_ONLY;
	else if (!*leaf && entry & 0xd0)
		rule = RISCV_PTE_POINTER;
	else if (!*leaf && level == 0)
		rule = RISCV_PTE_DEPTH;
	else if (*leaf && PPN_OF(entry) & (BIT(12 + 9 * level) - 1))
		rule = RISCV_PTE_ALIGNED;
	else if (*leaf && !(entry & 0x10))
		rule = RISCV_PTE_USER;
	else if (entry & 0x20)
		rule = RISCV_PTE_GLOBAL;
	else if (riscv_beyond(unit, PPN_OF(entry)))
		rule = RISCV_TABLE_WIDTH;
	if (rule == RISCV_NRULES)
		return true;
	riscv_violation(unit, rule, entry);
	return false;
}
