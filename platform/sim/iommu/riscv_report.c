/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the RISC-V IOMMU model tells the scenario: broken rules.
 */
#include "riscv_model.h"

#define RISCV_RULE(name, section, text) [name] = {#name, section, text},
static const struct sim_rule rules[] = {RISCV_RULES(RISCV_RULE)};
#undef RISCV_RULE

const struct sim_rule *sim_riscv_rules(size_t *n)
{
	*n = RISCV_NRULES;
	return rules;
}

unsigned sim_riscv_broken(const struct sim_riscv *unit, unsigned rule)
{
	return rule < RISCV_NRULES ? unit->broken[rule] : 0;
}

void riscv_violation(struct sim_riscv *unit, enum riscv_rule rule, uint64_t value)
{
	unit->broken[rule]++;
	if (unit->config.only_counts || sim_rule_broken("riscv", &rules[rule], value))
		unit->seen.violations++;
}

bool riscv_whim(bool otherwise)
{
	return sim_choose(2) ? !otherwise : otherwise;
}
