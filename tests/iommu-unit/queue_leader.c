/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which of two CPUs leads at a doorbell that one rings for both: who becomes the leader, and when it resigns.
 */
#include "queue_pair.h"

static void withdrawn(enum unit_kind kind)
{
	pair_make(kind, true);
	pair_set_leader(ABSENT);
	for (unsigned i = 1; i <= 4; i++) {
		(void)CHECK(pair_has_leader());
		(void)pair_run(FOLLOWER);
	}
	(void)CHECK(!pair_has_leader() && unit_queue()->joint == 0);
	pair_over();
}

/* So many meetings make a leader: two CPUs that come in turns, of which the second of the two that are looked at leads
 * then. */
static unsigned meetings(void)
{
	unsigned n = 0;

	if (unit_queue()->tail % 4) /* LEADER comes second */
		(void)pair_run(FOLLOWER);
	while (n < 100000) {
		uint32_t before = unit_queue()->met;

		(void)pair_run(LEADER);
		n += unit_queue()->met != before || pair_has_leader();
		if (pair_has_leader())
			break;
		(void)pair_run(FOLLOWER);
	}
	(void)CHECK(unit_queue()->leader == LEADER + 1);
	return n;
}

/* One CPU alone meets nobody, and two that come in turns do, wherever in the ring they are. */
static void who_comes(enum unit_kind kind)
{
	for (uint32_t at = 0; at < 4; at++) {
		pair_make(kind, true);
		pair_set_leader(0u - 1);
		unit_skip(at);
		for (unsigned i = 0; i < 1000; i++)
			(void)pair_run(LEADER);
		(void)CHECK(!pair_has_leader() && unit_queue()->met <= 1);
		for (unsigned i = 0; i < 256 && !pair_has_leader(); i++)
			(void)pair_run(i % 2 ? LEADER : FOLLOWER);
		(void)CHECK(pair_has_leader());
		pair_over();
	}
}

/* So many submissions without a follower, until the leader resigns. */
static unsigned alone(void)
{
	unsigned n = 0;

	for (; pair_has_leader() && n < 1000; n++)
		(void)pair_run(LEADER);
	return n;
}

static void twice_as_rare(enum unit_kind kind)
{
	unsigned first, expected;

	pair_make(kind, true);
	pair_set_leader(0u - 1);
	first = expected = meetings();
	(void)CHECK(first > 1);
	for (unsigned i = 0; i < 12; i++) {
		(void)CHECK(alone() == 32);
		expected *= i < 10 ? 2 : 1;
		(void)CHECK(meetings() == expected);
	}
	for (unsigned i = 0; i < 64; i++)
		pair_joint();
	(void)CHECK(alone() == 32 && meetings() == first); /* it paid */
	pair_over();
}

static const struct queue_case cases[] = {
	{"requests to a leader who never comes", withdrawn, 0},
	{"who comes behind another leads", who_comes, 0},
	{"a leader without followers resigns, and comes back more seldom", twice_as_rare, 0},
};

int main(int argc, char **argv)
{
	return case_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
