/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 46: what is not RAM of the host's (a stack that is mapped elsewhere, registers, a hole) makes no
 * segment.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct dma_segment seg = {0};
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	SIM_CHECK(dma_segment_borrow(&seg, dma_paddr(0x80000000), 1) == DMA_EFAULT);
	SIM_CHECK(dma_segment_adopt(&seg, dma_paddr(0x80000000), 1) == DMA_EFAULT);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg) == DMA_EINVAL);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
};
