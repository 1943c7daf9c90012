/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 19: a single access of a slice that is not aligned, or reaches past its end, is an error and touches nothing;
 * and a pool that is destroyed before its blocks are back says so.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	const struct dma_pool_config config = {.name = "p", .dir = DMA_BIDIRECTIONAL, .block_size = 128, .blocks = 2};
	struct dma_slice odd;
	struct dma_pool pool = {0};
	struct dma_block *block;
	struct core_device dev;
	uint64_t value = 1;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0))
		return;
	hazard_quietly(false);
	SIM_CHECK(dma_pool_get(&pool, &block) == 0);
	SIM_CHECK(dma_slice_write_once(&block->slice, 1, &value, 2) == DMA_EINVAL);
	SIM_CHECK(dma_slice_write_once(&block->slice, 124, &value, 8) == DMA_EINVAL);
	SIM_CHECK(dma_slice_write_once(&block->slice, 128, &value, 1) == DMA_EINVAL);
	SIM_CHECK(dma_slice_read_once(&block->slice, 0, &value, 3) == DMA_EINVAL && value == 1);
	SIM_CHECK(dma_slice_slice(&block->slice, 2, 16, &odd) == 0);
	SIM_CHECK(dma_slice_write_once(&odd, 0, &value, 4) == DMA_EINVAL); /* 2 bytes into the block */
	SIM_CHECK(dma_slice_write_once(&odd, 2, &value, 4) == 0);
	SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY && pool.dev);
	SIM_CHECK(dma_pool_put(&pool, block) == 0);
	hazard_quietly(true);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
	.large = true,
};
