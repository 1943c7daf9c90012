/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 6: lines that the CPU wrote before a transfer from the device are clean when map and alloc return;
 * evicted later they would go over the device's data.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_FROM_DEVICE, 1, true, 1))
		return;
	hazard_quietly(false);
	core_receive(&dev, &s, 0, 64, 3);
	core_receive(&dev, &s, 640, 64, 4);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent"},
	.scenario = scenario,
};
