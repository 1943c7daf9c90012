/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CPU's access by values, single accesses, fills and cursors, to streams, slices, coherent memory, lists and
 * buffers, on each row of the truth table, with each line size, without an IOMMU and behind a strict and a deferred
 * one, with interrupts off: what was written is what the device sees, and the other way round. Streams and coherent
 * memory that were cut, lists that were unmapped and mapped again, pieces that are slices, and memory by its pointer
 * likewise.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

#define LEN 200 /* bytes of a layout; the rest of what is looked at is not touched */

/* What the writes below leave, and the reads find. */
static void layout(unsigned char *bytes, unsigned seed)
{
	core_pattern(bytes, seed, 0, LEN);
	memset(bytes + 48, 0x5a, 40);
}

static void device_sees(struct rig *rig, dma_daddr_t daddr, unsigned seed)
{
	unsigned char expected[LEN], seen[LEN];

	layout(expected, seed);
	SIM_CHECK(sim_device_read(rig->dev.sim, daddr, seen, LEN) == 0 && memcmp(seen, expected, LEN) == 0);
}

static void device_puts(struct rig *rig, dma_daddr_t daddr, unsigned seed)
{
	unsigned char bytes[LEN];

	layout(bytes, seed);
	SIM_CHECK(sim_device_write(rig->dev.sim, daddr, bytes, LEN) == 0);
}

/* The last part of a layout, by a cursor that stands at its first byte. */
static void cursor_writes(struct dma_writer w, const unsigned char *bytes)
{
	struct dma_reader rest = dma_reader_of(bytes + 152, LEN - 152);

	SIM_CHECK(dma_writer_skip(&w, 128) == 0);
	SIM_CHECK(dma_writer_write_once(&w, bytes + 128, 8) == 0);
	SIM_CHECK(dma_writer_write_bytes(&w, bytes + 136, 16) == 0);
	dma_writer_limit(&w, LEN - 152);
	SIM_CHECK(dma_writer_write(&w, &rest) == LEN - 152 && dma_writer_remain(&w) == 0);
}

static void cursor_reads(struct dma_reader r, unsigned char *bytes)
{
	struct dma_writer rest = dma_writer_of(bytes + 152, LEN - 152);

	SIM_CHECK(dma_reader_skip(&r, 128) == 0);
	SIM_CHECK(dma_reader_read_once(&r, bytes + 128, 8) == 0);
	SIM_CHECK(dma_reader_read_bytes(&r, bytes + 136, 16) == 0);
	dma_reader_limit(&r, LEN - 152);
	SIM_CHECK(dma_reader_read(&r, &rest) == LEN - 152 && dma_reader_remain(&r) == 0);
}

/* A layout into / out of an object that has all of these calls. */
#define WRITES(kind, object, seed)                                                                                     \
	do {                                                                                                           \
		unsigned char bytes[LEN];                                                                              \
		struct dma_reader part;                                                                                \
		struct dma_writer all;                                                                                 \
		uint64_t word;                                                                                         \
                                                                                                                       \
		layout(bytes, (seed));                                                                                 \
		memcpy(&word, bytes, 8);                                                                               \
		SIM_CHECK(dma_##kind##_write_val((object), 0, &word) == 0);                                            \
		for (size_t n = 1; n <= 8; n *= 2) /* at 9, 10, 12 and 16 */                                           \
			SIM_CHECK(dma_##kind##_write_once((object), 8 + n, bytes + 8 + n, n) == 0);                    \
		SIM_CHECK(dma_##kind##_write_bytes((object), 8, bytes + 8, 1) == 0);                                   \
		SIM_CHECK(dma_##kind##_write_bytes((object), 11, bytes + 11, 1) == 0);                                 \
		SIM_CHECK(dma_##kind##_write_bytes((object), 24, bytes + 24, 24) == 0);                                \
		SIM_CHECK(dma_##kind##_fill((object), 48, 0x5a, 40) == 0);                                             \
		part = dma_reader_of(bytes + 88, 40);                                                                  \
		SIM_CHECK(dma_##kind##_write((object), 88, &part) == 0 && dma_reader_remain(&part) == 0);              \
		if (SIM_CHECK(dma_##kind##_writer((object), &all) == 0))                                               \
			cursor_writes(all, bytes);                                                                     \
	} while (0)

#define READS(kind, object, seed)                                                                                      \
	do {                                                                                                           \
		unsigned char bytes[LEN] = {0}, expected[LEN];                                                         \
		struct dma_writer part;                                                                                \
		struct dma_reader all;                                                                                 \
		uint64_t word = 0;                                                                                     \
                                                                                                                       \
		SIM_CHECK(dma_##kind##_read_val((object), 0, &word) == 0);                                             \
		memcpy(bytes, &word, 8);                                                                               \
		for (size_t n = 1; n <= 8; n *= 2)                                                                     \
			SIM_CHECK(dma_##kind##_read_once((object), 8 + n, bytes + 8 + n, n) == 0);                     \
		SIM_CHECK(dma_##kind##_read_bytes((object), 8, bytes + 8, 1) == 0);                                    \
		SIM_CHECK(dma_##kind##_read_bytes((object), 11, bytes + 11, 1) == 0);                                  \
		SIM_CHECK(dma_##kind##_read_bytes((object), 24, bytes + 24, 64) == 0);                                 \
		part = dma_writer_of(bytes + 88, 40);                                                                  \
		SIM_CHECK(dma_##kind##_read((object), 88, &part) == 0 && dma_writer_remain(&part) == 0);               \
		if (SIM_CHECK(dma_##kind##_reader((object), &all) == 0))                                               \
			cursor_reads(all, bytes);                                                                      \
		layout(expected, (seed));                                                                              \
		SIM_CHECK(memcmp(bytes, expected, LEN) == 0);                                                          \
	} while (0)

/* ---- Streams, and what is cut of them ---- */

static void use_stream(struct rig *rig, const struct dma_stream *s, unsigned seed)
{
	unsigned dir = dma_stream_direction(s);

	if (dir & DMA_TO_DEVICE) {
		WRITES(stream, s, seed);
		SIM_CHECK(dma_stream_sync_to_device(s, 0, LEN) == 0);
		device_sees(rig, dma_stream_daddr(s), seed);
	}
	if (dir & DMA_FROM_DEVICE) {
		device_puts(rig, dma_stream_daddr(s), seed + 1);
		SIM_CHECK(dma_stream_sync_from_device(s, 0, LEN) == 0);
		READS(stream, s, seed + 1);
	}
}

static void use_slice(struct rig *rig, const struct dma_slice *slice, unsigned seed)
{
	if (slice->dir & DMA_TO_DEVICE) {
		WRITES(slice, slice, seed);
		SIM_CHECK(dma_slice_sync_to_device(slice, 0, LEN) == 0);
		device_sees(rig, dma_slice_daddr(slice), seed);
	}
	if (slice->dir & DMA_FROM_DEVICE) {
		device_puts(rig, dma_slice_daddr(slice), seed + 1);
		SIM_CHECK(dma_slice_sync_from_device(slice, 0, LEN) == 0);
		READS(slice, slice, seed + 1);
		SIM_CHECK(dma_slice_rearm(slice, 0, LEN) == 0);
		device_puts(rig, dma_slice_daddr(slice), seed + 2);
		SIM_CHECK(dma_slice_sync_from_device(slice, 0, LEN) == 0);
		READS(slice, slice, seed + 2);
	} else {
		SIM_CHECK(dma_slice_rearm(slice, 0, LEN) == DMA_EACCES);
	}
	SIM_CHECK(!(slice->dir & DMA_FROM_DEVICE) || dma_slice_rearm(slice, 1, SIZE_MAX) == DMA_EINVAL);
}

static void stream(struct rig *rig, unsigned dir, bool mapped)
{
	struct dma_stream s, tail = {0};
	struct dma_slice slice;

	if (!core_stream(&s, &rig->dev, dir | DMA_SPLITTABLE * !mapped, 2, mapped, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 1024, 1024, &slice) == 0);
	sim_interrupts(false);
	use_stream(rig, &s, 2);
	use_slice(rig, &slice, 4);
	if (SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0)) {
		SIM_CHECK(!dma_slice_lives(&slice));
		use_stream(rig, &tail, 6);
		dma_stream_release(&s);
		use_stream(rig, &tail, 8); /* lives alone */
	}
	dma_stream_release(&tail);
	dma_stream_release(&s);
	sim_interrupts(true);
	(void)dma_reclaim();
}

/* ---- Coherent memory ---- */

static void use_coherent(struct rig *rig, const struct dma_coherent *c, unsigned seed)
{
	WRITES(coherent, c, seed);
	dma_publish();
	device_sees(rig, dma_coherent_daddr(c), seed);
	device_puts(rig, dma_coherent_daddr(c), seed + 1);
	dma_consume();
	READS(coherent, c, seed + 1);
}

static void coherent(struct rig *rig)
{
	struct dma_coherent c = {0}, tail = {0};
	struct dma_slice slice;
	unsigned char zeros[LEN];

	if (!SIM_CHECK(dma_coherent_alloc(&c, &rig->dev.dma, DMA_SPLITTABLE, 2) == 0))
		return;
	SIM_CHECK(sim_device_read(rig->dev.sim, dma_daddr(dma_coherent_daddr(&c).raw + 9), zeros, LEN) == 0);
	SIM_CHECK(zeros[0] == 0 && memcmp(zeros, zeros + 1, LEN - 1) == 0);
	SIM_CHECK(dma_coherent_slice(&c, 24, 1000, &slice) == 0); /* no line matters */
	sim_interrupts(false);
	use_coherent(rig, &c, 1);
	use_slice(rig, &slice, 3);
	if (SIM_CHECK(dma_coherent_split(&c, PAGE, &tail) == 0)) {
		SIM_CHECK(dma_coherent_size(&c) == PAGE && dma_coherent_size(&tail) == PAGE);
		use_coherent(rig, &c, 5);
		dma_coherent_release(&c);
		use_coherent(rig, &tail, 7);
	}
	dma_coherent_release(&tail);
	dma_coherent_release(&c);
	sim_interrupts(true);
	(void)dma_reclaim();
	if (SIM_CHECK(dma_coherent_alloc_uninit(&c, &rig->dev.dma, 0, 1) == 0))
		use_coherent(rig, &c, 9);
	dma_coherent_release(&c);
}

/* ---- Lists and buffers: the cursors of each, owned pieces, slices as pieces, mapped again ---- */

static void device_moves(struct rig *rig, const struct dma_list *l, unsigned char *bytes, bool write)
{
	struct dma_list_walk walk = dma_list_begin(l);
	struct dma_list_entry entry;
	size_t entries = 0;

	for (; dma_list_next(&walk, &entry); bytes += entry.len, entries++)
		SIM_CHECK((write ? sim_device_write(rig->dev.sim, entry.daddr, bytes, entry.len)
				 : sim_device_read(rig->dev.sim, entry.daddr, bytes, entry.len)) == 0);
	SIM_CHECK(entries == dma_list_entries(l));
}

static void use_list(struct rig *rig, struct dma_list *l, unsigned dir, unsigned seed)
{
	size_t size = dma_list_size(l);
	unsigned char *bytes = malloc(size);
	struct dma_reader r;
	struct dma_writer w;

	if (dir & DMA_TO_DEVICE) {
		core_pattern(bytes, seed, 0, size);
		for (size_t off = 0, n; off < size; off += n) {
			if (!SIM_CHECK(dma_list_writer(l, off, &w) == 0))
				break;
			n = dma_writer_remain(&w);
			SIM_CHECK(dma_writer_write_bytes(&w, bytes + off, n) == 0);
		}
		core_pattern(bytes, seed + 2, 0, size / 2); /* over the first half, by one call */
		r = dma_reader_of(bytes, size / 2);
		SIM_CHECK(dma_list_write(l, 0, &r) == 0 && dma_reader_remain(&r) == 0);
		SIM_CHECK(dma_list_sync_to_device(l, 0, size) == 0);
		memset(bytes, 0, size);
		device_moves(rig, l, bytes, false);
		SIM_CHECK(core_is_pattern(bytes, seed + 2, 0, size / 2));
		SIM_CHECK(core_is_pattern(bytes + size / 2, seed, size / 2, size - size / 2));
	}
	if (dir & DMA_FROM_DEVICE) {
		core_pattern(bytes, seed + 1, 0, size);
		device_moves(rig, l, bytes, true);
		memset(bytes, 0, size);
		SIM_CHECK(dma_list_sync_from_device(l, 0, size) == 0);
		for (size_t off = 0, n; off < size; off += n) {
			if (!SIM_CHECK(dma_list_reader(l, off, &r) == 0))
				break;
			n = dma_reader_remain(&r);
			SIM_CHECK(dma_reader_read_bytes(&r, bytes + off, n) == 0);
		}
		SIM_CHECK(core_is_pattern(bytes, seed + 1, 0, size));
		memset(bytes, 0, size);
		w = dma_writer_of(bytes, size - 1);
		SIM_CHECK(dma_list_read(l, 1, &w) == 0 && dma_writer_remain(&w) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed + 1, 1, size - 1));
		w = dma_writer_of(bytes, size);
		SIM_CHECK(dma_list_read(l, 1, &w) == DMA_EINVAL && dma_writer_remain(&w) == size);
	}
	free(bytes);
}

static void list(struct rig *rig, unsigned dir)
{
	struct dma_segment seg = {0};
	struct rig_memory m;
	struct dma_piece pieces[3];
	struct dma_slice slice;
	struct dma_stream s;
	struct dma_list l;
	unsigned n = 2;
	int error;

	dma_list_init(&l, pieces, 3);
	if (!rig_memory(&m, 300, 500, 1))
		return;
	if (core_segment(&seg, 1, 2))
		SIM_CHECK(dma_list_own_segment(&l, &seg, 64, 1000) == 0 && dma_segment_size(&seg) == 0);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 300, 500) == 0);
	/* A piece out of a stream of the same device: not where its memory has a mapping of its own. */
	if (core_stream(&s, &rig->dev, dir, 1, false, 3) && SIM_CHECK(dma_stream_slice(&s, 128, 256, &slice) == 0)) {
		error = dma_list_add_slice(&l, &slice);
		SIM_CHECK(error == 0 || error == DMA_ENOTSUP || error == DMA_EFAULT);
		n += error == 0;
	}
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, 2048, 3) == 0);
	sim_interrupts(false);
	for (unsigned round = 0; round < 2; round++) {
		error = dma_list_map(&l, &rig->dev.dma, dir);
		if (error == DMA_EBUSY) { /* memory beyond the linear map */
			sim_interrupts(true);
			error = dma_list_map(&l, &rig->dev.dma, dir);
			sim_interrupts(false);
		}
		if (!SIM_CHECK(error == 0))
			break;
		use_list(rig, &l, dir, 4 + 2 * round);
		dma_list_unmap(&l);
		SIM_CHECK(dma_list_entries(&l) == 0 && l.npieces == n);
	}
	dma_list_release(&l);
	SIM_CHECK(dma_list_size(&l) == 0);
	sim_interrupts(true);
	(void)dma_reclaim();
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	SIM_CHECK(rig_beside(&m));
	rig_forget(&m);
}

static void use_buffer(struct rig *rig, struct dma_buffer *b, unsigned dir, unsigned seed)
{
	unsigned char bytes[LEN];
	struct dma_reader r;
	struct dma_writer w;

	SIM_CHECK(dma_buffer_size(b) == LEN);
	if (dir & DMA_TO_DEVICE) {
		layout(bytes, seed);
		if (SIM_CHECK(dma_buffer_writer(b, &w) == 0))
			SIM_CHECK(dma_writer_write_bytes(&w, bytes, 100) == 0);
		r = dma_reader_of(bytes + 100, LEN - 100);
		SIM_CHECK(dma_buffer_write(b, 100, &r) == 0 && dma_reader_remain(&r) == 0);
		SIM_CHECK(dma_buffer_sync_to_device(b, 0, LEN) == 0);
		device_sees(rig, dma_buffer_daddr(b), seed);
	}
	if (dir & DMA_FROM_DEVICE) {
		device_puts(rig, dma_buffer_daddr(b), seed + 1);
		SIM_CHECK(dma_buffer_sync_from_device(b, 0, LEN) == 0);
		layout(bytes, seed + 1);
		memset(bytes, 0, LEN);
		if (SIM_CHECK(dma_buffer_reader(b, &r) == 0))
			SIM_CHECK(dma_reader_read_bytes(&r, bytes, 100) == 0);
		w = dma_writer_of(bytes + 100, LEN - 100);
		SIM_CHECK(dma_buffer_read(b, 100, &w) == 0 && dma_writer_remain(&w) == 0);
		SIM_CHECK(bytes[48] == 0x5a && core_is_pattern(bytes, seed + 1, 0, 48));
		SIM_CHECK(core_is_pattern(bytes + 88, seed + 1, 88, LEN - 88));
	}
}

/* By its address, where the linear map is one offset. */
static void by_pointer(struct rig *rig, unsigned dir)
{
	struct dma_buffer b = {0};
	struct dma_piece piece;
	struct dma_list l;
	struct rig_memory m;
	unsigned char *at;

	if (!rig_memory(&m, 700, LEN, 1))
		return;
	at = dma_host_linear(dma_paddr(m.seg.paddr.raw + 700), LEN);
	if (at && SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, LEN, 1) == 0)) {
		sim_interrupts(false);
		if (SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, dir, at, LEN) == 0))
			use_buffer(rig, &b, dir, 2);
		dma_buffer_release(&b);
		dma_list_init(&l, &piece, 1);
		SIM_CHECK(dma_list_add(&l, at, LEN) == 0);
		if (SIM_CHECK(dma_list_map(&l, &rig->dev.dma, dir) == 0))
			use_list(rig, &l, dir, 3);
		dma_list_release(&l);
		sim_interrupts(true);
		(void)dma_reclaim();
	}
	SIM_CHECK(rig_beside(&m));
	rig_forget(&m);
}

static void buffer(struct rig *rig, unsigned dir)
{
	struct dma_segment clone = {0};
	struct dma_buffer b = {0};
	struct rig_memory m;

	if (!rig_memory(&m, 700, LEN, 1))
		return;
	SIM_CHECK(dma_segment_clone(&m.seg, &clone) == 0);
	if (SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, dir, &clone, 700, LEN) == 0)) {
		sim_interrupts(false);
		use_buffer(rig, &b, dir, 2);
		dma_buffer_release(&b);
		sim_interrupts(true);
		(void)dma_reclaim();
	}
	dma_segment_drop(&clone);
	SIM_CHECK(rig_beside(&m));
	rig_forget(&m);
}

/* ---- Armed again, where the owner has cleared the memory by its own pointer ---- */

#define ARMED 512u

enum armed { A_BUFFER, A_LIST, A_SLICE, ARMED_KINDS };

struct again {
	struct dma_buffer b;
	struct dma_list l;
	struct dma_piece piece;
	struct dma_stream s;
	struct dma_slice slice;
};

static int again_map(struct again *a, struct rig *rig, enum armed kind, unsigned char *own,
		     const struct dma_segment *seg)
{
	struct dma_segment clone = {0};
	int error;

	switch (kind) {
	case A_BUFFER:
		return dma_buffer_map(&a->b, &rig->dev.dma, DMA_FROM_DEVICE, own, ARMED);
	case A_LIST:
		dma_list_init(&a->l, &a->piece, 1);
		error = dma_list_add(&a->l, own, ARMED);
		return error ? error : dma_list_map(&a->l, &rig->dev.dma, DMA_FROM_DEVICE);
	default:
		error = dma_segment_clone(seg, &clone);
		if (!error)
			error = dma_stream_map(&a->s, &rig->dev.dma, DMA_FROM_DEVICE, &clone);
		return error ? error : dma_stream_slice(&a->s, 0, ARMED, &a->slice);
	}
}

static dma_daddr_t again_daddr(const struct again *a, enum armed kind)
{
	struct dma_list_entry entry = {{0}, 0};
	struct dma_list_walk walk = dma_list_begin(&a->l);

	if (kind == A_LIST)
		SIM_CHECK(dma_list_next(&walk, &entry));
	return kind == A_BUFFER ? dma_buffer_daddr(&a->b) : kind == A_LIST ? entry.daddr : dma_slice_daddr(&a->slice);
}

static int again_take(const struct again *a, enum armed kind, unsigned char *bytes)
{
	int error = kind == A_BUFFER ? dma_buffer_sync_from_device(&a->b, 0, ARMED)
		    : kind == A_LIST ? dma_list_sync_from_device(&a->l, 0, ARMED)
				     : dma_slice_sync_from_device(&a->slice, 0, ARMED);

	if (error)
		return error;
	return kind == A_BUFFER ? dma_buffer_read_bytes(&a->b, 0, bytes, ARMED)
	       : kind == A_LIST ? dma_list_read_bytes(&a->l, 0, bytes, ARMED)
				: dma_slice_read_bytes(&a->slice, 0, bytes, ARMED);
}

static int again_arm(const struct again *a, enum armed kind, size_t off, size_t len)
{
	return kind == A_BUFFER ? dma_buffer_rearm(&a->b, off, len)
	       : kind == A_LIST ? dma_list_rearm(&a->l, off, len)
				: dma_slice_rearm(&a->slice, off, len);
}

/* What the device writes into a part, after the owner wrote zeros over all (where nothing bounces: a sync would go over
 * the zeros): no dirty line of theirs may follow. */
static void armed_again(struct rig *rig, enum armed kind)
{
	struct dma_segment seg = {0};
	unsigned char bytes[ARMED], part[20], *own;
	struct again a;
	bool direct;

	memset(&a, 0, sizeof(a));
	if (!core_segment(&seg, 1, 3))
		return;
	own = dma_host_linear(seg.paddr, PAGE);
	direct = rig->dev.dma.trusted && dma_device_bounces(&rig->dev.dma, &seg) == 0;
	if (own && SIM_CHECK(again_map(&a, rig, kind, own, &seg) == 0)) {
		for (unsigned i = 0; i < 6; i++) {
			dma_daddr_t at = dma_daddr(again_daddr(&a, kind).raw + 100);
			bool before = sim_interrupts(i % 2 != 0);

			core_pattern(part, i, 0, sizeof(part));
			SIM_CHECK(sim_device_write(rig->dev.sim, at, part, sizeof(part)) == 0);
			SIM_CHECK(again_take(&a, kind, bytes) == 0);
			SIM_CHECK(memcmp(bytes + 100, part, sizeof(part)) == 0);
			if (direct)
				dma_arch_fill(own, 0, ARMED);
			SIM_CHECK(again_arm(&a, kind, 0, ARMED) == 0);
			sim_interrupts(before);
		}
		SIM_CHECK(again_arm(&a, kind, 1, ARMED) == DMA_EINVAL && again_arm(&a, kind, ARMED, 0) == 0);
	}
	dma_buffer_release(&a.b);
	dma_list_release(&a.l);
	dma_stream_release(&a.s);
	a.slice = (struct dma_slice){0};
	SIM_CHECK(again_arm(&a, kind, 0, 0) == DMA_EINVAL);
	dma_segment_drop(&seg);
}

/* ---- An arena out of a stream that was there, and the frames of memory ---- */

static void arena(struct rig *rig, unsigned dir)
{
	struct dma_arena a = {0};
	struct dma_slice slice;
	struct dma_stream s;

	if (!core_stream(&s, &rig->dev, dir, 1, true, 3))
		return;
	if (SIM_CHECK(dma_arena_adopt(&a, &s) == 0 && dma_stream_size(&s) == 0)) {
		sim_interrupts(false);
		for (unsigned i = 0; i < 3; i++)
			if (SIM_CHECK(dma_arena_alloc(&a, LEN, 8, &slice) == 0))
				use_slice(rig, &slice, i);
		SIM_CHECK(dma_arena_used(&a) >= 3 * LEN && dma_arena_fallbacks(&a) == 0);
		dma_arena_reset(&a);
		SIM_CHECK(dma_arena_used(&a) == 0 && !dma_slice_lives(&slice));
		SIM_CHECK(dma_arena_alloc(&a, LEN, 8, &slice) == 0);
		SIM_CHECK(dma_arena_destroy(&a) == 0);
		sim_interrupts(true);
		(void)dma_reclaim();
	}
	dma_stream_release(&s);
}

static void frames(struct rig *rig)
{
	struct dma_frame_range range = {{0}, 0};
	struct dma_frames it;
	struct dma_stream s;
	dma_paddr_t paddr;
	size_t n = 0;

	if (!core_stream(&s, &rig->dev, DMA_TO_DEVICE, 3, true, 3))
		return;
	sim_interrupts(false);
	it = dma_frames_of_stream(&s);
	while (dma_frames_next_page(&it, &paddr))
		SIM_CHECK(paddr.raw == dma_stream_paddr(&s).raw + PAGE * n++);
	SIM_CHECK(n == 3);
	it = dma_frames_of_stream(&s);
	SIM_CHECK(dma_frames_next(&it, &range) && range.npages == 3 && range.paddr.raw == dma_stream_paddr(&s).raw);
	SIM_CHECK(!dma_frames_next(&it, &range));
	dma_stream_release(&s);
	sim_interrupts(true);
	(void)dma_reclaim();
}

/* ---- All of it ---- */

static void all(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		stream(rig, dir, false);
		stream(rig, dir, true);
		list(rig, dir);
		buffer(rig, dir);
		arena(rig, dir);
	}
	coherent(rig);
	frames(rig);
}

static void pointers(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++)
		by_pointer(rig, dir);
	for (enum armed kind = A_BUFFER; kind < ARMED_KINDS; kind++)
		armed_again(rig, kind);
}

static void on_every_row(const char *more, rig_body body)
{
	char words[100];

	for (unsigned row = 0; row < 8; row++) {
		for (unsigned line = 32; line <= 128; line *= 2) {
			snprintf(words, sizeof(words), "low=1,high=1,line=%u%s%s%s%s", line,
				 row & 1 ? ",noncoherent" : "", row & 2 ? ",nosync" : "", row & 4 ? ",cvm" : "", more);
			for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
				assert_int_equal(rig_on(words, kind, body), 0);
		}
	}
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	on_every_row("", all);
}

static void pointers_on_every_row(void **state)
{
	(void)state;
	on_every_row(",offset", pointers);
}

static void devices_that_are_not_trusted(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_STRICT, all), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted,noncoherent", RIG_STRICT, all), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted,offset", RIG_STRICT, pointers), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_line_and_iommu),
		cmocka_unit_test(pointers_on_every_row),
		cmocka_unit_test(devices_that_are_not_trusted),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
