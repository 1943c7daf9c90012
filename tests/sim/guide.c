/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The guide's scenario, as it stands in docs/simulator.md: it passes on every machine, and without its sync it fails.
 */
#include "guide_mistake.h"
#include "guide_scenario.h"
#include "rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_guide)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
