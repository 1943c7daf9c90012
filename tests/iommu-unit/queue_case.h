/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cases for a unit in software, each run with each kind of unit and told about as TAP.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_CASE_H
#define TESTS_IOMMU_UNIT_QUEUE_CASE_H

#include "queue_host.h"
#include "queue_unit.h"
#include <stdio.h>

extern bool case_ok;
/* Of races; the arguments say more or less. */
extern unsigned case_seconds, case_cpus;

#define CHECK(condition)                                                                                               \
	((condition) || (case_ok = false, printf("# %s:%d: %s\n", __func__, __LINE__, #condition), false))

struct queue_case {
	const char *name;
	void (*run)(enum unit_kind kind);
	unsigned kinds; /* a bit for each; 0: all */
};

/* For main(): `PROGRAM SECONDS CPUS`, `PROGRAM NAME` for one case, or all of these. */
int case_main(const struct queue_case *cases, unsigned n, int argc, char **argv);

#endif
