/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A race: CPUs that invalidate one address after another, each a thread, and the unit that works beside them.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_RACE_H
#define TESTS_IOMMU_UNIT_QUEUE_RACE_H

#include "queue_case.h"

enum { RACE_LEAST = 100 }; /* invalidations: what a race has more of */

/* One more invalidation of that CPU's, which must have been executed when run() says so. */
bool race_once(unsigned cpu);
/* A fresh unit of the kind, and n CPUs that invalidate until lasts() returns, which is called once, and there were
 * more than RACE_LEAST (or 30 s more have passed). A unit that is not immediate works beside them. Gives the
 * invalidations of all CPUs, which it prints; 0: a thread was not made. */
uint64_t race(enum unit_kind kind, bool immediate, unsigned n, void (*lasts)(void));
/* The thread of a unit that works beside its CPUs, and is preempted as they are; and its end. */
bool race_unit_begin(void);
void race_unit_end(void);

#endif
