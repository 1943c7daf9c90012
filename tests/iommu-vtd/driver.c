/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d driver where hardware, firmware or memory fail: what it says, what stays blocked, what is never given back.
 * Each case runs in a process of its own, since some leave the library with memory that it must keep for ever.
 */
#include "driver.h"

const struct fixture driver_usual = {.name = "usual"}, driver_two_units = {.name = "two units", .units = 2};

uint32_t driver_no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context, (void)segment, (void)bus, (void)devfn, (void)offset;
	return ~(uint32_t)0;
}

int driver_probe(void)
{
	struct dma_vtd_config config = world_config(&world);

	return dma_vtd_probe(&config, &world.iommu);
}

static const struct unit_case cases[] = {
	{"a refused descriptor is replaced by one that invalidates more (IQE), at each of the first 23",
	 .run = iqe_is_repaired},
	{"waits that the hardware threw away are submitted again (ITE), at each of the first 23",
	 .run = ite_is_repeated},
	{"an invalidation that never ends: blocked, quarantined for ever, counted", .dead = scene_quarantine,
	 .fixture = &driver_hanging},
	{"the same, deferred", .dead = scene_quarantine, .fixture = &driver_hanging_deferred},
	{"a unit that stops at the n-th command of a life, whichever", .whole = stops_anywhere},
	{"a queue that refuses everything: no IOMMU", .run = refused_twice_gives_up},
	{"hostile tables: an error, nothing touched, nothing leaked", .run = hostile_tables},
	{"one unit that cannot be driven: the others protect theirs, and the log names its devices",
	 .run = one_bad_unit},
	{"twenty units", .run = twenty_units},
	{"a reserved region over RAM: its device stays blocked, others do not", .run = region_in_ram},
	{"units without a queue or of an unknown depth are refused", .run = unusable_units},
	{"a former kernel's unit is taken over", .run = taken_over},
	{"a former kernel's queue that is stuck: no IOMMU", .run = stuck_queue_of_before},
	{"commands that are never carried out: no IOMMU, no endless wait", .run = deaf_units},
	{"invalidations thrown away for ever: given up", .run = thrown_away_for_ever},
	{"reserved regions: merged, or not believed", .run = regions},
	{"two devices of one domain; all of them blocked when its unit fails", .run = shared_domain},
	{"a device has one domain, of its own unit", .run = attaching},
	{"domain numbers: all but 0, and no more", .run = domain_numbers},
	{"the interrupt window: open without remapping, blocked with it", .run = interrupts},
	{"zero-length reads", .run = zero_length_reads},
	{"regions of firmware and host: before, during and after drivers", .run = region_at_any_time},
	{"402 regions, of one requester, many, or all", .run = many_regions},
	{"a unit that nobody bypasses, and devices behind none", .run = bypass},
	{"interrupt remapping stays the host's", .run = remapped_by_host},
	{"a dead unit: devices may still reach what they could", .dead = scene_blocked_perhaps,
	 .fixture = &driver_usual},
	{"a dead unit, and a host that tries to cut its devices off", .dead = scene_blocked_in_vain,
	 .fixture = &driver_usual},
	{"a dead unit, and a host that cuts its devices off: blocked for good", .dead = scene_blocked_for_good,
	 .fixture = &driver_usual},
	{"regions that share pages and differ: the log says so, once", .whole = regions_said},
	{"every hook failing at every call", .whole = every_hook_fails},
	{"a machine that is paused at any time, clocks that differ", .whole = odd_clocks},
};

int main(int argc, char **argv)
{
	return unit_cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
