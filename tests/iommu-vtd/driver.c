/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d driver where hardware, firmware or memory fail: what it says, what stays blocked, what is never given back.
 * Each case runs in a process of its own, since some leave the library with memory that it must keep for ever.
 */
#include "driver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct world driver_world;
static unsigned failures; /* on earlier machines of the same case */

/* Another machine, plain and empty. */
void driver_fresh(void)
{
	struct sim_config config = sim_config_frames(sim_config_plain(NULL));
	bool ended = dma_fini() == 0; /* its reserve is of the machine that goes */

	failures += sim_stop();
	sim_start(&config);
	if (ended)
		SIM_CHECK(dma_init() == 0);
}

uint32_t driver_no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context, (void)segment, (void)bus, (void)devfn, (void)offset;
	return ~(uint32_t)0;
}

int driver_probe(void)
{
	struct dma_vtd_config config = {.dmar = driver_world.table.bytes,
					.dmar_nbytes = driver_world.table.length,
					.pci_read32 = driver_no_bus,
					.timeout_ns = WORLD_TIMEOUT_NS};

	return dma_vtd_probe(&config, &driver_world.iommu);
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned (*whole)(void); /* brings its own machines */
} cases[] = {
	{"a refused descriptor is replaced by one that invalidates more (IQE), at each of the first 23",
	 iqe_is_repaired, NULL},
	{"waits that the hardware threw away are submitted again (ITE), at each of the first 23", ite_is_repeated,
	 NULL},
	{"an invalidation that never ends: blocked, quarantined for ever, counted", timeout_quarantines, NULL},
	{"the same, deferred", timeout_quarantines_deferred, NULL},
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
	{"a blocked device reaches nothing", blocked_device, NULL},
	{"a device has one domain, of its own unit", attaching, NULL},
	{"domain numbers: all but 0, and no more", domain_numbers, NULL},
	{"the interrupt window: open without remapping, blocked with it", interrupts, NULL},
	{"zero-length reads", zero_length_reads, NULL},
	{"devices that share a requester: it leaves with the last", shared_requester, NULL},
	{"regions of firmware and host: before, during and after drivers", region_at_any_time, NULL},
	{"402 regions, of one requester, many, or all", many_regions, NULL},
	{"a device that bypasses its unit does, or is refused", bypass, NULL},
	{"interrupt remapping stays the host's", remapped_by_host, NULL},
	{"a dead unit: devices may still reach what they could", blocked_perhaps, NULL},
	{"a dead unit, and a host that tries to cut its devices off", blocked_in_vain, NULL},
	{"a dead unit, and a host that cuts its devices off: blocked for good", blocked_for_good, NULL},
	{"every hook failing at every call", NULL, every_hook_fails},
};

static int run_case(unsigned i)
{
	struct sim_config config = sim_config_frames(sim_config_plain(NULL));

	if (cases[i].whole)
		return cases[i].whole() != 0;
	sim_start(&config);
	cases[i].run();
	return failures + sim_stop() != 0;
}

/* With an argument: only the case of that name. */
int main(int argc, char **argv)
{
	unsigned n = sizeof(cases) / sizeof(cases[0]), failed = 0;

	printf("1..%u\n", argc > 1 ? 1 : n);
	for (unsigned i = 0; i < n; i++) {
		int status = -1;
		pid_t child;

		if (argc > 1 && strcmp(cases[i].name, argv[1]))
			continue;
		fflush(stdout);
		child = fork();
		if (child == 0) {
			int bad = run_case(i);

			fflush(stdout);
			_exit(bad); /* memory that is kept for ever is no leak */
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			status = -1;
		printf("%s %u - %s\n", status ? "not ok" : "ok", i + 1, cases[i].name);
		failed += status != 0;
	}
	return failed != 0;
}
