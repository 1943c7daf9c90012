/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The matrix's operations on streams, and on what is made of them: a slice, a stream that is split, cursors, a counted
 * stream, a pool, an arena, batches, a stream that is armed again.
 */
#include "matrix_bytes.h"

int matrix_slice(const struct matrix_use *use)
{
	struct dma_slice slice, inner;
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 2);

	matrix_enter(use);
	if (!error)
		error = dma_stream_slice(&s, PAGE - 1024, 2048, &slice);
	if (!error)
		error = MATRIX_EXCHANGE(use, slice, &slice, dma_slice_daddr(&slice));
	if (!error)
		error = dma_slice_slice(&slice, 1024, 512, &inner);
	if (!error)
		error = MATRIX_EXCHANGE(use, slice, &inner, dma_slice_daddr(&inner));
	dma_stream_release(&s);
	matrix_leave(use);
	return error;
}

int matrix_split(const struct matrix_use *use)
{
	struct dma_stream s = {0}, tail = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir | DMA_SPLITTABLE, 2);

	matrix_enter(use);
	if (!error)
		error = dma_stream_split(&s, PAGE, &tail);
	dma_stream_release(&s);
	if (!error)
		error = MATRIX_EXCHANGE(use, stream, &tail, dma_stream_daddr(&tail));
	dma_stream_release(&tail);
	matrix_leave(use);
	return error;
}

/* A stream of the caller's memory, by cursors. */
int matrix_cursor(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	unsigned char bytes[MATRIX_BYTES];
	struct dma_reader r;
	struct dma_writer w;
	int error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);

	if (!error)
		error = dma_stream_map(&s, &use->rig->dev.dma, use->dir, &seg);
	matrix_enter(use);
	core_pattern(bytes, use->number, 0, MATRIX_BYTES);
	if (!error && use->dir & DMA_TO_DEVICE) {
		error = dma_stream_writer(&s, &w);
		if (!error)
			error = dma_writer_write_bytes(&w, bytes, MATRIX_BYTES);
		if (!error)
			error = dma_stream_sync_to_device(&s, 0, MATRIX_BYTES);
		if (!error)
			error = matrix_device_sees(use, dma_stream_daddr(&s), use->number);
	}
	if (!error && use->dir & DMA_FROM_DEVICE) {
		error = matrix_device_puts(use, dma_stream_daddr(&s), use->number + 1);
		if (!error)
			error = dma_stream_sync_from_device(&s, 0, MATRIX_BYTES);
		if (!error)
			error = dma_stream_reader(&s, &r);
		if (!error)
			error = dma_reader_read_bytes(&r, bytes, MATRIX_BYTES);
		SIM_CHECK(error || core_is_pattern(bytes, use->number + 1, 0, MATRIX_BYTES));
	}
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	matrix_leave(use);
	return error;
}

int matrix_counted(const struct matrix_use *use)
{
	struct dma_counted_stream c = {0};
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	matrix_enter(use);
	if (!error)
		error = dma_counted_stream_init(&c, &s, NULL);
	if (!error)
		error = dma_counted_stream_get(&c);
	if (!error) {
		SIM_CHECK(dma_counted_stream_holders(&c) == 2);
		error = MATRIX_EXCHANGE(use, stream, &c.stream, dma_stream_daddr(&c.stream));
		SIM_CHECK(!dma_counted_stream_put(&c) && dma_counted_stream_put(&c));
	}
	dma_stream_release(&s);
	matrix_leave(use);
	return error;
}

int matrix_pool(const struct matrix_use *use)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = use->dir, .block_size = 200, .blocks = 1, .reserve = 1};
	struct dma_block *block[2] = {NULL, NULL};
	struct dma_pool pool = {0};
	struct dma_pool_stats stats;
	int error = dma_pool_create(&pool, &use->rig->dev.dma, &config);

	matrix_enter(use);
	for (unsigned i = 0; i < 2 && !error; i++) {
		error = dma_pool_get(&pool, &block[i]);
		if (!error)
			error = MATRIX_EXCHANGE(use, slice, &block[i]->slice, dma_block_daddr(block[i]));
	}
	for (unsigned i = 0; i < 2; i++)
		SIM_CHECK(!block[i] || dma_pool_put(&pool, block[i]) == 0);
	matrix_leave(use);
	dma_pool_stats_get(&pool, &stats);
	SIM_CHECK(stats.out == 0 && (error || stats.blocks >= 2) && dma_pool_block_size(&pool) >= (error ? 0 : 200));
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	return error;
}

/* The second slice lies in a further stream, which callers with interrupts off do not get. */
int matrix_arena(const struct matrix_use *use)
{
	struct dma_slice slice;
	struct dma_arena arena = {0};
	int error = dma_arena_create(&arena, &use->rig->dev.dma, use->dir, 1);

	for (unsigned i = 0; i < 2 && !error; i++) {
		error = dma_arena_alloc(&arena, PAGE / 2 + 64, 64, &slice);
		matrix_enter(use);
		if (!error)
			error = MATRIX_EXCHANGE(use, slice, &slice, dma_slice_daddr(&slice));
		matrix_leave(use);
	}
	matrix_enter(use);
	dma_arena_reset(&arena);
	matrix_leave(use);
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	return error;
}

/* Two streams, synced and released at once. */
int matrix_batch(const struct matrix_use *use)
{
	struct dma_stream s[2] = {0}, *named[2] = {&s[0], &s[1]};
	struct dma_range ranges[2] = {{&s[0], 0, MATRIX_BYTES}, {&s[1], 0, MATRIX_BYTES}};
	unsigned char bytes[MATRIX_BYTES];
	int error = dma_stream_alloc_uninit(&s[0], &use->rig->dev.dma, use->dir, 1);

	if (!error)
		error = dma_stream_alloc_uninit(&s[1], &use->rig->dev.dma, use->dir, 1);
	matrix_enter(use);
	core_pattern(bytes, use->number, 0, MATRIX_BYTES);
	for (unsigned i = 0; i < 2 && !error && use->dir & DMA_TO_DEVICE; i++)
		error = dma_stream_write_bytes(&s[i], 0, bytes, MATRIX_BYTES);
	if (!error && use->dir & DMA_TO_DEVICE)
		error = dma_batch_sync_to_device(ranges, 2);
	for (unsigned i = 0; i < 2 && !error; i++) {
		if (use->dir & DMA_TO_DEVICE)
			error = matrix_device_sees(use, dma_stream_daddr(&s[i]), use->number);
		if (!error && use->dir & DMA_FROM_DEVICE)
			error = matrix_device_puts(use, dma_stream_daddr(&s[i]), use->number + i);
	}
	if (!error && use->dir & DMA_FROM_DEVICE)
		error = dma_batch_sync_from_device(ranges, 2);
	for (unsigned i = 0; i < 2 && !error && use->dir & DMA_FROM_DEVICE; i++) {
		error = dma_stream_read_bytes(&s[i], 0, bytes, MATRIX_BYTES);
		SIM_CHECK(error || core_is_pattern(bytes, use->number + i, 0, MATRIX_BYTES));
	}
	dma_batch_release(named, 2);
	matrix_leave(use);
	return error;
}

int matrix_rearm(const struct matrix_use *use)
{
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	matrix_enter(use);
	for (unsigned round = 0; round < 2 && !error; round++) /* MATRIX_EXCHANGE arms it again */
		error = MATRIX_EXCHANGE(use, stream, &s, dma_stream_daddr(&s));
	dma_stream_release(&s);
	matrix_leave(use);
	return error;
}
