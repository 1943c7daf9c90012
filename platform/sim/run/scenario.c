/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Starting and stopping the machine, what must be left at the end, and running scenarios once or under many seeds.
 */
#include "../machine/sim_machine.h"
#include <dmastream/init.h>
#include <stdio.h>
#include <stdlib.h>

/* Present if the program links the library. */
int dma_init(void) __attribute__((weak));
int dma_fini(void) __attribute__((weak));
void dma_stats(struct dma_stats *out) __attribute__((weak));

static void check_config(const struct sim_config *c)
{
	if ((c->line != 32 && c->line != 64 && c->line != 128) || c->cpus == 0 || c->cpus > SIM_CPUS ||
	    (c->low_pages << DMA_PAGE_SHIFT) > 0xc0000000 || c->low_pages + c->high_pages == 0) {
		fprintf(stderr, "sim: no such machine\n");
		exit(1);
	}
}

void sim_start(const struct sim_config *config)
{
	check_config(config);
	machine_lock();
	if (sim.pointers_end)
		sim.pointers_end();
	sim.event_begins = sim.event_ends = sim.pointers_end = NULL;
	sim.config = *config;
	sim.mode = !config->adversary ? PLAIN : config->exhaustive ? EXHAUST : RANDOM;
	sim.line_shift = config->line == 32 ? 5 : config->line == 64 ? 6 : 7;
	sim.random = config->seed * 0x2545f4914f6cdd1d + 1;
	sim.time = 0;
	sim.clock_ns = sim.skew_ns = sim.behind_ns = 0;
	sim.clock_looks = sim.pause_at = 0;
	sim.slow_models = sim.resting = false;
	memset(sim.cpus, 0, sizeof(sim.cpus));
	for (unsigned i = 0; i < OLD_VERSIONS; i++)
		sim.old[i].line = UINT64_MAX;
	sim.next_old = sim.nrecent = sim.nhostile = 0;
	sim.stepping = sim.watching = false;
	sim.watcher = NULL;
	sim.step = adversary_step;
	sim.translate = NULL;
	sim.nevents = 0;
	memset(sim.failures, 0, sizeof(sim.failures));
	sim.frames = sim.library_pages = sim.kva_pages = sim.stale_pages = sim.shared_pages = sim.locks =
		sim.registers = 0;
	memset(sim.calls, 0, sizeof(sim.calls));
	memset(sim.fail_at, 0, sizeof(sim.fail_at));
	memset(sim.fail_on, 0, sizeof(sim.fail_on));
	sim.injected = sim.lying = false;
	sim.conversion_error = 0;
	sim.meanwhile = NULL;
	memory_start();
	kernel_start();
	ownership_start();
	handles_start();
	device_start();
	mmio_start();
	pci_start();
	disk_start();
	vdev_start();
	vdev_disk_start();
	vdev_nic_start();
	nvme_start();
	report_start();
	explore_begin();
	sim_thread = (struct sim_thread){.label = SIM_OWN};
	sim.on = true;
	machine_unlock();
}

unsigned sim_stop(void)
{
	sim.on = false;
	return sim_failures();
}

void sim_handover(void)
{
	machine_lock();
	store_drain_all(&sim.cpus[sim_thread.cpu]);
	machine_unlock();
}

void sim_set_cpu(unsigned cpu)
{
	sim_handover();
	if (cpu < sim.config.cpus)
		sim_thread.cpu = cpu;
}

unsigned sim_label(unsigned label)
{
	unsigned before = sim_thread.label;

	sim_thread.label = label & 31;
	return before;
}

static void left(const char *what, uint64_t n, uint64_t allowed)
{
	if (n > allowed)
		sim_fail(SIM_LEAK, SIM_NOWHERE, "left at the end: %llu %s", (unsigned long long)(n - allowed), what);
}

bool sim_check_clean(size_t quarantined)
{
	unsigned before = sim_failures();

	machine_lock();
	left("frame(s) in use", sim.frames, quarantined);
	left("page(s) of the library's own", sim.library_pages, 0);
	left("page(s) of kernel mappings", sim.kva_pages, 0);
	left("page(s) unmapped but not shot down", sim.stale_pages, 0);
	left("page(s) shared with the host", sim.shared_pages, quarantined);
	left("lock(s) held", sim.locks, 0);
	left("register mapping(s)", sim.registers, 0);
	if (sim_thread.interrupts_off)
		sim_fail(SIM_LEAK, SIM_NOWHERE, "left at the end: interrupts off");
	machine_unlock();
	return sim_failures() == before;
}

unsigned scenario_run(const struct sim_config *config, sim_scenario scenario, void *arg, enum sim_hook hook, unsigned n,
		      bool on)
{
	struct dma_stats stats = {0};
	int error;

	sim_start(config);
	if (n)
		on ? sim_fail_hook_from(hook, n) : sim_fail_hook(hook, n);
	if (dma_init) {
		error = dma_init();
		if (error && !sim.injected)
			sim_fail(SIM_CHECK_FAILED, SIM_NOWHERE, "dma_init gives %d", error);
		if (error)
			goto out;
	}
	scenario(arg);
	left("lock(s) held", sim.locks, 0);
	sim.locks = sim_thread.locks_held = 0;
	sim_thread.interrupts_off = false;
	sim_fail_hook(hook, 0);
	sim_calm();
	if (dma_fini) {
		dma_stats(&stats);
		error = dma_fini();
		if (error) {
			sim_fail(SIM_LEAK, SIM_NOWHERE, "dma_fini gives %d: the library has memory in use", error);
			goto out; /* the next dma_init() will find it so */
		}
		dma_stats(&stats);
	}
out:
	if (sim.injected)
		(void)sim_check_clean(stats.pages_quarantined);
	else
		(void)sim_check_clean(0);
	return sim_stop();
}

unsigned sim_run(const struct sim_config *config, sim_scenario scenario, void *arg)
{
	return scenario_run(config, scenario, arg, SIM_HOOK_INFO, 0, false);
}

unsigned sim_random(const struct sim_config *config, sim_scenario scenario, void *arg, unsigned n)
{
	const char *replay = getenv("SEED");
	struct sim_config one = *config;
	unsigned failures = 0;

	one.adversary = true;
	one.exhaustive = false;
	if (replay) {
		one.seed = strtoull(replay, NULL, 0);
		return sim_run(&one, scenario, arg);
	}
	for (unsigned i = 0; i < n && failures == 0; i++) {
		one.seed = config->seed + i;
		failures = sim_run(&one, scenario, arg);
	}
	return failures;
}
