/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the VT-d model tells: broken rules to the scenario, faults to the driver (specification, 7.2).
 */
#include "vtd_model.h"
#include <dmastream/errors.h>

#define VTD_RULE(name, section, text) [name] = {#name, section, text},
static const struct sim_rule rules[] = {VTD_RULES(VTD_RULE)};
#undef VTD_RULE

const struct sim_rule *sim_vtd_rules(size_t *n)
{
	*n = VTD_NRULES;
	return rules;
}

unsigned sim_vtd_broken(const struct sim_vtd *unit, unsigned rule)
{
	return rule < VTD_NRULES ? unit->broken[rule] : 0;
}

void vtd_violation(struct sim_vtd *unit, enum vtd_rule rule, uint64_t value)
{
	unit->broken[rule]++;
	if (unit->config.only_counts || sim_rule_broken("vtd", &rules[rule], value))
		unit->seen.violations++;
}

bool vtd_whim(bool otherwise)
{
	return sim_choose(2) ? !otherwise : otherwise;
}

/* 7.2.1: the next record, if it is free; else overflow, and nothing more is recorded until that is cleared. */
int vtd_blocked(struct sim_vtd *unit, uint16_t source, uint64_t daddr, bool write, enum fault_reason reason)
{
	uint64_t *record = unit->records[unit->next_record];

	unit->seen.faults++;
	if (unit->fsts & PFO)
		return DMA_EFAULT;
	if (record[1] >> 63) {
		unit->fsts |= PFO;
		return DMA_EFAULT;
	}
	record[0] = daddr & ~(uint64_t)0xfff;
	record[1] = (uint64_t)1 << 63 | (uint64_t)!write << 62 | (uint64_t)reason << 32 | source;
	unit->next_record = (unit->next_record + 1) % unit->config.fault_records;
	return DMA_EFAULT;
}

uint32_t vtd_fault_status(const struct sim_vtd *unit)
{
	for (unsigned i = 0; i < unit->config.fault_records; i++) {
		unsigned first = (unit->next_record + i) % unit->config.fault_records;

		if (unit->records[first][1] >> 63)
			return unit->fsts | PPF | first << 8;
	}
	return unit->fsts;
}
