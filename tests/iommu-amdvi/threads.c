/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi under several CPUs: two units; and faults, of which some records come after their tail pointer.
 */
#include "../iommu-unit/threads.h"
#include "world.h"

static void late_records(struct sim_amdvi_config *c)
{
	c->late_records = true;
}

static struct fixture releases = {.name = "threads", .units = 2}, faults = {.name = "pollers"},
		      late = {.name = "late records", .unit = late_records};

const struct unit_threads threads = {&releases, {&faults, &late}};
