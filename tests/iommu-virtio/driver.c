/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio-iommu driver on the model. Each case runs in a process of its own, since some leave the library with
 * memory that it must keep for ever.
 */
#include "driver.h"

const struct fixture driver_usual = {.name = "usual", .devices = 1};

static const struct unit_case cases[] = {
	{"streams of all directions and sizes", traffic, NULL},
	{"the same, deferred", traffic_deferred, NULL},
	{"a stream that splits is a mapping for each page", splits, NULL},
	{"pieces of a list: a mapping for each run, one unmap", lists, NULL},
	{"two devices of one domain, which goes with the last", shared_domain, NULL},
	{"a blocked device reaches nothing, and its memory comes back", blocked_device, NULL},
	{"a device that bypasses its unit does, or is refused", bypass, NULL},
	{"the host's regions: before, during and after drivers", regions, NULL},
	{"ranges that the unit reserves, and odd properties", reserved_by_unit, NULL},
	{"the host says which functions there are", host_says, NULL},
	{"a unit that has no write-only mappings", no_write_only, NULL},
	{"a unit that moves no endpoint in one step", no_move, NULL},
	{"a unit that an earlier kernel left on: nothing of its is reached any more", left_on, NULL},
	{"a unit that has no memory for the n-th mapping", no_memory, NULL},
	{"fault reports: counted, ignored, cut", fault_reports, NULL},
	{"units that cannot be driven are refused, and nothing leaks", unusable_units, NULL},
	{"a unit that hangs at the n-th request: blocked, quarantined, counted", timeouts, NULL},
	{"the same, deferred", timeouts_deferred, NULL},
	{"a unit that lies at the n-th answer: no frame goes back", lies, NULL},
	{"a queue of four descriptors", queue_of_four, NULL},
	{"configuration spaces that make no sense are refused", configuration_spaces, NULL},
	{"a property that is longer than all of them", long_property, NULL},
	{"a unit that cannot map a fixed region", fixed_region_refused, NULL},
	{"a fixed region beyond what the unit translates", region_out_of_reach, NULL},
	{"every hook failing at every call", NULL, every_hook_fails},
	{"a machine that is paused at any time, clocks that differ", NULL, odd_clocks},
};

int main(int argc, char **argv)
{
	return unit_cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
