/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Readers and writers: each operation with each length around what is left, over ordinary memory and over streams, and
 * copies to and from user memory that ends early.
 */
#include "core.h"
#include <dmastream/user.h>

#define N ((size_t)200)

static unsigned char from[N], to[N];

static void fresh(struct dma_reader *r, struct dma_writer *w, size_t left)
{
	core_pattern(from, 1, 0, N);
	memset(to, 0, N);
	*r = dma_reader_of(from + 3, left);
	*w = dma_writer_of(to + 3, left);
}

/* Whatever n is: all of it, or an error and no change. */
static void moved(const struct dma_reader *r, size_t left, size_t n, int error)
{
	bool fits = n <= left;

	SIM_CHECK(error == (fits ? 0 : DMA_EINVAL));
	SIM_CHECK(dma_reader_remain(r) == left - (fits ? n : 0) && r->end - r->left == from + 3 + (fits ? n : 0));
}

static void moved_w(const struct dma_writer *w, size_t left, size_t n, int error)
{
	bool fits = n <= left;

	SIM_CHECK(error == (fits ? 0 : DMA_EINVAL));
	SIM_CHECK(dma_writer_remain(w) == left - (fits ? n : 0) && w->end - w->left == to + 3 + (fits ? n : 0));
}

static bool only(size_t n, const unsigned char *expected, unsigned char value)
{
	for (size_t i = 0; i < N; i++) {
		unsigned char e = i < 3 || i >= 3 + n ? 0 : expected ? expected[i - 3] : value;

		if (to[i] != e)
			return false;
	}
	return true;
}

static void lengths(void *arg)
{
	static const size_t lefts[] = {0, 1, 7, 64, 190};
	static const size_t ns[] = {0, 1, 6, 7, 8, 63, 64, 65, 189, 190, 191, SIZE_MAX, SIZE_MAX - 3};

	(void)arg;
	for (size_t i = 0; i < sizeof(lefts) / sizeof(*lefts); i++) {
		for (size_t j = 0; j < sizeof(ns) / sizeof(*ns); j++) {
			size_t left = lefts[i], n = ns[j], fits = n <= left ? n : 0;
			unsigned char buffer[N + 1];
			struct dma_reader r;
			struct dma_writer w;

			fresh(&r, &w, left);
			moved(&r, left, n, dma_reader_skip(&r, n));
			moved_w(&w, left, n, dma_writer_skip(&w, n));
			SIM_CHECK(only(0, NULL, 0));

			fresh(&r, &w, left);
			dma_reader_limit(&r, n);
			dma_writer_limit(&w, n);
			SIM_CHECK(r.left == (n < left ? n : left) && r.end - r.left == from + 3);
			SIM_CHECK(w.left == (n < left ? n : left) && w.end - w.left == to + 3);

			fresh(&r, &w, left);
			memset(buffer, 0x5a, sizeof(buffer));
			moved(&r, left, n, dma_reader_read_bytes(&r, buffer, n));
			SIM_CHECK(memcmp(buffer, from + 3, fits) == 0 && buffer[fits] == 0x5a);

			fresh(&r, &w, left);
			moved_w(&w, left, n, dma_writer_write_bytes(&w, from, n));
			SIM_CHECK(only(fits, from, 0));

			fresh(&r, &w, left);
			moved_w(&w, left, n, dma_writer_fill(&w, 0x77, n));
			SIM_CHECK(only(fits, NULL, 0x77));
		}
		for (size_t k = 0; k < sizeof(lefts) / sizeof(*lefts); k++) {
			size_t least = lefts[i] < lefts[k] ? lefts[i] : lefts[k];
			struct dma_reader r, ignored_r;
			struct dma_writer w, ignored_w;

			for (int way = 0; way < 2; way++) {
				fresh(&r, &ignored_w, lefts[i]);
				fresh(&ignored_r, &w, lefts[k]);
				SIM_CHECK((way ? dma_reader_read(&r, &w) : dma_writer_write(&w, &r)) == least);
				moved(&r, lefts[i], least, 0);
				moved_w(&w, lefts[k], least, 0);
				SIM_CHECK(only(least, from + 3, 0));
			}
		}
	}
}

/* An empty cursor may point nowhere: nothing is copied from there, not even no bytes (C11, 7.24.1). */
static void nowhere(void *arg)
{
	struct dma_reader r, empty_r = dma_reader_of(NULL, 0);
	struct dma_writer w, empty_w = dma_writer_of(NULL, 0);

	(void)arg;
	fresh(&r, &w, 100);
	SIM_CHECK(dma_reader_read(&empty_r, &w) == 0 && w.left == 100);
	SIM_CHECK(dma_reader_read(&r, &empty_w) == 0 && r.left == 100);
	SIM_CHECK(dma_reader_read(&empty_r, &empty_w) == 0);
}

static void empty_cursors_move_nothing(void **state)
{
	(void)state;
	core_test("low=1,high=1", nowhere);
}

static void each_length_is_whole_or_refused(void **state)
{
	(void)state;
	core_test("low=1,high=1", lengths);
}

/* ---- Over streams ---- */

static void streams(void *arg)
{
	struct core_device dev;
	struct dma_stream a, b;
	struct dma_reader r;
	struct dma_writer w;
	uint64_t value = 0x1122334455667788, back = 0;
	unsigned char bytes[300];

	(void)arg;
	core_open(&dev);
	if (!core_stream(&a, &dev, DMA_BIDIRECTIONAL, 2, true, 1) ||
	    !core_stream(&b, &dev, DMA_BIDIRECTIONAL, 1, false, 1))
		return;
	SIM_CHECK(dma_stream_fill(&b, 0, 0, PAGE) == 0);
	SIM_CHECK(dma_stream_reader(&a, &r) == 0 && dma_stream_writer(&b, &w) == 0);
	SIM_CHECK(dma_reader_remain(&r) == 2 * PAGE && dma_writer_remain(&w) == PAGE);
	SIM_CHECK(dma_reader_skip(&r, 100) == 0 && dma_writer_skip(&w, 7) == 0);
	dma_writer_limit(&w, 150);
	SIM_CHECK(dma_reader_read(&r, &w) == 150 && dma_writer_remain(&w) == 0); /* from stream to stream */
	SIM_CHECK(dma_writer_write_val(&w, &value) == DMA_EINVAL);
	SIM_CHECK(dma_stream_read_bytes(&b, 0, bytes, sizeof(bytes)) == 0);
	SIM_CHECK(core_is_pattern(bytes + 7, 1, 100, 150) && bytes[6] == 0 && bytes[157] == 0);
	SIM_CHECK(dma_stream_writer(&b, &w) == 0 && dma_writer_skip(&w, PAGE - 8) == 0);
	SIM_CHECK(dma_writer_write_val(&w, &value) == 0 && dma_writer_fill(&w, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_stream_reader(&b, &r) == 0 && dma_reader_skip(&r, PAGE - 8) == 0);
	SIM_CHECK(dma_reader_read_val(&r, &back) == 0 && back == value);
	SIM_CHECK(dma_stream_sync_to_device(&b, 0, PAGE) == 0);
	SIM_CHECK(sim_device_read(dev.sim, dma_stream_daddr(&b), bytes, sizeof(bytes)) == 0);
	SIM_CHECK(core_is_pattern(bytes + 7, 1, 100, 150));
	dma_stream_release(&a);
	dma_stream_release(&b);

	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_FROM_DEVICE; dir++) {
		struct dma_reader none = {.left = 5};
		struct dma_writer no = {.left = 6};

		if (!core_stream(&a, &dev, dir, 1, true, 1))
			continue;
		SIM_CHECK(dma_stream_reader(&a, &none) == (dir & DMA_FROM_DEVICE ? 0 : DMA_EACCES));
		SIM_CHECK(dma_stream_writer(&a, &no) == (dir & DMA_TO_DEVICE ? 0 : DMA_EACCES));
		SIM_CHECK((none.left == 5) == (dir == DMA_TO_DEVICE) && (no.left == 6) == (dir == DMA_FROM_DEVICE));
		dma_stream_release(&a);
	}
	core_close(&dev);
}

static void cursors_over_streams(void **state)
{
	(void)state;
	core_test_all(streams);
}

/* ---- User memory ---- */

static void user(void *arg)
{
	unsigned char memory[100];
	struct dma_reader r;
	struct dma_writer w;
	size_t done;

	(void)arg;
	for (size_t n = 0; n <= 100; n += 25) {
		fresh(&r, &w, 100);
		memset(memory, 0, sizeof(memory));
		done = 999;
		SIM_CHECK(dma_reader_read_user(&r, memory, n, &done) == 0 && done == n && r.left == 100 - n);
		SIM_CHECK(r.end - r.left == from + 3 + n && memcmp(memory, from + 3, n) == 0);
		done = 999;
		SIM_CHECK(dma_writer_write_user(&w, from, n, &done) == 0 && done == n && w.left == 100 - n);
		SIM_CHECK(only(n, from, 0));
	}
	fresh(&r, &w, 100);
	done = 999;
	SIM_CHECK(dma_reader_read_user(&r, memory, 101, &done) == DMA_EINVAL && done == 0 && r.left == 100);
	done = 999;
	SIM_CHECK(dma_writer_write_user(&w, from, SIZE_MAX, &done) == DMA_EINVAL && done == 0 && w.left == 100);

	sim_fail_hook(SIM_HOOK_COPY_TO_USER, 1);
	SIM_CHECK(dma_reader_read_user(&r, memory, 90, &done) == DMA_EFAULT && done < 90);
	SIM_CHECK(r.left == 100 - done && r.end - r.left == from + 3 + done && memcmp(memory, from + 3, done) == 0);
	SIM_CHECK(dma_reader_read_user(&r, memory, 10, &done) == 0 && done == 10); /* the cursor is good for more */
	sim_fail_hook(SIM_HOOK_COPY_FROM_USER, 1);
	SIM_CHECK(dma_writer_write_user(&w, from, 90, &done) == DMA_EFAULT && done < 90);
	SIM_CHECK(w.left == 100 - done && w.end - w.left == to + 3 + done && only(done, from, 0));

	sim_lie(true); /* a host that says more than it was asked does not move the cursor past its end */
	fresh(&r, &w, 100);
	SIM_CHECK(dma_reader_read_user(&r, memory, 100, &done) == 0 && done == 100 && r.left == 0);
	SIM_CHECK(dma_writer_write_user(&w, from, 100, &done) == 0 && done == 100 && w.left == 0);
}

static void user_memory_that_ends_early(void **state)
{
	(void)state;
	core_test("low=1,high=1", user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_length_is_whole_or_refused),
		cmocka_unit_test(empty_cursors_move_nothing),
		cmocka_unit_test(cursors_over_streams),
		cmocka_unit_test(user_memory_that_ends_early),
	};

	return cmocka_run_group_tests_name("cursors", tests, NULL, NULL);
}
