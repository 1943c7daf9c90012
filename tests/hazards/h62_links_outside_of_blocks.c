/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 62: what a pool knows of its free blocks stands where no device can write it.
 */
#include "hazard.h"

#define BLOCKS 40

static void scenario(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_FROM_DEVICE, .block_size = 64, .blocks = BLOCKS, .most = BLOCKS};
	struct dma_block *blocks[BLOCKS], *again[BLOCKS];
	struct dma_pool pool = {0};
	unsigned char junk[64];
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0))
		return;
	for (unsigned i = 0; i < BLOCKS; i++)
		SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0);
	for (unsigned i = 0; i < BLOCKS; i++)
		SIM_CHECK(dma_pool_put(&pool, blocks[i]) == 0);
	hazard_quietly(false);
	memset(junk, 0xff, sizeof(junk));
	for (unsigned i = 0; i < BLOCKS; i++)
		SIM_CHECK(sim_device_poke(dev.sim, dma_block_daddr(blocks[i]), junk, sizeof(junk)) == 0);
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (!SIM_CHECK(dma_pool_get(&pool, &again[i]) == 0))
			return;
		for (unsigned j = 0; j < i; j++)
			SIM_CHECK(again[j] != again[i]);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		SIM_CHECK(dma_pool_put(&pool, again[i]) == 0);
	hazard_quietly(true);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
	.large = true,
};
