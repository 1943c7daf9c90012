/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Threads of a race: see queue_race.h.
 */
#include "queue_race.h"
#include <sched.h>
#include <string.h>

uint64_t race_counts[UNIT_CPUS];
int race_over, race_unit_over;

void race_reset(void)
{
	memset(race_counts, 0, sizeof(race_counts));
	race_over = race_unit_over = 0;
}

bool race_once(unsigned cpu)
{
	uint64_t count = ++race_counts[cpu];

	return CHECK(unit_run(cpu, count) == 0) && CHECK(unit_ran(cpu) >= (count & 0xfffffff));
}

void *race_cpu(void *number)
{
	host_cpu = (unsigned)(uintptr_t)number;
	while (!__atomic_load_n(&race_over, __ATOMIC_RELAXED))
		if (!race_once(host_cpu))
			break;
	return NULL;
}

void *race_unit(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&race_unit_over, __ATOMIC_RELAXED)) {
		unit_work(7);
		(void)sched_yield();
	}
	return NULL;
}

uint64_t race_total(void)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < UNIT_CPUS; i++)
		total += race_counts[i];
	return total;
}
