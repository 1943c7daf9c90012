/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 7: after a short write by the device, a sync of the whole range gives the caller its own old bytes or
 * zeros, never stale ones.
 */
#include "hazard.h"

#define PAGE_BYTES (1 << DMA_PAGE_SHIFT)

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
	static unsigned char seen[PAGE_BYTES];

	core_receive(&dev, &s, 0, 16, 3);
	hazard_quietly(true);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, PAGE) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, 0, seen, PAGE) == 0);
	for (size_t i = 16; i < PAGE; i++) {
		if (!SIM_CHECK(seen[i] == (sim_config()->cvm ? 0 : core_byte(1, i))))
			break;
	}
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,mask=32", "low=1,high=1,cvm", "low=1,high=1,noncoherent,nosync"},
	.scenario = scenario,
};
