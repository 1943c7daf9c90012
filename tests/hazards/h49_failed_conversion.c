/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 49: frames that could not be made private again stay out of the allocator for good, and are counted.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, false, 1))
		return;
	sim_fail_hook_from(SIM_HOOK_UNSHARE, 1);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,cvm"},
	.scenario = scenario,
};
