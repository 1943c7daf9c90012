/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A leader and a follower at one doorbell (../../src/iommu/unit/unit_bell.h). The other CPU, or an interrupt, comes in
 * the middle of a wait, on the same thread, so that every run is the same.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_PAIR_H
#define TESTS_IOMMU_UNIT_QUEUE_PAIR_H

#include "../../src/iommu/unit/unit_queue.h"
#include "queue_case.h"

enum { LEADER = 3, FOLLOWER = 5, ABSENT = 9, ENOUGH_LOOKS = 3 /* of each for the other */ };

/* A fresh unit, whose leader is LEADER. */
void pair_make(enum unit_kind kind, bool immediate);
/* The last word about it: nothing unlawful was executed. */
void pair_over(void);

void pair_set_leader(unsigned cpu);
bool pair_has_leader(void);

/* A command of that CPU's is executed before run() says so. */
bool pair_run(unsigned cpu);
void pair_leader_comes(void);
/* The follower runs a command; what() happens at that look of its. */
void pair_follow_while(void (*what)(void), unsigned at);
/* A follower waits, and the leader comes. */
void pair_joint(void);
/* The same, and both are told that the unit has been given up. */
void pair_fail(void);

/* Clocks (host_clock): the unit works when somebody has waited for some time; or never. */
uint64_t pair_late(void);
uint64_t pair_dead(void);

#endif
