/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 40: a driver that polls a bounced range syncs from the device and goes on; what the device writes
 * between two polls is neither lost nor overwritten.
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
	unsigned char first[8], second[8], seen[16];

	core_pattern(first, 5, 0, 8);
	core_pattern(second, 6, 0, 8);
	SIM_CHECK(sim_device_write(dev.sim, dma_stream_daddr(&s), first, 8) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, 8) == 0);
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + 8), second, 8) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, 16) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, 0, seen, 16) == 0);
	SIM_CHECK(memcmp(seen, first, 8) == 0 && memcmp(seen + 8, second, 8) == 0);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,mask=32", "low=1,high=1,cvm"},
	.scenario = scenario,
};
