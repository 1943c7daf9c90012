/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SMMUv3 under several CPUs: two devices of one unit; and faults.
 */
#include "../iommu-unit/threads.h"
#include "setup.h"

static struct kind releases = {.name = "threads"}, faults = {.name = "pollers"};

const struct unit_threads threads = {&releases, {&faults}};
