/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 14, the other way: data is not read before the completion that announced it, on a device that snoops, too.
 */
#include "hazard.h"

#define DATA 0
#define FLAG 512 /* in another line */

static void scenario(void *unused)
{
	unsigned char seen = 0, flag = 0, one = 1;
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_FROM_DEVICE, 1, true, 1))
		return;
	dma_consume();
	hazard_quietly(false);
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + DATA), &one, 1) == 0);
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + FLAG), &one, 1) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, FLAG, 1) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, FLAG, &flag, 1) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, DATA, 1) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, DATA, &seen, 1) == 0);
	SIM_CHECK(flag != 1 || seen == 1);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
};
