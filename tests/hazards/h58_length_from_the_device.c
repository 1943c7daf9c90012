/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 58: a length that the device reports is checked against the stream, not believed.
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
	static unsigned char room[2 * 65536];
	uint32_t length = PAGE + 64; /* the device lies */

	SIM_CHECK(sim_device_write(dev.sim, dma_stream_daddr(&s), &length, 4) == 0);
	length = 0;
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, 64) == 0);
	SIM_CHECK(dma_stream_read_once(&s, 0, &length, 4) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, 0, room, length) == DMA_EINVAL);
	SIM_CHECK(dma_stream_read_bytes(&s, 64, room, length - 64) == DMA_EINVAL);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,mask=32"},
	.scenario = scenario,
};
