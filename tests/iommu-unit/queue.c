/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command queue under many CPUs and their interrupts, with clocks that are wrong and hardware that is slow,
 * refuses, or throws away: a unit that works is never given up, and what run() says is executed has been executed
 * (hazards 65 and 72). `queue SECONDS CPUS` lets the races run longer, `queue NAME` runs one case, and a name may
 * follow the numbers.
 */
#include "../../src/iommu/unit/unit_queue.h"
#include "queue_race.h"
#include <dmastream/errors.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* ---- Races ---- */

/* A receive handler that releases 128 buffers, on whichever CPU the signal comes. */
static void handler(int signal)
{
	unsigned was = host_cpu;

	(void)signal;
	host_cpu = was + UNIT_CPUS / 2;
	for (unsigned i = 0; i < 128 && !unit_given_up(); i++)
		(void)race_once(host_cpu);
	host_cpu = was;
}

static void lasts(void)
{
	for (time_t end = time(NULL) + (time_t)case_seconds + 1; time(NULL) < end && !unit_given_up();)
		(void)usleep(10000);
}

/* The handler comes on the CPU that waits for the end, too, which is none of the race's. */
static void lasts_interrupted(void)
{
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct itimerspec often = {{0, 200000}, {0, 200000}}, never = {0};
	struct sigaction action = {.sa_handler = handler};

	host_cpu = UNIT_CPUS / 2 - 1;
	(void)CHECK(sigaction(SIGALRM, &action, NULL) == 0 && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
		    timer_settime(timer, 0, &often, NULL) == 0);
	lasts();
	(void)timer_settime(timer, 0, &never, NULL);
	(void)timer_delete(timer);
}

static void raced(enum unit_kind kind, bool immediate, unsigned n, bool interrupted)
{
	uint64_t total;

	host_signals = interrupted;
	total = race(kind, immediate, n, interrupted ? lasts_interrupted : lasts);
	host_signals = false;
	host_cpu = 0;
	(void)CHECK(!unit_given_up() && unit_seen().unlawful == 0 && total > RACE_LEAST);
}

static void at_once(enum unit_kind kind)
{
	raced(kind, true, case_cpus, false);
}

static void beside(enum unit_kind kind)
{
	raced(kind, false, case_cpus, false);
}

static void one_and_interrupts(enum unit_kind kind)
{
	raced(kind, true, 1, true);
}

static void many_and_interrupts(enum unit_kind kind)
{
	raced(kind, true, case_cpus, true);
}

/* ---- Time ---- */

static uint64_t now;
static unsigned reads;

/* Two steps are longer than all limits, since the machine was paused; the unit, paused too, works after the second. */
static uint64_t paused(void)
{
	reads++;
	if (reads == 3 || reads == 5)
		now += 1000 * (uint64_t)UNIT_TIMEOUT_NS;
	if (reads == 12)
		unit_work(256);
	return now += 10;
}

/* The waiter is moved between CPUs whose clocks differ by 3 us. */
static uint64_t uneven(void)
{
	now += 10;
	if (++reads == 40)
		unit_work(256);
	return reads % 2 ? now : now - 3000;
}

/* The unit finishes when the time is just over: only a last look sees it. */
static uint64_t late(void)
{
	now += UNIT_TIMEOUT_NS / 20;
	if (++reads == 22)
		unit_work(256);
	return now;
}

static void clock_is(enum unit_kind kind, uint64_t (*clock)(void))
{
	unit_make(kind, false);
	now = 5000;
	reads = 0;
	host_clock = clock;
	(void)CHECK(unit_run(0, 1) == 0 && unit_ran(0) == 1 && !unit_given_up());
	host_clock = NULL;
}

static void pause_is_no_failure(enum unit_kind kind)
{
	clock_is(kind, paused);
}

static void clocks_differ(enum unit_kind kind)
{
	clock_is(kind, uneven);
}

static void last_look(enum unit_kind kind)
{
	clock_is(kind, late);
}

static uint64_t dead(void)
{
	reads++;
	return now += UNIT_TIMEOUT_NS / 20;
}

static void dead_is_dead(enum unit_kind kind)
{
	unit_make(kind, false);
	reads = 0;
	host_clock = dead;
	(void)CHECK(unit_run(0, 1) == DMA_ETIMEDOUT && unit_given_up() && reads < 30);
	(void)CHECK(unit_run(0, 2) == DMA_ETIMEDOUT && reads < 30); /* at once */
	host_clock = NULL;
}

/* Every command takes nine tenths of the limit, and a whole ring of them is waited for. Under a lock, since a thread
 * that stood still between the count and the work would let the others' time go by without it. */
static uint64_t slow(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	uint64_t time;

	(void)sched_yield();
	(void)pthread_mutex_lock(&lock);
	if (++reads % 18 == 0)
		unit_work(1);
	time = now += UNIT_TIMEOUT_NS / 20;
	(void)pthread_mutex_unlock(&lock);
	return time;
}

static void *waiter(void *arg)
{
	unsigned cpu = (unsigned)(uintptr_t)arg;

	(void)CHECK(unit_run(cpu, 1) == 0);
	return NULL;
}

/* So many CPUs wait at once. */
static void waiters(pthread_t *threads, unsigned n)
{
	for (uintptr_t i = 0; i < n; i++)
		(void)CHECK(pthread_create(&threads[i], NULL, waiter, (void *)(i % UNIT_CPUS)) == 0);
}

static void join(pthread_t *threads, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
}

/* Each of so many waiters lets the next one begin, instead of using up its slice. */
static uint64_t still(void)
{
	(void)sched_yield();
	return 1;
}

/* 140 submissions for a ring of 127: time stands still until the ring is full. */
static void fill_slowly(enum unit_kind kind)
{
	pthread_t threads[140];

	unit_make(kind, false);
	host_clock = still;
	waiters(threads, 140);
	for (unsigned i = 0; i < 2000 && unit_waiting() < 254; i++)
		(void)usleep(1000);
	(void)CHECK(unit_waiting() == 254);
	now = 5000;
	reads = 0;
	host_clock = slow;
	join(threads, 140);
	host_clock = NULL;
	(void)CHECK(!unit_given_up() && unit_seen().unlawful == 0);
}

/* Twice: which thread comes first when the ring has room is the machine's choice. */
static void full_and_slow(enum unit_kind kind)
{
	for (unsigned i = 0; i < 2 && case_ok; i++)
		fill_slowly(kind);
}

/* ---- Errors ---- */

/* The same slot in turn after turn: each time it is another command. */
static void refused_each_turn(enum unit_kind kind)
{
	unit_make(kind, true);
	for (unsigned turn = 0; turn < 4; turn++) {
		unit_refuse(5, 1, 1);
		for (unsigned i = 0; i < 128; i++)
			(void)CHECK(unit_run(0, turn * 128 + i + 1) == 0 && unit_ran(0) > turn * 128 + i);
	}
	(void)CHECK(unit_seen().refused == 4 && !unit_given_up());
}

/* Each place of a submission, fence included, with each error that passes. */
static void refused_once(enum unit_kind kind)
{
	for (unsigned error = 1; error <= 3; error++)
		for (unsigned n = 1; n <= 4; n++) {
			unit_make(kind, true);
			unit_refuse(n, 1, error);
			(void)CHECK(unit_run(0, 1) == 0 && unit_run(0, 2) == 0 && unit_ran(0) >= 2);
			(void)CHECK(unit_seen().refused == 1 && !unit_given_up());
		}
}

static void refused_for_ever(enum unit_kind kind)
{
	for (unsigned error = 1; error <= 3; error++) {
		unit_make(kind, true);
		unit_refuse(1, 100, error);
		(void)CHECK(unit_run(0, 1) == DMA_ETIMEDOUT && unit_given_up() && unit_seen().refused < 4);
	}
}

/* A full ring of waiters whose fences the unit throws away (VT-d: ITE): all of them submit again. */
static void thrown_away(enum unit_kind kind)
{
	pthread_t threads[140];

	unit_make(kind, false);
	host_clock = still;
	waiters(threads, 140);
	for (unsigned i = 0; i < 2000 && unit_waiting() < 254; i++)
		(void)usleep(1000);
	unit_throw_away();
	(void)CHECK(unit_seen().thrown == 127);
	if (!race_unit_begin())
		return;
	join(threads, 140);
	race_unit_end();
	host_clock = NULL;
	for (unsigned cpu = 0; cpu < UNIT_CPUS; cpu++)
		(void)CHECK(unit_ran(cpu) == 1);
	(void)CHECK(!unit_given_up());
}

static const struct queue_case cases[] = {
	{"many CPUs, a unit that works at once", at_once, 0},
	{"many CPUs, a unit that works beside them", beside, 0},
	{"one CPU and its interrupts", one_and_interrupts, 0},
	{"many CPUs and their interrupts", many_and_interrupts, 0},
	{"a paused machine is not a dead unit", pause_is_no_failure, 0},
	{"clocks of CPUs differ", clocks_differ, 0},
	{"a last look before giving up", last_look, 0},
	{"a dead unit is given up, and the next caller is told at once", dead_is_dead, 0},
	{"a full ring of slow commands", full_and_slow, 0},
	{"a command refused at the same slot each turn", refused_each_turn, 0},
	{"a command refused once, each error, each place", refused_once, 0},
	{"commands refused for ever", refused_for_ever, 0},
	{"fences thrown away with a full ring", thrown_away, 1 << UNIT_VTD},
};

int main(int argc, char **argv)
{
	return case_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
