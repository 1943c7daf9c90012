/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 22: release with interrupts off takes no host function that waits; what needs one is left for later.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, true, 1))
		return;
	sim_interrupts(false);
	dma_stream_release(&s);
	sim_interrupts(true);
	SIM_CHECK(dma_reclaim() == 1);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,cvm,run=1", "low=1,high=1,noncoherent,nosync"},
	.scenario = scenario,
};
