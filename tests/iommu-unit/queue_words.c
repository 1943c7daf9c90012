/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Joint submissions in a ring that is full, and words that were not written for 2^31 positions: nothing that the unit
 * has not executed is written over, or taken for executed.
 */
#include "queue_pair.h"
#include <dmastream/errors.h>

/* ---- Room ---- */

/* Joint submissions alone have used the ring; then the unit stands still with the last of them, and the ring is filled.
 */
static void full(enum unit_kind kind)
{
	for (unsigned used = 0; used < 90; used += 3) {
		unsigned room = 0;

		pair_make(kind, true);
		for (unsigned i = 0; i < 80 + used; i++)
			pair_joint();
		while (room < 300 && unit_waiting() == 0 && unit_submit())
			room++;
		(void)CHECK(room == 300); /* each is executed at once */
		pair_over();
	}
}

/* The ring of a unit that has executed it all, the last submission being a joint one, is empty. */
static void room_after_joint(enum unit_kind kind)
{
	pair_make(kind, false);
	host_clock = pair_late;
	for (unsigned i = 0; i < 84; i++)
		pair_joint();
	(void)CHECK(unit_queue()->tail == 252 && unit_queue()->done == 0);
	host_clock = NULL;
	for (unsigned i = 0; i < 127; i++) /* all of the ring */
		(void)CHECK(unit_submit());
	(void)CHECK(!unit_submit() && unit_waiting() == 254);
	unit_work(256);
	(void)CHECK(unit_submit());
	unit_work(256);
	pair_over();
}

/* Neither of the two, when there is no room. */
static void leader_and_full_ring(enum unit_kind kind)
{
	pair_make(kind, false);
	while (unit_submit())
		;
	host_clock = pair_late;
	pair_joint();
	(void)CHECK(unit_queue()->joint == 0 && !unit_given_up());
	pair_over();
}

/* A joint submission that has not been executed keeps its place, and its word, though words are renewed. */
static void not_written_over(enum unit_kind kind)
{
	pair_make(kind, false);
	host_clock = pair_dead;
	unit_queue()->renewed -= 1u << 30;
	pair_fail();
	host_clock = NULL;
	for (unsigned i = 0; i < 300; i++)
		(void)unit_submit();
	(void)CHECK(unit_queue()->words[DMA_QUEUE_JOINT_WORD] == 0);
	(void)CHECK(unit_waiting() == 255 || unit_waiting() == 253);
	unit_work(256);
	(void)CHECK(unit_ran(LEADER) == 1 && unit_ran(FOLLOWER) == 1 && unit_seen().unlawful == 0);
	host_leads = host_follows = NULL;
}

/* ---- Words that were not written for 2^31 positions ---- */

enum { STEP = 1 << 28, STEPS = 20 };

/* Four turns of the ring, the unit working at once; or first one with half a ring of commands waiting
 * when there is no room. */
static void turns(bool waiting)
{
	if (waiting) {
		while (unit_submit())
			;
		unit_work(128);
		(void)CHECK(unit_submit());
		unit_work(256);
		(void)CHECK(unit_waiting() == 0 && unit_queue()->tail % DMA_QUEUE_SLOTS == 0);
	}
	for (unsigned i = 0; i < 512; i++) {
		if (!CHECK(unit_submit()))
			break;
		unit_work(256);
	}
	unit_work(256);
	(void)CHECK(unit_queue()->tail % DMA_QUEUE_SLOTS == 0);
}

static void dead_to(unsigned cpu)
{
	host_clock = pair_dead;
	host_cpu = cpu;
	(void)CHECK(unit_run(cpu, 1) == DMA_ETIMEDOUT);
	pair_over();
}

static void old_words(enum unit_kind kind)
{
	for (unsigned i = 0; i < 2 * STEPS; i++) {
		pair_make(kind, false);
		unit_queue()->leader = 0;
		for (unsigned steps = 0; steps <= i / 2; steps++) {
			unit_skip(STEP);
			turns(i % 2);
		}
		unit_skip(1 + 2 * (i * 13 % 128));
		dead_to(FOLLOWER);
	}
}

/* Requests that were all withdrawn have written no number. */
static void old_number(enum unit_kind kind)
{
	for (unsigned i = 0; i < STEPS; i++) {
		pair_make(kind, false);
		for (unsigned steps = 0; steps <= i; steps++) {
			unit_queue()->taken = unit_queue()->request.number = unit_queue()->taken + STEP;
			unit_queue()->leader = 0;
			unit_skip(2 * (unsigned)STEP);
			turns(false);
		}
		pair_set_leader(LEADER);
		host_clock = pair_dead;
		pair_fail();
		pair_over();
	}
}

static const struct queue_case cases[] = {
	{"a ring used by joint submissions alone", full, 0},
	{"room after joint submissions", room_after_joint, 0},
	{"a leader when the ring is full", leader_and_full_ring, 0},
	{"a joint submission is not written over", not_written_over, 0},
	{"words not written for 2^31 positions", old_words, 0},
	{"a number not written for 2^31 requests", old_number, 0},
};

int main(int argc, char **argv)
{
	return case_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
