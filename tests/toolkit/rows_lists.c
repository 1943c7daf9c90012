/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The same for lists and buffers (rows_access.c): the cursors of each, owned pieces, pieces that are slices, lists that
 * were unmapped and mapped again, and memory by its pointer.
 */
#include "layout.h"
#include <dmastream/errors.h>
#include <stdlib.h>

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

static void all(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		list(rig, dir);
		buffer(rig, dir);
	}
}

static void pointers(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++)
		by_pointer(rig, dir);
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	rig_on_every_row("", all);
}

static void pointers_on_every_row(void **state)
{
	(void)state;
	rig_on_every_row(",offset", pointers);
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
