/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools: blocks of all sizes within the device's limits, what is refused, coherent blocks, a device that writes free
 * blocks, and every hook failing.
 */
#include "slices.h"

/* ---- Blocks ---- */

static const size_t sizes[] = {1, 64, 100, 1500, 2048, 4096, 6000, 3 * 4096};

static void of_size(struct core_device *dev, unsigned dir, size_t size, unsigned n)
{
	const struct dma_pool_config config = {.name = "p", .dir = dir, .block_size = size, .blocks = n, .most = n};
	size_t line = dma_slice_align(&dev->dma);
	struct dma_block *blocks[MOST_BLOCKS];
	struct dma_pool pool;

	if (!pool_create(&pool, dev, &config))
		return;
	SIM_CHECK(dma_pool_block_size(&pool) >= size && dma_pool_block_size(&pool) < size + line);
	SIM_CHECK(pool_take_all(&pool, blocks) == n && pool_stats(&pool).out == n && pool_stats(&pool).dry == 1);
	for (unsigned i = 0; i < n; i++) {
		uint64_t first = dma_block_daddr(blocks[i]).raw, last = first + dma_pool_block_size(&pool) - 1;

		SIM_CHECK(dma_slice_size(&blocks[i]->slice) == dma_pool_block_size(&pool));
		SIM_CHECK(first % line == 0);
		for (unsigned j = 0; j < i; j++) {
			uint64_t other = dma_block_daddr(blocks[j]).raw;

			SIM_CHECK(last < other || first >= other + dma_pool_block_size(&pool));
		}
	}
	for (unsigned i = 0; i<n; i += n> 4 ? n / 4 : 1)
		slice_exchange(dev, &blocks[i]->slice, i);
	pool_put_all(&pool, blocks, n);
	SIM_CHECK(pool_stats(&pool).out == 0 && pool_stats(&pool).blocks == n);
	pool_destroy(&pool);
}

static void blocks(void *unused)
{
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		of_size(&dev, DMA_TO_DEVICE + (unsigned)i % 3, sizes[i], 3 + 7 * (unsigned)(i % 2));
	core_close(&dev);
}

static void blocks_of_all_sizes(void **state)
{
	(void)state;
	core_test_all(blocks);
}

/* Boundaries and the size of a piece are kept by every block, or the pool is refused (hazard 83). */
static void limits(void *unused)
{
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_pool_config config = {.name = "p", .dir = DMA_TO_DEVICE, .block_size = 3000, .blocks = 12};
	struct dma_device_config device = sim_device_dma(dev.sim);
	struct dma_block *blocks[MOST_BLOCKS];
	struct dma_pool pool;
	unsigned n;

	(void)unused;
	device.boundary = 4 * PAGE;
	device.max_segment_size = 2 * PAGE;
	device.min_align = 512;
	SIM_CHECK(dma_device_init(&dev.dma, &device) == 0);
	if (!pool_create(&pool, &dev, &config))
		return;
	config.most = 12;
	n = pool_stats(&pool).blocks < MOST_BLOCKS ? (unsigned)pool_stats(&pool).blocks : MOST_BLOCKS;
	for (unsigned i = 0; i < n; i++) {
		uint64_t first, last;

		if (!SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0))
			return;
		first = dma_block_daddr(blocks[i]).raw;
		last = first + dma_pool_block_size(&pool) - 1;
		SIM_CHECK(first % 512 == 0 && first / (4 * PAGE) == last / (4 * PAGE));
	}
	pool_put_all(&pool, blocks, n);
	pool_destroy(&pool);
	config.block_size = 2 * PAGE + 1;
	SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == DMA_ENOTSUP && !pool.dev);
	config.block_size = 2 * PAGE;
	if (pool_create(&pool, &dev, &config))
		pool_destroy(&pool);
	core_close(&dev);
}

static void limits_of_the_device(void **state)
{
	(void)state;
	core_test_all(limits);
}

static void wrong(void *unused)
{
	const struct dma_pool_config good = {.name = "p", .dir = DMA_TO_DEVICE, .block_size = 64, .blocks = 1};
	struct dma_pool_config config[11];
	struct dma_device empty = {0};
	struct core_device dev;
	struct dma_block *block = NULL;
	struct dma_pool pool = {0};

	(void)unused;
	core_open(&dev);
	for (unsigned i = 0; i < 11; i++)
		config[i] = good;
	config[0].name = NULL;
	config[1].block_size = 0;
	config[2].block_size = SIZE_MAX;
	config[3].dir = 0;
	config[4].dir = DMA_BIDIRECTIONAL + 1;
	config[5].align = 24;
	config[6].align = 2 * PAGE;
	config[7].most = 1, config[7].reserve = 1;
	config[8].blocks = SIZE_MAX;
	config[9].reserve = SIZE_MAX;
	/* Also beside the page of blocks that a pool without a number has. */
	config[10].blocks = 0, config[10].reserve = UINT32_MAX;
	for (unsigned i = 0; i < 11; i++)
		SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config[i]) == DMA_EINVAL && !pool.dev && !pool.nblocks);
	SIM_CHECK(dma_pool_create(&pool, NULL, &good) == DMA_EINVAL);
	SIM_CHECK(dma_pool_create(&pool, &empty, &good) == DMA_EINVAL);
	SIM_CHECK(dma_pool_get(&pool, &block) == DMA_EINVAL && !block);
	SIM_CHECK(pool_stats(&pool).blocks == 0 && dma_pool_block_size(&pool) == 0);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	sim_interrupts(false);
	SIM_CHECK(dma_pool_create(&pool, &dev.dma, &good) == DMA_EBUSY && !pool.dev);
	sim_interrupts(true);
	if (pool_create(&pool, &dev, &good)) {
		SIM_CHECK(dma_pool_create(&pool, &dev.dma, &good) == DMA_EINVAL);
		sim_interrupts(false);
		SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY);
		sim_interrupts(true);
		SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
		pool_destroy(&pool);
	}
	core_close(&dev);
}

static void what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	core_test("low=1,high=1", wrong);
}

/* ---- Coherent blocks ---- */

static void coherent(void *unused)
{
	const struct dma_pool_config config = {
		.name = "lists", .coherent = true, .block_size = 96, .align = 32, .blocks = 8, .most = 8};
	struct dma_block *blocks[MOST_BLOCKS];
	struct core_device dev;
	struct dma_pool pool = {0};
	uint32_t value = 0;
	int error;

	(void)unused;
	core_open(&dev);
	error = dma_pool_create(&pool, &dev.dma, &config);
	if (error) {
		SIM_CHECK(error == DMA_ENOTSUP && !dev.dma.coherent && !sim_config()->uncached_ok);
		core_close(&dev);
		return;
	}
	SIM_CHECK(dma_pool_block_size(&pool) == 96 && pool_take_all(&pool, blocks) == 8);
	for (uint32_t i = 0; i < 8; i++) {
		SIM_CHECK(dma_block_daddr(blocks[i]).raw % 32 == 0);
		SIM_CHECK(dma_slice_write_once(&blocks[i]->slice, 92, &i, 4) == 0);
		SIM_CHECK(dma_slice_write_once(&blocks[i]->slice, 96, &i, 4) == DMA_EINVAL);
	}
	dma_publish();
	for (uint32_t i = 0; i < 8; i++) {
		dma_daddr_t at = dma_daddr(dma_block_daddr(blocks[i]).raw + 92);

		SIM_CHECK(sim_device_read(dev.sim, at, &value, 4) == 0 && value == i);
	}
	pool_put_all(&pool, blocks, 8);
	pool_destroy(&pool);
	core_close(&dev);
}

static void blocks_of_coherent_memory(void **state)
{
	(void)state;
	core_test_all(coherent);
}

/* ---- A device that writes free blocks ---- */

static void hostile(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_FROM_DEVICE, .block_size = 64, .blocks = 40, .most = 40};
	struct dma_block *blocks[MOST_BLOCKS], *again[MOST_BLOCKS];
	unsigned char junk[64];
	struct core_device dev;
	struct dma_pool pool;

	(void)unused;
	core_open(&dev);
	if (!pool_create(&pool, &dev, &config))
		return;
	SIM_CHECK(pool_take_all(&pool, blocks) == 40);
	pool_put_all(&pool, blocks, 40);
	memset(junk, 0xff, sizeof(junk));
	for (unsigned i = 0; i < 40; i++)
		SIM_CHECK(sim_device_poke(dev.sim, dma_block_daddr(blocks[i]), junk, sizeof(junk)) == 0);
	SIM_CHECK(pool_take_all(&pool, again) == 40);
	for (unsigned i = 0; i < 40; i++)
		for (unsigned j = 0; j < i; j++)
			SIM_CHECK(again[i] != again[j]);
	pool_put_all(&pool, again, 40);
	pool_destroy(&pool);
	core_close(&dev);
}

static void free_blocks_hold_nothing_of_the_pool(void **state)
{
	(void)state;
	core_test("low=1,high=1", hostile);
}

/* ---- Without memory ---- */

static int attempt(void *arg)
{
	const bool *of_coherent = arg;
	const struct dma_pool_config config = {.name = "p",
					       .dir = DMA_TO_DEVICE,
					       .coherent = *of_coherent,
					       .block_size = 2048,
					       .blocks = 2,
					       .reserve = 1};
	struct dma_block *blocks[40];
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_device_config device = sim_device_dma(dev.sim);
	struct dma_pool pool = {0};
	unsigned n = 0;
	int error;

	SIM_CHECK(dma_device_init(&dev.dma, &device) == 0);
	error = dma_pool_create(&pool, &dev.dma, &config);
	SIM_CHECK(!error == !!pool.dev);
	while (!error && n < 40) {
		error = dma_pool_get(&pool, &blocks[n]);
		n += !error;
	}
	for (unsigned i = 0; i < n; i++)
		SIM_CHECK(dma_pool_put(&pool, blocks[i]) == 0);
	SIM_CHECK(n == 0 || n >= 2);
	(void)dma_reclaim();
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	core_close(&dev);
	return error;
}

static void every_hook_fails_at_every_call(void **state)
{
	static const char *const machines[] = {"low=1,high=1,cpus=2", "low=1,high=1,noncoherent", "low=1,high=1,cvm"};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct sim_config machine = sim_config_plain(machines[i / 2]);
		bool of_coherent = i % 2;

		assert_int_equal(sim_for_each_failure(&machine, attempt, &of_coherent, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_all_sizes),
		cmocka_unit_test(limits_of_the_device),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(blocks_of_coherent_memory),
		cmocka_unit_test(free_blocks_hold_nothing_of_the_pool),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
