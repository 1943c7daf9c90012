/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the AMD-Vi model tells the scenario: broken rules.
 */
#include "amdvi_model.h"

#define AMDVI_RULE(name, section, text) [name] = {#name, section, text},
static const struct sim_rule rules[] = {AMDVI_RULES(AMDVI_RULE)};
#undef AMDVI_RULE

const struct sim_rule *sim_amdvi_rules(size_t *n)
{
	*n = AMDVI_NRULES;
	return rules;
}

unsigned sim_amdvi_broken(const struct sim_amdvi *unit, unsigned rule)
{
	return rule < AMDVI_NRULES ? unit->broken[rule] : 0;
}

void amdvi_violation(struct sim_amdvi *unit, enum amdvi_rule rule, uint64_t value)
{
	unit->broken[rule]++;
	if (unit->config.only_counts || sim_rule_broken("amdvi", &rules[rule], value))
		unit->seen.violations++;
}

bool amdvi_whim(bool otherwise)
{
	return sim_choose(2) ? !otherwise : otherwise;
}
