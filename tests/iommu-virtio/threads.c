/* SPDX-License-Identifier: MPL-2.0 */
/*
 * virtio-iommu under several CPUs: two devices of one unit; and faults.
 */
#include "../iommu-unit/threads.h"
#include "world.h"

static struct fixture releases = {.name = "threads", .devices = 2}, faults = {.name = "pollers"};

const struct unit_threads threads = {&releases, {&faults}};
