/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One doorbell for two CPUs, with the command queue of each unit driver: what run() says is executed has been executed,
 * whoever rang for whom, and nobody waits for somebody who does not come.
 */
#include "queue_pair.h"
#include "queue_race.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HANDLER = FOLLOWER + UNIT_CPUS / 2 };

static void two_in_one(enum unit_kind kind)
{
	pair_make(kind, true);
	for (unsigned i = 0; i < 1000; i++)
		pair_joint();
	(void)CHECK(unit_seen().doorbells == 1000 && unit_queue()->joint == 1000 && pair_has_leader());
	(void)CHECK(unit_queue()->tail == 3000 && !unit_given_up());
	pair_over();
}

/* Every position and every number is reached, and passed, by joint submissions. */
static void numbers_go_round(enum unit_kind kind)
{
	pair_make(kind, true);
	unit_skip(0u - 768);
	unit_queue()->renewed = unit_queue()->done;
	memset(unit_queue()->words, 0xff, (DMA_QUEUE_JOINT_WORD + 1) * sizeof(unit_queue()->words[0]));
	unit_queue()->request.number = unit_queue()->taken = unit_queue()->answer = 0u - 100;
	unit_queue()->words[DMA_QUEUE_JOINT_WORD] = 0u - 100;
	for (unsigned i = 0; i < 500; i++)
		pair_joint();
	(void)CHECK(unit_queue()->joint == 400 && unit_queue()->tail == 732 && unit_seen().doorbells == 500);
	pair_over();
}

/* What was withdrawn is nobody's any more: the leader rings for itself. */
static void withdrawn_is_not_taken(enum unit_kind kind)
{
	pair_make(kind, true);
	(void)pair_run(FOLLOWER);
	(void)pair_run(LEADER);
	(void)CHECK(unit_queue()->joint == 0 && unit_queue()->tail == 4);
	pair_joint();
	(void)CHECK(unit_queue()->joint == 2 && unit_queue()->tail == 7);
	(void)pair_run(FOLLOWER); /* and the last answer is none to the next request */
	(void)CHECK(unit_queue()->joint == 2 && unit_queue()->tail == 9);
	pair_over();
}

/* ---- Interrupts, and a third CPU ---- */

static unsigned comes_as, leads_now; /* whose CPU that is, and which has become the leader */

static void handler_comes(void)
{
	pair_set_leader(leads_now);
	for (unsigned i = 0; i < 3; i++)
		(void)pair_run(comes_as);
}

static void handler_and_leader(void)
{
	handler_comes();
	pair_set_leader(LEADER);
	pair_leader_comes();
}

/* At each look of the follower; the handler is on the follower's CPU, which may have become the leader; or it is
 * a third CPU. */
static void interrupted(enum unit_kind kind)
{
	static const unsigned others[] = {HANDLER, ABSENT, FOLLOWER + 1};

	for (unsigned i = 0; i < 3 * ENOUGH_LOOKS; i++) {
		pair_make(kind, true);
		comes_as = others[i % 3];
		leads_now = (i + i / 3) % 2 ? FOLLOWER : LEADER;
		host_cpu = FOLLOWER;
		pair_follow_while(handler_comes, i / 3);
		pair_set_leader(LEADER);
		pair_follow_while(handler_and_leader, i / 3);
		pair_joint();
		pair_over();
	}
}

/* Two leaders: the number of the CPU is a hint. The first that comes takes the request, the second rings for itself. */
static void both_lead(void)
{
	pair_leader_comes();
	pair_leader_comes();
}

static void two_leaders(enum unit_kind kind)
{
	pair_make(kind, true);
	pair_follow_while(both_lead, 0);
	(void)CHECK(unit_queue()->joint == 1 && unit_seen().doorbells == 2);
	pair_over();
}

/* ---- A unit that is slow, refuses, throws away, or is dead ---- */

static void slow(enum unit_kind kind)
{
	pair_make(kind, false);
	host_clock = pair_late;
	for (unsigned i = 0; i < 300; i++)
		pair_joint();
	/* Nobody took the lock because nobody told it. */
	(void)CHECK(unit_queue()->joint == 300 && unit_seen().doorbells == 300);
	pair_over();
}

/* A leader that had to wait tells the follower, too. */
static unsigned told_at;

static void leader_waits(void)
{
	pair_leader_comes();
	told_at = unit_queue()->ops->words ? (uint32_t)unit_queue()->words[DMA_QUEUE_JOINT_WORD] : unit_queue()->answer;
}

static void slow_is_told(enum unit_kind kind)
{
	pair_make(kind, false);
	host_clock = pair_late;
	pair_follow_while(leader_waits, 0);
	(void)CHECK(told_at == 1);
	pair_over();
}

/* Each place of the joint submission, fence included, with each error. */
static void refused(enum unit_kind kind)
{
	for (unsigned error = 1; error <= 3; error++)
		for (unsigned n = 1; n <= 4; n++) {
			pair_make(kind, true);
			unit_refuse(n, 1, error);
			pair_joint();
			pair_joint();
			(void)CHECK(unit_seen().refused == 1 && !unit_given_up());
			pair_over();
		}
}

static void refused_for_ever(enum unit_kind kind)
{
	for (unsigned error = 1; error <= 3; error++)
		for (unsigned n = 1; n <= 3; n++) {
			pair_make(kind, true);
			unit_refuse(n, 100, error);
			pair_fail();
			(void)CHECK(unit_seen().refused < 4);
			pair_over();
		}
}

static void both_are_told(enum unit_kind kind)
{
	pair_make(kind, false);
	host_clock = pair_dead;
	pair_fail();
	(void)CHECK(unit_queue()->joint == 1);
	pair_over();
}

/* The leader waits when the unit throws it away. */
static unsigned reads;

static uint64_t thrown(void)
{
	if (++reads == 2)
		unit_throw_away();
	else if (reads > 4)
		unit_work(256);
	return 10 * reads;
}

static void thrown_away(enum unit_kind kind)
{
	pair_make(kind, false);
	reads = 0;
	host_clock = thrown;
	pair_joint();
	(void)CHECK(unit_seen().thrown == 1 && unit_queue()->aborts == 1 && unit_seen().doorbells >= 3);
	host_clock = pair_late;
	for (unsigned i = 0; i < 300; i++)
		pair_joint();
	pair_over();
}

/* It was executed, but for its fence's number somebody is told only after an abort: that may be another's, and the
 * follower is not sure. */
static void abort_meanwhile(void)
{
	pair_leader_comes();
	unit_queue()->aborts++;
}

static void unsure(enum unit_kind kind)
{
	pair_make(kind, true);
	pair_follow_while(abort_meanwhile, 0);
	(void)CHECK(unit_seen().doorbells == 2); /* its own */
	pair_joint();
	pair_over();
}

/* ---- Threads ---- */

/* Who looks for long lets the other one run: this machine may run one thread at a time. */
static void now_and_then(void)
{
	static _Thread_local unsigned n;

	if (++n % 64 == 0)
		(void)usleep(1);
}

static unsigned leader_sleeps(void)
{
	now_and_then();
	return 256;
}

static unsigned follower_sleeps(void)
{
	now_and_then();
	return 4096;
}

/* Bad luck is forgotten. True: nobody has rung for two yet. */
static bool hopes(void)
{
	uintptr_t state = dma_host_lock(&unit_queue()->lock);
	bool joint = unit_queue()->joint != 0;

	unit_queue()->disappointed = 0;
	if (!unit_queue()->leader) /* who comes behind whom is luck, and a case of its own */
		unit_queue()->leader = 1;
	dma_host_unlock(&unit_queue()->lock, state);
	return !joint;
}

/* Up to so many seconds more, if nobody has rung for two. */
static void lasts_or(time_t more)
{
	time_t end = time(NULL) + (time_t)case_seconds + 1;

	while (case_ok && time(NULL) < (hopes() ? end + more : end))
		(void)usleep(1000);
}

static void lasts(void)
{
	lasts_or(0);
}

static void lasts_until_joint(void)
{
	lasts_or(30);
}

static void raced(enum unit_kind kind, bool immediate, unsigned n)
{
	uint64_t total;

	host_leads = leader_sleeps;
	host_follows = follower_sleeps;
	host_meets = true;
	total = race(kind, immediate, n, n == 2 ? lasts_until_joint : lasts);
	host_meets = false;
	/* Whether eight meet is luck: what two_in_one() and others do on purpose. */
	(void)CHECK(!unit_given_up() && total > RACE_LEAST && unit_seen().doorbells <= total);
	(void)CHECK(n > 2 || unit_seen().doorbells < total);
	pair_over();
}

static void two_beside(enum unit_kind kind)
{
	raced(kind, true, 2);
}

static void two_slow(enum unit_kind kind)
{
	raced(kind, false, 2);
}

static void many(enum unit_kind kind)
{
	raced(kind, true, case_cpus + 2);
}

static const struct queue_case cases[] = {
	{"a follower and a leader ring once", two_in_one, 0},
	{"positions and numbers go round", numbers_go_round, 0},
	{"a request that was withdrawn is not taken", withdrawn_is_not_taken, 0},
	{"an interrupt or a third CPU in the middle of following", interrupted, 0},
	{"two leaders", two_leaders, 0},
	{"a slow unit", slow, 0},
	{"a leader that had to wait tells the follower", slow_is_told, 0},
	{"a joint submission refused once, each error, each place", refused, 0},
	{"a joint submission refused for ever", refused_for_ever, 0},
	{"a dead unit: both are told", both_are_told, 0},
	{"a joint submission thrown away", thrown_away, 1 << UNIT_VTD},
	{"something was thrown away meanwhile", unsure, 0},
	{"two CPUs that wait for each other", two_beside, 0},
	{"two CPUs that wait for each other, a slow unit", two_slow, 0},
	{"many CPUs that wait for each other", many, 0},
};

int main(int argc, char **argv)
{
	return case_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
