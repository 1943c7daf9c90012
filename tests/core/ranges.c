/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ranges: at 0, in the middle, at the end, past it, overflowing, empty; against the direction; and that a refused call
 * touches nothing.
 */
#include "core.h"

#define NPAGES 3
#define SIZE   (NPAGES * PAGE)

static const struct range {
	size_t off, len;
	bool fits;
} ranges[] = {
	{0, 0, true},
	{0, 1, true},
	{0, SIZE, true},
	{1, SIZE - 1, true},
	{SIZE / 2, 63, true},
	{PAGE - 1, 2, true},
	{PAGE - 3, PAGE + 5, true},
	{SIZE - 1, 1, true},
	{SIZE - 1, 0, true},
	{SIZE, 0, true},
	{0, SIZE + 1, false},
	{1, SIZE, false},
	{SIZE - 1, 2, false},
	{SIZE, 1, false},
	{SIZE + 1, 0, false},
	{SIZE + 1, 1, false},
	{2 * SIZE, 0, false},
	{0, SIZE_MAX, false},
	{1, SIZE_MAX, false},
	{SIZE, SIZE_MAX, false},
	{SIZE_MAX, 0, false},
	{SIZE_MAX, 1, false},
	{SIZE_MAX, SIZE_MAX, false},
	{SIZE_MAX - 1, 2, false},
	{SIZE_MAX - SIZE + 1, SIZE, false},
	{SIZE - 1, SIZE_MAX - SIZE + 2, false},
};

#define NRANGES (sizeof(ranges) / sizeof(*ranges))

static unsigned char buffer[SIZE];

/* What a call on that range must give, if `needs` is what it needs of the direction. */
static bool gives(int error, const struct range *r, unsigned dir, unsigned needs)
{
	int expected = (dir & needs) == 0 ? DMA_EACCES : r->fits ? 0 : DMA_EINVAL;

	return error == expected;
}

static bool buffer_is(unsigned char value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (buffer[i] != value)
			return false;
	}
	return true;
}

static void each_range(struct core_device *dev, const struct dma_stream *s, unsigned dir)
{
	(void)dev;
	for (size_t i = 0; i < NRANGES; i++) {
		const struct range *r = &ranges[i];
		size_t len = r->fits ? r->len : sizeof(buffer);

		SIM_CHECK(gives(dma_stream_check_write(s, r->off, r->len), r, dir, DMA_TO_DEVICE));
		SIM_CHECK(gives(dma_stream_check_read(s, r->off, r->len), r, dir, DMA_FROM_DEVICE));
		memset(buffer, 0x5a, sizeof(buffer));
		SIM_CHECK(gives(dma_stream_write_bytes(s, r->off, buffer, r->len), r, dir, DMA_TO_DEVICE));
		SIM_CHECK(gives(dma_stream_sync_to_device(s, r->off, r->len), r, dir, DMA_TO_DEVICE));
		SIM_CHECK(gives(dma_stream_sync_from_device(s, r->off, r->len), r, dir, DMA_FROM_DEVICE));
		memset(buffer, 0xc3, sizeof(buffer));
		SIM_CHECK(gives(dma_stream_read_bytes(s, r->off, buffer, r->len), r, dir, DMA_FROM_DEVICE));
		if (dir == DMA_BIDIRECTIONAL && r->fits)
			SIM_CHECK(buffer_is(0x5a, r->len));
		else if (!r->fits || !(dir & DMA_FROM_DEVICE))
			SIM_CHECK(buffer_is(0xc3, len));
		SIM_CHECK(gives(dma_stream_fill(s, r->off, 0x77, r->len), r, dir, DMA_TO_DEVICE));
		if (dir == DMA_BIDIRECTIONAL && r->fits) {
			SIM_CHECK(dma_stream_read_bytes(s, r->off, buffer, r->len) == 0);
			SIM_CHECK(buffer_is(0x77, r->len));
			SIM_CHECK(dma_stream_sync_to_device(s, r->off, r->len) == 0);
		}
	}
}

static void all_ranges(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		for (int mapped = 0; mapped < 2; mapped++) {
			struct dma_stream s;

			if (!core_stream(&s, &dev, dir, NPAGES, mapped, dir))
				continue;
			each_range(&dev, &s, dir);
			dma_stream_release(&s);
		}
	}
	core_close(&dev);
}

static void ranges_are_checked_in_every_call(void **state)
{
	(void)state;
	core_test_all(all_ranges);
}

/* Bytes beside a range that was written, filled or received stay as they were. */
static void neighbours(void *arg)
{
	static unsigned char before[SIZE], after[SIZE];
	struct core_device dev;
	struct dma_stream s;

	(void)arg;
	core_open(&dev);
	if (core_stream(&s, &dev, DMA_BIDIRECTIONAL, NPAGES, true, 9)) {
		for (size_t i = 0; i < NRANGES; i++) {
			const struct range *r = &ranges[i];

			if (!r->fits)
				continue;
			SIM_CHECK(dma_stream_fill(&s, 0, 0x11, SIZE) == 0);
			SIM_CHECK(dma_stream_sync_to_device(&s, 0, SIZE) == 0);
			core_send(&dev, &s, r->off, r->len, (unsigned)i);
			SIM_CHECK(dma_stream_read_bytes(&s, 0, after, SIZE) == 0);
			memset(before, 0x11, SIZE);
			core_pattern(before + r->off, (unsigned)i, r->off, r->len);
			SIM_CHECK(memcmp(before, after, SIZE) == 0);
			core_receive(&dev, &s, r->off, r->len, (unsigned)i + 1);
			SIM_CHECK(dma_stream_sync_from_device(&s, 0, SIZE) == 0);
			SIM_CHECK(dma_stream_read_bytes(&s, 0, after, SIZE) == 0);
			core_pattern(before + r->off, (unsigned)i + 1, r->off, r->len);
			SIM_CHECK(memcmp(before, after, SIZE) == 0);
		}
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void neighbours_of_a_range_stay(void **state)
{
	(void)state;
	core_test_all(neighbours);
}

/* ---- One access ---- */

static void once_at(const struct dma_stream *s, unsigned dir, size_t off, size_t nbytes)
{
	bool shape = (nbytes == 1 || nbytes == 2 || nbytes == 4 || nbytes == 8) && off % nbytes == 0;
	bool fits = off <= SIZE && nbytes <= SIZE - off;
	unsigned char value[32], seen[32];
	int write, read;

	core_pattern(value, (unsigned)nbytes, off, sizeof(value));
	memset(seen, 0xc3, sizeof(seen));
	write = dma_stream_write_once(s, off, value, nbytes);
	read = dma_stream_read_once(s, off, seen, nbytes);
	SIM_CHECK(write == (!shape ? DMA_EINVAL : !(dir & DMA_TO_DEVICE) ? DMA_EACCES : fits ? 0 : DMA_EINVAL));
	SIM_CHECK(read == (!shape ? DMA_EINVAL : !(dir & DMA_FROM_DEVICE) ? DMA_EACCES : fits ? 0 : DMA_EINVAL));
	for (size_t i = 0; i < sizeof(seen); i++) {
		if (read == 0 && i < nbytes)
			SIM_CHECK(dir == DMA_FROM_DEVICE || seen[i] == value[i]);
		else
			SIM_CHECK(seen[i] == 0xc3);
	}
}

static void once(void *arg)
{
	static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 24, SIZE_MAX};
	static const size_t offs[] = {0,	1,	  2,	    3,	      4,	5,	  6,	       7,
				      8,	PAGE - 8, PAGE - 4, PAGE - 2, PAGE - 1, SIZE - 8, SIZE - 7,    SIZE - 4,
				      SIZE - 2, SIZE - 1, SIZE,	    SIZE + 1, SIZE + 8, SIZE_MAX, SIZE_MAX - 7};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		struct dma_stream s;

		if (!core_stream(&s, &dev, dir, NPAGES, dir != DMA_BIDIRECTIONAL, dir))
			continue;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			for (size_t j = 0; j < sizeof(offs) / sizeof(*offs); j++)
				once_at(&s, dir, offs[j], sizes[i]);
		}
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void one_access_is_whole_aligned_and_inside(void **state)
{
	(void)state;
	core_test_all(once);
}

/* ---- Single accesses ---- */

/* What a single access reads goes to, or comes from, bytes of any type and place. */
static void bytes_of_any_place(void *arg)
{
	static const unsigned char pattern[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct core_device dev;
	struct dma_stream s;

	(void)arg;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 0))
		return;
	for (size_t n = 1; n <= 8; n *= 2) {
		for (size_t odd = 0; odd < 8; odd++) {
			unsigned char from[16] = {0}, to[16] = {0};

			memcpy(from + odd, pattern, n);
			SIM_CHECK(dma_stream_write_once(&s, 8 * n, from + odd, n) == 0);
			SIM_CHECK(dma_stream_read_once(&s, 8 * n, to + odd, n) == 0);
			SIM_CHECK(memcmp(to, from, sizeof(to)) == 0);
		}
	}
	dma_stream_release(&s);
	core_close(&dev);
}

static void single_accesses_serve_any_object(void **state)
{
	(void)state;
	core_test_all(bytes_of_any_place);
}

/* ---- Empty cursors ---- */

/* memcpy() must not be given NULL, not even for nothing. */
static void cursors_over_nothing(void **state)
{
	unsigned char bytes[4] = {1, 2, 3, 4};
	struct dma_reader nowhere = dma_reader_of(NULL, 0), all = dma_reader_of(bytes, 4);
	struct dma_writer to = dma_writer_of(bytes, 4), none = dma_writer_of(NULL, 0);

	(void)state;
	assert_int_equal(dma_reader_read(&nowhere, &to), 0);
	assert_int_equal(dma_writer_write(&none, &all), 0);
	assert_int_equal(dma_reader_remain(&all), 4);
	assert_int_equal(dma_writer_remain(&to), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_checked_in_every_call),
		cmocka_unit_test(neighbours_of_a_range_stay),
		cmocka_unit_test(one_access_is_whole_aligned_and_inside),
		cmocka_unit_test(single_accesses_serve_any_object),
		cmocka_unit_test(cursors_over_nothing),
	};

	return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
