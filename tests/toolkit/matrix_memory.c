/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The matrix's operations on other memory: lists of borrowed and owned pieces, a buffer, coherent memory, a slice of
 * it, a ring, scattered memory, registers of a peer, a segment, and copies between ranges of user memory.
 */
#include "matrix_bytes.h"
#include <dmastream/user.h>

/* ---- Lists and buffers ---- */

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
	matrix_enter(use);
	if (!error)
		error = dma_list_map(&l, &use->rig->dev.dma, use->dir);
	if (!error) {
		walk = dma_list_begin(&l);
		SIM_CHECK(dma_list_next(&walk, &entry) && entry.len >= MATRIX_BYTES);
		error = MATRIX_EXCHANGE(use, list, &l, entry.daddr);
	}
	dma_list_release(&l);
	matrix_leave(use);
	for (unsigned i = 0; i < 2; i++)
		dma_segment_drop(&seg[i]);
	return error;
}

int matrix_list(const struct matrix_use *use)
{
	return list_of(use, false);
}

int matrix_owned_list(const struct matrix_use *use)
{
	return list_of(use, true);
}

int matrix_buffer(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	int error = dma_buffer_reserve(&use->rig->dev.dma, PAGE, 4);

	if (!error)
		error = dma_segment_alloc_zeroed(&seg, 2, UINT64_MAX, 0);
	matrix_enter(use);
	if (!error)
		error = dma_buffer_map_segment(&b, &use->rig->dev.dma, use->dir, &seg, PAGE - 300, 600);
	if (!error)
		error = MATRIX_EXCHANGE(use, buffer, &b, dma_buffer_daddr(&b));
	dma_buffer_release(&b);
	matrix_leave(use);
	dma_segment_drop(&seg);
	return error;
}

/* ---- Coherent memory ---- */

int matrix_coherent(const struct matrix_use *use)
{
	struct dma_coherent c = {0};
	unsigned char bytes[MATRIX_BYTES];
	int error = dma_coherent_alloc(&c, &use->rig->dev.dma, 0, 1);

	matrix_enter(use);
	core_pattern(bytes, use->number, 0, MATRIX_BYTES);
	if (!error)
		error = dma_coherent_write_bytes(&c, 0, bytes, MATRIX_BYTES);
	dma_publish();
	if (!error)
		error = matrix_device_sees(use, dma_coherent_daddr(&c), use->number);
	if (!error)
		error = matrix_device_puts(use, dma_coherent_daddr(&c), use->number + 1);
	dma_consume();
	if (!error)
		error = dma_coherent_read_bytes(&c, 0, bytes, MATRIX_BYTES);
	SIM_CHECK(error || core_is_pattern(bytes, use->number + 1, 0, MATRIX_BYTES));
	dma_coherent_release(&c);
	matrix_leave(use);
	return error;
}

int matrix_coherent_slice(const struct matrix_use *use)
{
	struct matrix_use both = *use;
	struct dma_coherent c = {0};
	struct dma_slice slice = {0};
	int error = dma_coherent_alloc_uninit(&c, &use->rig->dev.dma, 0, 1);

	both.dir = DMA_BIDIRECTIONAL;
	matrix_enter(use);
	if (!error)
		error = dma_coherent_slice(&c, 24, 1000, &slice);
	if (!error)
		error = MATRIX_EXCHANGE(&both, slice, &slice, dma_slice_daddr(&slice));
	dma_coherent_release(&c);
	matrix_leave(use);
	return error;
}

struct entry {
	uint64_t address;
	uint32_t length, phase;
};
DMA_RING(entry_ring, volatile struct entry);

int matrix_ring(const struct matrix_use *use)
{
	struct entry_ring r = {0};
	struct entry seen = {0};
	int error = dma_ring_alloc(&r, &use->rig->dev.dma, 8);

	matrix_enter(use);
	for (unsigned i = 0; i < 9 && !error; i++) { /* round the end */
		dma_daddr_t at = dma_ring_entry_daddr(&r, dma_ring_tail(&r));

		SIM_CHECK(dma_ring_room(&r) == 8 && dma_ring_used(&r) == 0 && dma_ring_tail_phase(&r) == (i < 8));
		dma_ring_tail_entry(&r)->length = 50 + i + use->number;
		SIM_CHECK(dma_ring_produce(&r) == 0 && dma_ring_used(&r) == 1);
		SIM_CHECK(dma_ring_head_entry(&r) == dma_ring_entry(&r, i % 8) && dma_ring_head(&r) == i % 8);
		dma_publish();
		SIM_CHECK(sim_device_read(use->rig->dev.sim, at, &seen, sizeof(seen)) == 0);
		SIM_CHECK(seen.length == 50 + i + use->number);
		SIM_CHECK(dma_ring_consume(&r) == 0);
	}
	for (unsigned i = 0; i < 9 && !error; i++) { /* the device fills it */
		struct entry written = {.length = 70 + i, .phase = dma_ring_head_phase(&r)};
		uint64_t at = dma_ring_daddr(&r).raw + dma_ring_head(&r) * sizeof(written);

		SIM_CHECK(sim_device_write(use->rig->dev.sim, dma_daddr(at), &written, sizeof(written)) == 0);
		dma_barrier();
		SIM_CHECK(dma_ring_head_entry(&r)->phase == written.phase);
		SIM_CHECK(dma_ring_head_entry(&r)->length == 70 + i && dma_ring_count(&r) == 8);
		dma_ring_follow(&r);
	}
	dma_ring_release(&r);
	matrix_leave(use);
	return error;
}

/* ---- Others ---- */

int matrix_scattered(const struct matrix_use *use)
{
	struct dma_scattered s = {0};
	int error = dma_scattered_alloc(&s, &use->rig->dev.dma, use->dir, 3);

	matrix_enter(use);
	if (!error)
		error = MATRIX_EXCHANGE(use, scattered, &s, dma_scattered_daddr(&s));
	dma_scattered_release(&s);
	matrix_leave(use);
	return error;
}

static int allowed(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	(void)dev, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

/* What arrives at the registers: peer.c. Here: whether the device gets there. */
int matrix_peer(const struct matrix_use *use)
{
	struct dma_peer p = {0};
	uint64_t at = 0x30000000 + use->number * PAGE;
	int error;

	dma_peers_with(allowed, NULL);
	matrix_enter(use);
	error = dma_peer_map(&p, &use->rig->dev.dma, use->dir, dma_paddr(at), PAGE);
	SIM_CHECK(dma_peer_size(&p) == (error ? 0 : PAGE));
	if (!error && use->rig->kind != RIG_NONE)
		SIM_CHECK(rig_reaches(dma_peer_daddr(&p).raw, use->dir != DMA_TO_DEVICE));
	dma_peer_release(&p);
	matrix_leave(use);
	return error;
}

int matrix_segment(const struct matrix_use *use)
{
	struct dma_segment seg = {0};
	unsigned char bytes[MATRIX_BYTES], zeros[MATRIX_BYTES] = {0};
	struct dma_reader r;
	struct dma_writer w;
	int error = dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0);

	matrix_enter(use);
	if (!error)
		error = dma_segment_reader(&seg, &r);
	if (!error)
		error = dma_reader_read_bytes(&r, bytes, MATRIX_BYTES);
	SIM_CHECK(error || memcmp(bytes, zeros, MATRIX_BYTES) == 0);
	core_pattern(bytes, use->number, 0, MATRIX_BYTES);
	if (!error)
		error = dma_segment_writer(&seg, &w);
	if (!error)
		error = dma_writer_write_bytes(&w, bytes, MATRIX_BYTES);
	dma_segment_drop(&seg);
	matrix_leave(use);
	return error;
}

int matrix_user(const struct matrix_use *use)
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
