/* SPDX-License-Identifier: MPL-2.0 */
/*
 * src/base/cache.c on the architecture that writes down: which lines a range touches, what is done to each, and between
 * which fences. Addresses are numbers here; nothing is read through them. h03, h04 and h05 are hazards 3 to 5.
 */
#include "base/cache.h"
#include "base/state.h"
#include <dmastream/arch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct dma_state dma_state;

struct event {
	enum mock_op op;
	uintptr_t line;
};

static struct event events[4096];
static size_t nevents;

void mock_record(enum mock_op op, uintptr_t line)
{
	assert_true(nevents < sizeof(events) / sizeof(*events));
	events[nevents].op = op;
	events[nevents].line = line;
	nevents++;
}

static void lines(size_t step, size_t align)
{
	dma_state.host.line_step = step;
	dma_state.host.line_align = align;
	nevents = 0;
}

static void expect(size_t at, enum mock_op op, uintptr_t line)
{
	assert_true(at < nevents);
	assert_int_equal(events[at].op, op);
	assert_int_equal(events[at].line, line);
}

/* The caller's bytes, written out: the operation that each line of the smallest size must get, line by line. */
static void expect_range(uintptr_t start, size_t nbytes, enum mock_op inner, enum mock_op edge)
{
	size_t step = dma_state.host.line_step, align = dma_state.host.line_align, at = 0;

	if (nbytes == 0) {
		assert_int_equal(nevents, 0);
		return;
	}
	expect(at++, MOCK_BEGIN, 0);
	for (uintptr_t line = start / step * step; line - start / step * step <= start % step + nbytes - 1;
	     line += step) {
		uintptr_t unit = line / align * align;
		bool whole = unit >= start && unit - start <= nbytes && nbytes - (unit - start) >= align;

		expect(at++, whole ? inner : edge, line);
	}
	expect(at++, MOCK_END, 0);
	assert_int_equal(at, nevents);
}

/* Every start and length over three of the largest lines, for each pair of line sizes. */
static void every_range(void **state)
{
	static const size_t sizes[] = {16, 32, 64, 128};
	uintptr_t base = 0x40000;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = i; j < 4; j++) {
			size_t align = sizes[j];

			for (uintptr_t start = base; start <= base + align; start++) {
				for (size_t nbytes = 0; nbytes <= 3 * align; nbytes++) {
					lines(sizes[i], align);
					dma_cache_clean((void *)start, nbytes);
					expect_range(start, nbytes, MOCK_CLEAN, MOCK_CLEAN);
					lines(sizes[i], align);
					dma_cache_flush((void *)start, nbytes);
					expect_range(start, nbytes, MOCK_FLUSH, MOCK_FLUSH);
					lines(sizes[i], align);
					dma_cache_invalidate((void *)start, nbytes);
					expect_range(start, nbytes, MOCK_INVALIDATE, MOCK_FLUSH);
				}
			}
		}
	}
}

/* [0x3c, 0x44) touches two lines of 64 bytes, though it is only 8 bytes long. */
static void h03_start_is_rounded_down(void **state)
{
	(void)state;
	lines(64, 64);
	dma_cache_clean((void *)(uintptr_t)0x1003c, 8);
	assert_int_equal(nevents, 4);
	expect(0, MOCK_BEGIN, 0);
	expect(1, MOCK_CLEAN, 0x10000);
	expect(2, MOCK_CLEAN, 0x10040);
	expect(3, MOCK_END, 0);
}

/* The neighbours' dirty bytes in the first and the last line survive: written back, then dropped. */
static void h04_edges_are_flushed(void **state)
{
	(void)state;
	lines(64, 64);
	dma_cache_invalidate((void *)(uintptr_t)0x1003c, 64 + 8);
	assert_int_equal(nevents, 5);
	expect(1, MOCK_FLUSH, 0x10000);
	expect(2, MOCK_INVALIDATE, 0x10040);
	expect(3, MOCK_FLUSH, 0x10080);
}

/* Nothing but the edges is written back on the way from the device. */
static void h05_whole_lines_are_not_written_back(void **state)
{
	(void)state;
	lines(32, 32);
	dma_cache_invalidate((void *)(uintptr_t)0x10000, 96);
	assert_int_equal(nevents, 5);
	for (size_t i = 1; i < 4; i++)
		expect(i, MOCK_INVALIDATE, 0x10000 + 32 * (i - 1));
}

/* Steps by the smallest line of any CPU, judges by the largest: half of a 128-byte line is an edge on both CPUs. */
static void mixed_lines(void **state)
{
	(void)state;
	lines(64, 128);
	dma_cache_invalidate((void *)(uintptr_t)0x10040, 128 + 64);
	assert_int_equal(nevents, 5);
	expect(1, MOCK_FLUSH, 0x10040);
	expect(2, MOCK_INVALIDATE, 0x10080);
	expect(3, MOCK_INVALIDATE, 0x100c0);
}

/* A kernel mapping may end where the address space does. */
static void last_line_of_all(void **state)
{
	uintptr_t last = (uintptr_t)0 - 128;

	(void)state;
	lines(64, 64);
	dma_cache_clean((void *)last, 128);
	expect_range(last, 128, MOCK_CLEAN, MOCK_CLEAN);
	lines(64, 64);
	dma_cache_flush((void *)(last + 32), 96);
	expect_range(last + 32, 96, MOCK_FLUSH, MOCK_FLUSH);
	lines(64, 64);
	dma_cache_invalidate((void *)(last + 32), 96);
	expect_range(last + 32, 96, MOCK_INVALIDATE, MOCK_FLUSH);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_range),		 cmocka_unit_test(h03_start_is_rounded_down),
		cmocka_unit_test(h04_edges_are_flushed), cmocka_unit_test(h05_whole_lines_are_not_written_back),
		cmocka_unit_test(mixed_lines),		 cmocka_unit_test(last_line_of_all),
	};

	return cmocka_run_group_tests_name("cache ranges", tests, NULL, NULL);
}
