/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 35: memory that was received and is sent on needs a bidirectional stream; a from-device one says so at
 * run time, and at compile time where the handle is typed.
 */
#include "hazard.h"

#ifdef MISTAKE
#define DIR DMA_FROM_DEVICE
#else
#define DIR DMA_BIDIRECTIONAL
#endif

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DIR, 1, true, 1))
		return;
	hazard_quietly(false);
	core_receive(&dev, &s, 0, 8, 2);
	SIM_CHECK(dma_stream_sync_to_device(&s, 0, 8) == 0);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
