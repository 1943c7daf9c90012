/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 83 for lists and buffers: alignment, boundary, max_segment_size and max_segments are kept in every entry, or
 * the list is refused; and wrong arguments change nothing.
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

#define KIB ((size_t)1 << 10)

/* Every entry is one that the device may be told of, and together they are the whole list. */
static size_t entries_kept(struct rig *rig, const struct dma_list *l)
{
	const struct dma_device *dev = &rig->dev.dma;
	struct dma_list_walk walk = dma_list_begin(l);
	struct dma_list_entry entry;
	size_t n = 0, total = 0;

	for (; dma_list_next(&walk, &entry); n++) {
		uint64_t last = entry.daddr.raw + (entry.len - 1);

		SIM_CHECK(entry.len > 0 && last <= dev->mask);
		SIM_CHECK(entry.daddr.raw % dev->min_align == 0);
		SIM_CHECK(!dev->boundary || (entry.daddr.raw ^ last) < dev->boundary);
		SIM_CHECK(!dev->max_segment_size || entry.len <= dev->max_segment_size);
		total += entry.len;
	}
	SIM_CHECK(total == dma_list_size(l));
	SIM_CHECK(!dev->max_segments || n <= dev->max_segments);
	return n;
}

/* A list of one large piece and some small ones under those limits; gives the number of entries. */
static size_t under(enum rig_iommu kind, struct dma_device_config limits, size_t offset, size_t nbytes, int expected)
{
	struct rig_memory large, small[3];
	struct dma_piece pieces[4];
	struct dma_list l;
	struct rig rig;
	size_t n = 0;
	int error;

	rig_limits = limits;
	rig_open(&rig, kind);
	dma_list_init(&l, pieces, 4);
	if (!rig_memory(&large, offset, nbytes, 1))
		return 0;
	SIM_CHECK(dma_list_add_segment(&l, &large.seg, offset, nbytes) == 0);
	for (unsigned i = 0; i < 3; i++) {
		SIM_CHECK(rig_memory(&small[i], 0, PAGE, i));
		SIM_CHECK(dma_list_add_segment(&l, &small[i].seg, 0, PAGE) == 0);
	}
	SIM_CHECK(dma_list_add_segment(&l, &large.seg, 0, 1) == DMA_ENOSPC);
	error = dma_list_map(&l, &rig.dev.dma, DMA_BIDIRECTIONAL);
	SIM_CHECK(error == expected);
	if (!error) {
		n = entries_kept(&rig, &l);
		SIM_CHECK(dma_list_add_segment(&l, &large.seg, 0, 1) == DMA_EINVAL); /* mapped */
		SIM_CHECK(dma_list_map(&l, &rig.dev.dma, DMA_BIDIRECTIONAL) == DMA_EINVAL);
	} else {
		SIM_CHECK(dma_list_size(&l) == nbytes + 3 * PAGE && dma_list_entries(&l) == 0);
	}
	dma_list_release(&l);
	rig_forget(&large);
	for (unsigned i = 0; i < 3; i++)
		rig_forget(&small[i]);
	rig_close(&rig);
	return n;
}

static void limits(void *unused)
{
	(void)unused;
	for (unsigned k = RIG_NONE; k < RIG_IOMMUS; k++) {
		enum rig_iommu kind = (enum rig_iommu)k;
		bool behind = kind != RIG_NONE;
		size_t n;

		n = under(kind, (struct dma_device_config){.boundary = 64 * KIB}, 0, 128 * KIB, 0);
		SIM_CHECK(n >= 3 && (!behind || n == 3)); /* 140 KiB, from a multiple on */
		n = under(kind, (struct dma_device_config){.max_segment_size = 10000}, 0, 4 * PAGE, 0);
		SIM_CHECK(n >= 3);
		n = under(kind, (struct dma_device_config){.max_segment_size = 10000, .min_align = 64}, 0, 4 * PAGE, 0);
		SIM_CHECK(n >= 3);
		(void)under(kind, (struct dma_device_config){.boundary = PAGE}, 100, 3 * PAGE, 0);
		(void)under(kind, (struct dma_device_config){.min_align = 512}, 100, 3 * PAGE - 100, 0);
		(void)under(kind, (struct dma_device_config){.min_align = PAGE}, 77, 2 * PAGE, 0);
		(void)under(kind, (struct dma_device_config){.max_segments = 1}, 0, PAGE, behind ? 0 : DMA_ENOTSUP);
		(void)under(kind, (struct dma_device_config){.max_segments = 4}, 0, PAGE, 0);
		(void)under(kind, (struct dma_device_config){.max_segments = 2, .boundary = PAGE}, 0, PAGE,
			    DMA_ENOTSUP);
	}
}

static void h83_limits_of_entries(void **state)
{
	(void)state;
	assert_int_equal(core_run("low=4,high=4", limits, NULL), 0);
	assert_int_equal(core_run("low=4,high=4,offset", limits, NULL), 0);
	assert_int_equal(core_run("low=4,high=4,noncoherent,line=128", limits, NULL), 0);
	assert_int_equal(core_run("low=4,high=4,untrusted,mask=32", limits, NULL), 0);
	assert_int_equal(core_run("low=4,high=4,cvm", limits, NULL), 0);
}

/* A buffer is one entry, or refused. */
static void one_entry(void *unused)
{
	static const struct {
		struct dma_device_config limits;
		size_t offset, nbytes;
		int error;
	} cases[] = {
		{{.boundary = 64 * KIB}, 60 * KIB, 8 * KIB, 0},
		{{.boundary = 16 * KIB}, 100, 17 * KIB, DMA_ENOTSUP},
		{{.boundary = PAGE}, PAGE - 50, 100, 0},
		{{.boundary = 2 * PAGE}, PAGE + 50, 2 * PAGE, 0},
		{{.max_segment_size = 8 * KIB}, 100, 8 * KIB, 0},
		{{.max_segment_size = 8 * KIB}, 100, 8 * KIB + 1, DMA_ENOTSUP},
		{{.min_align = 256}, 100, 700, 0},
		{{.min_align = 4 * PAGE}, 100, 700, 0},
	};

	(void)unused;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			struct dma_segment seg = {0};
			struct dma_buffer b = {0};
			struct rig_memory m;
			struct rig rig;
			uint64_t first;
			int error;

			rig_limits = cases[i].limits;
			rig_open(&rig, (enum rig_iommu)kind);
			SIM_CHECK(rig_memory(&m, cases[i].offset, cases[i].nbytes, 1));
			SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
			error = dma_buffer_map_segment(&b, &rig.dev.dma, DMA_BIDIRECTIONAL, &seg, m.offset, m.nbytes);
			SIM_CHECK(error == cases[i].error);
			first = dma_buffer_daddr(&b).raw;
			if (!error) {
				const struct dma_device *dev = &rig.dev.dma;

				SIM_CHECK(first % dev->min_align == 0);
				SIM_CHECK(!dev->boundary || (first ^ (first + m.nbytes - 1)) < dev->boundary);
			} else {
				SIM_CHECK(first == DMA_ADDRESS_NONE && seg.npages == m.seg.npages);
			}
			dma_buffer_release(&b);
			dma_segment_drop(&seg);
			rig_forget(&m);
			rig_close(&rig);
		}
	}
}

static void h83_a_buffer_is_one_entry(void **state)
{
	(void)state;
	assert_int_equal(core_run("low=1,high=1", one_entry, NULL), 0);
	assert_int_equal(core_run("low=1,high=1,offset", one_entry, NULL), 0);
	assert_int_equal(core_run("low=1,high=1,noncoherent", one_entry, NULL), 0);
	assert_int_equal(core_run("low=1,high=1,mask=32,untrusted", one_entry, NULL), 0);
}

/* ---- Wrong arguments ---- */

static void wrong(struct rig *rig)
{
	struct dma_device none = {0};
	struct dma_piece pieces[2];
	struct dma_list l;
	struct dma_buffer b = {0};
	struct rig_memory m;
	struct dma_segment seg = {0};
	struct dma_reader r;
	struct dma_writer w;
	unsigned char byte = 0;

	if (!rig_memory(&m, 10, 100, 1))
		return;
	dma_list_init(&l, pieces, 2);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == DMA_EINVAL); /* empty */
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, PAGE, 1) == DMA_EINVAL);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 1, SIZE_MAX) == DMA_EINVAL);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 10, 100) == 0);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, 0) == DMA_EINVAL);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, 4) == DMA_EINVAL);
	SIM_CHECK(dma_list_map(&l, &none, DMA_TO_DEVICE) == DMA_EINVAL);
	SIM_CHECK(dma_list_map(&l, NULL, DMA_TO_DEVICE) == DMA_EINVAL);
	SIM_CHECK(dma_list_sync_to_device(&l, 0, 0) == DMA_EINVAL); /* not mapped */
	SIM_CHECK(dma_list_read_bytes(&l, 0, &byte, 1) == DMA_EINVAL);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == 0);
	SIM_CHECK(dma_list_sync_to_device(&l, 0, 100) == 0 && dma_list_sync_to_device(&l, 100, 0) == 0);
	SIM_CHECK(dma_list_sync_to_device(&l, 0, 101) == DMA_EINVAL);
	SIM_CHECK(dma_list_sync_to_device(&l, 101, 0) == DMA_EINVAL);
	SIM_CHECK(dma_list_sync_to_device(&l, 50, SIZE_MAX) == DMA_EINVAL);
	SIM_CHECK(dma_list_sync_from_device(&l, 0, 1) == DMA_EACCES);
	SIM_CHECK(dma_list_read_bytes(&l, 0, &byte, 1) == DMA_EACCES);
	SIM_CHECK(dma_list_reader(&l, 0, &r) == DMA_EACCES);
	SIM_CHECK(dma_list_writer(&l, 100, &w) == DMA_EINVAL);
	SIM_CHECK(dma_list_writer(&l, 99, &w) == 0 && dma_writer_remain(&w) == 1);
	SIM_CHECK(dma_list_write_bytes(&l, 100, NULL, 0) == 0);
	dma_list_release(&l);
	dma_list_release(&l);
	SIM_CHECK(dma_buffer_sync_to_device(&b, 0, 0) == DMA_EINVAL && dma_buffer_size(&b) == 0);
	SIM_CHECK(dma_buffer_reader(&b, &r) == DMA_EINVAL && dma_buffer_daddr(&b).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, &byte, 1) != 0); /* this program's stack */
	SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, &byte, 0) == DMA_EINVAL);
	dma_buffer_release(&b);
	rig_forget(&m);
}

static void wrong_arguments(void **state)
{
	(void)state;
	assert_int_equal(rig_all(wrong), 0);
}

/* The compiler knows the array, not the number: what is beyond the array is refused, nothing behind it is written. */
static void a_number_beyond_the_array(struct rig *rig)
{
	struct {
		struct dma_piece pieces[2];
		unsigned char behind[4 * sizeof(struct dma_piece)];
	} own;
	struct rig_memory memory;
	struct dma_list l;
	volatile size_t nbytes = sizeof(own.pieces);

	(void)rig;
	memset(&own, 0x5a, sizeof(own));
	dma_list_init(&l, own.pieces, nbytes);
	if (!rig_memory(&memory, 0, PAGE, 1))
		return;
	for (unsigned i = 0; i < 6; i++)
		SIM_CHECK(dma_list_add_segment(&l, &memory.seg, (size_t)2 * i, 1) == (i < 2 ? 0 : DMA_ENOSPC));
	for (size_t i = 0; i < sizeof(own.behind); i++)
		SIM_CHECK(own.behind[i] == 0x5a);
	rig_forget(&memory);
}

static void the_array_is_the_limit(void **state)
{
	(void)state;
	assert_int_equal(rig_all(a_number_beyond_the_array), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_array_is_the_limit),
		cmocka_unit_test(h83_limits_of_entries),
		cmocka_unit_test(h83_a_buffer_is_one_entry),
		cmocka_unit_test(wrong_arguments),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
