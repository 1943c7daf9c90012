/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The AMD-Vi driver where hardware, firmware or memory fail: what it says, what stays blocked, what is never given
 * back. Each case runs in a process of its own, since some leave the library with memory that it must keep for ever.
 */
#include "driver.h"

const struct fixture driver_usual = {.name = "usual"}, driver_two_units = {.name = "two units", .units = 2};

int driver_probe(void)
{
	struct dma_amdvi_config config = world_config(&world);

	return dma_amdvi_probe(&config, &world.iommu);
}

struct dma_device_config driver_device(unsigned i, struct dma_domain *domain)
{
	struct dma_device_config config = sim_device_dma(world.model[i]);

	config.domain = domain;
	return config;
}

static const struct unit_case cases[] = {
	{"a refused command is replaced by one that invalidates more, at each of the first 23", refused_is_repaired,
	 NULL},
	{"a command that the unit cannot read, at each of the first 23", unreadable_is_repaired, NULL},
	{"an invalidation that never ends: blocked, quarantined for ever, counted", timeout_quarantines, NULL},
	{"the same, deferred", timeout_quarantines_deferred, NULL},
	{"a unit that stops at the n-th command of a life, whichever", NULL, stops_anywhere},
	{"a buffer that refuses everything: no IOMMU", refused_twice_gives_up, NULL},
	{"a former kernel's buffer that never stops: no IOMMU", stuck_buffer_of_before, NULL},
	{"a unit that does not switch on: no IOMMU, no endless wait", deaf_units, NULL},
	{"a log that overflows goes on", log_overflows, NULL},
	{"a tail pointer that lies: no fault without a record, no endless poll", lying_tail, NULL},
	{"hostile tables: an error, nothing touched, nothing leaked", hostile_tables, NULL},
	{"one unit that cannot be driven: the others protect theirs, and the log names its devices", one_bad_unit,
	 NULL},
	{"twenty units", twenty_units, NULL},
	{"a unity range over RAM: its device stays blocked, others do not", region_in_ram, NULL},
	{"regions of firmware and host: before, during and after drivers", region_at_any_time, NULL},
	{"402 regions, of one requester, many, or all", many_regions, NULL},
	{"a former kernel's exclusion range is closed", exclusion_of_before, NULL},
	{"a former kernel's unit is taken over and never open", taken_over, NULL},
	{"a unit without extended features", old_unit, NULL},
	{"two devices of one domain; all of them blocked when its unit fails", shared_domain, NULL},
	{"a device has one domain, of its own unit", attaching, NULL},
	{"interrupts: blocked, until the host lets them through", interrupts, NULL},
	{"a requester that firmware gives an alias", aliased_requester, NULL},
	{"zero-length reads", zero_length_reads, NULL},
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
