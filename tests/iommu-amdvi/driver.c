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
	{"a refused command is replaced by one that invalidates more, at each of the first 23",
	 .run = refused_is_repaired},
	{"a command that the unit cannot read, at each of the first 23", .run = unreadable_is_repaired},
	{"an invalidation that never ends: blocked, quarantined for ever, counted", .dead = scene_quarantine,
	 .fixture = &driver_hanging},
	{"the same, deferred", .dead = scene_quarantine, .fixture = &driver_hanging_deferred},
	{"a unit that stops at the n-th command of a life, whichever", .whole = stops_anywhere},
	{"a buffer that refuses everything: no IOMMU", .run = refused_twice_gives_up},
	{"a former kernel's buffer that never stops: no IOMMU", .run = stuck_buffer_of_before},
	{"a former kernel's logs have stopped when the probe is done", .run = logs_of_before},
	{"a unit that does not switch on: no IOMMU, no endless wait", .run = deaf_units},
	{"a log that overflows goes on", .run = log_overflows},
	{"a tail pointer that lies: no fault without a record, no endless poll", .run = lying_tail},
	{"hostile tables: an error, nothing touched, nothing leaked", .run = hostile_tables},
	{"one unit that cannot be driven: the others protect theirs, and the log names its devices",
	 .run = one_bad_unit},
	{"twenty units", .run = twenty_units},
	{"a unity range over RAM: its device stays blocked, others do not", .run = region_in_ram},
	{"regions of firmware and host: before, during and after drivers", .run = region_at_any_time},
	{"402 regions, of one requester, many, or all", .run = many_regions},
	{"a former kernel's exclusion range is closed", .run = exclusion_of_before},
	{"a former kernel's exclusion range is firmware's: reached at each step", .run = exclusion_to_unity},
	{"a former kernel's unit is taken over and never open", .run = taken_over},
	{"a unit without extended features", .run = old_unit},
	{"two devices of one domain; all of them blocked when its unit fails", .run = shared_domain},
	{"a device has one domain, of its own unit", .run = attaching},
	{"interrupts: blocked, until the host lets them through", .run = interrupts},
	{"interrupts of an I/O APIC: what firmware lets through stays", .run = special_interrupts},
	{"a requester that firmware gives an alias", .run = aliased_requester},
	{"zero-length reads", .run = zero_length_reads},
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
