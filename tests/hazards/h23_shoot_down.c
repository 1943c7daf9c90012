/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 23: a kernel mapping is gone from every CPU before its frames or addresses are used again.
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
	core_send(&dev, &s, 64, 8, 2);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,cvm", "low=1,high=1,noncoherent,nosync", "low=1,high=1,nohigh"},
	.scenario = scenario,
};
