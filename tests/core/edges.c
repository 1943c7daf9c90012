/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is asked before the library is started, segments of more parts than one lock is held for, and memory that waits
 * while the next is allocated.
 */
#include "core.h"
#include <dmastream/errors.h>

static void before_the_start(void **state)
{
	struct dma_segment seg = {.npages = 1};
	struct dma_device dev = {0};

	(void)state;
	assert_int_equal(dma_cache_line(), 0);
	assert_int_equal(dma_device_bounces(&dev, &seg), DMA_EINVAL);
	assert_int_equal(dma_segment_alloc(&(struct dma_segment){0}, 1, UINT64_MAX, 0), DMA_EINVAL);
}

static void asked(void *unused)
{
	struct dma_segment seg = {0}, none = {0};
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	SIM_CHECK(dma_cache_line() == sim_config()->line);
	if (core_segment(&seg, 1, 1)) {
		SIM_CHECK(dma_device_bounces(&dev.dma, &seg) >= 0);
		SIM_CHECK(dma_device_bounces(&dev.dma, &none) == DMA_EINVAL);
		SIM_CHECK(dma_device_bounces(NULL, &seg) == DMA_EINVAL);
		dma_segment_drop(&seg);
	}
	core_close(&dev);
}

static void devices_are_asked(void **state)
{
	(void)state;
	core_test("low=1,high=1", asked);
}

/* ---- Many parts ---- */

#define PARTS 40

/* All of a segment is held once more, and dropped, while it is cut into single pages. */
static void parts(void *unused)
{
	struct dma_segment seg = {0}, all = {0}, again = {0}, part[PARTS];

	(void)unused;
	memset(part, 0, sizeof(part));
	if (!core_segment(&seg, PARTS, 1))
		return;
	SIM_CHECK(dma_segment_clone(&seg, &all) == 0);
	for (size_t i = 0; i < PARTS; i++)
		SIM_CHECK(dma_segment_slice(&seg, i, 1, &part[i]) == 0);
	SIM_CHECK(dma_segment_clone(&all, &again) == 0);
	dma_segment_drop(&seg);
	dma_segment_drop(&all);
	SIM_CHECK(dma_segment_slice(&again, 1, PARTS - 2, &all) == 0);
	dma_segment_drop(&again);
	dma_segment_drop(&all);
	SIM_CHECK(core_pages() == PARTS);
	for (size_t i = 0; i < PARTS; i++) {
		dma_segment_drop(&part[i]);
		SIM_CHECK(core_pages() == PARTS - 1 - i);
	}
}

static void segments_of_many_parts(void **state)
{
	(void)state;
	core_test("low=1,high=1", parts);
}

/* ---- Memory that waits ---- */

/* What a release with interrupts off left, the next alloc brings back, also where it needs nothing of it. */
static void waits(void *unused)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_stats stats;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	if (core_segment(&seg, 1, 1) && SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg) == 0)) {
		sim_interrupts(false);
		dma_stream_release(&s);
		sim_interrupts(true);
		dma_stats(&stats);
		SIM_CHECK(stats.pages_pending == 1);
		SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == 0);
		dma_stats(&stats);
		SIM_CHECK(stats.pages_pending == 0);
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void the_next_alloc_brings_it_back(void **state)
{
	(void)state;
	core_test("low=1,high=1,nohigh", waits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_start),
		cmocka_unit_test(devices_are_asked),
		cmocka_unit_test(segments_of_many_parts),
		cmocka_unit_test(the_next_alloc_brings_it_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
