/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Threads of a race: CPUs that invalidate one address after another, and the unit that works beside them.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_RACE_H
#define TESTS_IOMMU_UNIT_QUEUE_RACE_H

#include "queue_case.h"

extern uint64_t race_counts[UNIT_CPUS]; /* invalidations of each CPU */
extern int race_over, race_unit_over;	/* ends the CPUs' threads, and the unit's */

/* None has run. */
void race_reset(void);
/* One more invalidation, which must have been executed when run() says so. */
bool race_once(unsigned cpu);
/* For a thread of the CPU that the argument is the number of. */
void *race_cpu(void *number);
/* For the thread of a unit that works beside the CPUs, and is preempted as they are. */
void *race_unit(void *unused);
/* Of all CPUs. */
uint64_t race_total(void);

#endif
