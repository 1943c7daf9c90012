/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the SMMUv3 model tells of broken rules.
 */
#include "smmuv3_model.h"

#define SMMU_RULE(name, section, text) [name] = {#name, section, text},
static const struct sim_rule rules[] = {SMMU_RULES(SMMU_RULE)};
#undef SMMU_RULE

const struct sim_rule *sim_smmu_rules(size_t *n)
{
	*n = SMMU_NRULES;
	return rules;
}

unsigned sim_smmu_broken(const struct sim_smmu *unit, unsigned rule)
{
	return rule < SMMU_NRULES ? unit->broken[rule] : 0;
}

void smmu_violation(struct sim_smmu *unit, enum smmu_rule rule, uint64_t value)
{
	unit->broken[rule]++;
	if (unit->config.only_counts || sim_rule_broken("smmuv3", &rules[rule], value))
		unit->seen.violations++;
}

bool smmu_whim(bool otherwise)
{
	return sim_choose(2) ? !otherwise : otherwise;
}

unsigned smmu_output_bits(const struct sim_smmu *unit)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52, 56};

	return bits[unit->config.output_code & 7];
}
