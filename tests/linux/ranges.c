/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges on platform/linux, with a device behind a fake IOMMU: what costs the host a call and what does
 * not, and what a device reaches.
 */
#include "ranges_test.h"
#include <dmastream/buffer.h>
#include <stdlib.h>
#include <string.h>

static void arena_memory_costs_no_call(void **state)
{
	struct dma_stream s = {0}, tail = {0};
	struct dma_coherent c = {0};
	struct dma_segment seg;
	struct dma_pool pool = {0};
	struct dma_block *block;
	const struct dma_pool_config blocks = {.name = "blocks", .block_size = 512, .dir = DMA_BIDIRECTIONAL};
	unsigned char byte = 0;

	(void)state;
	ranges_open();
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		seg = ranges_frames(4);
		memset(dma_linux_va(seg.paddr), 7, 4 * PAGE);
		assert_int_equal(dma_stream_map(&s, &f.dev, dir, &seg), 0);
		assert_true(dma_stream_daddr(&s).raw - WINDOW == dma_stream_paddr(&s).raw);
		*fake_reach(&f, dma_stream_daddr(&s).raw + 5000, 1, DMA_BIDIRECTIONAL) = 9;
		if (dir & DMA_FROM_DEVICE) {
			assert_int_equal(dma_stream_sync_from_device(&s, 0, 4 * PAGE), 0);
			assert_int_equal(dma_stream_read_bytes(&s, 5000, &byte, 1), 0);
			assert_int_equal(byte, 9);
		}
		assert_int_equal(dma_stream_split(&s, PAGE, &tail), 0);
		dma_stream_release(&s);
		dma_stream_release(&tail);
	}
	assert_int_equal(dma_stream_alloc(&s, &f.dev, DMA_BIDIRECTIONAL, 8), 0);
	assert_non_null(fake_reach(&f, dma_stream_daddr(&s).raw, 8 * PAGE, DMA_BIDIRECTIONAL));
	dma_stream_release(&s);
	assert_int_equal(dma_coherent_alloc(&c, &f.dev, 0, 2), 0);
	dma_coherent_release(&c);
	assert_int_equal(dma_pool_create(&pool, &f.dev, &blocks), 0);
	assert_int_equal(dma_pool_get(&pool, &block), 0);
	assert_int_equal(dma_pool_put(&pool, block), 0);
	assert_int_equal(dma_pool_destroy(&pool), 0);
	assert_int_equal(f.maps + f.unmaps + f.watches, 0);
	ranges_close();
}

/* Pieces that do not follow one another, at odd ends; and bytes of the library's own memory of the process. */
static void lists_and_buffers_cost_no_call(void **state)
{
	struct dma_segment seg[3];
	struct dma_piece pieces[3];
	struct dma_list list;
	struct dma_list_walk walk;
	struct dma_list_entry entry;
	struct dma_buffer buffer = {0};
	size_t n = 0, sum = 0;

	(void)state;
	ranges_open();
	dma_list_init(&list, pieces, 3);
	for (unsigned i = 0; i < 3; i++) {
		seg[i] = ranges_frames(3);
		assert_int_equal(dma_list_add_segment(&list, &seg[i], 100 * i, 2 * PAGE), 0);
	}
	assert_int_equal(dma_list_map(&list, &f.dev, DMA_TO_DEVICE), 0);
	walk = dma_list_begin(&list);
	while (dma_list_next(&walk, &entry)) {
		assert_non_null(fake_reach(&f, entry.daddr.raw, entry.len, DMA_TO_DEVICE));
		sum += entry.len;
		n++;
	}
	assert_int_equal(sum, 6 * PAGE);
	assert_true(n >= 1 && n <= 3);
	dma_list_unmap(&list);
	assert_int_equal(dma_buffer_map(&buffer, &f.dev, DMA_TO_DEVICE, (char *)dma_linux_va(seg[0].paddr) + 33, 77),
			 0);
	assert_true(dma_buffer_daddr(&buffer).raw == WINDOW + seg[0].paddr.raw + 33);
	dma_buffer_release(&buffer);
	for (unsigned i = 0; i < 3; i++)
		dma_segment_drop(&seg[i]);
	assert_int_equal(f.maps + f.unmaps, 0);
	ranges_close();
}

/* What is not trusted gets each stream alone, with its direction and no more. */
static void an_untrusted_device_reaches_its_streams(void **state)
{
	struct dma_ranges_config config = ranges_windowed();
	struct dma_stream s = {0};
	struct dma_segment seg;

	(void)state;
	/* Not where the arena is mapped, or mappings are kept, which every device of the domain reaches. */
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = false}), DMA_ENOTSUP);
	assert_int_equal(dma_ranges_destroy(f.domain), 0);
	assert_int_equal(dma_fini(), 0);
	config.window = (struct dma_window){.size = 0};
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = false}), DMA_ENOTSUP);
	assert_int_equal(dma_ranges_destroy(f.domain), 0);
	assert_int_equal(dma_fini(), 0);

	config.ops = &fake_unwatched;
	config.write_only = true;
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = false}), 0);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		seg = ranges_frames(2);
		f.maps = f.unmaps = 0;
		assert_int_equal(dma_stream_map(&s, &f.dev, dir, &seg), 0);
		assert_int_equal(f.maps, 1);
		assert_int_equal(fake_reach(&f, dma_stream_daddr(&s).raw, 2 * PAGE, DMA_TO_DEVICE) != NULL,
				 (dir & DMA_TO_DEVICE) != 0);
		assert_int_equal(fake_reach(&f, dma_stream_daddr(&s).raw, 2 * PAGE, DMA_FROM_DEVICE) != NULL,
				 (dir & DMA_FROM_DEVICE) != 0);
		dma_stream_release(&s);
		assert_int_equal(f.unmaps, 1);
		assert_int_equal(f.count, 0);
	}
	ranges_close();
}

/* A device whose mask ends below the window has it not, and is served all the same. */
static void limits_of_a_device(void **state)
{
	static const struct dma_device_config devices[] = {
		{.trusted = true, .mask = UINT32_MAX},
		{.trusted = true, .boundary = 4 * DMA_PAGE_SIZE},
		{.trusted = true, .min_align = 8 * DMA_PAGE_SIZE},
		{.trusted = true, .max_segment_size = 16 * DMA_PAGE_SIZE},
		{.trusted = true, .zero_length_reads = true},
		{.trusted = true, .mask = WINDOW + (4 << 20) - 1 > 0 ? ((uint64_t)1 << 35) - 1 : 0},
	};
	struct dma_ranges_config config = ranges_windowed();

	(void)state;
	for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		uint64_t mask = devices[i].mask ? devices[i].mask : UINT64_MAX, daddr;
		struct dma_stream s[4] = {0};

		assert_int_equal(fake_open(&f, &config, devices[i]), 0);
		for (unsigned k = 0; k < 4; k++) {
			struct dma_segment seg = ranges_frames(3);

			assert_int_equal(dma_stream_map(&s[k], &f.dev, DMA_BIDIRECTIONAL, &seg), 0);
			daddr = dma_stream_daddr(&s[k]).raw;
			assert_true(daddr + 3 * PAGE - 1 <= mask);
			assert_non_null(fake_reach(&f, daddr, 3 * PAGE, DMA_BIDIRECTIONAL));
			assert_int_equal(daddr % (devices[i].min_align ? devices[i].min_align : 1), 0);
			if (devices[i].boundary)
				assert_true((daddr ^ (daddr + 3 * PAGE - 1)) < devices[i].boundary);
		}
		for (unsigned k = 0; k < 4; k++)
			dma_stream_release(&s[k]);
		ranges_close();
	}
}

static void what_nobody_watches_is_mapped_each_time(void **state)
{
	unsigned char *at = ranges_memory(4);
	struct dma_stream s = {0};

	(void)state;
	ranges_open();
	f.watched = false;
	for (unsigned i = 1; i <= 3; i++) {
		ranges_map(&s, at, 4, DMA_TO_DEVICE);
		assert_int_equal(f.maps, i);
		dma_stream_release(&s);
		assert_int_equal(f.unmaps, i);
		assert_int_equal(f.count, 0);
	}
	ranges_close();
	free(at);
}

/* Splits of what is kept, of what is not, and of pages that are mapped one by one. */
static void splits(void **state)
{
	unsigned char *at = ranges_memory(4);
	struct dma_stream s = {0}, tail = {0};

	(void)state;
	ranges_open();
	ranges_map(&s, at, 4, DMA_TO_DEVICE);
	assert_int_equal(dma_stream_split(&s, 2 * PAGE, &tail), DMA_ENOTSUP);
	dma_stream_release(&s);
	ranges_map(&s, at, 4, DMA_TO_DEVICE | DMA_SPLITTABLE);
	assert_int_equal(dma_stream_split(&s, 2 * PAGE, &tail), 0);
	assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&tail).raw, PAGE, DMA_TO_DEVICE), at + 2 * PAGE);
	dma_stream_release(&s);
	assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&tail).raw, PAGE, DMA_TO_DEVICE), at + 2 * PAGE);
	dma_stream_release(&tail);
	ranges_close();
	free(at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_memory_costs_no_call),
		cmocka_unit_test(lists_and_buffers_cost_no_call),
		cmocka_unit_test(an_untrusted_device_reaches_its_streams),
		cmocka_unit_test(limits_of_a_device),
		cmocka_unit_test(what_nobody_watches_is_mapped_each_time),
		cmocka_unit_test(splits),
	};

	return cmocka_run_group_tests_name("domains of ranges", tests, ranges_start, NULL);
}
