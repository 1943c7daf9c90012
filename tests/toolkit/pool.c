/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools: blocks within the device's limits, bytes both ways, the reserve, growing and shrinking, wrong puts, and
 * destroying one with blocks out.
 */
#include "../core/core.h"
#include <stdio.h>
#include <stdlib.h>

#define MOST 512

static char logged[4096];

static void keep_line(const char *line)
{
	size_t used = strlen(logged);

	snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

static unsigned lines_with(const char *text)
{
	unsigned n = 0;

	for (const char *at = logged; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static struct dma_pool_stats stats_of(struct dma_pool *pool)
{
	struct dma_pool_stats stats;

	dma_pool_stats_get(pool, &stats);
	return stats;
}

static bool create(struct dma_pool *pool, struct core_device *dev, const struct dma_pool_config *config)
{
	*pool = (struct dma_pool){0};
	return SIM_CHECK(dma_pool_create(pool, &dev->dma, config) == 0);
}

static void destroy(struct dma_pool *pool)
{
	SIM_CHECK(dma_pool_destroy(pool) == 0);
	SIM_CHECK(!pool->dev && !pool->own.of_cpu && pool->nblocks == 0);
}

/* Blocks until none is left; how many. */
static unsigned take_all(struct dma_pool *pool, struct dma_block **blocks)
{
	unsigned n = 0;

	while (n < MOST && dma_pool_get(pool, &blocks[n]) == 0)
		n++;
	return n;
}

static void put_all(struct dma_pool *pool, struct dma_block **blocks, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		SIM_CHECK(dma_pool_put(pool, blocks[i]) == 0);
}

static void exchange(struct core_device *dev, const struct dma_slice *slice, unsigned seed)
{
	size_t len = dma_slice_size(slice);
	unsigned char *bytes = malloc(len);

	if (slice->dir & DMA_TO_DEVICE) {
		core_pattern(bytes, seed, 0, len);
		SIM_CHECK(dma_slice_write_bytes(slice, 0, bytes, len) == 0);
		SIM_CHECK(dma_slice_sync_to_device(slice, 0, len) == 0);
		memset(bytes, 0, len);
		SIM_CHECK(sim_device_read(dev->sim, dma_slice_daddr(slice), bytes, len) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed, 0, len));
	}
	if (slice->dir & DMA_FROM_DEVICE) {
		core_pattern(bytes, seed + 1, 0, len);
		SIM_CHECK(sim_device_write(dev->sim, dma_slice_daddr(slice), bytes, len) == 0);
		SIM_CHECK(dma_slice_sync_from_device(slice, 0, len) == 0);
		memset(bytes, 0, len);
		SIM_CHECK(dma_slice_read_bytes(slice, 0, bytes, len) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed + 1, 0, len));
	}
	free(bytes);
}

/* ---- Blocks ---- */

static const size_t sizes[] = {1, 64, 100, 1500, 2048, 4096, 6000, 3 * 4096};

static void of_size(struct core_device *dev, unsigned dir, size_t size, unsigned n)
{
	const struct dma_pool_config config = {.name = "p", .dir = dir, .block_size = size, .blocks = n, .most = n};
	size_t line = dma_slice_align(&dev->dma);
	struct dma_block *blocks[MOST];
	struct dma_pool pool;

	if (!create(&pool, dev, &config))
		return;
	SIM_CHECK(dma_pool_block_size(&pool) >= size && dma_pool_block_size(&pool) < size + line);
	SIM_CHECK(take_all(&pool, blocks) == n && stats_of(&pool).out == n && stats_of(&pool).dry == 1);
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
		exchange(dev, &blocks[i]->slice, i);
	put_all(&pool, blocks, n);
	SIM_CHECK(stats_of(&pool).out == 0 && stats_of(&pool).blocks == n);
	destroy(&pool);
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
	struct dma_block *blocks[MOST];
	struct dma_pool pool;
	unsigned n;

	(void)unused;
	device.boundary = 4 * PAGE;
	device.max_segment_size = 2 * PAGE;
	device.min_align = 512;
	SIM_CHECK(dma_device_init(&dev.dma, &device) == 0);
	if (!create(&pool, &dev, &config))
		return;
	config.most = 12;
	n = stats_of(&pool).blocks < MOST ? (unsigned)stats_of(&pool).blocks : MOST;
	for (unsigned i = 0; i < n; i++) {
		uint64_t first, last;

		if (!SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0))
			return;
		first = dma_block_daddr(blocks[i]).raw;
		last = first + dma_pool_block_size(&pool) - 1;
		SIM_CHECK(first % 512 == 0 && first / (4 * PAGE) == last / (4 * PAGE));
	}
	put_all(&pool, blocks, n);
	destroy(&pool);
	config.block_size = 2 * PAGE + 1;
	SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == DMA_ENOTSUP && !pool.dev);
	config.block_size = 2 * PAGE;
	if (create(&pool, &dev, &config))
		destroy(&pool);
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
	struct dma_pool_config config[10];
	struct dma_device empty = {0};
	struct core_device dev;
	struct dma_block *block = NULL;
	struct dma_pool pool = {0};

	(void)unused;
	core_open(&dev);
	for (unsigned i = 0; i < 10; i++)
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
	for (unsigned i = 0; i < 10; i++)
		SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config[i]) == DMA_EINVAL && !pool.dev && !pool.nblocks);
	SIM_CHECK(dma_pool_create(&pool, NULL, &good) == DMA_EINVAL);
	SIM_CHECK(dma_pool_create(&pool, &empty, &good) == DMA_EINVAL);
	SIM_CHECK(dma_pool_get(&pool, &block) == DMA_EINVAL && !block);
	SIM_CHECK(stats_of(&pool).blocks == 0 && dma_pool_block_size(&pool) == 0);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	sim_interrupts(false);
	SIM_CHECK(dma_pool_create(&pool, &dev.dma, &good) == DMA_EBUSY && !pool.dev);
	sim_interrupts(true);
	if (create(&pool, &dev, &good)) {
		SIM_CHECK(dma_pool_create(&pool, &dev.dma, &good) == DMA_EINVAL);
		sim_interrupts(false);
		SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY);
		sim_interrupts(true);
		SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
		destroy(&pool);
	}
	core_close(&dev);
}

static void what_makes_no_sense_is_refused(void **state)
{
	(void)state;
	core_test("low=1,high=1", wrong);
}

/* ---- The reserve ---- */

static void reserve(void *unused)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = DMA_FROM_DEVICE, .block_size = 256, .blocks = 4, .reserve = 3, .most = 7};
	struct dma_block *blocks[MOST];
	struct core_device dev;
	struct dma_stats stats;
	struct dma_pool pool;
	unsigned n;

	(void)unused;
	core_open(&dev);
	if (!create(&pool, &dev, &config))
		return;
	for (unsigned round = 0; round < 3; round++) {
		/* Interrupts on: all but the reserve, also when blocks have gone round (hazard 82). */
		SIM_CHECK(take_all(&pool, blocks) == 4);
		sim_interrupts(false);
		n = take_all(&pool, blocks + 4);
		SIM_CHECK(n == 3);
		dma_stats(&stats);
		SIM_CHECK(stats.reserve_empty == round + 1 && stats_of(&pool).dry == 2 * (round + 1));
		for (unsigned i = 0; i < 7; i++)
			exchange(&dev, &blocks[i]->slice, i);
		if (round == 1)
			sim_interrupts(true);
		/* A put fills the reserve first. */
		put_all(&pool, blocks, 7);
		sim_interrupts(true);
	}
	/* One block comes back while the reserve is short: it is not for callers with interrupts on. */
	SIM_CHECK(take_all(&pool, blocks) == 4);
	sim_interrupts(false);
	SIM_CHECK(take_all(&pool, blocks + 4) == 3);
	sim_interrupts(true);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == 0 && dma_pool_get(&pool, &blocks[0]) == DMA_ENOMEM);
	sim_interrupts(false);
	SIM_CHECK(dma_pool_get(&pool, &blocks[0]) == 0);
	sim_interrupts(true);
	put_all(&pool, blocks, 7);
	destroy(&pool);
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
	struct dma_block *blocks[MOST], *more[MOST];
	struct core_device dev;
	struct dma_pool pool;
	unsigned n, m;

	(void)unused;
	core_open(&dev);
	for (unsigned by_reclaim = 0; by_reclaim < 2; by_reclaim++) {
		if (!create(&pool, &dev, &config))
			return;
		sim_interrupts(false);
		n = take_all(&pool, blocks);
		SIM_CHECK(n >= 12 && n < MOST);
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
		put_all(&pool, blocks, n);
		put_all(&pool, more, m);
		destroy(&pool);
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
	struct dma_block *blocks[MOST];
	struct core_device dev;
	struct dma_pool pool;
	size_t first;

	(void)unused;
	core_open(&dev);
	if (!create(&pool, &dev, &config))
		return;
	first = stats_of(&pool).blocks;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 200; i++)
			SIM_CHECK(dma_pool_get(&pool, &blocks[i]) == 0);
		SIM_CHECK(stats_of(&pool).blocks >= 200 && stats_of(&pool).out == 200);
		(void)dma_reclaim(); /* takes nothing that is out */
		for (unsigned i = 0; i < 200; i += 50)
			exchange(&dev, &blocks[i]->slice, i);
		put_all(&pool, blocks, 200);
		SIM_CHECK(dma_reclaim() > 0);
		SIM_CHECK(stats_of(&pool).blocks >= 4 && stats_of(&pool).blocks <= first + 4);
		sim_interrupts(false);
		SIM_CHECK(dma_reclaim() == 0);
		sim_interrupts(true);
	}
	destroy(&pool);
	config.most = 40, config.high = 30;
	if (!create(&pool, &dev, &config))
		return;
	SIM_CHECK(take_all(&pool, blocks) == 40);
	put_all(&pool, blocks, 40);
	(void)dma_reclaim();
	SIM_CHECK(stats_of(&pool).blocks >= 30); /* the high watermark */
	destroy(&pool);
	core_close(&dev);
}

static void pools_grow_and_shrink(void **state)
{
	(void)state;
	core_test_all(grows);
}

/* ---- Wrong puts ---- */

static void wrong_puts(void *unused)
{
	const struct dma_pool_config config = {
		.name = "one", .dir = DMA_BIDIRECTIONAL, .block_size = 128, .blocks = 4, .most = 4};
	struct dma_pool pool, other, empty = {0};
	struct dma_block *blocks[MOST], copy;
	struct core_device dev;
	unsigned char byte = 0;

	(void)unused;
	core_open(&dev);
	if (!create(&pool, &dev, &config) || !create(&other, &dev, &config))
		return;
	logged[0] = '\0';
	sim_on_log(keep_line);
	SIM_CHECK(take_all(&pool, blocks) == 4);
	SIM_CHECK(dma_pool_put(&other, blocks[0]) == DMA_EINVAL && lines_with("which is not its own") == 1);
	SIM_CHECK(dma_pool_put(&empty, blocks[0]) == DMA_EINVAL && dma_pool_put(&pool, NULL) == DMA_EINVAL);
	copy = *blocks[0];
	SIM_CHECK(dma_pool_put(&pool, &copy) == DMA_EINVAL && lines_with("or a copy") == 1);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == 0);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == DMA_EINVAL && lines_with("put twice") == 2);
	sim_set_cpu(1); /* and from another CPU */
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == DMA_EINVAL && lines_with("put twice") == 3);
	sim_set_cpu(0);
	SIM_CHECK(stats_of(&pool).refused == 4 && stats_of(&other).refused == 1 && lines_with("misuse: ") == 6);
	/* Used after it was put. */
	SIM_CHECK(dma_slice_write_bytes(&blocks[0]->slice, 0, &byte, 1) == DMA_EINVAL);
	SIM_CHECK(dma_slice_sync_from_device(&blocks[0]->slice, 0, 1) == DMA_EINVAL && lines_with("misuse: ") == 8);
	SIM_CHECK(!dma_slice_lives(&blocks[0]->slice));
	/* Each is there once. */
	put_all(&pool, blocks + 1, 3);
	SIM_CHECK(take_all(&pool, blocks) == 4);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < i; j++)
			SIM_CHECK(blocks[i] != blocks[j]);
	put_all(&pool, blocks, 4);
	sim_on_log(NULL);
	destroy(&pool);
	destroy(&other);
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
	struct dma_block *blocks[MOST];
	struct core_device dev;
	struct dma_pool pool;
	char name[40];

	(void)unused;
	core_open(&dev);
	if (!create(&pool, &dev, &config))
		return;
	SIM_CHECK(take_all(&pool, blocks) == 20);
	logged[0] = '\0';
	sim_on_log(keep_line);
	SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY);
	SIM_CHECK(lines_with("pool ring: the block at 0x") == 8 && lines_with("pool ring: 20 blocks are out") == 1);
	put_all(&pool, blocks, 19);
	logged[0] = '\0';
	SIM_CHECK(dma_pool_destroy(&pool) == DMA_EBUSY);
	snprintf(name, sizeof(name), "block at 0x%llx is out", (unsigned long long)dma_block_daddr(blocks[19]).raw);
	SIM_CHECK(lines_with(name) == 1 && lines_with("\n") == 1);
	sim_on_log(NULL);
	exchange(&dev, &blocks[19]->slice, 1); /* nothing has happened to it */
	SIM_CHECK(dma_pool_get(&pool, &blocks[0]) == 0);
	SIM_CHECK(dma_pool_put(&pool, blocks[0]) == 0 && dma_pool_put(&pool, blocks[19]) == 0);
	destroy(&pool);
	core_close(&dev);
}

static void destroy_names_the_blocks_that_are_out(void **state)
{
	(void)state;
	core_test_all(out);
}

/* ---- Coherent blocks ---- */

static void coherent(void *unused)
{
	const struct dma_pool_config config = {
		.name = "lists", .coherent = true, .block_size = 96, .align = 32, .blocks = 8, .most = 8};
	struct dma_block *blocks[MOST];
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
	SIM_CHECK(dma_pool_block_size(&pool) == 96 && take_all(&pool, blocks) == 8);
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
	put_all(&pool, blocks, 8);
	destroy(&pool);
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
	struct dma_block *blocks[MOST], *again[MOST];
	unsigned char junk[64];
	struct core_device dev;
	struct dma_pool pool;

	(void)unused;
	core_open(&dev);
	if (!create(&pool, &dev, &config))
		return;
	SIM_CHECK(take_all(&pool, blocks) == 40);
	put_all(&pool, blocks, 40);
	memset(junk, 0xff, sizeof(junk));
	for (unsigned i = 0; i < 40; i++)
		SIM_CHECK(sim_device_poke(dev.sim, dma_block_daddr(blocks[i]), junk, sizeof(junk)) == 0);
	SIM_CHECK(take_all(&pool, again) == 40);
	for (unsigned i = 0; i < 40; i++)
		for (unsigned j = 0; j < i; j++)
			SIM_CHECK(again[i] != again[j]);
	put_all(&pool, again, 40);
	destroy(&pool);
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
		cmocka_unit_test(the_reserve_is_for_callers_with_interrupts_off),
		cmocka_unit_test(the_reserve_is_filled_again),
		cmocka_unit_test(pools_grow_and_shrink),
		cmocka_unit_test(wrong_puts_are_found),
		cmocka_unit_test(destroy_names_the_blocks_that_are_out),
		cmocka_unit_test(blocks_of_coherent_memory),
		cmocka_unit_test(free_blocks_hold_nothing_of_the_pool),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
