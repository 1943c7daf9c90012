/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Enumerated choices: the choices of a run form a string; the next run follows a prefix of that string and then chooses
 * something else.
 */
#include "sim_machine.h"

struct choices choices;

static bool exploring = true;
static unsigned acts; /* what the adversary has done by itself in this run */

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
	choices.at = 0;
	exploring = true;
	acts = 0;
}

unsigned explore_choose(unsigned n)
{
	if (!exploring)
		return 0;
	if (choices.at == CHOICES) {
		choices.overflow = true;
		return 0;
	}
	if (choices.at == choices.length) {
		choices.taken[choices.length] = 0;
		choices.of[choices.length++] = (uint8_t)n;
		choices.nodes++;
	}
	return choices.taken[choices.at++];
}

bool choices_next(void)
{
	while (choices.length) {
		unsigned last = choices.length - 1;

		if (choices.taken[last] + 1u < choices.of[last]) {
			choices.taken[last]++;
			return true;
		}
		choices.length--;
	}
	return false;
}
