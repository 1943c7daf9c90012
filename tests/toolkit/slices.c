/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Slices and blocks under test: bytes, refusals, the log.
 */
#include "slices.h"
#include <stdio.h>
#include <stdlib.h>

void slice_exchange(struct core_device *dev, const struct dma_slice *slice, unsigned seed)
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

void slice_refuses(const struct dma_slice *slice, size_t off, size_t len, int error)
{
	struct dma_slice inner = {.nbytes = 77};
	unsigned char bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, before[8];
	int writing = slice->dir & DMA_TO_DEVICE || error == DMA_EINVAL ? error : DMA_EACCES;
	int reading = slice->dir & DMA_FROM_DEVICE || error == DMA_EINVAL ? error : DMA_EACCES;

	if (slice->life && !(slice->dir & DMA_TO_DEVICE))
		writing = DMA_EACCES;
	if (slice->life && !(slice->dir & DMA_FROM_DEVICE))
		reading = DMA_EACCES;
	memcpy(before, bytes, sizeof(bytes));
	SIM_CHECK(dma_slice_sync_to_device(slice, off, len) == writing);
	SIM_CHECK(dma_slice_sync_from_device(slice, off, len) == reading);
	SIM_CHECK(dma_slice_check_write(slice, off, len) == writing);
	SIM_CHECK(dma_slice_check_read(slice, off, len) == reading);
	SIM_CHECK(dma_slice_write_bytes(slice, off, bytes, len) == writing);
	SIM_CHECK(dma_slice_read_bytes(slice, off, bytes, len) == reading);
	SIM_CHECK(dma_slice_fill(slice, off, 9, len) == writing);
	SIM_CHECK(dma_slice_slice(slice, off, len, &inner) == error && inner.nbytes == 77 && !inner.life);
	SIM_CHECK(memcmp(before, bytes, sizeof(bytes)) == 0);
}

/* ---- The log ---- */

static char logged[16384];

static void keep_line(const char *line)
{
	size_t used = strlen(logged);

	snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

void log_keep(void)
{
	logged[0] = '\0';
	sim_on_log(keep_line);
}

void log_end(void)
{
	sim_on_log(NULL);
}

unsigned log_lines_with(const char *text)
{
	unsigned n = 0;

	for (const char *at = logged; (at = strstr(at, text)); at++)
		n++;
	return n;
}

/* ---- Pools ---- */

struct dma_pool_stats pool_stats(struct dma_pool *pool)
{
	struct dma_pool_stats stats;

	dma_pool_stats_get(pool, &stats);
	return stats;
}

bool pool_create(struct dma_pool *pool, struct core_device *dev, const struct dma_pool_config *config)
{
	*pool = (struct dma_pool){0};
	return SIM_CHECK(dma_pool_create(pool, &dev->dma, config) == 0);
}

void pool_destroy(struct dma_pool *pool)
{
	SIM_CHECK(dma_pool_destroy(pool) == 0);
	SIM_CHECK(!pool->dev && !pool->own.of_cpu && pool->nblocks == 0);
}

unsigned pool_take_all(struct dma_pool *pool, struct dma_block **blocks)
{
	unsigned n = 0;

	while (n < MOST_BLOCKS && dma_pool_get(pool, &blocks[n]) == 0)
		n++;
	return n;
}

void pool_put_all(struct dma_pool *pool, struct dma_block **blocks, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		SIM_CHECK(dma_pool_put(pool, blocks[i]) == 0);
}
