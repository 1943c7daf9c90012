/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 20: an empty range is fine up to the end, and one that overflows is refused, everywhere alike.
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
	SIM_CHECK(dma_stream_sync_to_device(&s, PAGE, 0) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, 0) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, PAGE + 1, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_check_read(&s, 64, SIZE_MAX - 32) == DMA_EINVAL);
	SIM_CHECK(dma_stream_check_write(&s, SIZE_MAX, 2) == DMA_EINVAL);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,mask=32"},
	.scenario = scenario,
};
