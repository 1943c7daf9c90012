/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device context of the RISC-V IOMMU model may say ("Device-context configuration checks"), and an entry of a
 * table (privileged architecture, "Sv39" to "Sv57", "Sv39x4", "Sv48x4").
 */
#include "riscv_model.h"

/* GSCID or PSCID tags what is cached: contexts that share one share the table. */
static bool two_tables(const struct sim_riscv *unit, const struct context *context)
{
	for (unsigned i = 0; i < CONTEXTS; i++) {
		const struct context *other = &unit->contexts[i];

		if (other->used && riscv_tables_of(unit, other) >> 60 &&
		    riscv_id_of(unit, other) == riscv_id_of(unit, context) &&
		    riscv_tables_of(unit, other) != riscv_tables_of(unit, context))
			return true;
	}
	return false;
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

bool riscv_context_check(struct sim_riscv *unit, const struct context *context)
{
	static const uint64_t reserved[8] = {0xffffffff00fff000, 0,
					     0xffffffff00000fff, 0x0ffff00000000000,
					     0x0ffff00000000000, 0xfff0000000000000,
					     0xfff0000000000000, ~(uint64_t)0};
	enum riscv_rule rule = RISCV_NRULES;

	for (unsigned i = 0; i < (unit->config.base_format ? 4 : 8); i++)
		if (context->word[i] & reserved[i])
			rule = RISCV_DC_RESERVED;
	if (rule == RISCV_NRULES && context->word[0] & 0xfee) /* no ATS, PRI, T2GPA, PDTs, A and D bits, endianness */
		rule = RISCV_DC_UNSUPPORTED;
	if (rule == RISCV_NRULES)
		rule = first_stage(unit, context->word[3]);
	if (rule == RISCV_NRULES)
		rule = second_stage(unit, context->word[1]);
	if (rule == RISCV_NRULES && !unit->config.base_format && context->word[4] >> 60 > 1)
		rule = RISCV_DC_MSI_MODE;
	if (rule != RISCV_NRULES) {
		riscv_violation(unit, rule, context->device);
		return false;
	}
	if (riscv_tables_of(unit, context) >> 60 && two_tables(unit, context))
		riscv_violation(unit, unit->config.first ? RISCV_DC_TWO_FIRST : RISCV_DC_TWO_TABLES, context->device);
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
