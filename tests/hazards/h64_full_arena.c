/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 64: memory of a fixed size that runs full costs time, and is no error of the transfer: an arena takes another
 * stream, a pool grows.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	const struct dma_pool_config config = {.name = "p", .dir = DMA_TO_DEVICE, .block_size = 2048, .blocks = 2};
	struct dma_block *blocks[40];
	struct dma_arena arena = {0};
	struct dma_pool pool = {0};
	struct core_device dev;
	struct dma_slice slice;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_arena_create(&arena, &dev.dma, DMA_TO_DEVICE, 1) == 0) ||
	    !SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0))
		return;
	for (unsigned i = 0; i < 40; i++) {
		SIM_CHECK(dma_arena_alloc(&arena, 1000, 8, &slice) == 0);
		SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0);
	}
	for (unsigned i = 0; i < 40; i++)
		SIM_CHECK(dma_pool_put(&pool, blocks[i]) == 0);
	SIM_CHECK(dma_arena_destroy(&arena) == 0 && dma_pool_destroy(&pool) == 0);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
	.large = true,
};
