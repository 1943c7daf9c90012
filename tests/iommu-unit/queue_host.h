/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host of a unit in software: its clock, its CPUs and its interrupts are in the test's hands.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_HOST_H
#define TESTS_IOMMU_UNIT_QUEUE_HOST_H

#include <stdbool.h>
#include <stdint.h>

extern _Thread_local unsigned host_cpu;
/* Called whenever the clock is read; gives the time. NULL: the machine's own clock. */
extern uint64_t (*host_clock)(void);
/* Signals that the lock holds back, as interrupts would be: SIGALRM. */
extern bool host_signals;
/* The CPU that rings the doorbell is now and then preempted, so that others come behind it. */
extern bool host_meets;
/* Called before each look for the other one of two CPUs at one doorbell (../../src/iommu/unit/unit_bell.h): gives the
 * number of looks. NULL: as everywhere. */
extern unsigned (*host_leads)(void), (*host_follows)(void);

#endif
