/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 63: a block that is put twice is found, also by another CPU; it is never given to two owners.
 */
#include "hazard.h"

static unsigned misuses;

static void count_misuse(const char *line)
{
	misuses += strstr(line, "dmastream: misuse: ") != NULL;
}

static void scenario(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_TO_DEVICE, .block_size = 64, .blocks = 3, .most = 3};
	struct dma_pool pool = {0};
	struct dma_block *block, *a, *b;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0))
		return;
	hazard_quietly(false);
	misuses = 0;
	sim_on_log(count_misuse);
	SIM_CHECK(dma_pool_get(&pool, &block) == 0 && dma_pool_put(&pool, block) == 0);
	sim_set_cpu(1);
	SIM_CHECK(dma_pool_put(&pool, block) == DMA_EINVAL && misuses == 1);
	sim_set_cpu(0);
	SIM_CHECK(dma_pool_put(&pool, block) == DMA_EINVAL && misuses == 2);
	SIM_CHECK(dma_pool_get(&pool, &a) == 0 && dma_pool_get(&pool, &b) == 0 && a != b);
	SIM_CHECK(dma_pool_put(&pool, a) == 0 && dma_pool_put(&pool, b) == 0 && misuses == 2);
	sim_on_log(NULL);
	hazard_quietly(true);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,cpus=2", "low=1,high=1"},
	.scenario = scenario,
	.large = true,
};
