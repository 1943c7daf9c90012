/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d under several CPUs: two units, which do not snoop; and faults.
 */
#include "../iommu-unit/threads.h"
#include "world.h"

static void unsnooped(struct sim_vtd_config *config)
{
	config->coherent = false;
	config->eager = true;
}

static struct fixture releases = {.name = "threads", .units = 2, .unit = unsnooped}, faults = {.name = "pollers"};

const struct unit_threads threads = {&releases, {&faults}};
