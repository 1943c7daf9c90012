/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of slices, pools, arenas and counted streams share: bytes sent both ways through a slice, what the
 * library has logged, and blocks taken and put.
 */
#ifndef TESTS_TOOLKIT_SLICES_H
#define TESTS_TOOLKIT_SLICES_H

#include "../core/core.h"

/* ---- Slices ---- */

/* Sends known bytes through the whole slice, both ways as far as its direction allows; CPU and device check them. */
void slice_exchange(struct core_device *dev, const struct dma_slice *slice, unsigned seed);

/* Every call on that range gives `error`, or DMA_EACCES where the direction forbids it (and the range is right), and
 * changes nothing. */
void slice_refuses(const struct dma_slice *slice, size_t off, size_t len, int error);

/* ---- The log ---- */

void log_keep(void);			   /* from now on, beginning with nothing */
void log_end(void);			   /* keeps no more */
unsigned log_lines_with(const char *text); /* of those kept */
static inline unsigned log_misuses(void)
{
	return log_lines_with("dmastream: misuse: ");
}

/* ---- Pools ---- */

#define MOST_BLOCKS 512

struct dma_pool_stats pool_stats(struct dma_pool *pool);
bool pool_create(struct dma_pool *pool, struct core_device *dev, const struct dma_pool_config *config);
void pool_destroy(struct dma_pool *pool);
/* Takes blocks until none is left; returns how many. There is room for MOST_BLOCKS. */
unsigned pool_take_all(struct dma_pool *pool, struct dma_block **blocks);
void pool_put_all(struct dma_pool *pool, struct dma_block **blocks, unsigned n);

#endif
