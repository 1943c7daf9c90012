/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 3: a range that starts within a line touches that line, too, and may reach one line further than its
 * length tells.
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
	core_send(&dev, &s, 0x3c, 8, 2);
	core_receive(&dev, &s, 0xfc, 8, 3);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,noncoherent,line=32"},
	.scenario = scenario,
};
