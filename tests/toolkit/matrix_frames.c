/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The matrix's operations on whose memory it is and where it lies: segments and references to them, frames one by one,
 * an arena out of a stream that was there, and cursors to and from user memory.
 */
#include "matrix_bytes.h"
#include <dmastream/user.h>

/* References to parts of a segment; bytes that are written by one are read by another. */
int matrix_access_segment(const struct matrix_use *use)
{
	struct dma_segment seg = {0}, all = {0}, second = {0}, tail = {0}, lent = {0};
	unsigned char bytes[MATRIX_BYTES];
	struct dma_reader in = dma_reader_of(bytes, sizeof(bytes));
	struct dma_writer out = dma_writer_of(bytes, sizeof(bytes));
	int error = dma_segment_alloc(&seg, 2, UINT64_MAX, 0);

	matrix_enter(use);
	if (!error)
		error = dma_segment_clone(&seg, &all);
	if (!error)
		error = dma_segment_slice(&all, 1, 1, &second);
	if (!error)
		error = dma_segment_split(&all, 1, &tail);
	if (!error)
		error = dma_segment_borrow(&lent, second.paddr, 1);
	if (!error)
		SIM_CHECK(dma_segment_size(&all) == PAGE && tail.paddr.raw == seg.paddr.raw + PAGE &&
			  second.paddr.raw == tail.paddr.raw);
	core_pattern(bytes, use->number, 0, sizeof(bytes));
	if (!error)
		error = dma_segment_write(&tail, 40, &in);
	memset(bytes, 0, sizeof(bytes));
	if (!error)
		error = dma_segment_read(&seg, PAGE + 40, &out);
	SIM_CHECK(error || core_is_pattern(bytes, use->number, 0, sizeof(bytes)));
	dma_segment_drop(&lent);
	dma_segment_drop(&second);
	dma_segment_drop(&tail);
	dma_segment_drop(&all);
	dma_segment_drop(&seg);
	matrix_leave(use);
	return error;
}

/* Frames that the caller has from the host, as a segment and as a stream, page by page and in one run. */
int matrix_frames(const struct matrix_use *use)
{
	struct dma_frame_range range = {{0}, 0};
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_frames it;
	struct dma_writer w;
	dma_paddr_t paddr;
	size_t n = 0;
	int error = dma_host_frames_alloc(3, UINT64_MAX, PAGE, &paddr);

	if (!error) {
		error = dma_segment_adopt(&seg, paddr, 3);
		if (error)
			dma_host_frames_free(paddr, 3);
	}
	if (!error) /* what the host's frames held is nobody's business */
		error = dma_segment_writer(&seg, &w);
	if (!error)
		error = dma_writer_fill(&w, 0, 3 * PAGE);
	if (!error)
		error = dma_stream_map(&s, &use->rig->dev.dma, use->dir, &seg);
	matrix_enter(use);
	if (!error) {
		it = dma_frames_of_stream(&s);
		while (dma_frames_next_page(&it, &paddr))
			SIM_CHECK(paddr.raw == dma_stream_paddr(&s).raw + PAGE * n++);
		SIM_CHECK(n == 3);
		it = dma_frames_of_stream(&s);
		SIM_CHECK(dma_frames_next(&it, &range) && range.npages == 3 && !dma_frames_next(&it, &range));
		SIM_CHECK(range.paddr.raw == dma_stream_paddr(&s).raw);
	}
	dma_stream_release(&s);
	it = dma_frames_of_segment(&seg); /* what the map left: nothing, or all after an error */
	SIM_CHECK(!dma_frames_next(&it, &range) || (error && range.npages == 3));
	dma_segment_drop(&seg);
	matrix_leave(use);
	return error;
}

/* The frames of scattered memory are all of its pages, each once. */
int matrix_scattered_frames(const struct matrix_use *use)
{
	struct dma_scattered s = {0};
	struct dma_scattered_frames it;
	struct dma_frame_range range;
	size_t n = 0;
	int error = dma_scattered_alloc(&s, &use->rig->dev.dma, use->dir, 5);

	matrix_enter(use);
	if (!error) {
		it = dma_frames_of_scattered(&s);
		while (dma_scattered_frames_next(&it, &range)) {
			SIM_CHECK(range.npages > 0 && range.npages <= 5 - n && (range.paddr.raw & (PAGE - 1)) == 0);
			n += range.npages;
		}
		SIM_CHECK(n == 5);
	}
	dma_scattered_release(&s);
	it = dma_frames_of_scattered(&s);
	SIM_CHECK(!dma_scattered_frames_next(&it, &range));
	matrix_leave(use);
	return error;
}

int matrix_adopted_arena(const struct matrix_use *use)
{
	struct dma_arena arena = {0};
	struct dma_stream s = {0};
	struct dma_slice slice;
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	matrix_enter(use);
	if (!error)
		error = dma_arena_adopt(&arena, &s);
	for (unsigned i = 0; i < 3 && !error; i++) {
		error = dma_arena_alloc(&arena, 256, 64, &slice);
		if (!error)
			error = MATRIX_EXCHANGE(use, slice, &slice, dma_slice_daddr(&slice));
		SIM_CHECK(error || dma_arena_used(&arena) >= (size_t)256 * (i + 1));
	}
	SIM_CHECK(dma_arena_fallbacks(&arena) == 0);
	dma_stream_release(&s); /* empty, once it was taken over */
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	matrix_leave(use);
	return error;
}

/* A stream's bytes from user memory and back. */
int matrix_user_cursor(const struct matrix_use *use)
{
	unsigned char from[MATRIX_BYTES], to[MATRIX_BYTES] = {0};
	struct dma_stream s = {0};
	struct dma_reader r;
	struct dma_writer w;
	size_t done = 0;
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, DMA_BIDIRECTIONAL, 1);

	core_pattern(from, use->number, 0, sizeof(from));
	if (!error)
		error = dma_stream_writer(&s, &w);
	if (!error)
		error = dma_writer_write_user(&w, from, sizeof(from), &done);
	SIM_CHECK(error || done == sizeof(from));
	if (!error)
		error = dma_stream_sync_to_device(&s, 0, MATRIX_BYTES);
	if (!error)
		error = matrix_device_sees(use, dma_stream_daddr(&s), use->number);
	if (!error)
		error = matrix_device_puts(use, dma_stream_daddr(&s), use->number + 1);
	if (!error)
		error = dma_stream_sync_from_device(&s, 0, MATRIX_BYTES);
	if (!error)
		error = dma_stream_reader(&s, &r);
	if (!error)
		error = dma_reader_read_user(&r, to, sizeof(to), &done);
	SIM_CHECK(error || core_is_pattern(to, use->number + 1, 0, sizeof(to)));
	dma_stream_release(&s);
	return error;
}
