/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges: calls of the host that fail, devices that are blocked, configurations that make no sense.
 */
#include "ranges_test.h"
#include <stdlib.h>
#include <string.h>

/* Each call fails once: an error, nothing mapped, and the next attempt works. */
static void every_call_fails_once(void **state)
{
	unsigned char *at = ranges_memory(4);
	struct dma_stream s = {0};
	struct dma_segment seg = {0};

	(void)state;
	ranges_open();
	f.watched = false;
	for (unsigned n = 1; n <= 4; n++) {
		assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), 4), 0);
		f.fail_map = n;
		assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE | DMA_SPLITTABLE, &seg), DMA_ENOMEM);
		assert_int_equal(f.count, 0);
		assert_int_equal(seg.npages, 4);
		dma_segment_drop(&seg);
	}
	f.watched = true; /* a refusal of both directions is followed by one of those that are asked for */
	f.fail_map = 1;
	ranges_map(&s, at, 4, DMA_TO_DEVICE);
	dma_stream_release(&s);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	ranges_close();
	free(at);
}

/* Access may go on for ever: the memory is quarantined, and the devices are blocked. */
static void an_unmap_fails(void **state)
{
	unsigned char *at = ranges_memory(1);
	struct dma_stats before, after;
	struct dma_stream s = {0};
	struct dma_segment seg = {0};

	(void)state;
	ranges_open();
	f.watched = false;
	dma_stats(&before);
	ranges_map(&s, at, 1, DMA_TO_DEVICE);
	f.fail_unmap = 1;
	dma_stream_release(&s);
	dma_stats(&after);
	assert_int_equal(f.blocks, 1);
	assert_int_equal(after.pages_quarantined, before.pages_quarantined + 1);
	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), 1), 0);
	assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE, &seg), DMA_ENODEV);
	dma_segment_drop(&seg);
	assert_int_equal(dma_device_fini(&f.dev), 0);
	assert_int_equal(dma_ranges_destroy(f.domain), DMA_ETIMEDOUT);
	free(at);
}

static void a_device_is_blocked(void **state)
{
	struct dma_stream s = {0};
	struct dma_segment seg = ranges_frames(1);

	(void)state;
	ranges_open();
	assert_int_equal(dma_device_block(&f.dev), 0);
	assert_int_equal(f.blocks, 1);
	assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE, &seg), DMA_ENODEV);
	dma_segment_drop(&seg);
	ranges_close();
}

static int no_map(void *context, dma_daddr_t daddr, dma_paddr_t paddr, uint64_t nbytes, unsigned dir)
{
	(void)context, (void)daddr, (void)paddr, (void)nbytes, (void)dir;
	return DMA_ENOMEM;
}

static int no_unmap(void *context, dma_daddr_t daddr, uint64_t nbytes)
{
	(void)context, (void)daddr, (void)nbytes;
	return 0;
}

static int no_block(void *context, struct dma_device *dev)
{
	(void)context, (void)dev;
	return 0;
}

static void configurations_that_make_no_sense(void **state)
{
	static const struct dma_ranges_ops all = {.map = no_map, .unmap = no_unmap, .block = no_block},
					   some = {.map = no_map, .unmap = no_unmap};
	const struct dma_window wraps = {.daddr_base = dma_daddr(UINT64_MAX - PAGE + 1), .size = 2 * PAGE};
	const struct dma_ranges_config good = {.ops = &all, .last = UINT32_MAX};
	struct dma_ranges_config c = good;
	struct dma_domain *domain = NULL;

	(void)state;
	assert_int_equal(dma_ranges_create(NULL, &domain), DMA_EINVAL);
	assert_int_equal(dma_ranges_create(&c, NULL), DMA_EINVAL);
	c.ops = NULL;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.ops = &some;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c = good;
	c.nreserved = 1;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.reserved = &wraps;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c = good;
	c.window = (struct dma_window){.daddr_base = dma_daddr(PAGE), .size = (uint64_t)4 << 30};
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.window.size = PAGE + 1;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.window = (struct dma_window){.paddr_base = dma_paddr(PAGE), .daddr_base = dma_daddr(PAGE), .size = PAGE};
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.window = wraps;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c = good;
	c.keep_count = 65;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	assert_null(domain);
	assert_int_equal(dma_ranges_create(&good, &domain), 0);
	assert_int_equal(dma_ranges_destroy(domain), 0);
	assert_int_equal(dma_ranges_destroy(NULL), DMA_EINVAL);
	assert_int_equal(dma_ranges_forget(NULL, dma_paddr(0), 1), DMA_EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_fails_once), cmocka_unit_test(a_device_is_blocked),
		cmocka_unit_test(configurations_that_make_no_sense),
		cmocka_unit_test(an_unmap_fails), /* last: its domain stays */
	};

	return cmocka_run_group_tests_name("domains of ranges: refusals", tests, ranges_start, NULL);
}
