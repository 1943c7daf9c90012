/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fault injection: each hook's calls are counted, any can be made to fail; and the loop that makes every one fail in
 * turn.
 */
#include "../machine/sim_machine.h"
#include <dmastream/init.h>
#include <stdio.h>

void dma_stats(struct dma_stats *out) __attribute__((weak));

static const char *const names[SIM_HOOKS] = {
	"info",		 "page_alloc",	  "frames_alloc", "linear",	    "kva_map",	  "share",	 "unshare",
	"mmio_map",	 "is_ram",	  "copy_to_user", "copy_from_user", "page_free",  "frames_free", "kva_unmap",
	"tlb_shootdown", "interrupts_on", "lock",	  "unlock",	    "mmio_unmap", "log",
};

const char *sim_hook_name(enum sim_hook hook)
{
	return hook < SIM_HOOKS ? names[hook] : "unknown";
}

bool hook_enter(enum sim_hook hook, bool needs_interrupts, bool under_lock)
{
	unsigned call = ++sim.calls[hook];
	unsigned at = sim.fail_at[hook];
	bool fail = at && (call == at || (sim.fail_on[hook] && call > at));

	if (!sim.on)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "%s: the machine is off", names[hook]);
	if (sim_thread.locks_held && !under_lock)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "%s called with a lock held", names[hook]);
	else if (sim_thread.interrupts_off && needs_interrupts)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "%s called with interrupts off", names[hook]);
	if (fail) {
		sim.injected = true;
		event("  (injected:) the next hook fails; call", SIM_NOWHERE, call);
	}
	if (sim.meanwhile && sim.meanwhile_at == hook) {
		void (*meanwhile)(void) = sim.meanwhile;

		sim.meanwhile = NULL; /* not within itself */
		meanwhile();
		sim.meanwhile = meanwhile;
	}
	return fail;
}

static void arm(enum sim_hook hook, unsigned n, bool on)
{
	machine_lock();
	sim.fail_at[hook] = n ? sim.calls[hook] + n : 0;
	sim.fail_on[hook] = on;
	machine_unlock();
}

void sim_fail_hook(enum sim_hook hook, unsigned n)
{
	arm(hook, n, false);
}

void sim_fail_hook_from(enum sim_hook hook, unsigned n)
{
	arm(hook, n, true);
}

unsigned sim_hook_calls(enum sim_hook hook)
{
	return sim.calls[hook];
}

bool sim_hook_failed(void)
{
	return sim.injected;
}

void sim_meanwhile(enum sim_hook hook, void (*meanwhile)(void))
{
	sim.meanwhile_at = hook;
	sim.meanwhile = meanwhile;
}

void sim_lie(bool on)
{
	sim.lying = on;
}

struct faulty {
	sim_attempt attempt;
	void *arg;
	int result;
};

static void attempt_once(void *arg)
{
	struct faulty *faulty = arg;

	faulty->result = faulty->attempt(faulty->arg);
}

/* One hook failing at its n-th call; false: it is not reached any more. */
static bool run_with(const struct sim_config *config, enum sim_hook hook, unsigned n, bool on, struct faulty *faulty,
		     unsigned *failures)
{
	struct sim_config quiet = *config;
	unsigned failed;
	bool reached;

	quiet.quiet = true; /* what the library logs about injected faults is no news */
	faulty->result = 0;
	failed = scenario_run(&quiet, attempt_once, faulty, hook, n, on);
	reached = sim.injected;
	if (failed == 0 && !reached && faulty->result) {
		fprintf(stderr, "sim: the attempt gives %d without any fault\n", faulty->result);
		failed = 1;
	}
	if (failed && !config->quiet)
		fprintf(stderr, "sim: with %s failing at call %u%s (attempt gave %d):\n%s", sim_hook_name(hook), n,
			on ? " and after" : "", faulty->result, sim_report());
	*failures += failed;
	return reached;
}

unsigned sim_for_each_failure(const struct sim_config *config, sim_attempt attempt, void *arg, unsigned *runs)
{
	struct faulty faulty = {attempt, arg, 0};
	unsigned failures = 0, count = 0;

	for (unsigned hook = 0; hook < SIM_FAILABLE; hook++)
		for (unsigned on = 0; on < 2; on++)
			for (unsigned n = 1; count++, run_with(config, (enum sim_hook)hook, n, on, &faulty, &failures);
			     n++)
				if (n == 10000) {
					fprintf(stderr, "sim: %s is called without end\n", names[hook]);
					failures++;
					break;
				}
	if (runs)
		*runs = count;
	return failures;
}
