/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 45: whether a line is covered as a whole is judged by the largest line in the system.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 1))
		return;
	hazard_quietly(false);
	unsigned char theirs[8], seen[8];

	core_pattern(theirs, 5, 0, 8);
	SIM_CHECK(dma_stream_write_bytes(&s, 0, theirs, 8) == 0); /* of the line, not yet synced */
	SIM_CHECK(dma_stream_sync_from_device(&s, 32, 224) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, 0, 8) == 0);
	SIM_CHECK(sim_device_read(dev.sim, dma_stream_daddr(&s), seen, 8) == 0 && memcmp(theirs, seen, 8) == 0);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent,line=128,step=32,align=128"},
	.scenario = scenario,
};
