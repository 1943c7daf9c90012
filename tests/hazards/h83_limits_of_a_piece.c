/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 83: what a device says of one piece of memory, its boundary, size and alignment, holds without an IOMMU, too:
 * memory is picked so, or bounced to where it is so, and what can be so nowhere is refused. (Every kind of device:
 * tests/core/limits.c.)
 */
#include "hazard.h"

#define BOUNDARY (4 * PAGE)

static bool crosses(const struct dma_stream *s)
{
	uint64_t first = dma_stream_daddr(s).raw;

	return first / BOUNDARY != (first + dma_stream_size(s) - 1) / BOUNDARY;
}

static void scenario(void *unused)
{
	struct dma_device_config config;
	struct dma_segment seg = {0}, tail = {0};
	struct dma_stream s[4] = {{0}};
	struct core_device dev;

	(void)unused;
	hazard_quietly(true);
	dev.sim = sim_device_new(NULL);
	config = sim_device_dma(dev.sim);
	config.boundary = BOUNDARY;
	config.max_segment_size = 3 * PAGE + 1;
	SIM_CHECK(dma_device_init(&dev.dma, &config) == 0);
	for (unsigned i = 0; i < 4; i++)
		SIM_CHECK(dma_stream_alloc_uninit(&s[i], &dev.dma, DMA_BIDIRECTIONAL, 3) == 0 && !crosses(&s[i]));
	for (unsigned i = 0; i < 4; i++)
		dma_stream_release(&s[i]);
	SIM_CHECK(dma_stream_alloc_uninit(&s[0], &dev.dma, DMA_BIDIRECTIONAL, 4) == DMA_ENOTSUP);
	/* Two pages with the boundary between them. */
	SIM_CHECK(dma_segment_alloc(&seg, 8, UINT64_MAX, BOUNDARY) == 0);
	SIM_CHECK(dma_segment_split(&seg, 3, &tail) == 0);
	dma_segment_drop(&seg);
	SIM_CHECK(dma_segment_split(&tail, 2, &seg) == 0);
	dma_segment_drop(&seg);
	SIM_CHECK(dma_stream_map(&s[0], &dev.dma, DMA_TO_DEVICE, &tail) == 0 && !crosses(&s[0]));
	hazard_quietly(false);
	core_send(&dev, &s[0], PAGE - 4, 8, 2);
	hazard_quietly(true);
	dma_stream_release(&s[0]);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
	.large = true,
};
