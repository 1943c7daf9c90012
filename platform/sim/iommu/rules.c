/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How a broken rule of a specification is reported.
 */
#include "../sim.h"
#include "sim_rules.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOLERATED = 16 };

static struct tolerated {
	const char *id;
	bool seen;
} tolerated[TOLERATED];
static unsigned ntolerated;

void sim_rule_tolerate(const char *id, const char *mistake)
{
	for (unsigned i = 0; i < ntolerated; i++)
		if (!strcmp(tolerated[i].id, id))
			return;
	if (ntolerated == TOLERATED)
		abort();
	printf("# tolerated for now: %s is broken by the driver: %s\n", id, mistake);
	tolerated[ntolerated++] = (struct tolerated){id, false};
}

bool sim_rule_broken(const char *model, const struct sim_rule *rule, uint64_t value)
{
	for (unsigned i = 0; i < ntolerated; i++)
		if (!strcmp(tolerated[i].id, rule->id)) {
			if (!tolerated[i].seen && !sim_config()->quiet)
				printf("# %s model: tolerated: %s\n", model, rule->id);
			tolerated[i].seen = true;
			return false;
		}
	sim_fail(SIM_BROKEN_RULE, SIM_NOWHERE, "%s model: %s (section %s): %s (0x%llx)", model, rule->id, rule->section,
		 rule->text, (unsigned long long)value);
	return true;
}
