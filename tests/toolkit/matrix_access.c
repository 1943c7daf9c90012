/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The matrix's operations that reach each call of the CPU's accesses: values, single accesses, fills and cursors of
 * streams, slices, coherent memory, lists, buffers and scattered memory. No access calls a hook, so none may fail where
 * its memory is there.
 */
#include "layout.h"
#include "matrix_bytes.h"

int matrix_access_stream(const struct matrix_use *use)
{
	struct dma_stream s = {0};
	char line[120];
	int error = use->dir & DMA_TO_DEVICE ? dma_stream_alloc(&s, &use->rig->dev.dma, use->dir, 1)
					     : dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	matrix_enter(use);
	if (!error) {
		SIM_CHECK(dma_stream_size(&s) == PAGE && dma_stream_device(&s) == &use->rig->dev.dma);
		SIM_CHECK(dma_stream_direction(&s) == use->dir && !dma_stream_bounces(&s));
		SIM_CHECK(dma_stream_can_write(&s) == ((use->dir & DMA_TO_DEVICE) != 0));
		SIM_CHECK(dma_stream_can_read(&s) == ((use->dir & DMA_FROM_DEVICE) != 0));
		SIM_CHECK(dma_stream_describe(&s, line, sizeof(line)) < sizeof(line) && strstr(line, "0x1000 bytes"));
	}
	if (!error && use->dir & DMA_TO_DEVICE) {
		WRITES(stream, &s, use->number);
		error = dma_stream_sync_to_device(&s, 0, LEN);
		device_sees(use->rig, dma_stream_daddr(&s), use->number);
	}
	if (!error && use->dir & DMA_FROM_DEVICE) {
		device_puts(use->rig, dma_stream_daddr(&s), use->number + 1);
		error = dma_stream_sync_from_device(&s, 0, LEN);
		READS(stream, &s, use->number + 1);
	}
	dma_stream_release(&s);
	matrix_leave(use);
	return error;
}

int matrix_access_slice(const struct matrix_use *use)
{
	struct dma_stream s = {0};
	struct dma_slice slice = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	matrix_enter(use);
	if (!error)
		error = dma_stream_slice(&s, 1024, 512, &slice);
	if (!error) {
		SIM_CHECK(dma_slice_lives(&slice) && dma_slice_size(&slice) == 512);
		SIM_CHECK(1024 % dma_slice_align(&use->rig->dev.dma) == 0);
		SIM_CHECK(dma_slice_paddr(&slice).raw - dma_stream_paddr(&s).raw ==
			  dma_slice_daddr(&slice).raw - dma_stream_daddr(&s).raw);
	}
	if (!error && use->dir & DMA_TO_DEVICE) {
		WRITES(slice, &slice, use->number);
		error = dma_slice_sync_to_device(&slice, 0, LEN);
		device_sees(use->rig, dma_slice_daddr(&slice), use->number);
	}
	if (!error && use->dir & DMA_FROM_DEVICE) {
		device_puts(use->rig, dma_slice_daddr(&slice), use->number + 1);
		error = dma_slice_sync_from_device(&slice, 0, LEN);
		READS(slice, &slice, use->number + 1);
	}
	dma_stream_release(&s);
	matrix_leave(use); /* a slice that outlived it: slice_life.c, where no other CPU uses its node again */
	return error;
}

/* Coherent memory that was cut, each part by every access; the bytes by its pointer, too. */
int matrix_access_coherent(const struct matrix_use *use)
{
	struct dma_coherent c[2] = {0};
	int error = dma_coherent_alloc(&c[0], &use->rig->dev.dma, DMA_SPLITTABLE, 2);

	matrix_enter(use);
	if (!error)
		error = dma_coherent_split(&c[0], PAGE, &c[1]);
	if (!error)
		SIM_CHECK(dma_coherent_paddr(&c[1]).raw == dma_coherent_paddr(&c[0]).raw + PAGE);
	for (unsigned i = 0; i < 2 && !error; i++) {
		const unsigned char *seen = dma_coherent_pointer(&c[i]);
		unsigned char whole[LEN];

		SIM_CHECK(dma_coherent_size(&c[i]) == PAGE);
		WRITES(coherent, &c[i], use->number + i);
		dma_publish();
		device_sees(use->rig, dma_coherent_daddr(&c[i]), use->number + i);
		device_puts(use->rig, dma_coherent_daddr(&c[i]), use->number + i + 1);
		dma_consume();
		READS(coherent, &c[i], use->number + i + 1);
		layout(whole, use->number + i + 1);
		SIM_CHECK(seen && memcmp(seen, whole, LEN) == 0);
	}
	for (unsigned i = 0; i < 2; i++)
		dma_coherent_release(&c[i]);
	matrix_leave(use);
	return error;
}

/* The same for what has cursors that begin anywhere, or at the beginning alone: the first half of a pattern by the
 * object's own cursor, the second by one that the caller has. An int: the first error of a sync. */
#define BY_CURSORS(use, kind, object, daddr, ...)                                                                      \
	__extension__({                                                                                                \
		unsigned char bytes_[LEN];                                                                             \
		struct dma_reader in_ = dma_reader_of(bytes_ + LEN / 2, LEN / 2), r_;                                  \
		struct dma_writer out_ = dma_writer_of(bytes_ + LEN / 2, LEN / 2), w_;                                 \
		uint64_t word_;                                                                                        \
		int error_ = 0;                                                                                        \
                                                                                                                       \
		if ((use)->dir & DMA_TO_DEVICE) {                                                                      \
			layout(bytes_, (use)->number);                                                                 \
			memcpy(&word_, bytes_, 8);                                                                     \
			SIM_CHECK(dma_##kind##_writer((object), ##__VA_ARGS__, &w_) == 0);                             \
			SIM_CHECK(dma_writer_at(&w_) != NULL && dma_writer_write_val(&w_, &word_) == 0);               \
			SIM_CHECK(dma_writer_write_bytes(&w_, bytes_ + 8, 40) == 0);                                   \
			SIM_CHECK(dma_writer_fill(&w_, 0x5a, 40) == 0);                                                \
			SIM_CHECK(dma_writer_write_bytes(&w_, bytes_ + 88, LEN / 2 - 88) == 0);                        \
			SIM_CHECK(dma_##kind##_write((object), LEN / 2, &in_) == 0 && dma_reader_remain(&in_) == 0);   \
			error_ = dma_##kind##_sync_to_device((object), 0, LEN);                                        \
			device_sees((use)->rig, (daddr), (use)->number);                                               \
		}                                                                                                      \
		if (!error_ && (use)->dir & DMA_FROM_DEVICE) {                                                         \
			unsigned char expected_[LEN];                                                                  \
                                                                                                                       \
			device_puts((use)->rig, (daddr), (use)->number + 1);                                           \
			error_ = dma_##kind##_sync_from_device((object), 0, LEN);                                      \
			memset(bytes_, 0, LEN);                                                                        \
			SIM_CHECK(dma_##kind##_reader((object), ##__VA_ARGS__, &r_) == 0);                             \
			SIM_CHECK(dma_reader_at(&r_) != NULL && dma_reader_read_val(&r_, &word_) == 0);                \
			memcpy(bytes_, &word_, 8);                                                                     \
			SIM_CHECK(dma_reader_read_bytes(&r_, bytes_ + 8, LEN / 2 - 8) == 0);                           \
			SIM_CHECK(dma_##kind##_read((object), LEN / 2, &out_) == 0 && dma_writer_remain(&out_) == 0);  \
			layout(expected_, (use)->number + 1);                                                          \
			SIM_CHECK(memcmp(bytes_, expected_, LEN) == 0);                                                \
		}                                                                                                      \
		error_;                                                                                                \
	})

/* One piece of borrowed memory, one that is a slice; unmapped, and mapped again. */
int matrix_access_list(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_slice slice = {0};
	struct dma_piece pieces[2];
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	struct dma_list l;
	int error = dma_buffer_reserve(&use->rig->dev.dma, PAGE, 4), added;

	dma_list_init(&l, pieces, 2);
	if (!error)
		error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);
	if (!error)
		error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);
	if (!error)
		error = dma_stream_slice(&s, 1024, 512, &slice);
	if (!error)
		error = dma_list_add_segment(&l, &seg, 256, 512);
	if (!error) {
		added = dma_list_add_slice(&l, &slice);
		/* Not memory that the CPU reaches by a mapping of its own. */
		SIM_CHECK(!added || added == DMA_ENOTSUP || added == DMA_EFAULT);
		SIM_CHECK(dma_list_size(&l) == (added ? 512 : 1024));
	}
	matrix_enter(use);
	for (unsigned round = 0; round < 2 && !error; round++) {
		error = dma_list_map(&l, &use->rig->dev.dma, use->dir);
		if (error)
			break;
		walk = dma_list_begin(&l);
		SIM_CHECK(dma_list_entries(&l) > 0 && dma_list_next(&walk, &entry) && entry.len >= LEN);
		error = BY_CURSORS(use, list, &l, entry.daddr, 0);
		dma_list_unmap(&l);
		SIM_CHECK(dma_list_entries(&l) == 0);
	}
	dma_list_release(&l);
	dma_stream_release(&s);
	matrix_leave(use);
	dma_segment_drop(&seg);
	return error;
}

int matrix_access_buffer(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	int error = dma_buffer_reserve(&use->rig->dev.dma, PAGE, 4);

	if (!error)
		error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);
	matrix_enter(use);
	if (!error)
		error = dma_buffer_map_segment(&b, &use->rig->dev.dma, use->dir, &seg, 300, 600);
	if (!error) {
		SIM_CHECK(dma_buffer_size(&b) == 600);
		error = BY_CURSORS(use, buffer, &b, dma_buffer_daddr(&b));
	}
	dma_buffer_release(&b);
	matrix_leave(use);
	dma_segment_drop(&seg);
	return error;
}

int matrix_access_scattered(const struct matrix_use *use)
{
	struct dma_scattered s = {0};
	int error = dma_scattered_alloc(&s, &use->rig->dev.dma, use->dir, 3);

	matrix_enter(use);
	if (!error) {
		SIM_CHECK(dma_scattered_size(&s) == 3 * PAGE);
		if (use->dir & DMA_TO_DEVICE)
			SIM_CHECK(dma_scattered_fill(&s, PAGE - 50, 0x5a, 100) == 0);
		error = BY_CURSORS(use, scattered, &s, dma_scattered_daddr(&s), 0);
	}
	dma_scattered_release(&s);
	matrix_leave(use);
	return error;
}

/* Memory by its address, where the linear map is one offset (elsewhere it is DMA_EFAULT: edges.c): as a buffer, and as
 * a list's piece. */
int matrix_pointer(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	struct dma_piece piece;
	struct dma_list l;
	unsigned char *at;
	int error = dma_buffer_reserve(&use->rig->dev.dma, PAGE, 4);

	dma_list_init(&l, &piece, 1);
	if (!error)
		error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);
	at = error || !sim_config()->linear_by_offset ? NULL : dma_host_linear(dma_paddr(seg.paddr.raw + 512), 600);
	matrix_enter(use);
	if (at) {
		error = dma_buffer_map(&b, &use->rig->dev.dma, use->dir, at, 600);
		if (!error)
			error = BY_CURSORS(use, buffer, &b, dma_buffer_daddr(&b));
		dma_buffer_release(&b);
		if (!error)
			error = dma_list_add(&l, at, 600);
		if (!error)
			error = dma_list_map(&l, &use->rig->dev.dma, use->dir);
		if (!error) {
			walk = dma_list_begin(&l);
			SIM_CHECK(dma_list_next(&walk, &entry) && entry.len >= LEN);
			error = BY_CURSORS(use, list, &l, entry.daddr, 0);
		}
		dma_list_release(&l);
	}
	matrix_leave(use);
	dma_segment_drop(&seg);
	return error;
}
