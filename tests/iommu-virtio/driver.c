/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio-iommu driver on the model. Each case runs in a process of its own, since some leave the library with
 * memory that it must keep for ever.
 */
#include "driver.h"
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct world driver_world;
const struct fixture driver_usual = {.name = "usual", .devices = 1};
static unsigned failures; /* on earlier machines of the same case */

void driver_fresh(void)
{
	struct sim_config config = sim_config_frames(sim_config_plain(NULL));
	bool ended = dma_fini() == 0; /* its reserve is of the machine that goes */

	failures += sim_stop();
	sim_start(&config);
	if (ended)
		SIM_CHECK(dma_init() == 0);
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned (*whole)(void); /* brings its own machines */
} cases[] = {
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
	{"a unit that has no memory for the n-th mapping", no_memory, NULL},
	{"fault reports: counted, ignored, cut", fault_reports, NULL},
	{"units that cannot be driven are refused, and nothing leaks", unusable_units, NULL},
	{"a unit that hangs at the n-th request: blocked, quarantined, counted", timeouts, NULL},
	{"the same, deferred", timeouts_deferred, NULL},
	{"a unit that lies at the n-th answer: no frame goes back", lies, NULL},
	{"a queue of four descriptors", queue_of_four, NULL},
	{"every hook failing at every call", NULL, every_hook_fails},
	{"hostile schedules", NULL, hostile},
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
