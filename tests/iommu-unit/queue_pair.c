/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A leader and a follower: see queue_pair.h.
 */
#include "queue_pair.h"
#include <dmastream/errors.h>

static uint64_t count;

bool pair_run(unsigned cpu)
{
	unsigned was = host_cpu;
	uint64_t mine = ++count;
	bool good;

	host_cpu = cpu;
	good = CHECK(unit_run(cpu, mine) == 0) && CHECK(unit_ran(cpu) >= mine);
	host_cpu = was;
	return good;
}

void pair_set_leader(unsigned cpu)
{
	unit_queue()->leader = cpu + 1;
	unit_queue()->lonely = 0;
	unit_queue()->met = unit_queue()->joined = 0;
}

bool pair_has_leader(void)
{
	return unit_queue()->leader != 0;
}

/* ---- The other CPU comes in the middle ---- */

static void (*meanwhile)(void); /* while the follower waits for the n-th time */
static unsigned meanwhile_at, follower_looks;

static unsigned few(void)
{
	return ENOUGH_LOOKS;
}

static unsigned follows(void)
{
	void (*what)(void) = meanwhile;

	if (what && follower_looks++ == meanwhile_at) {
		meanwhile = NULL;
		what();
	}
	return ENOUGH_LOOKS;
}

void pair_make(enum unit_kind kind, bool immediate)
{
	unit_make(kind, immediate);
	host_leads = few;
	host_follows = follows;
	host_cpu = 0;
	count = 0;
	pair_set_leader(LEADER);
}

void pair_over(void)
{
	(void)CHECK(unit_seen().unlawful == 0 && unit_queue()->claimed == 0);
	host_leads = host_follows = NULL;
	host_clock = NULL;
	host_cpu = 0;
}

void pair_leader_comes(void)
{
	(void)pair_run(LEADER);
}

void pair_follow_while(void (*what)(void), unsigned at)
{
	meanwhile = what;
	meanwhile_at = at;
	follower_looks = 0;
	(void)pair_run(FOLLOWER);
	(void)CHECK(meanwhile == NULL);
}

void pair_joint(void)
{
	pair_follow_while(pair_leader_comes, 0);
}

/* ---- A unit that is slow or dead ---- */

static uint64_t now;
static unsigned reads;

uint64_t pair_late(void)
{
	if (++reads % 4 == 0)
		unit_work(256);
	return now += 10;
}

static int leader_result;

static void leader_fails(void)
{
	unsigned was = host_cpu;

	host_cpu = LEADER;
	leader_result = unit_run(LEADER, 1);
	host_cpu = was;
}

void pair_fail(void)
{
	leader_result = 0;
	meanwhile = leader_fails;
	meanwhile_at = follower_looks = 0;
	host_cpu = FOLLOWER;
	(void)CHECK(unit_run(FOLLOWER, 1) == DMA_ETIMEDOUT && leader_result == DMA_ETIMEDOUT && unit_given_up());
}

uint64_t pair_dead(void)
{
	return now += UNIT_TIMEOUT_NS / 20;
}
