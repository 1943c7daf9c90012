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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_watched_is_kept),
		cmocka_unit_test(what_is_forgotten_meanwhile_is_not_kept),
		cmocka_unit_test(what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests_name("domains of ranges: what is kept", tests, ranges_start, NULL);
}
