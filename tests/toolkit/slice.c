/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Slices: each stays within its bounds, whatever it is asked for; bytes both ways on every machine; lines and the
 * device's alignment; and the end of a slice with its stream.
 */
#include "../../src/base/node.h"
#include "../../src/memory/placement.h"
#include "../core/core.h"
#include <stdio.h>
#include <stdlib.h>

static unsigned misuses;

static void count_misuse(const char *line)
{
	misuses += strstr(line, "dmastream: misuse: ") != NULL;
}

static bool may_write(const struct dma_slice *slice)
{
	return (slice->dir & DMA_TO_DEVICE) != 0;
}

static bool may_read(const struct dma_slice *slice)
{
	return (slice->dir & DMA_FROM_DEVICE) != 0;
}

/* ---- Bounds ---- */

/* Everything that a slice can be asked for on that range gives `error`, or DMA_EACCES where the direction forbids it
 * (and the range is right), and changes nothing. */
static void refuses(const struct dma_slice *slice, size_t off, size_t len, int error)
{
	struct dma_slice inner = {.nbytes = 77};
	unsigned char bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8}, before[8];
	int writing = may_write(slice) || error == DMA_EINVAL ? error : DMA_EACCES;
	int reading = may_read(slice) || error == DMA_EINVAL ? error : DMA_EACCES;

	if (slice->life && !may_write(slice))
		writing = DMA_EACCES;
	if (slice->life && !may_read(slice))
		reading = DMA_EACCES;
	memcpy(before, bytes, sizeof(bytes));
	SIM_CHECK(dma_slice_sync_to_device(slice, off, len) == writing);
	SIM_CHECK(dma_slice_sync_from_device(slice, off, len) == reading);
	SIM_CHECK(dma_slice_check_write(slice, off, len) == writing);
	SIM_CHECK(dma_slice_check_read(slice, off, len) == reading);
	SIM_CHECK(dma_slice_write_bytes(slice, off, bytes, len) == writing);
	SIM_CHECK(dma_slice_read_bytes(slice, off, bytes, len) == reading);
	SIM_CHECK(dma_slice_fill(slice, off, 9, len) == writing);
	SIM_CHECK(dma_slice_slice(slice, off, len, &inner) == error && inner.nbytes == 77 && !inner.life);
	SIM_CHECK(memcmp(before, bytes, sizeof(bytes)) == 0);
}

static void bounds_of(struct core_device *dev, unsigned dir, size_t from, size_t len)
{
	const size_t size = 2 * PAGE;
	struct dma_slice slice, nothing = {0};
	struct dma_stream s;

	if (!core_stream(&s, dev, dir, 2, false, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, size, 1, &nothing) == DMA_EINVAL);
	SIM_CHECK(dma_stream_slice(&s, 0, size + 1, &nothing) == DMA_EINVAL);
	SIM_CHECK(dma_stream_slice(&s, SIZE_MAX - 127, 256, &nothing) == DMA_EINVAL);
	SIM_CHECK(dma_stream_slice(&s, 128, SIZE_MAX - 127, &nothing) == DMA_EINVAL);
	SIM_CHECK(!nothing.life && nothing.nbytes == 0);
	if (SIM_CHECK(dma_stream_slice(&s, from, len, &slice) == 0)) {
		SIM_CHECK(dma_slice_lives(&slice) && dma_slice_size(&slice) == len);
		SIM_CHECK(dma_slice_daddr(&slice).raw == dma_stream_daddr(&s).raw + from);
		SIM_CHECK(dma_slice_paddr(&slice).raw == dma_stream_paddr(&s).raw + from);
		refuses(&slice, len, 1, DMA_EINVAL);
		refuses(&slice, len - 1, 2, DMA_EINVAL);
		refuses(&slice, len + 1, 0, DMA_EINVAL);
		refuses(&slice, 1, SIZE_MAX, DMA_EINVAL);
		refuses(&slice, SIZE_MAX, 1, DMA_EINVAL);
		refuses(&slice, SIZE_MAX, SIZE_MAX, DMA_EINVAL);
		/* The end itself, and nothing of it. */
		SIM_CHECK(dma_slice_sync_to_device(&slice, len, 0) == (dir & DMA_TO_DEVICE ? 0 : DMA_EACCES));
		SIM_CHECK(dma_slice_sync_from_device(&slice, len, 0) == (dir & DMA_FROM_DEVICE ? 0 : DMA_EACCES));
		SIM_CHECK(dma_slice_write_bytes(&slice, len, NULL, 0) == (dir & DMA_TO_DEVICE ? 0 : DMA_EACCES));
	}
	dma_stream_release(&s);
}

static void bounds(void *unused)
{
	const struct dma_slice empty = {0};
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	refuses(&empty, 0, 0, DMA_EINVAL);
	SIM_CHECK(!dma_slice_lives(&empty) && dma_slice_daddr(&empty).raw == 0 && dma_slice_paddr(&empty).raw == 0);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		bounds_of(&dev, dir, 0, 128);
		bounds_of(&dev, dir, 128, PAGE);
		bounds_of(&dev, dir, PAGE, PAGE);
	}
	core_close(&dev);
}

static void every_range_is_checked(void **state)
{
	(void)state;
	core_test_all(bounds);
}

/* ---- Bytes ---- */

static void exchange(struct core_device *dev, const struct dma_slice *slice, unsigned seed)
{
	size_t len = dma_slice_size(slice);
	unsigned char *bytes = malloc(len);

	if (may_write(slice)) {
		core_pattern(bytes, seed, 0, len);
		SIM_CHECK(dma_slice_write_bytes(slice, 0, bytes, len) == 0);
		SIM_CHECK(dma_slice_sync_to_device(slice, 0, len) == 0);
		memset(bytes, 0, len);
		SIM_CHECK(sim_device_read(dev->sim, dma_slice_daddr(slice), bytes, len) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed, 0, len));
	}
	if (may_read(slice)) {
		core_pattern(bytes, seed + 1, 0, len);
		SIM_CHECK(sim_device_write(dev->sim, dma_slice_daddr(slice), bytes, len) == 0);
		SIM_CHECK(dma_slice_sync_from_device(slice, 0, len) == 0);
		memset(bytes, 0, len);
		SIM_CHECK(dma_slice_read_bytes(slice, 0, bytes, len) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed + 1, 0, len));
	}
	free(bytes);
}

/* Neighbours keep their bytes while a slice is used: what the CPU wrote and has not synced yet on one side, what the
 * device wrote and the CPU has not taken on the other. */
static void neighbours(struct core_device *dev, unsigned dir, bool mapped)
{
	const size_t part = 3 * 128;
	struct dma_slice slice[3];
	unsigned char bytes[3 * 128];
	struct dma_stream s;

	if (!core_stream(&s, dev, dir, 1, mapped, 5))
		return;
	for (size_t i = 0; i < 3; i++)
		SIM_CHECK(dma_stream_slice(&s, 128 + i * part, part, &slice[i]) == 0);
	core_pattern(bytes, 6, 0, part);
	if (dir & DMA_TO_DEVICE)
		SIM_CHECK(dma_slice_write_bytes(&slice[0], 0, bytes, part) == 0);
	if (dir & DMA_FROM_DEVICE)
		SIM_CHECK(sim_device_write(dev->sim, dma_slice_daddr(&slice[2]), bytes, part) == 0);
	exchange(dev, &slice[1], 7);
	memset(bytes, 0, part);
	if (dir & DMA_TO_DEVICE) {
		SIM_CHECK(dma_slice_sync_to_device(&slice[0], 0, part) == 0);
		SIM_CHECK(sim_device_read(dev->sim, dma_slice_daddr(&slice[0]), bytes, part) == 0);
		SIM_CHECK(core_is_pattern(bytes, 6, 0, part));
	}
	if (dir & DMA_FROM_DEVICE) {
		SIM_CHECK(dma_slice_sync_from_device(&slice[2], 0, part) == 0);
		SIM_CHECK(dma_slice_read_bytes(&slice[2], 0, bytes, part) == 0);
		SIM_CHECK(core_is_pattern(bytes, 6, 0, part));
	}
	dma_stream_release(&s);
}

static void bytes(void *unused)
{
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		neighbours(&dev, dir, false);
		neighbours(&dev, dir, true);
	}
	core_close(&dev);
}

static void a_sync_leaves_the_neighbours_alone(void **state)
{
	(void)state;
	core_test_all(bytes);
}

struct header {
	uint16_t type, length;
	uint32_t sum;
};

static void fields(void *unused)
{
	const struct header out = {0x1234, 0x5678, 0x9abcdef0};
	struct dma_slice slice, inner;
	struct dma_writer w;
	struct dma_reader r;
	struct core_device dev;
	struct header in = {0};
	struct dma_stream s;
	uint32_t word = 0;
	uint16_t half = 0;

	(void)unused;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 256, 512, &slice) == 0);
	SIM_CHECK(dma_slice_slice(&slice, 128, 128, &inner) == 0);
	SIM_CHECK(dma_slice_daddr(&inner).raw == dma_stream_daddr(&s).raw + 384 && dma_slice_size(&inner) == 128);
	SIM_CHECK(dma_slice_fill(&slice, 0, 0, 512) == 0);
	SIM_CHECK(dma_slice_write_val(&inner, 3, &out) == 0);
	SIM_CHECK(dma_slice_read_val(&slice, 131, &in) == 0 && memcmp(&in, &out, sizeof(in)) == 0);
	SIM_CHECK(dma_slice_write_val(&inner, 121, &out) == DMA_EINVAL);
	word = 7;
	SIM_CHECK(dma_slice_write_once(&inner, 124, &word, 4) == 0);
	SIM_CHECK(dma_slice_write_once(&inner, 128, &word, 4) == DMA_EINVAL);
	SIM_CHECK(dma_slice_write_once(&inner, 125, &word, 4) == DMA_EINVAL);
	SIM_CHECK(dma_slice_write_once(&inner, 0, &word, 3) == DMA_EINVAL);
	SIM_CHECK(dma_slice_read_once(&slice, 252, &half, 2) == 0 && half == 7);
	SIM_CHECK(dma_slice_read_once(&slice, 512, &half, 2) == DMA_EINVAL && half == 7);
	SIM_CHECK(dma_slice_writer(&inner, &w) == 0 && dma_writer_remain(&w) == 128);
	SIM_CHECK(dma_writer_fill(&w, 5, 128) == 0 && dma_writer_fill(&w, 5, 1) == DMA_EINVAL);
	SIM_CHECK(dma_slice_reader(&slice, &r) == 0 && dma_reader_remain(&r) == 512);
	SIM_CHECK(dma_reader_skip(&r, 252) == 0 && dma_reader_read_val(&r, &word) == 0 && word == 0x05050505);
	SIM_CHECK(dma_reader_read_val(&r, &word) == 0 && word == 0);
	/* A slice of itself. */
	SIM_CHECK(dma_slice_slice(&slice, 128, 128, &slice) == 0 && dma_slice_size(&slice) == 128);
	SIM_CHECK(slice.cpu == inner.cpu && dma_slice_daddr(&slice).raw == dma_slice_daddr(&inner).raw);
	dma_stream_release(&s);
	core_close(&dev);
}

static void fields_and_cursors(void **state)
{
	(void)state;
	core_test_all(fields);
}

/* ---- Lines and alignment ---- */

static void lines(void *unused)
{
	const struct dma_device_config *unaligned = NULL;
	struct core_device dev;
	struct dma_slice slice, inner = {0};
	struct dma_coherent ring = {{0}};
	struct dma_stream s;
	size_t line;

	(void)unused, (void)unaligned;
	core_open(&dev);
	line = dma_slice_align(&dev.dma);
	SIM_CHECK(line == (dev.dma.coherent	      ? 1
			   : sim_config()->line_align ? sim_config()->line_align
						      : sim_config()->line));
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 1))
		return;
	for (size_t off = 0; off <= 256; off += 16) {
		for (size_t len = 16; len <= 256; len += 48) {
			bool fits = off % line == 0 && len % line == 0;

			SIM_CHECK(dma_stream_slice(&s, off, len, &slice) == (fits ? 0 : DMA_EINVAL));
			SIM_CHECK(dma_stream_slice(&s, PAGE - 512, 512, &slice) == 0);
			SIM_CHECK(dma_slice_slice(&slice, off, len, &inner) == (fits ? 0 : DMA_EINVAL));
		}
	}
	/* The last byte of a stream is the end of a line, too. */
	SIM_CHECK(dma_stream_slice(&s, PAGE - line, line, &slice) == 0);
	dma_stream_release(&s);
	/* Coherent memory has no lines: its descriptors are what they are. */
	if (dma_coherent_alloc(&ring, &dev.dma, 0, 1) == 0) {
		uint32_t value = 5;

		SIM_CHECK(dma_coherent_slice(&ring, 16, 16, &slice) == 0);
		SIM_CHECK(dma_slice_slice(&slice, 4, 8, &inner) == 0);
		SIM_CHECK(dma_slice_write_once(&inner, 4, &value, 4) == 0);
		SIM_CHECK(dma_slice_sync_to_device(&inner, 0, 8) == 0);
		value = 0;
		SIM_CHECK(sim_device_read(dev.sim, dma_daddr(dma_coherent_daddr(&ring).raw + 24), &value, 4) == 0);
		SIM_CHECK(value == 5);
		SIM_CHECK(dma_coherent_slice(&ring, PAGE - 1, 2, &slice) == DMA_EINVAL);
		dma_coherent_release(&ring);
	}
	core_close(&dev);
}

static void lines_are_whole_where_the_device_does_not_snoop(void **state)
{
	(void)state;
	core_test_all(lines);
}

static void aligned(void *unused)
{
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_device_config config = sim_device_dma(dev.sim);
	struct dma_slice slice;
	struct dma_stream s;

	(void)unused;
	config.min_align = 512;
	SIM_CHECK(dma_device_init(&dev.dma, &config) == 0 && dma_slice_align(&dev.dma) == 512);
	if (!core_stream(&s, &dev, DMA_TO_DEVICE, 1, false, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 256, 512, &slice) == DMA_EINVAL);
	SIM_CHECK(dma_stream_slice(&s, 512, 256, &slice) == 0); /* the end is free */
	SIM_CHECK(dma_slice_slice(&slice, 128, 128, &slice) == DMA_EINVAL && dma_slice_size(&slice) == 256);
	dma_stream_release(&s);
	core_close(&dev);
}

static void slices_begin_where_the_device_allows(void **state)
{
	const struct dma_device none = {0};

	(void)state;
	assert_int_equal(dma_slice_align(&none), 0);
	core_test_all(aligned);
}

/* ---- The end ---- */

static void ends(void *unused)
{
	struct dma_slice slice, inner, tail_slice;
	struct dma_stream s, other, tail = {0}, moved;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	sim_on_log(count_misuse);
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, mapped, 1) ||
		    !core_stream(&other, &dev, DMA_BIDIRECTIONAL, 1, mapped, 2))
			break;
		misuses = 0;
		SIM_CHECK(dma_stream_slice(&s, 128, PAGE, &slice) == 0 && dma_slice_slice(&slice, 0, 128, &inner) == 0);
		moved = s; /* streams may be moved */
		memset(&s, 0xa5, sizeof(s));
		exchange(&dev, &slice, 1);
		SIM_CHECK(dma_slice_lives(&slice) && misuses == 0);
		dma_stream_release(&moved);
		SIM_CHECK(!dma_slice_lives(&slice) && !dma_slice_lives(&inner) && misuses == 0);
		refuses(&slice, 0, 8, DMA_EINVAL);
		SIM_CHECK(misuses == 8);
		SIM_CHECK(dma_slice_sync_to_device(&inner, 0, 128) == DMA_EINVAL && misuses == 9);
		SIM_CHECK(dma_slice_paddr(&inner).raw == 0);

		/* The next stream of the same memory is another one, and so is what the note of the slices becomes. */
		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, mapped, 1))
			break;
		SIM_CHECK(!dma_slice_lives(&slice));
		SIM_CHECK(dma_stream_slice(&s, PAGE, PAGE, &tail_slice) == 0 && !dma_slice_lives(&slice));
		/* Cut in two: both parts are made anew, and the slices, too. */
		SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
		SIM_CHECK(!dma_slice_lives(&tail_slice));
		SIM_CHECK(dma_stream_slice(&tail, 0, PAGE, &tail_slice) == 0 && dma_slice_lives(&tail_slice));
		SIM_CHECK(dma_stream_slice(&s, 0, PAGE, &slice) == 0);
		dma_stream_release(&s);
		SIM_CHECK(!dma_slice_lives(&slice) && dma_slice_lives(&tail_slice));
		exchange(&dev, &tail_slice, 4);
		dma_stream_release(&tail);
		SIM_CHECK(!dma_slice_lives(&tail_slice));
		dma_stream_release(&other);
	}
	sim_on_log(NULL);
	core_close(&dev);
}

static void a_slice_ends_with_its_stream(void **state)
{
	(void)state;
	core_test_all(ends);
}

/* The same memory mapped twice for one device: streams that nobody can tell apart. */
static void twins(void *unused)
{
	struct dma_segment seg = {0}, same = {0};
	struct dma_stream a = {0}, b = {0};
	struct dma_slice of_a, of_b;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	if (!core_segment(&seg, 2, 3) || !SIM_CHECK(dma_segment_clone(&seg, &same) == 0))
		return;
	SIM_CHECK(dma_stream_map(&a, &dev.dma, DMA_TO_DEVICE, &seg) == 0);
	SIM_CHECK(dma_stream_map(&b, &dev.dma, DMA_TO_DEVICE, &same) == 0);
	SIM_CHECK(dma_stream_slice(&a, 0, PAGE, &of_a) == 0 && dma_stream_slice(&b, 0, PAGE, &of_b) == 0);
	dma_stream_release(&a);
	SIM_CHECK(dma_slice_lives(&of_b));
	exchange(&dev, &of_b, 3);
	dma_stream_release(&b);
	SIM_CHECK(!dma_slice_lives(&of_b) && !dma_slice_lives(&of_a));
	core_close(&dev);
}

static void twins_do_not_end_each_other(void **state)
{
	(void)state;
	core_test_all(twins);
}

static void outlive(void *unused)
{
	struct core_device dev;
	struct dma_slice slice;
	struct dma_stream s;

	(void)unused;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_TO_DEVICE, 1, false, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 0, 128, &slice) == 0);
	dma_stream_release(&s);
	if (dma_slice_sync_to_device(&slice, 0, 128) == 0)
		SIM_CHECK(false);
	core_close(&dev);
}

static void the_simulated_machine_reports_it(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	machine.quiet = true;
	assert_int_equal(sim_run(&machine, outlive, NULL), 1);
	assert_int_equal(sim_failures_of(SIM_MISUSE), 1);
	assert_non_null(strstr(sim_report(), "a slice of 128 bytes at 0x"));
}

/* ---- Without memory, and with interrupts off ---- */

static void off(void *unused)
{
	struct dma_stream s[3];
	struct core_device dev;
	struct dma_slice slice = {0};

	(void)unused;
	core_open(&dev);
	for (unsigned i = 0; i < 3; i++) {
		if (!core_stream(&s[i], &dev, DMA_BIDIRECTIONAL, 1, false, 1))
			return;
	}
	core_drain(1);
	sim_interrupts(false);
	SIM_CHECK(dma_stream_slice(&s[0], 0, 128, &slice) == 0);
	SIM_CHECK(dma_stream_slice(&s[0], 128, 128, &slice) == 0); /* the second one needs nothing */
	exchange(&dev, &slice, 1);
	SIM_CHECK(dma_stream_slice(&s[1], 0, 256, &slice) == DMA_ENOMEM && dma_slice_size(&slice) == 128);
	dma_stream_release(&s[0]);
	SIM_CHECK(dma_stream_slice(&s[1], 0, 256, &slice) == 0);
	dma_stream_release(&s[1]);
	sim_interrupts(true);
	SIM_CHECK(dma_stream_slice(&s[2], 0, 256, &slice) == 0);
	dma_stream_release(&s[2]);
	core_refill();
	core_close(&dev);
}

static void the_first_slice_takes_one_of_the_reserve(void **state)
{
	(void)state;
	core_test_all(off);
}

static int attempt(void *unused)
{
	struct dma_device_config config;
	struct dma_slice slice = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	int error;

	(void)unused;
	dev.sim = sim_device_new(NULL);
	config = sim_device_dma(dev.sim);
	SIM_CHECK(dma_device_init(&dev.dma, &config) == 0);
	error = dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2);
	if (!error)
		error = dma_stream_slice(&s, PAGE, 256, &slice);
	SIM_CHECK(!error == dma_slice_lives(&slice));
	if (!error)
		exchange(&dev, &slice, 1);
	dma_stream_release(&s);
	SIM_CHECK(!dma_slice_lives(&slice));
	core_close(&dev);
	return error;
}

static void every_hook_fails_at_every_call(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent", "low=1,high=1,cvm"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sim_config machine = sim_config_plain(machines[i]);

		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_range_is_checked),
		cmocka_unit_test(a_sync_leaves_the_neighbours_alone),
		cmocka_unit_test(fields_and_cursors),
		cmocka_unit_test(lines_are_whole_where_the_device_does_not_snoop),
		cmocka_unit_test(slices_begin_where_the_device_allows),
		cmocka_unit_test(a_slice_ends_with_its_stream),
		cmocka_unit_test(twins_do_not_end_each_other),
		cmocka_unit_test(the_simulated_machine_reports_it),
		cmocka_unit_test(the_first_slice_takes_one_of_the_reserve),
		cmocka_unit_test(every_hook_fails_at_every_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
