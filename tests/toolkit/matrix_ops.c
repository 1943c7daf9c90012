/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The toolkit's operations (matrix.h): a slice, a stream that is split, cursors, a counted stream, a pool, an arena,
 * lists of borrowed and owned pieces, a buffer, batches, coherent memory, a slice of it, a ring, a stream that is armed
 * again, scattered memory, registers of a peer, a segment, and copies between ranges of user memory.
 */
#include "matrix.h"
#include <dmastream/user.h>

#define LEN 100

static void enter(const struct matrix_use *use)
{
	if (use->off)
		sim_interrupts(false);
}

static void leave(const struct matrix_use *use)
{
	if (use->off)
		sim_interrupts(true);
}

static int device_sees(const struct matrix_use *use, dma_daddr_t daddr, unsigned seed)
{
	unsigned char bytes[LEN];

	SIM_CHECK(sim_device_read(use->rig->dev.sim, daddr, bytes, LEN) == 0 && core_is_pattern(bytes, seed, 0, LEN));
	return 0;
}

static int device_puts(const struct matrix_use *use, dma_daddr_t daddr, unsigned seed)
{
	unsigned char bytes[LEN];

	core_pattern(bytes, seed, 0, LEN);
	SIM_CHECK(sim_device_write(use->rig->dev.sim, daddr, bytes, LEN) == 0);
	return 0;
}

/* The first LEN bytes of an object of that kind, at the device's address, both ways; what the device wrote is armed
 * again. An int: 0, or the first error. */
#define EXCHANGE(use, kind, object, daddr)                                                                             \
	__extension__({                                                                                                \
		unsigned char all_[LEN] = {0};                                                                         \
		unsigned seed_ = (use)->number * 10 + (use)->dir;                                                      \
		int error_ = 0;                                                                                        \
                                                                                                                       \
		if ((use)->dir & DMA_TO_DEVICE) {                                                                      \
			core_pattern(all_, seed_, 0, LEN);                                                             \
			error_ = dma_##kind##_write_bytes((object), 0, all_, LEN);                                     \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_sync_to_device((object), 0, LEN);                                \
			if (!error_)                                                                                   \
				error_ = device_sees((use), (daddr), seed_);                                           \
		}                                                                                                      \
		if (!error_ && (use)->dir & DMA_FROM_DEVICE) {                                                         \
			error_ = device_puts((use), (daddr), seed_ + 1);                                               \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_sync_from_device((object), 0, LEN);                              \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_read_bytes((object), 0, all_, LEN);                              \
			SIM_CHECK(error_ || core_is_pattern(all_, seed_ + 1, 0, LEN));                                 \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_rearm((object), 0, LEN);                                         \
		}                                                                                                      \
		error_;                                                                                                \
	})

static int by_slice(const struct matrix_use *use)
{
	struct dma_slice slice, inner;
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 2);

	enter(use);
	if (!error)
		error = dma_stream_slice(&s, PAGE - 1024, 2048, &slice);
	if (!error)
		error = EXCHANGE(use, slice, &slice, dma_slice_daddr(&slice));
	if (!error)
		error = dma_slice_slice(&slice, 1024, 512, &inner);
	if (!error)
		error = EXCHANGE(use, slice, &inner, dma_slice_daddr(&inner));
	dma_stream_release(&s);
	leave(use);
	return error;
}

static int by_split(const struct matrix_use *use)
{
	struct dma_stream s = {0}, tail = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir | DMA_SPLITTABLE, 2);

	enter(use);
	if (!error)
		error = dma_stream_split(&s, PAGE, &tail);
	dma_stream_release(&s);
	if (!error)
		error = EXCHANGE(use, stream, &tail, dma_stream_daddr(&tail));
	dma_stream_release(&tail);
	leave(use);
	return error;
}

/* A stream of the caller's memory, by cursors. */
static int by_cursor(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	unsigned char bytes[LEN];
	struct dma_reader r;
	struct dma_writer w;
	int error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);

	if (!error)
		error = dma_stream_map(&s, &use->rig->dev.dma, use->dir, &seg);
	enter(use);
	core_pattern(bytes, use->number, 0, LEN);
	if (!error && use->dir & DMA_TO_DEVICE) {
		error = dma_stream_writer(&s, &w);
		if (!error)
			error = dma_writer_write_bytes(&w, bytes, LEN);
		if (!error)
			error = dma_stream_sync_to_device(&s, 0, LEN);
		if (!error)
			error = device_sees(use, dma_stream_daddr(&s), use->number);
	}
	if (!error && use->dir & DMA_FROM_DEVICE) {
		error = device_puts(use, dma_stream_daddr(&s), use->number + 1);
		if (!error)
			error = dma_stream_sync_from_device(&s, 0, LEN);
		if (!error)
			error = dma_stream_reader(&s, &r);
		if (!error)
			error = dma_reader_read_bytes(&r, bytes, LEN);
		SIM_CHECK(error || core_is_pattern(bytes, use->number + 1, 0, LEN));
	}
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	leave(use);
	return error;
}

static int by_counted(const struct matrix_use *use)
{
	struct dma_counted_stream c = {0};
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	enter(use);
	if (!error)
		error = dma_counted_stream_init(&c, &s, NULL);
	if (!error)
		error = dma_counted_stream_get(&c);
	if (!error) {
		error = EXCHANGE(use, stream, &c.stream, dma_stream_daddr(&c.stream));
		SIM_CHECK(!dma_counted_stream_put(&c) && dma_counted_stream_put(&c));
	}
	dma_stream_release(&s);
	leave(use);
	return error;
}

static int by_pool(const struct matrix_use *use)
{
	const struct dma_pool_config config = {
		.name = "p", .dir = use->dir, .block_size = 200, .blocks = 1, .reserve = 1};
	struct dma_block *block[2] = {NULL, NULL};
	struct dma_pool pool = {0};
	int error = dma_pool_create(&pool, &use->rig->dev.dma, &config);

	enter(use);
	for (unsigned i = 0; i < 2 && !error; i++) {
		error = dma_pool_get(&pool, &block[i]);
		if (!error)
			error = EXCHANGE(use, slice, &block[i]->slice, dma_block_daddr(block[i]));
	}
	for (unsigned i = 0; i < 2; i++)
		SIM_CHECK(!block[i] || dma_pool_put(&pool, block[i]) == 0);
	leave(use);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	return error;
}

/* The second slice lies in a further stream, which callers with interrupts off do not get. */
static int by_arena(const struct matrix_use *use)
{
	struct dma_slice slice;
	struct dma_arena arena = {0};
	int error = dma_arena_create(&arena, &use->rig->dev.dma, use->dir, 1);

	for (unsigned i = 0; i < 2 && !error; i++) {
		error = dma_arena_alloc(&arena, PAGE / 2 + 64, 64, &slice);
		enter(use);
		if (!error)
			error = EXCHANGE(use, slice, &slice, dma_slice_daddr(&slice));
		leave(use);
	}
	enter(use);
	dma_arena_reset(&arena);
	leave(use);
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	return error;
}

/* Two pieces. The first, in whole lines, has all the bytes that are exchanged; the second ends within a line. */
static int list_of(const struct matrix_use *use, bool own)
{
	struct dma_segment seg[2] = {0};
	struct dma_piece pieces[2];
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	struct dma_list l;
	int error = dma_buffer_reserve(&use->rig->dev.dma, PAGE, 4);

	dma_list_init(&l, pieces, 2);
	for (unsigned i = 0; i < 2 && !error; i++) {
		error = dma_segment_alloc_zeroed(&seg[i], 1, UINT64_MAX, 0);
		if (!error)
			error = own ? dma_list_own_segment(&l, &seg[i], i ? 0 : 256, i ? 300 : PAGE - 256)
				    : dma_list_add_segment(&l, &seg[i], i ? 0 : 256, i ? 300 : PAGE - 256);
	}
	enter(use);
	if (!error)
		error = dma_list_map(&l, &use->rig->dev.dma, use->dir);
	if (!error) {
		walk = dma_list_begin(&l);
		SIM_CHECK(dma_list_next(&walk, &entry) && entry.len >= LEN);
		error = EXCHANGE(use, list, &l, entry.daddr);
	}
	dma_list_release(&l);
	leave(use);
	for (unsigned i = 0; i < 2; i++)
		dma_segment_drop(&seg[i]);
	return error;
}

static int by_list(const struct matrix_use *use)
{
	return list_of(use, false);
}

static int by_owned_list(const struct matrix_use *use)
{
	return list_of(use, true);
}

static int by_buffer(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	int error = dma_buffer_reserve(&use->rig->dev.dma, PAGE, 4);

	if (!error)
		error = dma_segment_alloc_zeroed(&seg, 2, UINT64_MAX, 0);
	enter(use);
	if (!error)
		error = dma_buffer_map_segment(&b, &use->rig->dev.dma, use->dir, &seg, PAGE - 300, 600);
	if (!error)
		error = EXCHANGE(use, buffer, &b, dma_buffer_daddr(&b));
	dma_buffer_release(&b);
	leave(use);
	dma_segment_drop(&seg);
	return error;
}

/* Two streams, synced and released at once. */
static int by_batch(const struct matrix_use *use)
{
	struct dma_stream s[2] = {0}, *named[2] = {&s[0], &s[1]};
	struct dma_range ranges[2] = {{&s[0], 0, LEN}, {&s[1], 0, LEN}};
	unsigned char bytes[LEN];
	int error = dma_stream_alloc_uninit(&s[0], &use->rig->dev.dma, use->dir, 1);

	if (!error)
		error = dma_stream_alloc_uninit(&s[1], &use->rig->dev.dma, use->dir, 1);
	enter(use);
	core_pattern(bytes, use->number, 0, LEN);
	for (unsigned i = 0; i < 2 && !error && use->dir & DMA_TO_DEVICE; i++)
		error = dma_stream_write_bytes(&s[i], 0, bytes, LEN);
	if (!error && use->dir & DMA_TO_DEVICE)
		error = dma_batch_sync_to_device(ranges, 2);
	for (unsigned i = 0; i < 2 && !error; i++) {
		if (use->dir & DMA_TO_DEVICE)
			error = device_sees(use, dma_stream_daddr(&s[i]), use->number);
		if (!error && use->dir & DMA_FROM_DEVICE)
			error = device_puts(use, dma_stream_daddr(&s[i]), use->number + i);
	}
	if (!error && use->dir & DMA_FROM_DEVICE)
		error = dma_batch_sync_from_device(ranges, 2);
	for (unsigned i = 0; i < 2 && !error && use->dir & DMA_FROM_DEVICE; i++) {
		error = dma_stream_read_bytes(&s[i], 0, bytes, LEN);
		SIM_CHECK(error || core_is_pattern(bytes, use->number + i, 0, LEN));
	}
	dma_batch_release(named, 2);
	leave(use);
	return error;
}

/* ---- Coherent memory ---- */

static int by_coherent(const struct matrix_use *use)
{
	struct dma_coherent c = {0};
	unsigned char bytes[LEN];
	int error = dma_coherent_alloc(&c, &use->rig->dev.dma, 0, 1);

	enter(use);
	core_pattern(bytes, use->number, 0, LEN);
	if (!error)
		error = dma_coherent_write_bytes(&c, 0, bytes, LEN);
	dma_publish();
	if (!error)
		error = device_sees(use, dma_coherent_daddr(&c), use->number);
	if (!error)
		error = device_puts(use, dma_coherent_daddr(&c), use->number + 1);
	dma_consume();
	if (!error)
		error = dma_coherent_read_bytes(&c, 0, bytes, LEN);
	SIM_CHECK(error || core_is_pattern(bytes, use->number + 1, 0, LEN));
	dma_coherent_release(&c);
	leave(use);
	return error;
}

static int by_coherent_slice(const struct matrix_use *use)
{
	struct matrix_use both = *use;
	struct dma_coherent c = {0};
	struct dma_slice slice = {0};
	int error = dma_coherent_alloc_uninit(&c, &use->rig->dev.dma, 0, 1);

	both.dir = DMA_BIDIRECTIONAL;
	enter(use);
	if (!error)
		error = dma_coherent_slice(&c, 24, 1000, &slice);
	if (!error)
		error = EXCHANGE(&both, slice, &slice, dma_slice_daddr(&slice));
	dma_coherent_release(&c);
	leave(use);
	return error;
}

struct entry {
	uint64_t address;
	uint32_t length, phase;
};
DMA_RING(entry_ring, volatile struct entry);

static int by_ring(const struct matrix_use *use)
{
	struct entry_ring r = {0};
	struct entry seen = {0};
	int error = dma_ring_alloc(&r, &use->rig->dev.dma, 8);

	enter(use);
	for (unsigned i = 0; i < 9 && !error; i++) { /* round the end */
		dma_daddr_t at = dma_ring_entry_daddr(&r, dma_ring_tail(&r));

		dma_ring_tail_entry(&r)->length = 50 + i + use->number;
		SIM_CHECK(dma_ring_produce(&r) == 0);
		dma_publish();
		SIM_CHECK(sim_device_read(use->rig->dev.sim, at, &seen, sizeof(seen)) == 0);
		SIM_CHECK(seen.length == 50 + i + use->number);
		SIM_CHECK(dma_ring_consume(&r) == 0);
	}
	dma_ring_release(&r);
	leave(use);
	return error;
}

/* ---- Others ---- */

static int by_rearm(const struct matrix_use *use)
{
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, &use->rig->dev.dma, use->dir, 1);

	enter(use);
	for (unsigned round = 0; round < 2 && !error; round++) /* EXCHANGE arms it again */
		error = EXCHANGE(use, stream, &s, dma_stream_daddr(&s));
	dma_stream_release(&s);
	leave(use);
	return error;
}

static int by_scattered(const struct matrix_use *use)
{
	struct dma_scattered s = {0};
	int error = dma_scattered_alloc(&s, &use->rig->dev.dma, use->dir, 3);

	enter(use);
	if (!error)
		error = EXCHANGE(use, scattered, &s, dma_scattered_daddr(&s));
	dma_scattered_release(&s);
	leave(use);
	return error;
}

static int allowed(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	(void)dev, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

/* What arrives at the registers: peer.c. Here: whether the device gets there. */
static int by_peer(const struct matrix_use *use)
{
	struct dma_peer p = {0};
	uint64_t at = 0x30000000 + use->number * PAGE;
	int error;

	dma_peers_with(allowed, NULL);
	enter(use);
	error = dma_peer_map(&p, &use->rig->dev.dma, use->dir, dma_paddr(at), PAGE);
	if (!error && use->rig->kind != RIG_NONE)
		SIM_CHECK(rig_reaches(dma_peer_daddr(&p).raw, use->dir != DMA_TO_DEVICE));
	dma_peer_release(&p);
	leave(use);
	return error;
}

static int by_segment(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	unsigned char bytes[LEN], zeros[LEN] = {0};
	struct dma_reader r;
	struct dma_writer w;
	int error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);

	enter(use);
	if (!error)
		error = dma_segment_reader(&seg, &r);
	if (!error)
		error = dma_reader_read_bytes(&r, bytes, LEN);
	SIM_CHECK(error || memcmp(bytes, zeros, LEN) == 0);
	core_pattern(bytes, use->number, 0, LEN);
	if (!error)
		error = dma_segment_writer(&seg, &w);
	if (!error)
		error = dma_writer_write_bytes(&w, bytes, LEN);
	dma_segment_drop(&seg);
	leave(use);
	return error;
}

static int by_user(const struct matrix_use *use)
{
	unsigned char from[600], to[600] = {0};
	size_t done = 0;
	int error;

	core_pattern(from, use->number, 0, sizeof(from));
	error = dma_user_copy(to, from, sizeof(from), &done);
	SIM_CHECK(error ? done < sizeof(from) : memcmp(to, from, sizeof(from)) == 0);
	if (!error)
		error = dma_user_fill(to, 7, sizeof(to), &done);
	SIM_CHECK(error || (to[0] == 7 && to[599] == 7));
	return error;
}

const struct matrix_operation matrix_operations[] = {
	{"slice", by_slice, false, false, false},
	{"split stream", by_split, false, false, false},
	{"reader, writer", by_cursor, false, false, false},
	{"counted stream", by_counted, false, false, false},
	{"pool", by_pool, false, false, false},
	{"arena", by_arena, false, false, false},
	{"list", by_list, false, false, false},
	{"list that owns", by_owned_list, false, false, false},
	{"buffer", by_buffer, false, false, false},
	{"batch", by_batch, false, false, false},
	{"coherent memory", by_coherent, true, false, false},
	{"coherent slice", by_coherent_slice, true, false, false},
	{"ring", by_ring, true, false, false},
	{"armed again", by_rearm, false, false, false},
	{"scattered memory", by_scattered, false, true, false},
	{"peer", by_peer, false, false, false},
	{"segment", by_segment, true, false, false},
	{"user ranges", by_user, true, false, true},
};
const unsigned matrix_noperations = sizeof(matrix_operations) / sizeof(*matrix_operations);
