/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio-iommu driver on the model. Each case runs in a process of its own, since some leave the library with
 * memory that it must keep for ever.
 */
#include "driver.h"

const struct fixture driver_usual = {.name = "usual", .devices = 1};

static const struct unit_case cases[] = {
	{"streams of all directions and sizes", .run = traffic},
	{"the same, deferred", .run = traffic_deferred},
	{"a stream that splits is a mapping for each page", .run = splits},
	{"pieces of a list: a mapping for each run, one unmap", .run = lists},
	{"two devices of one domain, which goes with the last", .run = shared_domain},
	{"a blocked device reaches nothing, and its memory comes back", .run = blocked_device},
	{"a device that bypasses its unit does, or is refused", .run = bypass},
	{"the host's regions: before, during and after drivers", .run = regions},
	{"regions of the host that overlap, and a doorbell for all, at every step of three drivers",
	 .run = region_at_any_time},
	{"ranges that the unit reserves, and odd properties", .run = reserved_by_unit},
	{"a range that the unit reserves up to the last address", .run = reserved_to_the_end},
	{"a fixed region beside a reserved range, within what the unit maps at once", .run = reserved_within_a_page},
	{"the host says which functions there are", .run = host_says},
	{"a unit that has no write-only mappings", .run = no_write_only},
	{"the same, and a doorbell", .run = no_write_only_regions},
	{"the same, and two CPUs that find out", .run = no_write_only_twice},
	{"a unit that moves no endpoint in one step", .run = no_move},
	{"a unit that an earlier kernel left on: nothing of its is reached any more", .run = left_on},
	{"a unit that has no memory for the n-th mapping", .run = no_memory},
	{"fault reports: counted, ignored, cut", .run = fault_reports},
	{"units that cannot be driven are refused, and nothing leaks", .run = unusable_units},
	{"a unit that hangs at the n-th request: blocked, quarantined, counted", .run = timeouts},
	{"the same, deferred", .run = timeouts_deferred},
	{"a unit that lies at the n-th answer: no frame goes back", .run = lies},
	{"a unit that lies about its reports", .run = lies_of_reports},
	{"any request answered by any status", .run = statuses},
	{"a range of addresses that begins and ends within pages", .run = range_within_pages},
	{"a unit that refuses a second endpoint of a domain", .run = second_endpoint_refused},
	{"a unit without each of the features that it need not have", .run = optional_features},
	{"a queue of four descriptors", .run = queue_of_four},
	{"configuration spaces that make no sense are refused", .run = configuration_spaces},
	{"a property that is longer than all of them", .run = long_property},
	{"a unit that cannot map a fixed region", .run = fixed_region_refused},
	{"a fixed region beyond what the unit translates", .run = region_out_of_reach},
	{"regions that share pages and differ: the log says so, once", .whole = regions_said},
	{"every hook failing at every call", .whole = every_hook_fails},
	{"a machine that is paused at any time, clocks that differ", .whole = odd_clocks},
};

int main(int argc, char **argv)
{
	return unit_cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
