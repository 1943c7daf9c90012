/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 19: one access out of range or misaligned is an error.
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
	uint64_t value = 0;

	SIM_CHECK(dma_stream_read_once(&s, 4, &value, 8) == DMA_EINVAL);
	SIM_CHECK(dma_stream_write_once(&s, 2, &value, 4) == DMA_EINVAL);
	SIM_CHECK(dma_stream_read_once(&s, PAGE, &value, 1) == DMA_EINVAL);
	SIM_CHECK(dma_stream_write_once(&s, PAGE - 8, &value, 8) == 0);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
