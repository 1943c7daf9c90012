/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 24: what the device writes shares no line with what the CPU writes meanwhile: status bytes lie
 * line_align apart.
 */
#include "hazard.h"

#ifdef MISTAKE
#define STRIDE 1
#else
#define STRIDE 128
#endif

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
	/* Request 0 is with the device; the CPU prepares request 1. */
	SIM_CHECK(dma_stream_fill(&s, 1 * STRIDE, 0xff, 1) == 0);
	SIM_CHECK(sim_device_write(dev.sim, dma_stream_daddr(&s), "\1", 1) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, 1 * STRIDE, 1) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, 1) == 0);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,noncoherent,line=128"},
	.scenario = scenario,
};
