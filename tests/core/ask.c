/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver may ask: lines, bounces before and after the fact, the longest piece, the reach of masks and windows,
 * what a stream is, where its frames are, and the line that a log gets. Answers are compared with what map and alloc
 * then do.
 */
#include "core.h"
#include <stdio.h>

static struct core_device dev;

/* ---- Devices ---- */

static void bounces(void *arg)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	int said, error;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_cache_line() == (sim_config()->line_align ? sim_config()->line_align : sim_config()->line));
	SIM_CHECK(dma_device_bounces(&dev.dma, &seg) == DMA_EINVAL && !dma_stream_bounces(&s));
	if (core_segment(&seg, 3, 1)) {
		struct dma_device none = {0};

		SIM_CHECK(dma_device_bounces(NULL, &seg) == DMA_EINVAL &&
			  dma_device_bounces(&none, &seg) == DMA_EINVAL);
		said = dma_device_bounces(&dev.dma, &seg);
		error = dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg);
		SIM_CHECK(error == 0 ? said == dma_stream_bounces(&s) : said == error);
		dma_stream_release(&s);
	}
	dma_segment_drop(&seg);
	core_close(&dev);
}

static void bounces_are_foretold(void **state)
{
	(void)state;
	core_test_all(bounces);
	core_test("low=1,high=1,noncoherent,nosync,nouncached", bounces);
}

static void limits(void *arg)
{
	struct sim_device *sim = sim_device_new(NULL);
	struct dma_device_config config = sim_device_dma(sim);
	struct dma_device dma = {0};
	struct dma_segment seg = {0};

	(void)arg;
	SIM_CHECK(dma_device_max_mapping(&dma) == 0);
	SIM_CHECK(dma_device_init(&dma, &config) == 0);
	SIM_CHECK(dma_device_max_mapping(&dma) ==
		  ((uint64_t)(SIZE_MAX >> DMA_PAGE_SHIFT < UINT32_MAX ? SIZE_MAX >> DMA_PAGE_SHIFT : UINT32_MAX)
		   << DMA_PAGE_SHIFT));
	SIM_CHECK(dma_device_fini(&dma) == 0);
	config.mask = 0xffffffff;
	SIM_CHECK(dma_device_init(&dma, &config) == 0 && dma_device_max_mapping(&dma) == 0x100000000);
	SIM_CHECK(dma_device_fini(&dma) == 0);
	config.boundary = 0x40000;
	SIM_CHECK(dma_device_init(&dma, &config) == 0 && dma_device_max_mapping(&dma) == 0x40000);
	SIM_CHECK(dma_device_fini(&dma) == 0);
	config.max_segment_size = 2 * PAGE + 100;
	SIM_CHECK(dma_device_init(&dma, &config) == 0 && dma_device_max_mapping(&dma) == 2 * PAGE);
	if (core_segment(&seg, 3, 1))
		SIM_CHECK(dma_device_bounces(&dma, &seg) == DMA_ENOTSUP);
	dma_segment_drop(&seg);
	SIM_CHECK(dma_device_fini(&dma) == 0);
}

static void the_longest_piece(void **state)
{
	(void)state;
	core_test("low=1,high=1", limits);
}

static void reach(void *arg)
{
	const struct dma_window windows[] = {
		{dma_paddr(0x100000), dma_daddr(0x80000000), 0x10000},
		{dma_paddr(0x200000), dma_daddr(0xfffff000), 0x10000},	/* the mask ends within */
		{dma_paddr(0x400000), dma_daddr(0x100000000), 0x10000}, /* beyond it */
	};
	struct sim_device *sim = sim_device_new(NULL);
	struct dma_device_config config = sim_device_dma(sim);
	struct dma_reach ranges[DMA_DEVICE_WINDOWS];
	struct dma_device dma = {0};

	(void)arg;
	SIM_CHECK(dma_device_reach(&dma, ranges) == 0);
	config.mask = 0xffffffff;
	SIM_CHECK(dma_device_init(&dma, &config) == 0 && dma_device_reach(&dma, ranges) == 1);
	SIM_CHECK(ranges[0].first.raw == 0 && ranges[0].last.raw == 0xffffffff && ranges[0].daddr.raw == 0);
	SIM_CHECK(dma_device_fini(&dma) == 0);
	config.windows = windows;
	config.nwindows = 3;
	SIM_CHECK(dma_device_init(&dma, &config) == 0 && dma_device_reach(&dma, ranges) == 2);
	SIM_CHECK(ranges[0].first.raw == 0x100000 && ranges[0].last.raw == 0x10ffff &&
		  ranges[0].daddr.raw == 0x80000000);
	SIM_CHECK(ranges[1].first.raw == 0x200000 && ranges[1].last.raw == 0x200fff &&
		  ranges[1].daddr.raw == 0xfffff000);
	SIM_CHECK(dma_device_fini(&dma) == 0);
}

static void the_reach_of_masks_and_windows(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	if (DMA_PAGE_SHIFT == 12)
		assert_int_equal(sim_run(&machine, reach, NULL), 0);
}

/* ---- Streams ---- */

static void what_it_is(void *arg)
{
	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		struct dma_stream s = {0};
		struct dma_frames frames;
		struct dma_frame_range range = {dma_paddr(1), 1};
		dma_paddr_t page = dma_paddr(1);
		size_t n = 0;

		SIM_CHECK(dma_stream_device(&s) == NULL && dma_stream_direction(&s) == 0);
		SIM_CHECK(!dma_stream_can_read(&s) && !dma_stream_can_write(&s));
		frames = dma_frames_of_stream(&s);
		SIM_CHECK(!dma_frames_next(&frames, &range) && !dma_frames_next_page(&frames, &page));
		SIM_CHECK(range.paddr.raw == 1 && page.raw == 1);
		if (!core_stream(&s, &dev, dir | DMA_SPLITTABLE, 3, true, 1))
			continue;
		SIM_CHECK(dma_stream_device(&s) == &dev.dma && dma_stream_direction(&s) == dir);
		SIM_CHECK(dma_stream_can_read(&s) == (dma_stream_check_read(&s, 0, 0) == 0));
		SIM_CHECK(dma_stream_can_write(&s) == (dma_stream_check_write(&s, 0, 0) == 0));
		frames = dma_frames_of_stream(&s);
		SIM_CHECK(dma_frames_next(&frames, &range) && !dma_frames_next(&frames, &range));
		SIM_CHECK(range.paddr.raw == dma_stream_paddr(&s).raw && range.npages == 3);
		for (frames = dma_frames_of_stream(&s); dma_frames_next_page(&frames, &page); n++)
			SIM_CHECK(page.raw == dma_stream_paddr(&s).raw + n * PAGE);
		SIM_CHECK(n == 3);
		frames = dma_frames_of_segment(&s.seg);
		SIM_CHECK(dma_frames_next_page(&frames, &page) && dma_frames_next(&frames, &range) &&
			  range.npages == 2);
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void a_stream_says_what_it_is(void **state)
{
	(void)state;
	core_test_all(what_it_is);
}

static void line(void *arg)
{
	struct dma_stream s = {0};
	struct dma_coherent c = {0};
	char text[200], expected[200], cut[12];
	size_t length;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_describe(&s, text, sizeof(text)) == 15 && strcmp(text, "an empty stream") == 0);
	if (core_stream(&s, &dev, DMA_FROM_DEVICE, 2, true, 1)) {
		snprintf(expected, sizeof(expected), "%s: from device, 0x%zx bytes at 0x%llx (paddr 0x%llx)%s%s%s",
			 dev.dma.name, 2 * PAGE, (unsigned long long)dma_stream_daddr(&s).raw,
			 (unsigned long long)dma_stream_paddr(&s).raw, dma_stream_bounces(&s) ? ", bounced" : "",
			 dev.dma.coherent	  ? ""
			 : sim_config()->can_sync ? ", maintained"
						  : ", uncached",
			 sim_config()->cvm ? ", shared" : "");
		length = dma_stream_describe(&s, text, sizeof(text));
		SIM_CHECK(strcmp(text, expected) == 0 && length == strlen(expected));
		SIM_CHECK(dma_stream_describe(&s, NULL, 0) == length);
		memset(cut, 'x', sizeof(cut));
		SIM_CHECK(dma_stream_describe(&s, cut, sizeof(cut) - 1) == length && cut[10] == 0 && cut[11] == 'x');
		SIM_CHECK(memcmp(cut, text, 10) == 0);
		SIM_CHECK(dma_stream_describe(&s, text, length) == length && strlen(text) == length - 1);
		SIM_CHECK(dma_stream_describe(&s, text, length + 1) == length && strlen(text) == length);
	}
	dma_stream_release(&s);
	if (SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, DMA_SPLITTABLE, 1) == 0)) {
		(void)dma_stream_describe(&c.stream, text, sizeof(text));
		SIM_CHECK(strstr(text, ": coherent memory, ") && strstr(text, ", splittable"));
	}
	dma_coherent_release(&c);
	core_close(&dev);
}

static void one_line_for_a_log(void **state)
{
	(void)state;
	core_test_all(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounces_are_foretold),
		cmocka_unit_test(the_longest_piece),
		cmocka_unit_test(the_reach_of_masks_and_windows),
		cmocka_unit_test(a_stream_says_what_it_is),
		cmocka_unit_test(one_line_for_a_log),
	};

	return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
