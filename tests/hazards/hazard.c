/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs a scenario on its machines: plainly, under every schedule of the adversary, and under seeds. With "mistaken" as
 * argument it must fail, and by which property is printed.
 */
#include "hazard.h"
#include "../../platform/sim/machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

#define SCHEDULES 20000
#define SEEDS	  100

static uint64_t schedules;
static bool incomplete;

void hazard_quietly(bool on)
{
	if (!sim_config()->exhaustive)
		return;
	sim_handover();
	sim.mode = on ? PLAIN : EXHAUST;
}

static unsigned plainly(struct sim_config *machine)
{
	machine->adversary = false;
	if (hazard.attempt) {
		unsigned runs = 0, failures = sim_for_each_failure(machine, hazard.attempt, NULL, &runs);

		schedules += runs;
		return failures;
	}
	schedules++;
	return sim_run(machine, hazard.scenario, NULL);
}

static unsigned all_schedules(const struct sim_config *machine)
{
	struct sim_explored explored;

	if (hazard.attempt || hazard.large) {
		incomplete |= hazard.large;
		return 0;
	}
	explored = sim_exhaust(machine, hazard.scenario, NULL, SCHEDULES);
	schedules += explored.schedules;
	incomplete |= !explored.complete;
	return explored.failures;
}

static unsigned seeds(const struct sim_config *machine)
{
	struct sim_config hostile = *machine;

	if (hazard.attempt)
		return 0;
	hostile.adversary = true;
	hostile.seed = 1;
	schedules += SEEDS;
	return sim_random(&hostile, hazard.scenario, NULL, SEEDS);
}

static void print_kinds(void)
{
	const char *between = "";

	for (unsigned kind = 0; kind < SIM_FAILURE_KINDS; kind++) {
		if (sim_failures_of((enum sim_failure)kind) == 0)
			continue;
		printf("%s%s", between, sim_failure_name((enum sim_failure)kind));
		between = ", ";
	}
	printf("%s\n", *between ? "" : "a failing hook: leak or wrong error");
}

int main(int argc, char **argv)
{
	bool mistaken = argc > 1 && strcmp(argv[1], "mistaken") == 0;
	unsigned failures = 0;

	for (size_t i = 0; i < 4 && hazard.machines[i] && !failures; i++) {
		struct sim_config machine = sim_config_plain(hazard.machines[i]);

		machine.quiet = mistaken;
		failures = plainly(&machine);
		if (!failures)
			failures = all_schedules(&machine);
		if (!failures)
			failures = seeds(&machine);
	}
	if (mistaken) {
		if (failures)
			print_kinds();
		return failures ? 0 : 1;
	}
	printf("%llu schedules%s\n", (unsigned long long)schedules, incomplete ? ", not all" : "");
	return failures != 0;
}
