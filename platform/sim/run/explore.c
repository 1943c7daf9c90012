/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Exhaustive exploration: the adversary's choices of a run form a string; the scenario is run again with every
 * string, depth first. The machine is deterministic but for the choices, so a prefix replays exactly.
 */
#include "../machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

struct sim_explored sim_exhaust(const struct sim_config *config, sim_scenario scenario, void *arg, uint64_t limit)
{
	struct sim_explored result = {0};
	struct sim_config exhaustive = *config;

	if (limit == 0)
		limit = 1000000;
	exhaustive.adversary = true;
	exhaustive.exhaustive = true;
	choices.length = choices.at = 0;
	choices.nodes = 0;
	choices.overflow = false;
	do {
		result.failures = sim_run(&exhaustive, scenario, arg);
		result.schedules++;
		if (choices.at > result.depth)
			result.depth = choices.at;
		if (result.failures && !config->quiet) {
			fprintf(stderr, "sim: schedule %llu fails, choices ", (unsigned long long)result.schedules);
			for (unsigned i = 0; i < choices.at; i++)
				fputc('0' + choices.taken[i], stderr);
			fputc('\n', stderr);
		}
		if (result.failures || result.schedules == limit)
			break;
		result.complete = !choices_next();
	} while (!result.complete);
	result.states = choices.nodes;
	result.complete = result.complete && !choices.overflow;
	return result;
}
