/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Slices: each stays within its bounds, whatever it is asked for; bytes both ways on every machine; lines and the
 * device's alignment.
 */
#include "slices.h"
#include <stdio.h>

/* ---- Bounds ---- */

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
		slice_refuses(&slice, len, 1, DMA_EINVAL);
		slice_refuses(&slice, len - 1, 2, DMA_EINVAL);
		slice_refuses(&slice, len + 1, 0, DMA_EINVAL);
		slice_refuses(&slice, 1, SIZE_MAX, DMA_EINVAL);
		slice_refuses(&slice, SIZE_MAX, 1, DMA_EINVAL);
		slice_refuses(&slice, SIZE_MAX, SIZE_MAX, DMA_EINVAL);
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
	slice_refuses(&empty, 0, 0, DMA_EINVAL);
	SIM_CHECK(!dma_slice_lives(&empty) && dma_slice_daddr(&empty).raw == DMA_ADDRESS_NONE &&
		  dma_slice_paddr(&empty).raw == DMA_ADDRESS_NONE);
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
	slice_exchange(dev, &slice[1], 7);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_range_is_checked),
		cmocka_unit_test(a_sync_leaves_the_neighbours_alone),
		cmocka_unit_test(fields_and_cursors),
		cmocka_unit_test(lines_are_whole_where_the_device_does_not_snoop),
		cmocka_unit_test(slices_begin_where_the_device_allows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
