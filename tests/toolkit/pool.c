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
	SIM_CHECK(!pool->dev && !pool->magazines && pool->nblocks == 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_all_sizes),
	};

	(void)lines_with, (void)keep_line;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
