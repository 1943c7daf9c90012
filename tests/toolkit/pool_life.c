/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The life of a pool: its reserve, growing and shrinking, wrong puts, and destroying one with blocks out.
 */
#include "slices.h"
#include <stdio.h>

/* ---- The reserve ---- */

static void reserve(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_FROM_DEVICE, .block_size = 256, .blocks = 4, .reserve = 3, .most = 7};
	struct dma_block *blocks[MOST_BLOCKS];
	struct core_device dev;
	struct dma_stats stats;
	struct dma_pool pool;
	unsigned n;

	(void)unused;
	core_open(&dev);
	if (!pool_create(&pool, &dev, &config))
		return;
	for (unsigned round = 0; round < 3; round++) {
		/* Interrupts on: all but the reserve, also when blocks have gone round (hazard 82). */
		SIM_CHECK(pool_take_all(&pool, blocks) == 4);
		sim_interrupts(false);
		n = pool_take_all(&pool, blocks + 4);
		SIM_CHECK(n == 3);
		dma_stats(&stats);
		SIM_CHECK(stats.reserve_empty == round + 1 && pool_stats(&pool).dry == 2 * (round + 1));
		for (unsigned i = 0; i < 7; i++)
			slice_exchange(&dev, &blocks[i]->slice, i);
		if (round == 1)
			sim_interrupts(true);
		/* A put fills the reserve first. */
		pool_put_all(&pool, blocks, 7);
		sim_interrupts(true);
	}
	/* One block comes back while the reserve is short: it is not for callers with interrupts on. */
	SIM_CHECK(pool_take_all(&pool, blocks) == 4);
	sim_interrupts(false);
	SIM_CHECK(pool_take_all(&pool, blocks + 4) == 3);
	sim_interrupts(true);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == 0 && dma_pool_get(&pool, &blocks[0]) == DMA_ENOMEM);
	sim_interrupts(false);
	SIM_CHECK(dma_pool_get(&pool, &blocks[0]) == 0);
	sim_interrupts(true);
	pool_put_all(&pool, blocks, 7);
	pool_destroy(&pool);
	core_close(&dev);
}

static void the_reserve_is_for_callers_with_interrupts_off(void **state)
{
	(void)state;
	core_test_all(reserve);
	core_test("low=1,high=1,cpus=2", reserve);
}

/* What handlers took is replaced by dma_reclaim(), and by the next get that may wait. */
static void refilled(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_FROM_DEVICE, .block_size = 1024, .blocks = 4, .reserve = 8};
	struct dma_block *blocks[MOST_BLOCKS], *more[MOST_BLOCKS];
	struct core_device dev;
	struct dma_pool pool;
	unsigned n, m;

	(void)unused;
	core_open(&dev);
	for (unsigned by_reclaim = 0; by_reclaim < 2; by_reclaim++) {
		if (!pool_create(&pool, &dev, &config))
			return;
		sim_interrupts(false);
		n = pool_take_all(&pool, blocks);
		SIM_CHECK(n >= 12 && n < MOST_BLOCKS);
		sim_interrupts(true);
		m = 0;
		if (by_reclaim)
			(void)dma_reclaim();
		else if (SIM_CHECK(dma_pool_get(&pool, &more[0]) == 0))
			m = 1;
		sim_interrupts(false);
		for (unsigned i = 0; i < 8; i++, m++)
			SIM_CHECK(dma_pool_get(&pool, &more[m]) == 0);
		sim_interrupts(true);
		pool_put_all(&pool, blocks, n);
		pool_put_all(&pool, more, m);
		pool_destroy(&pool);
	}
	core_close(&dev);
}

static void the_reserve_is_filled_again(void **state)
{
	(void)state;
	core_test_all(refilled);
}

/* ---- Growing and shrinking ---- */

static void grows(void *unused)
{
	struct dma_pool_config config = {.name = "p", .dir = DMA_TO_DEVICE, .block_size = 512, .blocks = 4};
	struct dma_block *blocks[MOST_BLOCKS];
	struct core_device dev;
	struct dma_pool pool;
	size_t first;

	(void)unused;
	core_open(&dev);
	if (!pool_create(&pool, &dev, &config))
		return;
	first = pool_stats(&pool).blocks;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 200; i++)
			SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0);
		SIM_CHECK(pool_stats(&pool).blocks >= 200 && pool_stats(&pool).out == 200);
		(void)dma_reclaim(); /* takes nothing that is out */
		for (unsigned i = 0; i < 200; i += 50)
			slice_exchange(&dev, &blocks[i]->slice, i);
		pool_put_all(&pool, blocks, 200);
		sim_interrupts(false);
		SIM_CHECK(dma_reclaim() == 0); /* there is something, but not now */
		sim_interrupts(true);
		SIM_CHECK(dma_reclaim() > 0);
		SIM_CHECK(pool_stats(&pool).blocks >= 4 && pool_stats(&pool).blocks <= first + 4);
		sim_interrupts(false);
		SIM_CHECK(dma_reclaim() == 0);
		sim_interrupts(true);
	}
	pool_destroy(&pool);
	config.most = 40, config.high = 30;
	if (!pool_create(&pool, &dev, &config))
		return;
	SIM_CHECK(pool_take_all(&pool, blocks) == 40);
	pool_put_all(&pool, blocks, 40);
	(void)dma_reclaim();
	SIM_CHECK(pool_stats(&pool).blocks >= 30); /* the high watermark */
	pool_destroy(&pool);
	core_close(&dev);
}

static void pools_grow_and_shrink(void **state)
{
	(void)state;
	core_test_all(grows);
}

/* ---- Wrong puts ---- */

/* Without a number, a pool has as many blocks as a page holds, or one, and keeps them. */
static void no_number(void *unused)
{
	static const size_t sizes[] = {64, 200, PAGE, PAGE + 1};
	struct core_device dev;
	struct dma_pool pool = {0};

	(void)unused;
	core_open(&dev);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct dma_pool_config config = {.name = "p", .dir = DMA_FROM_DEVICE, .block_size = sizes[i]};
		size_t page = sizes[i] < PAGE ? PAGE / ((sizes[i] + 127) & ~(size_t)127) : 1;

		for (config.reserve = 0; config.reserve < 3; config.reserve += 2) {
			if (!pool_create(&pool, &dev, &config))
				break;
			SIM_CHECK(pool_stats(&pool).blocks >= page + config.reserve);
			(void)dma_reclaim();
			SIM_CHECK(pool_stats(&pool).blocks >= page + config.reserve);
			pool_destroy(&pool);
			config.most = (page + 1) / 2 + config.reserve; /* less than a page holds */
			if (!pool_create(&pool, &dev, &config))
				break;
			SIM_CHECK(pool_stats(&pool).blocks == config.most);
			(void)dma_reclaim();
			SIM_CHECK(pool_stats(&pool).blocks == config.most);
			pool_destroy(&pool);
			config.most = 0;
		}
	}
	core_close(&dev);
}

static void a_pool_without_a_number(void **state)
{
	(void)state;
	core_test("low=1,high=1", no_number);
	core_test("low=1,high=1,noncoherent,line=128", no_number);
}

static void wrong_puts(void *unused)
{
	const struct dma_pool_config config = {
		.name = "one", .dir = DMA_BIDIRECTIONAL, .block_size = 128, .blocks = 4, .most = 4};
	struct dma_pool pool, other, empty = {0};
	struct dma_block *blocks[MOST_BLOCKS], copy, *none = NULL;
	struct core_device dev;
	unsigned char byte = 0;

	(void)unused;
	core_open(&dev);
	if (!pool_create(&pool, &dev, &config) || !pool_create(&other, &dev, &config))
		return;
	log_keep();
	SIM_CHECK(pool_take_all(&pool, blocks) == 4);
	SIM_CHECK(dma_pool_put(&other, blocks[0]) == DMA_EINVAL && log_lines_with("which is not its own") == 1);
	SIM_CHECK(dma_pool_put(&empty, blocks[0]) == DMA_EINVAL && dma_pool_put(&pool, none) == DMA_EINVAL);
	copy = *blocks[0];
	SIM_CHECK(dma_pool_put(&pool, &copy) == DMA_EINVAL && log_lines_with("or a copy") == 1);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == 0);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == DMA_EINVAL && log_lines_with("put twice") == 2);
	sim_set_cpu(1); /* and from another CPU */
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == DMA_EINVAL && log_lines_with("put twice") == 3);
	sim_set_cpu(0);
	SIM_CHECK(pool_stats(&pool).refused == 4 && pool_stats(&other).refused == 1 && log_lines_with("misuse: ") == 6);
	/* Used after it was put. */
	SIM_CHECK(dma_slice_write_bytes(&blocks[0]->slice, 0, &byte, 1) == DMA_EINVAL);
	SIM_CHECK(dma_slice_sync_from_device(&blocks[0]->slice, 0, 1) == DMA_EINVAL && log_lines_with("misuse: ") == 8);
	SIM_CHECK(!dma_slice_lives(&blocks[0]->slice));
	/* Each is there once. */
	pool_put_all(&pool, blocks + 1, 3);
	SIM_CHECK(pool_take_all(&pool, blocks) == 4);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < i; j++)
			SIM_CHECK(blocks[i] != blocks[j]);
	pool_put_all(&pool, blocks, 4);
	log_end();
	pool_destroy(&pool);
	pool_destroy(&other);
	core_close(&dev);
}

static void wrong_puts_are_found(void **state)
{
	(void)state;
	core_test("low=1,high=1,cpus=2", wrong_puts);
	core_test("low=1,high=1,noncoherent,line=128,cpus=2", wrong_puts);
}

static void out(void *unused)
{
	const struct dma_pool_config config = {
		.name = "ring", .dir = DMA_TO_DEVICE, .block_size = 128, .blocks = 20, .most = 20};
	struct dma_block *blocks[MOST_BLOCKS];
	struct core_device dev;
	struct dma_pool pool;
	char name[40];

	(void)unused;
	core_open(&dev);
	if (!pool_create(&pool, &dev, &config))
		return;
	SIM_CHECK(pool_take_all(&pool, blocks) == 20);
	log_keep();
	SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY);
	SIM_CHECK(log_lines_with("pool ring: the block at 0x") == 8 &&
		  log_lines_with("pool ring: 20 blocks are out") == 1);
	pool_put_all(&pool, blocks, 19);
	log_keep();
	SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY);
	snprintf(name, sizeof(name), "block at 0x%llx is out", (unsigned long long)dma_block_daddr(blocks[19]).raw);
	SIM_CHECK(log_lines_with(name) == 1 && log_lines_with("\n") == 1);
	log_end();
	slice_exchange(&dev, &blocks[19]->slice, 1); /* nothing has happened to it */
	SIM_CHECK(dma_pool_get(&pool, &blocks[0]) == 0);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == 0 && dma_pool_put(&pool, blocks[19]) == 0);
	pool_destroy(&pool);
	core_close(&dev);
}

static void destroy_names_the_blocks_that_are_out(void **state)
{
	(void)state;
	core_test_all(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reserve_is_for_callers_with_interrupts_off),
		cmocka_unit_test(the_reserve_is_filled_again),
		cmocka_unit_test(pools_grow_and_shrink),
		cmocka_unit_test(a_pool_without_a_number),
		cmocka_unit_test(wrong_puts_are_found),
		cmocka_unit_test(destroy_names_the_blocks_that_are_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
