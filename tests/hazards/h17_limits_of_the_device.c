/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 17: memory beyond the mask or the windows of a device is never handed to it (behind an IOMMU:
 * tests/iommu).
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
	SIM_CHECK(dma_stream_daddr(&s).raw + PAGE - 1 <= 0xffffffff);
	core_send(&dev, &s, 100, 8, 2);
	core_receive(&dev, &s, 200, 8, 3);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,mask=32", "low=1,high=1,noncoherent,mask=32"},
	.scenario = scenario,
};
