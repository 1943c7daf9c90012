/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A hazard's scenario: hNN_name.c defines one struct hazard. It is built twice: as it is, and with the mistake put
 * back: hNN_name.sed applied to a copy of the source that its first line names or, where the mistake is a driver's,
 * with MISTAKE defined.
 */
#ifndef TESTS_HAZARDS_HAZARD_H
#define TESTS_HAZARDS_HAZARD_H

#include "../core/core.h"

struct hazard {
	const char *machines[4]; /* words as in SIM= */
	sim_scenario scenario;
	sim_attempt attempt; /* or: with every hook failing at every call */
	bool large;	     /* too large for all schedules: seeds alone */
};

extern const struct hazard hazard;

/* All schedules of a page would be too many: while enumerating, the machine is plain where a whole page is made or
 * given back. Under seeds it is hostile throughout. */
void hazard_quietly(bool on);

#endif
