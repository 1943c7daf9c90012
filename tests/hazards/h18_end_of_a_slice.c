/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 18: a slice checks its own end, not its stream's, and does not reach into its sibling.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	unsigned char bytes[256] = {0}, seen[128];
	struct dma_slice first, second, inner;
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 1))
		return;
	hazard_quietly(false);
	SIM_CHECK(dma_stream_slice(&s, 0, 128, &first) == 0 && dma_stream_slice(&s, 128, 128, &second) == 0);
	SIM_CHECK(dma_slice_slice(&first, 0, 64, &inner) ==
		  (dev.dma.coherent || sim_config()->line <= 64 ? 0 : DMA_EINVAL));
	memset(bytes, 5, sizeof(bytes));
	SIM_CHECK(dma_slice_write_bytes(&second, 0, bytes, 128) == 0);
	SIM_CHECK(dma_slice_sync_to_device(&second, 0, 128) == 0);
	memset(bytes, 9, sizeof(bytes));
	SIM_CHECK(dma_slice_write_bytes(&first, 0, bytes, 129) == DMA_EINVAL);
	SIM_CHECK(dma_slice_sync_to_device(&first, 64, 65) == DMA_EINVAL);
	SIM_CHECK(dma_slice_sync_from_device(&inner, 64, 64) == DMA_EINVAL);
	SIM_CHECK(dma_slice_fill(&first, 120, 9, 16) == DMA_EINVAL);
	SIM_CHECK(sim_device_read(dev.sim, dma_slice_daddr(&second), seen, 128) == 0 && seen[0] == 5);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
	.large = true,
};
