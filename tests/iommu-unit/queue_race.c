/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A race: see queue_race.h.
 */
#include "queue_race.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t counts[UNIT_CPUS]; /* invalidations of each CPU */
static int over, unit_over;
static pthread_t unit_thread;

bool race_once(unsigned cpu)
{
	uint64_t count = ++counts[cpu];

	return CHECK(unit_run(cpu, count) == 0) && CHECK(unit_ran(cpu) >= (count & 0xfffffff));
}

static void *works(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&unit_over, __ATOMIC_RELAXED)) {
		unit_work(7);
		(void)sched_yield();
	}
	return NULL;
}

bool race_unit_begin(void)
{
	unit_over = 0;
	return CHECK(pthread_create(&unit_thread, NULL, works, NULL) == 0);
}

void race_unit_end(void)
{
	__atomic_store_n(&unit_over, 1, __ATOMIC_RELAXED);
	(void)pthread_join(unit_thread, NULL);
}

static void *invalidates(void *number)
{
	host_cpu = (unsigned)(uintptr_t)number;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		if (!race_once(host_cpu))
			break;
	return NULL;
}

static bool enough(unsigned n)
{
	uint64_t ran = 0;

	for (unsigned i = 0; i < n; i++)
		ran += unit_ran(i);
	return ran > RACE_LEAST;
}

/* Where threads get a processor each ten milliseconds, a second is a hundred invalidations. */
static void lasts_longer(unsigned n)
{
	time_t end = time(NULL) + 30;

	while (case_ok && !unit_given_up() && !enough(n) && time(NULL) < end)
		(void)usleep(1000);
}

uint64_t race(enum unit_kind kind, bool immediate, unsigned n, void (*lasts)(void))
{
	pthread_t threads[UNIT_CPUS];
	uint64_t total = 0;
	unsigned made = 0;

	unit_make(kind, immediate);
	memset(counts, 0, sizeof(counts));
	over = 0;
	if (!immediate && !race_unit_begin())
		return 0;
	while (made < n && CHECK(pthread_create(&threads[made], NULL, invalidates, (void *)(uintptr_t)made) == 0))
		made++;
	if (made == n) {
		lasts();
		lasts_longer(n);
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	while (made)
		(void)pthread_join(threads[--made], NULL);
	if (!immediate)
		race_unit_end();
	for (unsigned i = 0; i < UNIT_CPUS; i++)
		total += counts[i];
	printf("# %s: %llu invalidations, %u doorbells\n", unit_names[kind], (unsigned long long)total,
	       unit_seen().doorbells);
	return total;
}
