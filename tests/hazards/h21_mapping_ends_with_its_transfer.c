/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 21: a driver that keeps the stream of a finished transfer is found out: the device cannot end, and the
 * log names the stream.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_segment page = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_segment(&page, 1, 1))
		return;
	for (unsigned transfer = 0; transfer < 2; transfer++) {
		struct dma_segment again = {0};
		struct dma_stream s = {0};

		SIM_CHECK(dma_segment_clone(&page, &again) == 0);
		SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &again) == 0);
		hazard_quietly(false);
		core_send(&dev, &s, 0, 8, transfer);
		hazard_quietly(true);
#ifndef MISTAKE
		dma_stream_release(&s);
#endif
	}
	dma_segment_drop(&page);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
};
