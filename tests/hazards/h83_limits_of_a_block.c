/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 83: blocks keep what the device states for a piece: alignment, boundary, size.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	const struct dma_pool_config config = {.name = "p", .dir = DMA_TO_DEVICE, .block_size = 1500, .blocks = 12};
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_device_config device = sim_device_dma(dev.sim);
	struct dma_block *blocks[12];
	struct dma_pool pool = {0};

	(void)unused;
	device.min_align = 256;
	device.boundary = 2 * PAGE;
	SIM_CHECK(dma_device_init(&dev.dma, &device) == 0);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0)) {
		core_close(&dev);
		return;
	}
	for (unsigned i = 0; i < 12; i++) {
		uint64_t first;

		SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0);
		first = dma_block_daddr(blocks[i]).raw;
		SIM_CHECK(first % 256 == 0 && first / (2 * PAGE) == (first + 1499) / (2 * PAGE));
	}
	for (unsigned i = 0; i < 12; i++)
		SIM_CHECK(dma_pool_put(&pool, blocks[i]) == 0);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
	.large = true,
};
