/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What entries of the VT-d model's tables may say (specification, 9.1, 9.3, 9.8): root, context, second stage.
 */
#include "vtd_model.h"

#define BIT(n) ((uint64_t)1 << (n))
/* Bits 51 to HAW of an entry. */
static uint64_t beyond_host(const struct sim_vtd *unit)
{
	return (BIT(52) - 1) & ~(BIT(unit->config.host_width) - 1);
}

int vtd_root_check(struct sim_vtd *unit, const uint64_t root[2], uint16_t source)
{
	if (root[0] & 0xffe || root[1]) {
		vtd_violation(unit, VTD_ROOT_RESERVED, source);
		return RESERVED_ROOT;
	}
	if (root[0] >> unit->config.host_width) {
		vtd_violation(unit, VTD_ROOT_WIDTH, root[0]);
		return RESERVED_ROOT;
	}
	return 0;
}

/* 9.3: "must always reference same address translation". A context that is remembered still, though the id was given to
 * another table, breaks it, too: Table 28, reuse of a domain id. */
static bool two_tables(const struct sim_vtd *unit, const struct context *context)
{
	for (unsigned i = 0; i < CONTEXTS; i++) {
		const struct context *other = &unit->contexts[i];

		if (other->used && other->present && other->id == context->id &&
		    (other->low ^ context->low) & ~(uint64_t)0xfff)
			return true;
	}
	return false;
}

static unsigned largest(unsigned sagaw)
{
	return sagaw & 8 ? 3 : sagaw & 4 ? 2 : 1;
}

int vtd_context_check(struct sim_vtd *unit, const struct context *context)
{
	const struct sim_vtd_config *c = &unit->config;
	unsigned aw = (unsigned)vtd_bits(context->high, 2, 0), type = (unsigned)vtd_bits(context->low, 3, 2);
	enum vtd_rule rule = VTD_NRULES;
	int reason = BAD_CONTEXT;

	if (context->low & 0xff0 || context->high & ~(uint64_t)0xffff7f) {
		rule = VTD_CONTEXT_RESERVED;
		reason = RESERVED_CONTEXT;
	} else if (context->low >> c->host_width) {
		rule = VTD_CONTEXT_WIDTH;
		reason = RESERVED_CONTEXT;
	} else if (context->id >> c->domain_bits) {
		rule = VTD_CONTEXT_DOMAIN;
		reason = RESERVED_CONTEXT;
	} else if (type == 3) {
		rule = VTD_CONTEXT_TYPE;
	} else if (type == 1 && !c->device_tlbs) {
		rule = VTD_CONTEXT_DEVICE_TLB;
	} else if (type == 2 && !c->pass_through) {
		rule = VTD_CONTEXT_PASS_THROUGH;
	} else if (aw < 1 || aw > 3) {
		rule = VTD_CONTEXT_LEVELS;
	} else if (!(c->sagaw >> aw & 1)) {
		rule = VTD_CONTEXT_UNSUPPORTED;
	} else if (type == 2 && aw != largest(c->sagaw)) {
		rule = VTD_CONTEXT_LARGEST;
	} else if (c->caching_mode && context->id == 0) {
		rule = VTD_CONTEXT_DOMAIN_0;
		reason = 0;
	} else if (type != 2 && two_tables(unit, context)) {
		rule = VTD_CONTEXT_TWO_TABLES;
		reason = 0;
	}
	if (rule == VTD_NRULES)
		return 0;
	vtd_violation(unit, rule, context->source);
	return reason;
}

/* 9.8, by level and by whether it maps a page. Only present entries are looked at. */
int vtd_entry_check(struct sim_vtd *unit, unsigned level, uint64_t entry)
{
	static const struct {
		uint64_t reserved;
		enum vtd_rule rule;
	} tables[] = {{BIT(62), VTD_PTE_RESERVED},
		      {BIT(62) | BIT(11), VTD_PDE_RESERVED},
		      {BIT(62) | BIT(11), VTD_PDPE_RESERVED},
		      {BIT(62) | BIT(11) | BIT(7), VTD_PML4E_RESERVED},
		      {BIT(62) | BIT(11) | BIT(7), VTD_PML5E_RESERVED}},
	  pages[] = {{BIT(62), VTD_PTE_RESERVED},
		     {BIT(62) | 0x1ff000, VTD_PDE_2M_RESERVED},
		     {BIT(62) | 0x3ffff000, VTD_PDPE_1G_RESERVED}};
	bool page = level == 0 || (level < 3 && entry & BIT(7));
	uint64_t reserved = page ? pages[level].reserved : tables[level].reserved;
	enum vtd_rule rule = VTD_NRULES;

	if (page && level > 0 && !(unit->config.big_pages >> (level - 1) & 1))
		rule = level == 1 ? VTD_PDE_2M_UNSUPPORTED : VTD_PDPE_1G_UNSUPPORTED;
	else if (entry & reserved)
		rule = page ? pages[level].rule : tables[level].rule;
	else if (entry & BIT(2))
		rule = VTD_ENTRY_EXECUTE;
	else if (page && entry & BIT(11) && !unit->config.snoop_control)
		rule = VTD_ENTRY_SNOOP;
	else if (entry & beyond_host(unit))
		rule = VTD_ENTRY_WIDTH;
	if (rule == VTD_NRULES)
		return 0;
	vtd_violation(unit, rule, entry);
	return RESERVED_ENTRY;
}
