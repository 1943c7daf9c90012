/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The loop that makes every hook fail in turn.
 */
#include "../machine/sim_machine.h"
#include <dmastream/init.h>
#include <stdio.h>

void dma_stats(struct dma_stats *out) __attribute__((weak));

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
					fprintf(stderr, "sim: %s is called without end\n",
						sim_hook_name((enum sim_hook)hook));
					failures++;
					break;
				}
	if (runs)
		*runs = count;
	return failures;
}
