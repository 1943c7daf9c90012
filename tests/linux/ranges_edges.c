/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges: streams that are split, scattered memory, a second device that cannot share a mapping which is
 * kept, and an IOMMU that fails in the middle.
 */
#include "ranges_test.h"
#include <dmastream/batch.h>
#include <dmastream/scattered.h>
#include <stdlib.h>

/* Page by page, so that each part can go alone. */
static void a_stream_is_split(void **state)
{
	unsigned char *at = ranges_memory(4);
	struct dma_stream s = {0}, tail = {0};

	(void)state;
	ranges_open();
	ranges_map(&s, at, 4, DMA_TO_DEVICE | DMA_SPLITTABLE);
	assert_int_equal(f.count, 4);
	assert_int_equal(dma_stream_split(&s, PAGE, &tail), 0);
	dma_stream_release(&tail);
	assert_int_equal(f.count, 1);
	assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&s).raw, PAGE, DMA_TO_DEVICE), at);
	dma_stream_release(&s);
	assert_int_equal(f.count, 0);
	ranges_close();
	free(at);
}

static void scattered_memory_is_one_range(void **state)
{
	struct dma_scattered s = {0};

	(void)state;
	ranges_open();
	assert_int_equal(dma_scattered_alloc(&s, &f.dev, DMA_FROM_DEVICE, 5), 0);
	for (size_t i = 0; i < 5; i++)
		assert_non_null(fake_reach(&f, dma_scattered_daddr(&s).raw + i * PAGE, PAGE, DMA_FROM_DEVICE));
	dma_scattered_release(&s);
	ranges_close();
}

static void what_is_kept_goes_in_a_batch(void **state)
{
	unsigned char *at = ranges_memory(2);
	struct dma_stream s[2] = {0}, *both[2] = {&s[0], &s[1]};
	struct dma_ranges_stats stats;

	(void)state;
	ranges_open();
	for (unsigned i = 0; i < 2; i++)
		ranges_map(&s[i], at, 2, DMA_TO_DEVICE);
	assert_int_equal(dma_ranges_destroy(f.domain), DMA_EBUSY); /* a device is attached */
	dma_batch_release(both, 2);
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.kept, 1);
	assert_int_equal(f.count, 1);
	(void)dma_reclaim();
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	ranges_close();
	free(at);
}

/* ---- A second device ---- */

static struct dma_device small; /* which takes fewer addresses */

static void open_small(uint64_t mask)
{
	const struct dma_device_config config = {.name = "small",
						 .domain = f.domain,
						 .mask = mask,
						 .coherent = true,
						 .trusted = true,
						 .min_align = 4 * PAGE};

	assert_int_equal(dma_device_init(&small, &config), 0);
}

static int map_small(struct dma_stream *s, void *at, size_t npages)
{
	struct dma_segment seg = {0};
	int error;

	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), npages), 0);
	error = dma_stream_map(s, &small, DMA_TO_DEVICE, &seg);
	dma_segment_drop(&seg);
	return error;
}

static void a_device_with_limits_has_its_own(void **state)
{
	unsigned char *at = ranges_memory(8);
	struct dma_stream s = {0}, other = {0};

	(void)state;
	ranges_open();
	open_small(UINT64_MAX);
	ranges_map(&other, at + 4 * PAGE, 1, DMA_TO_DEVICE); /* so that the next lies where no alignment is */
	ranges_map(&s, at, 1, DMA_TO_DEVICE);
	dma_stream_release(&s);
	assert_int_equal(map_small(&s, at, 1), 0);
	assert_int_equal(dma_stream_daddr(&s).raw % (4 * PAGE), 0);
	dma_stream_release(&s);
	dma_stream_release(&other);
	assert_int_equal(dma_ranges_forget(f.domain, dma_paddr(0), UINT64_MAX), 0);
	assert_int_equal(dma_device_fini(&small), 0);

	/* One that soon has no addresses left. */
	{
		struct dma_stream few[3] = {0};
		unsigned n = 0;

		open_small(8 * PAGE - 1);
		while (n < 3 && map_small(&few[n], at + n * PAGE, 1) == 0)
			n++;
		assert_in_range(n, 1, 2);
		assert_int_equal(map_small(&few[n], at + n * PAGE, 1), DMA_ENOSPC);
		while (n-- > 0)
			dma_stream_release(&few[n]);
		assert_int_equal(dma_ranges_forget(f.domain, dma_paddr(0), UINT64_MAX), 0);
	}
	assert_int_equal(dma_device_fini(&small), 0);
	ranges_close();
	free(at);
}

/* ---- An unmap fails: each leaves a domain behind that is dead, and its devices blocked ---- */

static void is_dead(void)
{
	assert_true(f.blocks > 0);
	assert_int_equal(dma_device_fini(&f.dev), 0);
	assert_int_equal(dma_ranges_destroy(f.domain), DMA_ETIMEDOUT);
}

static void half_a_map_stays(void **state)
{
	unsigned char *at = ranges_memory(4);
	struct dma_stream s = {0};
	struct dma_segment seg = {0};

	(void)state;
	ranges_open();
	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), 4), 0);
	f.fail_map = 3;
	f.fail_unmap = 1;
	assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE | DMA_SPLITTABLE, &seg), DMA_ETIMEDOUT);
	dma_segment_drop(&seg);
	is_dead();
	free(at);
}

static void what_was_kept_stays(void **state)
{
	unsigned char *at = ranges_memory(8);
	struct dma_stream s = {0};

	(void)state;
	ranges_open();
	ranges_map(&s, at, 1, DMA_TO_DEVICE);
	dma_stream_release(&s);
	f.fail_unmap = 1;
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), DMA_ETIMEDOUT);
	is_dead();

	/* Room for another one is made. */
	{
		struct dma_ranges_config config = ranges_windowed();
		struct dma_segment seg = {0};

		config.keep_count = 1;
		assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = true}), 0);
		ranges_map(&s, at, 1, DMA_TO_DEVICE);
		dma_stream_release(&s);
		assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at + PAGE), 1), 0);
		f.fail_unmap = 1;
		assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE, &seg), DMA_ETIMEDOUT);
		dma_segment_drop(&seg);
		is_dead();
	}
	free(at);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_split),
		cmocka_unit_test(scattered_memory_is_one_range),
		cmocka_unit_test(what_is_kept_goes_in_a_batch),
		cmocka_unit_test(a_device_with_limits_has_its_own),
		cmocka_unit_test(half_a_map_stays), /* last: their domains stay */
		cmocka_unit_test(what_was_kept_stays),
	};

	return cmocka_run_group_tests_name("domains of ranges: edges", tests, ranges_start, NULL);
}
