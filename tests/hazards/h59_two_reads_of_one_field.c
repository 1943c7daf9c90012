/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 59: what is checked is what is used: one load of a field that the device may change.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_coherent c = {{0}};
	uint8_t length = 0;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 1) == 0);
	hazard_quietly(false);
	sim_hostile(dev.sim, dma_coherent_daddr(&c), 1, true);
	SIM_CHECK(dma_coherent_read_once(&c, 0, &length, 1) == 0);
	if (length <= 8) {
#ifdef MISTAKE
		SIM_CHECK(dma_coherent_read_once(&c, 0, &length, 1) == 0);
#endif
		SIM_CHECK(length <= 8);
	}
	sim_calm();
	hazard_quietly(true);
	dma_coherent_release(&c);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
};
