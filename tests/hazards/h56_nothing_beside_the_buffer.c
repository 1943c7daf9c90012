/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 56: streams are whole pages, so a device never gets a piece of a page that is somebody else's; and an
 * untrusted one gets no page with stale bytes.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_FROM_DEVICE, 1) == 0);
	hazard_quietly(false);
	core_receive(&dev, &s, 0, 8, 1);
	hazard_quietly(true);
	SIM_CHECK(sim_device_foreign(dev.sim, dma_stream_daddr(&s), PAGE) == 0);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,untrusted", "low=1,high=1,noncoherent,untrusted"},
	.scenario = scenario,
};
