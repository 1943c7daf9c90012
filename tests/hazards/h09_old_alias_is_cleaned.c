/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 9: before frames are mapped uncached or shared, the lines of their cached linear mapping are written
 * back and dropped.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_coherent c = {{0}};
	unsigned char seen[8];

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 1) == 0);
	hazard_quietly(false);
	SIM_CHECK(dma_coherent_fill(&c, 64, 0x5a, 8) == 0);
	dma_publish();
	SIM_CHECK(sim_device_read(dev.sim, dma_daddr(dma_coherent_daddr(&c).raw + 64), seen, 8) == 0);
	SIM_CHECK(seen[0] == 0x5a && seen[7] == 0x5a);
	hazard_quietly(true);
	dma_coherent_release(&c);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,cvm,noncoherent"},
	.scenario = scenario,
};
