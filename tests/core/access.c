/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CPU's access beside streams: zeroed segments, their cursors, reading and writing at an offset from and to a
 * cursor, single accesses on cursors, copies and fills between user ranges; every limit, and every hook failing.
 */
#include "core.h"
#include <dmastream/user.h>
#include <stdio.h>

static struct core_device dev;
static unsigned char bytes[4 * 65536], back[4 * 65536];

/* ---- Segments ---- */

static void segment(void *arg)
{
	struct dma_segment seg = {0}, copy = {0};
	struct dma_reader r;
	struct dma_writer w;
	size_t size = 3 * PAGE;

	(void)arg;
	core_open(&dev);
	r = dma_reader_of(bytes, 3), w = dma_writer_of(back, 4);
	SIM_CHECK(dma_segment_reader(&seg, &r) == DMA_EINVAL && dma_segment_writer(&seg, &w) == DMA_EINVAL);
	SIM_CHECK(dma_segment_read(&seg, 0, &w) == DMA_EINVAL && dma_segment_write(&seg, 0, &r) == DMA_EINVAL);
	SIM_CHECK(dma_reader_remain(&r) == 3 && dma_writer_remain(&w) == 4);
	SIM_CHECK(dma_segment_alloc_zeroed(&seg, 0, UINT64_MAX, 0) == DMA_EINVAL);
	if (!SIM_CHECK(dma_segment_alloc_zeroed(&seg, 3, UINT64_MAX, 0) == 0))
		return;
	SIM_CHECK(dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0) == DMA_EINVAL && seg.npages == 3);
	if (!dma_host_linear(seg.paddr, size)) {
		SIM_CHECK(dma_segment_reader(&seg, &r) == DMA_ENOTSUP && dma_segment_writer(&seg, &w) == DMA_ENOTSUP);
		SIM_CHECK(dma_segment_read(&seg, 0, &w) == DMA_ENOTSUP && dma_writer_remain(&w) == 4);
		SIM_CHECK(dma_segment_write(&seg, 0, &r) == DMA_ENOTSUP && dma_reader_remain(&r) == 3);
	} else {
		memset(back, 1, size);
		w = dma_writer_of(back, size);
		SIM_CHECK(dma_segment_read(&seg, 0, &w) == 0 && dma_writer_remain(&w) == 0);
		SIM_CHECK(back[0] == 0 && memcmp(back, back + 1, size - 1) == 0);
		core_pattern(bytes, 1, 0, size);
		r = dma_reader_of(bytes + 5, size - 10);
		SIM_CHECK(dma_segment_write(&seg, 5, &r) == 0 && dma_reader_remain(&r) == 0);
		w = dma_writer_of(back, size - 10);
		SIM_CHECK(dma_segment_read(&seg, 5, &w) == 0 && memcmp(back, bytes + 5, size - 10) == 0);
		r = dma_reader_of(bytes, size - 5); /* up to the last byte */
		w = dma_writer_of(back, size - 5);
		SIM_CHECK(dma_segment_write(&seg, 5, &r) == 0 && dma_segment_read(&seg, 5, &w) == 0);
		SIM_CHECK(memcmp(back, bytes, size - 5) == 0);
		SIM_CHECK(dma_segment_reader(&seg, &r) == 0 && dma_reader_remain(&r) == size);
		SIM_CHECK(dma_segment_writer(&seg, &w) == 0 && dma_writer_remain(&w) == size);
		/* A byte too many, or beyond: nothing moves. */
		r = dma_reader_of(bytes, 6);
		SIM_CHECK(dma_segment_write(&seg, size - 5, &r) == DMA_EINVAL && dma_reader_remain(&r) == 6);
		SIM_CHECK(dma_segment_write(&seg, size + 1, &r) == DMA_EINVAL && dma_reader_remain(&r) == 6);
		w = dma_writer_of(back, 6);
		SIM_CHECK(dma_segment_read(&seg, size - 5, &w) == DMA_EINVAL && dma_writer_remain(&w) == 6);
		w = dma_writer_of(NULL, 0);
		SIM_CHECK(dma_segment_read(&seg, size, &w) == 0);
	}
	/* Zeros also to a device, wherever the frames are. */
	if (SIM_CHECK(dma_segment_alloc_zeroed(&copy, 1, UINT64_MAX, 0) == 0)) {
		struct dma_stream s = {0};

		if (SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &copy) == 0)) {
			memset(back, 1, PAGE);
			SIM_CHECK(sim_device_read(dev.sim, dma_stream_daddr(&s), back, PAGE) == 0);
			SIM_CHECK(back[0] == 0 && memcmp(back, back + 1, PAGE - 1) == 0);
		}
		dma_stream_release(&s);
	}
	dma_segment_drop(&copy);
	dma_segment_drop(&seg);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void segments_are_read_and_written(void **state)
{
	(void)state;
	core_test_all(segment);
}

/* Who gets frames without a linear mapping cannot write them back: the zeros are in memory, not in a cache alone. */
static void written_back(void *arg)
{
	struct dma_segment seg = {0};

	(void)arg;
	if (!SIM_CHECK(dma_segment_alloc_zeroed(&seg, 2, UINT64_MAX, 0) == 0))
		return;
	SIM_CHECK(dma_host_linear(seg.paddr, 2 * PAGE) == NULL);
	memset(back, 1, 2 * PAGE);
	SIM_CHECK(sim_ram_read(seg.paddr.raw, back, 2 * PAGE, false) == 0);
	SIM_CHECK(back[0] == 0 && memcmp(back, back + 1, 2 * PAGE - 1) == 0);
	dma_segment_drop(&seg);
}

static void zeros_are_written_back(void **state)
{
	(void)state;
	core_test("low=1,high=1,noncoherent,nohigh", written_back);
}

static int zeroed(void *arg)
{
	struct dma_segment seg = {0};
	int error = dma_segment_alloc_zeroed(&seg, 2, UINT64_MAX, 0);

	(void)arg;
	SIM_CHECK((error == 0) == (seg.npages == 2));
	dma_segment_drop(&seg);
	return error;
}

static void zeroed_segments_with_every_hook_failing(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,nohigh", "low=1,high=1,nohigh,nosync"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		struct sim_config machine = sim_config_frames(sim_config_plain(machines[i]));

		assert_int_equal(sim_for_each_failure(&machine, zeroed, NULL, NULL), 0);
	}
}

/* Frames in the linear map are zeroed there: a mapping of their own, which this host cannot make, is not needed. */
static void no_mapping(void *arg)
{
	struct dma_segment seg = {0};

	(void)arg;
	sim_fail_hook(SIM_HOOK_KVA_MAP, 1);
	SIM_CHECK(dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0) == 0);
	dma_segment_drop(&seg);
}

static void zeroed_segments_use_the_linear_map(void **state)
{
	(void)state;
	core_test("low=1,high=1", no_mapping);
}

static void interrupts_off(void *arg)
{
	struct dma_segment seg = {0};

	(void)arg;
	sim_interrupts(false);
	SIM_CHECK(dma_segment_alloc_zeroed(&seg, 1, UINT64_MAX, 0) == DMA_EBUSY && seg.npages == 0);
	sim_interrupts(true);
}

static void zeroed_segments_want_interrupts(void **state)
{
	(void)state;
	core_test("low=1,high=1", interrupts_off);
}

/* ---- Streams and coherent memory, at an offset ---- */

static void offsets(void *arg)
{
	struct dma_stream s = {0};
	struct dma_coherent c = {0};
	struct dma_reader r;
	struct dma_writer w;

	(void)arg;
	core_open(&dev);
	core_pattern(bytes, 9, 0, PAGE);
	r = dma_reader_of(bytes, 100);
	w = dma_writer_of(back, 100);
	SIM_CHECK(dma_stream_write(&s, 0, &r) == DMA_EINVAL && dma_stream_read(&s, 0, &w) == DMA_EINVAL);
	if (core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, true, 1)) {
		SIM_CHECK(dma_stream_write(&s, PAGE - 100, &r) == 0 && dma_reader_remain(&r) == 0);
		SIM_CHECK(dma_stream_sync_to_device(&s, PAGE - 100, 100) == 0);
		SIM_CHECK(dma_stream_sync_from_device(&s, PAGE - 100, 100) == 0);
		SIM_CHECK(dma_stream_read(&s, PAGE - 100, &w) == 0 && dma_writer_remain(&w) == 0);
		SIM_CHECK(memcmp(back, bytes, 100) == 0);
		r = dma_reader_of(bytes, 100);
		w = dma_writer_of(back, 100);
		SIM_CHECK(dma_stream_write(&s, PAGE - 99, &r) == DMA_EINVAL && dma_reader_remain(&r) == 100);
		SIM_CHECK(dma_stream_read(&s, PAGE - 99, &w) == DMA_EINVAL && dma_writer_remain(&w) == 100);
	}
	dma_stream_release(&s);
	if (core_stream(&s, &dev, DMA_TO_DEVICE, 1, true, 1))
		SIM_CHECK(dma_stream_read(&s, 0, &w) == DMA_EACCES && dma_writer_remain(&w) == 100);
	dma_stream_release(&s);
	if (core_stream(&s, &dev, DMA_FROM_DEVICE, 1, true, 1))
		SIM_CHECK(dma_stream_write(&s, 0, &r) == DMA_EACCES && dma_reader_remain(&r) == 100);
	dma_stream_release(&s);
	if (SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 1) == 0)) {
		memset(back, 0, 100);
		SIM_CHECK(dma_coherent_write(&c, 33, &r) == 0 && dma_coherent_read(&c, 33, &w) == 0);
		SIM_CHECK(dma_reader_remain(&r) == 0 && dma_writer_remain(&w) == 0 && memcmp(back, bytes, 100) == 0);
		r = dma_reader_of(bytes, 100);
		SIM_CHECK(dma_coherent_write(&c, PAGE - 99, &r) == DMA_EINVAL && dma_reader_remain(&r) == 100);
	}
	dma_coherent_release(&c);
	core_close(&dev);
}

static void from_and_to_cursors_at_an_offset(void **state)
{
	(void)state;
	core_test_all(offsets);
}

/* ---- Single accesses on cursors ---- */

static void once(void *arg)
{
	struct dma_coherent c = {0};
	struct dma_reader r;
	struct dma_writer w;
	uint64_t out = UINT64_C(0x1122334455667788), in = 0;

	(void)arg;
	core_open(&dev);
	if (!SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 1) == 0))
		return;
	for (size_t n = 1; n <= 8; n *= 2) {
		SIM_CHECK(dma_coherent_reader(&c, &r) == 0 && dma_coherent_writer(&c, &w) == 0);
		SIM_CHECK(dma_writer_skip(&w, 16) == 0 && dma_reader_skip(&r, 16) == 0);
		in = 0;
		SIM_CHECK(dma_writer_write_once(&w, &out, n) == 0 && dma_writer_remain(&w) == PAGE - 16 - n);
		SIM_CHECK(dma_reader_read_once(&r, &in, n) == 0 && dma_reader_remain(&r) == PAGE - 16 - n);
		SIM_CHECK(memcmp(&in, &out, n) == 0);
		SIM_CHECK(dma_reader_skip(&r, PAGE - 16 - n - (n - 1)) == 0 &&
			  dma_writer_skip(&w, PAGE - 16 - n - (n - 1)) == 0);
		if (n > 1) { /* one byte short, and not aligned */
			SIM_CHECK(dma_reader_read_once(&r, &in, n) == DMA_EINVAL && dma_reader_remain(&r) == n - 1);
			SIM_CHECK(dma_writer_write_once(&w, &in, n) == DMA_EINVAL && dma_writer_remain(&w) == n - 1);
		}
		dma_reader_limit(&r, 0);
		SIM_CHECK(dma_reader_read_once(&r, &in, n) == DMA_EINVAL);
	}
	for (size_t n = 0; n <= 16; n++) {
		SIM_CHECK(dma_coherent_reader(&c, &r) == 0 && dma_coherent_writer(&c, &w) == 0);
		dma_reader_limit(&r, n);
		dma_writer_limit(&w, n);
		if (n == 0 || n & (n - 1) || n > 8) {
			SIM_CHECK(dma_reader_read_once(&r, &in, n) == DMA_EINVAL && dma_reader_remain(&r) == n);
			SIM_CHECK(dma_writer_write_once(&w, &in, n) == DMA_EINVAL && dma_writer_remain(&w) == n);
		} else { /* just enough */
			SIM_CHECK(dma_reader_read_once(&r, &in, n) == 0 && dma_writer_write_once(&w, &in, n) == 0);
		}
	}
	SIM_CHECK(dma_coherent_reader(&c, &r) == 0);
	dma_reader_limit(&r, 4);
	SIM_CHECK(dma_reader_read_once(&r, &in, 8) == DMA_EINVAL && dma_reader_remain(&r) == 4);
	SIM_CHECK(dma_reader_skip(&r, 2) == 0 && dma_reader_read_once(&r, &in, 4) == DMA_EINVAL);
	dma_coherent_release(&c);
	core_close(&dev);
}

static void cursors_make_single_accesses(void **state)
{
	(void)state;
	core_test("low=1,high=1", once);
	core_test("low=1,high=1,noncoherent", once);
}

/* ---- User ranges ---- */

static void user(void *arg)
{
	size_t done = 77;
	unsigned calls;

	(void)arg;
	core_pattern(bytes, 3, 0, 2000);
	for (size_t n = 0; n <= 1024; n = n < 4 ? n + 1 : n * 2) {
		memset(back, 0, 2000);
		SIM_CHECK(dma_user_copy(back, bytes, n, &done) == 0 && done == n);
		SIM_CHECK(memcmp(back, bytes, n) == 0 && back[n] == 0);
		SIM_CHECK(dma_user_fill(back, 0xab, n, &done) == 0 && done == n);
		SIM_CHECK((n == 0 || (back[0] == 0xab && back[n - 1] == 0xab)) && back[n] == 0);
	}
	/* An empty cursor may point nowhere: the host is not asked. */
	calls = sim_hook_calls(SIM_HOOK_COPY_TO_USER) + sim_hook_calls(SIM_HOOK_COPY_FROM_USER);
	SIM_CHECK(dma_reader_read_user(&(struct dma_reader){0}, back, 0, &done) == 0 && done == 0);
	SIM_CHECK(dma_writer_write_user(&(struct dma_writer){0}, bytes, 0, &done) == 0 && done == 0);
	SIM_CHECK(calls == sim_hook_calls(SIM_HOOK_COPY_TO_USER) + sim_hook_calls(SIM_HOOK_COPY_FROM_USER));
	/* Half of the third piece of 256 can be read: 2 * 256 + 128 bytes have come. */
	memset(back, 0, 2000);
	sim_fail_hook(SIM_HOOK_COPY_FROM_USER, 3);
	SIM_CHECK(dma_user_copy(back, bytes, 1000, &done) == DMA_EFAULT && done == 640);
	SIM_CHECK(memcmp(back, bytes, 640) == 0 && back[640] == 0);
	memset(back, 0, 2000);
	sim_fail_hook(SIM_HOOK_COPY_TO_USER, 2);
	SIM_CHECK(dma_user_copy(back, bytes, 1000, &done) == DMA_EFAULT && done == 384 && back[384] == 0);
	sim_fail_hook(SIM_HOOK_COPY_TO_USER, 4);
	SIM_CHECK(dma_user_fill(back, 1, 1000, &done) == DMA_EFAULT && done == 768 + 116);
	SIM_CHECK(back[883] == 1 && back[884] == 0);
	sim_lie(true); /* more than was asked for */
	SIM_CHECK(dma_user_copy(back, bytes, 300, &done) == 0 && done == 300);
	SIM_CHECK(dma_user_fill(back, 1, 300, &done) == 0 && done == 300);
	sim_lie(false);
}

static void copies_and_fills_between_user_ranges(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	machine.quiet = true;
	assert_int_equal(sim_run(&machine, user, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_read_and_written),
		cmocka_unit_test(zeros_are_written_back),
		cmocka_unit_test(zeroed_segments_with_every_hook_failing),
		cmocka_unit_test(zeroed_segments_use_the_linear_map),
		cmocka_unit_test(zeroed_segments_want_interrupts),
		cmocka_unit_test(from_and_to_cursors_at_an_offset),
		cmocka_unit_test(cursors_make_single_accesses),
		cmocka_unit_test(copies_and_fills_between_user_ranges),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
