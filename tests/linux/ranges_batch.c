/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges: releases of many streams at once, and how many calls of the host these cost.
 */
#include "ranges_test.h"
#include <dmastream/batch.h>
#include <stdlib.h>

/* A batch of releases, of arena memory and of memory elsewhere. */
static void batches(void **state)
{
	unsigned char *at = ranges_memory(8);
	struct dma_stream s[8] = {0};
	struct dma_stream *all[8];

	(void)state;
	ranges_open();
	f.watched = false;
	for (unsigned i = 0; i < 8; i++) {
		all[i] = &s[i];
		if (i % 2) {
			struct dma_segment seg = ranges_frames(1);

			assert_int_equal(dma_stream_map(&s[i], &f.dev, DMA_TO_DEVICE, &seg), 0);
		} else {
			ranges_map(&s[i], at + i * PAGE, 1, DMA_TO_DEVICE);
		}
	}
	dma_batch_release(all, 8);
	assert_int_equal(f.count, 0);
	assert_int_equal(f.unmaps, 1);
	ranges_close();
	free(at);
}

/* In any order, with one of them named twice, and while others of the same memory live. Streams of one page and longer
 * ones lie in different blocks of addresses: a call for each kind. */
static void neighbours_go_together(void **state)
{
	enum { N = 12 };
	static const unsigned orders[][N] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
					     {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
					     {6, 2, 9, 0, 11, 4, 1, 7, 3, 10, 5, 8}};
	unsigned char *at = ranges_memory((size_t)2 * N);

	(void)state;
	for (unsigned o = 0; o < 6; o++) {
		unsigned kinds = 1 + o / 3;
		struct dma_stream s[N] = {0}, one = {0};
		struct dma_stream *all[N + 1];

		ranges_open();
		f.watched = false;
		for (unsigned i = 0; i < N; i++)
			ranges_map(&s[i], at + (size_t)2 * i * PAGE, 1 + i % kinds, DMA_TO_DEVICE);
		ranges_map(&one, at, 2, DMA_FROM_DEVICE);
		for (unsigned i = 0; i < N; i++)
			all[i] = &s[orders[o % 3][i]];
		all[N] = all[0];
		dma_batch_release(all, N + 1);
		assert_int_equal(f.unmaps, kinds);
		assert_int_equal(f.count, 1);
		assert_non_null(fake_reach(&f, dma_stream_daddr(&one).raw, 2 * PAGE, DMA_FROM_DEVICE));
		dma_stream_release(&one);
		ranges_close();
	}
	free(at);
}

/* A list of pieces that lie apart is one range of device addresses: one call ends it. */
static void a_list_ends_with_one_call(void **state)
{
	unsigned char *at = ranges_memory(16);
	struct dma_piece pieces[8];
	struct dma_segment seg[8] = {0};
	struct dma_list list;

	(void)state;
	ranges_open();
	f.watched = false;
	dma_list_init(&list, pieces, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(dma_segment_borrow(&seg[i], dma_linux_paddr(at + 2 * i * PAGE), 1), 0);
		assert_int_equal(dma_list_add_segment(&list, &seg[i], 0, PAGE), 0);
	}
	assert_int_equal(dma_list_map(&list, &f.dev, DMA_TO_DEVICE), 0);
	assert_int_equal(f.maps, 8);
	dma_list_unmap(&list);
	assert_int_equal(f.unmaps, 1);
	assert_int_equal(f.count, 0);
	for (unsigned i = 0; i < 8; i++)
		dma_segment_drop(&seg[i]);
	ranges_close();
	free(at);
}

/* The call for all of them fails: all of it is quarantined, and nobody gets these addresses. */
static void a_batch_fails(void **state)
{
	unsigned char *at = ranges_memory(8);
	struct dma_stats before, after;
	struct dma_stream s[4] = {0};
	struct dma_stream *all[4];

	(void)state;
	ranges_open();
	f.watched = false;
	dma_stats(&before);
	for (unsigned i = 0; i < 4; i++) {
		all[i] = &s[i];
		ranges_map(&s[i], at + (size_t)2 * i * PAGE, 1, DMA_TO_DEVICE);
	}
	f.fail_unmap = 1;
	dma_batch_release(all, 4);
	dma_stats(&after);
	assert_int_equal(f.blocks, 1);
	assert_int_equal(after.pages_quarantined, before.pages_quarantined + 4);
	assert_int_equal(dma_device_fini(&f.dev), 0);
	assert_int_equal(dma_ranges_destroy(f.domain), DMA_ETIMEDOUT);
	free(at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches), cmocka_unit_test(neighbours_go_together),
		cmocka_unit_test(a_list_ends_with_one_call),
		cmocka_unit_test(a_batch_fails), /* last: its domain stays */
	};

	return cmocka_run_group_tests_name("domains of ranges: batches", tests, ranges_start, NULL);
}
