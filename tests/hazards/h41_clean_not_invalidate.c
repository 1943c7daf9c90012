/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 41: before a transfer from the device lines are cleaned, not invalidated: a short write must not
 * uncover what RAM held before.
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
	unsigned char seen[8];

	core_receive(&dev, &s, 0, 8, 3);
	SIM_CHECK(dma_stream_sync_from_device(&s, 1024, 8) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, 1024, seen, 8) == 0 && core_is_pattern(seen, 1, 1024, 8));
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent"},
	.scenario = scenario,
};
