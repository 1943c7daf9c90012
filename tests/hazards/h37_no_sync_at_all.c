/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 37: a driver that leaves out sync is seen by the machine, whether or not it does harm this time.
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
	hazard_quietly(false);
	unsigned char bytes[8], seen[8];

	core_pattern(bytes, 9, 0, 8);
	SIM_CHECK(dma_stream_write_bytes(&s, 256, bytes, 8) == 0);
#ifndef MISTAKE
	SIM_CHECK(dma_stream_sync_to_device(&s, 256, 8) == 0);
#endif
	SIM_CHECK(sim_device_read(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + 256), seen, 8) == 0);
	SIM_CHECK(memcmp(bytes, seen, 8) == 0);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent", "low=1,high=1,cvm"},
	.scenario = scenario,
};
