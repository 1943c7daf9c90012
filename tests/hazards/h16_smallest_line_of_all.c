/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 16: maintenance steps by the smallest line of any CPU, not by that of the first CPU asked.
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
	core_send(&dev, &s, 32, 64, 2);
	core_receive(&dev, &s, 128, 128, 3);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent,line=32,step=32,align=128"},
	.scenario = scenario,
};
