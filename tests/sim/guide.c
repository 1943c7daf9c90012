/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The guide's scenario, as it stands in docs/simulator.md: it passes on every machine, and without its sync it fails.
 */
#include "guide_mistake.h"
#include "guide_scenario.h"
#include "rig.h"
#include <stdio.h>
#include <stdlib.h>

static void the_guide(void **state)
{
	(void)state;
	rig_fine("noncoherent,line=128", scenario);
	rig_fine("coherent", scenario);
	rig_fine("cvm,line=32", scenario);
	rig_fine("noncoherent,nosync", scenario);
	assert_int_equal(rig_caught("noncoherent,line=128", mistake, SIM_STALE_DEVICE), SEEDS);
	assert_int_equal(rig_caught_plain("noncoherent,line=128", mistake, SIM_STALE_DEVICE), 1);
	assert_true(rig_caught("coherent", mistake, SIM_STALE_DEVICE) > SEEDS / 4); /* not published */
}

/* For who reads the guide (make guide): the scenario, and what is said when its sync is missing. */
static void show(void)
{
	struct sim_config machine = sim_config_hostile("noncoherent,line=128");
	unsigned failed;

	(void)puts("docs/simulator.md's scenario, under 100 schedules of a machine that does not snoop:");
	failed = sim_random(&machine, scenario, NULL, 100);
	(void)printf("%u of 100 failed\n\nwithout its dma_stream_sync_to_device():\n", failed);
	(void)fflush(stdout);
	(void)sim_random(&machine, mistake, NULL, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_guide)};

	if (getenv("SHOW")) {
		show();
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
