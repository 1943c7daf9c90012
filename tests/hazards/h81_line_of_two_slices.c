/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 81: no cache line has bytes of two slices, or of two blocks, where the device does not snoop: what one CPU
 * syncs would go over what the device writes beside it.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct dma_slice to, from;
	unsigned char bytes[16] = {1};
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 1))
		return;
	hazard_quietly(false);
	if (dma_stream_slice(&s, 0, 16, &to) == 0 && dma_stream_slice(&s, 16, 16, &from) == 0) {
		SIM_CHECK(dma_slice_write_bytes(&to, 0, bytes, 16) == 0);
		SIM_CHECK(sim_device_write(dev.sim, dma_slice_daddr(&from), bytes, 16) == 0);
		SIM_CHECK(dma_slice_sync_to_device(&to, 0, 16) == 0);
		SIM_CHECK(dma_slice_sync_from_device(&from, 0, 16) == 0);
	}
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,noncoherent,line=128"},
	.scenario = scenario,
};
