/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU under several CPUs: two devices of one unit; and faults.
 */
#include "../iommu-unit/threads.h"
#include "world.h"

static struct fixture releases = {.name = "threads", .both = true}, faults = {.name = "pollers"};

const struct unit_threads threads = {&releases, {&faults}};
