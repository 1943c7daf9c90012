/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver's tests give to threads.c: fixtures.
 */
#ifndef TESTS_IOMMU_UNIT_THREADS_H
#define TESTS_IOMMU_UNIT_THREADS_H

#include "run.h"

struct unit_threads {
	void *two_devices; /* for releases side by side */
	void *polled[2];   /* for faults; NULL ends them */
};
extern const struct unit_threads threads;

#endif
