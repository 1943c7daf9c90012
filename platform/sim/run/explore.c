/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Exhaustive exploration: the adversary's choices of a run form a string; the scenario is run again with every
 * string, depth first. The machine is deterministic but for the choices, so a prefix replays exactly.
 */
#include "../machine/sim_machine.h"
#include <stdio.h>
#include <stdlib.h>

#define DEPTH 4096

static struct {
	uint8_t taken[DEPTH], of[DEPTH];
	unsigned length; /* of the string to follow; beyond it choices are 0 */
	unsigned at;
	uint64_t nodes;
	bool overflow;
} tree;

static bool exploring = true;
static unsigned acts; /* of the adversary's own accord, in this run */

bool explore_more_acts(void)
{
	return exploring && acts < sim.config.acts;
}

void explore_act(void)
{
	acts++;
}

bool sim_explore(bool on)
{
	bool before = exploring;

	exploring = on;
	if (on && !before)
		sim.nrecent = 0; /* lines touched from now on are what it is about */
	return before;
}

void explore_begin(void)
{
	tree.at = 0;
	exploring = true;
	acts = 0;
}

unsigned explore_choose(unsigned n)
{
	if (!exploring)
		return 0;
	if (tree.at == DEPTH) {
		tree.overflow = true;
		return 0;
	}
	if (tree.at == tree.length) {
		tree.taken[tree.length] = 0;
		tree.of[tree.length++] = (uint8_t)n;
		tree.nodes++;
	}
	return tree.taken[tree.at++];
}

/* The next string in depth-first order; false: all done. */
static bool next_string(void)
{
	while (tree.length) {
		unsigned last = tree.length - 1;

		if (tree.taken[last] + 1u < tree.of[last]) {
			tree.taken[last]++;
			return true;
		}
		tree.length--;
	}
	return false;
}

struct sim_explored sim_exhaust(const struct sim_config *config, sim_scenario scenario, void *arg, uint64_t limit)
{
	struct sim_explored result = {0};
	struct sim_config exhaustive = *config;

	if (limit == 0)
		limit = 1000000;
	exhaustive.adversary = true;
	exhaustive.exhaustive = true;
	tree.length = tree.at = 0;
	tree.nodes = 0;
	tree.overflow = false;
	do {
		result.failures = sim_run(&exhaustive, scenario, arg);
		result.schedules++;
		if (tree.at > result.depth)
			result.depth = tree.at;
		if (result.failures && !config->quiet) {
			fprintf(stderr, "sim: schedule %llu fails, choices ", (unsigned long long)result.schedules);
			for (unsigned i = 0; i < tree.at; i++)
				fputc('0' + tree.taken[i], stderr);
			fputc('\n', stderr);
		}
		if (result.failures || result.schedules == limit)
			break;
		result.complete = !next_string();
	} while (!result.complete);
	result.states = tree.nodes;
	result.complete = result.complete && !tree.overflow;
	return result;
}
