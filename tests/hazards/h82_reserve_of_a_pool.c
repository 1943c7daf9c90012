/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 82: the blocks that a pool keeps for callers with interrupts off are there from the start, are left to them,
 * and are the first to be filled again.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_TO_DEVICE, .block_size = 64, .blocks = 4, .reserve = 2, .most = 6};
	struct dma_block *blocks[6];
	struct dma_pool pool = {0};
	struct core_device dev;
	unsigned n;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0))
		return;
	for (unsigned round = 0; round < 2; round++) {
		n = 0;
		while (n < 6 && dma_pool_get(&pool, &blocks[n]) == 0)
			n++;
		SIM_CHECK(n == 4);
		sim_interrupts(false);
		while (n < 6 && dma_pool_get(&pool, &blocks[n]) == 0)
			n++;
		SIM_CHECK(n == 6);
		while (n > 0)
			SIM_CHECK(dma_pool_put(&pool, blocks[--n]) == 0);
		sim_interrupts(true);
	}
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,cpus=2"},
	.scenario = scenario,
	.large = true,
};
