/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d driver where hardware, firmware or memory fail: what it says, what stays blocked, what is never given back.
 * Each case runs in a process of its own, since some leave the library with memory that it must keep for ever.
 */
#include "driver.h"

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
	 iqe_is_repaired, NULL},
	{"waits that the hardware threw away are submitted again (ITE), at each of the first 23", ite_is_repeated,
	 NULL},
	{"an invalidation that never ends: blocked, quarantined for ever, counted", timeout_quarantines, NULL},
	{"the same, deferred", timeout_quarantines_deferred, NULL},
	{"a unit that stops at the n-th command of a life, whichever", NULL, stops_anywhere},
	{"a queue that refuses everything: no IOMMU", refused_twice_gives_up, NULL},
	{"hostile tables: an error, nothing touched, nothing leaked", hostile_tables, NULL},
	{"one unit that cannot be driven: the others protect theirs, and the log names its devices", one_bad_unit,
	 NULL},
	{"twenty units", twenty_units, NULL},
	{"a reserved region over RAM: its device stays blocked, others do not", region_in_ram, NULL},
	{"units without a queue or of an unknown depth are refused", unusable_units, NULL},
	{"a former kernel's unit is taken over", taken_over, NULL},
	{"a former kernel's queue that is stuck: no IOMMU", stuck_queue_of_before, NULL},
	{"commands that are never carried out: no IOMMU, no endless wait", deaf_units, NULL},
	{"invalidations thrown away for ever: given up", thrown_away_for_ever, NULL},
	{"reserved regions: merged, or not believed", regions, NULL},
	{"two devices of one domain; all of them blocked when its unit fails", shared_domain, NULL},
	{"a device has one domain, of its own unit", attaching, NULL},
	{"domain numbers: all but 0, and no more", domain_numbers, NULL},
	{"the interrupt window: open without remapping, blocked with it", interrupts, NULL},
	{"zero-length reads", zero_length_reads, NULL},
	{"regions of firmware and host: before, during and after drivers", region_at_any_time, NULL},
	{"402 regions, of one requester, many, or all", many_regions, NULL},
	{"a unit that nobody bypasses, and devices behind none", bypass, NULL},
	{"interrupt remapping stays the host's", remapped_by_host, NULL},
	{"a dead unit: devices may still reach what they could", blocked_perhaps, NULL},
	{"a dead unit, and a host that tries to cut its devices off", blocked_in_vain, NULL},
	{"a dead unit, and a host that cuts its devices off: blocked for good", blocked_for_good, NULL},
	{"every hook failing at every call", NULL, every_hook_fails},
	{"a machine that is paused at any time, clocks that differ", NULL, odd_clocks},
};

int main(int argc, char **argv)
{
	return unit_cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
