/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges: mappings of watched memory that outlive their streams, how many, and for how long.
 */
#include "ranges_test.h"
#include <dmastream/buffer.h>
#include <stdlib.h>
#include <string.h>

static void what_is_watched_is_kept(void **state)
{
	unsigned char *at = ranges_memory(4);
	struct dma_ranges_stats stats;
	struct dma_stream s = {0}, other = {0};

	(void)state;
	ranges_open();
	for (unsigned i = 0; i < 5; i++) {
		ranges_map(&s, at, 4, i & 1 ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
		ranges_map(&other, at + PAGE, 2, DMA_BIDIRECTIONAL); /* part of it */
		dma_stream_release(&s);
		dma_stream_release(&other);
	}
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.maps, 1);
	assert_int_equal(stats.unmaps, 0);
	assert_int_equal(stats.hits, 9);
	assert_int_equal(stats.kept, 1);
	assert_int_equal(stats.kept_bytes, 4 * PAGE);
	/* A buffer at odd bytes finds it, too. */
	{
		struct dma_buffer buffer = {0};

		assert_int_equal(dma_buffer_map(&buffer, &f.dev, DMA_TO_DEVICE, at + 17, PAGE), 0);
		assert_ptr_equal(fake_reach(&f, dma_buffer_daddr(&buffer).raw, PAGE, DMA_TO_DEVICE), at + 17);
		dma_buffer_release(&buffer);
		assert_int_equal(f.maps, 1);
	}
	/* Until its owner says so. */
	ranges_map(&s, at, 4, DMA_TO_DEVICE);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at + 3 * PAGE), PAGE), DMA_EBUSY);
	assert_int_equal(f.count, 1);
	ranges_map(&other, at, 4, DMA_TO_DEVICE); /* not what is to go */
	assert_int_equal(f.maps, 2);
	dma_stream_release(&s);
	assert_int_equal(f.count, 1);
	dma_stream_release(&other);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	assert_int_equal(f.count, 0);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	ranges_close();
	free(at);
}

/* forget() comes between the look at the watch and the map: what was mapped is not kept. */
static void what_is_forgotten_meanwhile_is_not_kept(void **state)
{
	unsigned char *at = ranges_memory(1);
	struct dma_stream s = {0};
	struct dma_ranges_stats stats;

	(void)state;
	ranges_open();
	ranges_map(&s, at, 1, DMA_TO_DEVICE);
	dma_stream_release(&s);
	assert_int_equal(f.count, 1);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	f.forget_while_mapping = true;
	ranges_map(&s, at, 1, DMA_TO_DEVICE);
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.kept, 0);
	dma_stream_release(&s);
	assert_int_equal(f.count, 0);
	ranges_close();
	free(at);
}

static void what_is_kept_is_bounded(void **state)
{
	struct dma_ranges_config config = ranges_windowed();
	unsigned char *at = ranges_memory(64);
	struct dma_ranges_stats stats;
	struct dma_stream s[6] = {0}, big = {0};

	(void)state;
	config.keep_count = 4;
	config.keep_bytes = 6 * PAGE;
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = true}), 0);
	for (unsigned i = 0; i < 64; i++) {
		ranges_map(&s[0], at + i * PAGE, 1, DMA_TO_DEVICE);
		dma_stream_release(&s[0]);
		dma_ranges_stats_get(f.domain, &stats);
		assert_true(stats.kept <= 4 && stats.kept == f.count);
	}
	ranges_map(&big, at, 7, DMA_TO_DEVICE); /* more than is kept at all */
	dma_stream_release(&big);
	ranges_map(&big, at, 5, DMA_TO_DEVICE); /* others go for it */
	dma_stream_release(&big);
	dma_ranges_stats_get(f.domain, &stats);
	assert_true(stats.kept_bytes <= 6 * PAGE && stats.kept_bytes >= 5 * PAGE);
	/* Those in use do not go; what has no room is mapped all the same. */
	for (unsigned i = 0; i < 6; i++)
		ranges_map(&s[i], at + (i + 10) * PAGE, 1, DMA_TO_DEVICE);
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.kept, 4);
	assert_int_equal(f.count, 6);
	for (unsigned i = 0; i < 6; i++)
		dma_stream_release(&s[i]);
	assert_int_equal(f.count, 4);
	ranges_close();
	free(at);
}

/* The host takes no more mappings (the kernel's dma_entry_limit): what is kept goes for what is used, and what fails
 * when nothing is kept any more is an error that loses nothing. */
static void what_is_kept_goes_for_what_is_used(void **state)
{
	unsigned char *at = ranges_memory(64);
	struct dma_ranges_stats stats;
	struct dma_segment seg = {0};
	struct dma_stream s[8] = {0}, more = {0}, none = {0};

	(void)state;
	ranges_open();
	f.limit = 8;
	for (unsigned i = 0; i < 8; i++) /* kept: all that there can be */
		ranges_map(&s[0], at + i * PAGE, 1, DMA_TO_DEVICE), dma_stream_release(&s[0]);
	assert_int_equal(f.count, 8);
	for (unsigned i = 0; i < 2; i++) /* two of these are used again */
		ranges_map(&s[i], at + i * PAGE, 1, DMA_TO_DEVICE);
	ranges_map(&s[2], at + 20 * PAGE, 1, DMA_TO_DEVICE); /* not kept before */
	assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&s[0]).raw, PAGE, DMA_TO_DEVICE), at);
	assert_int_equal(f.count, 3);
	for (unsigned i = 3; i < 8; i++)
		ranges_map(&s[i], at + (20 + i) * PAGE, 1, DMA_TO_DEVICE);
	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at + 40 * PAGE), 1), 0);
	assert_int_equal(dma_stream_map(&more, &f.dev, DMA_TO_DEVICE, &seg), DMA_ENOSPC);
	assert_memory_equal(&more, &none, sizeof(none));
	assert_int_equal(f.count, 8);
	dma_stream_release(&s[7]);
	assert_int_equal(dma_stream_map(&more, &f.dev, DMA_TO_DEVICE, &seg),
			 0); /* with the segment of the failed one */
	dma_stream_release(&more);
	assert_true(dma_ranges_trim(f.domain));
	assert_false(dma_ranges_trim(f.domain));
	assert_int_equal(f.count, 7);
	for (unsigned i = 0; i < 7; i++)
		dma_stream_release(&s[i]);
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.kept, 7);
	ranges_close();
	free(at);
}

/* An unmap that fails then: the devices are blocked, and nobody gets the addresses. */
static void an_unmap_that_fails_for_it_blocks(void **state)
{
	unsigned char *at = ranges_memory(3);
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	(void)state;
	ranges_open();
	f.limit = 2;
	for (unsigned i = 0; i < 2; i++)
		ranges_map(&s, at + i * PAGE, 1, DMA_TO_DEVICE), dma_stream_release(&s);
	f.fail_unmap = 1;
	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at + 2 * PAGE), 1), 0);
	assert_int_not_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE, &seg), 0);
	assert_true(f.blocks > 0);
	dma_segment_drop(&seg);
	assert_int_equal(dma_device_fini(&f.dev), 0);
	assert_int_equal(dma_ranges_destroy(f.domain), DMA_ETIMEDOUT);
	assert_null(f.broken);
	free(at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_watched_is_kept),
		cmocka_unit_test(what_is_forgotten_meanwhile_is_not_kept),
		cmocka_unit_test(what_is_kept_is_bounded),
		cmocka_unit_test(what_is_kept_goes_for_what_is_used),
		cmocka_unit_test(an_unmap_that_fails_for_it_blocks),
	};

	return cmocka_run_group_tests_name("domains of ranges: what is kept", tests, ranges_start, NULL);
}
