/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 68: the page at which a conversion fails may be shared or private: the allocator never gets it. (The machine
 * converts it all the same, or not, as it likes; a shared page among the free ones is a breach.) Both directions.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};
	struct dma_stats stats;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	sim_fail_hook(SIM_HOOK_SHARE, 1);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == DMA_EIO);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 3, false, 1))
		return;
	sim_fail_hook(SIM_HOOK_UNSHARE, 1);
	dma_stream_release(&s);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= 2);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,cvm,run=1"},
	.scenario = scenario,
};
