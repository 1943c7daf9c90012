/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 18: a part of a stream checks its own end and does not reach into its sibling.
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
	hazard_quietly(false);
	struct dma_stream tail = {0};

	SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, PAGE - 8, 9) == DMA_EINVAL);
	SIM_CHECK(dma_stream_sync_from_device(&s, PAGE, 8) == DMA_EINVAL);
	SIM_CHECK(dma_stream_fill(&s, PAGE - 8, 1, 16) == DMA_EINVAL);
	SIM_CHECK(dma_stream_sync_to_device(&tail, PAGE - 8, 9) == DMA_EINVAL);
	dma_stream_release(&tail);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
