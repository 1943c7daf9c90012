/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CPU's access by values, single accesses, fills and cursors, to streams, slices, coherent memory and arenas, on
 * each row of the truth table, with each line size, without an IOMMU and behind a strict and a deferred one, with
 * interrupts off: what was written is what the device sees, and the other way round. Streams and coherent memory that
 * were cut likewise.
 */
#include "layout.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Streams, and what is cut of them ---- */

static void use_stream(struct rig *rig, const struct dma_stream *s, unsigned seed)
{
	unsigned dir = dma_stream_direction(s);

	if (dir & DMA_TO_DEVICE) {
		WRITES(stream, s, seed);
		SIM_CHECK(dma_stream_sync_to_device(s, 0, LEN) == 0);
		device_sees(rig, dma_stream_daddr(s), seed);
	}
	if (dir & DMA_FROM_DEVICE) {
		device_puts(rig, dma_stream_daddr(s), seed + 1);
		SIM_CHECK(dma_stream_sync_from_device(s, 0, LEN) == 0);
		READS(stream, s, seed + 1);
	}
}

static void use_slice(struct rig *rig, const struct dma_slice *slice, unsigned seed)
{
	if (slice->dir & DMA_TO_DEVICE) {
		WRITES(slice, slice, seed);
		SIM_CHECK(dma_slice_sync_to_device(slice, 0, LEN) == 0);
		device_sees(rig, dma_slice_daddr(slice), seed);
	}
	if (slice->dir & DMA_FROM_DEVICE) {
		device_puts(rig, dma_slice_daddr(slice), seed + 1);
		SIM_CHECK(dma_slice_sync_from_device(slice, 0, LEN) == 0);
		READS(slice, slice, seed + 1);
		SIM_CHECK(dma_slice_rearm(slice, 0, LEN) == 0);
		device_puts(rig, dma_slice_daddr(slice), seed + 2);
		SIM_CHECK(dma_slice_sync_from_device(slice, 0, LEN) == 0);
		READS(slice, slice, seed + 2);
	} else {
		SIM_CHECK(dma_slice_rearm(slice, 0, LEN) == DMA_EACCES);
	}
	SIM_CHECK(!(slice->dir & DMA_FROM_DEVICE) || dma_slice_rearm(slice, 1, SIZE_MAX) == DMA_EINVAL);
}

static void stream(struct rig *rig, unsigned dir, bool mapped)
{
	struct dma_stream s, tail = {0};
	struct dma_slice slice;

	if (!core_stream(&s, &rig->dev, dir | DMA_SPLITTABLE * !mapped, 2, mapped, 1))
		return;
	SIM_CHECK(dma_stream_slice(&s, 1024, 1024, &slice) == 0);
	sim_interrupts(false);
	use_stream(rig, &s, 2);
	use_slice(rig, &slice, 4);
	if (SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0)) {
		SIM_CHECK(!dma_slice_lives(&slice));
		use_stream(rig, &tail, 6);
		dma_stream_release(&s);
		use_stream(rig, &tail, 8); /* lives alone */
	}
	dma_stream_release(&tail);
	dma_stream_release(&s);
	sim_interrupts(true);
	(void)dma_reclaim();
}

/* ---- Coherent memory ---- */

static void use_coherent(struct rig *rig, const struct dma_coherent *c, unsigned seed)
{
	WRITES(coherent, c, seed);
	dma_publish();
	device_sees(rig, dma_coherent_daddr(c), seed);
	device_puts(rig, dma_coherent_daddr(c), seed + 1);
	dma_consume();
	READS(coherent, c, seed + 1);
}

static void coherent(struct rig *rig)
{
	struct dma_coherent c = {0}, tail = {0};
	struct dma_slice slice;
	unsigned char zeros[LEN];

	if (!SIM_CHECK(dma_coherent_alloc(&c, &rig->dev.dma, DMA_SPLITTABLE, 2) == 0))
		return;
	SIM_CHECK(sim_device_read(rig->dev.sim, dma_daddr(dma_coherent_daddr(&c).raw + 9), zeros, LEN) == 0);
	SIM_CHECK(zeros[0] == 0 && memcmp(zeros, zeros + 1, LEN - 1) == 0);
	SIM_CHECK(dma_coherent_slice(&c, 24, 1000, &slice) == 0); /* no line matters */
	sim_interrupts(false);
	use_coherent(rig, &c, 1);
	use_slice(rig, &slice, 3);
	if (SIM_CHECK(dma_coherent_split(&c, PAGE, &tail) == 0)) {
		SIM_CHECK(dma_coherent_size(&c) == PAGE && dma_coherent_size(&tail) == PAGE);
		use_coherent(rig, &c, 5);
		dma_coherent_release(&c);
		use_coherent(rig, &tail, 7);
	}
	dma_coherent_release(&tail);
	dma_coherent_release(&c);
	sim_interrupts(true);
	(void)dma_reclaim();
	if (SIM_CHECK(dma_coherent_alloc_uninit(&c, &rig->dev.dma, 0, 1) == 0))
		use_coherent(rig, &c, 9);
	dma_coherent_release(&c);
}

/* ---- An arena out of a stream that was there, and the frames of memory ---- */

static void arena(struct rig *rig, unsigned dir)
{
	struct dma_arena a = {0};
	struct dma_slice slice;
	struct dma_stream s;

	if (!core_stream(&s, &rig->dev, dir, 1, true, 3))
		return;
	if (SIM_CHECK(dma_arena_adopt(&a, &s) == 0 && dma_stream_size(&s) == 0)) {
		sim_interrupts(false);
		for (unsigned i = 0; i < 3; i++)
			if (SIM_CHECK(dma_arena_alloc(&a, LEN, 8, &slice) == 0))
				use_slice(rig, &slice, i);
		SIM_CHECK(dma_arena_used(&a) >= 3 * LEN && dma_arena_fallbacks(&a) == 0);
		dma_arena_reset(&a);
		SIM_CHECK(dma_arena_used(&a) == 0 && !dma_slice_lives(&slice));
		SIM_CHECK(dma_arena_alloc(&a, LEN, 8, &slice) == 0);
		SIM_CHECK(dma_arena_destroy(&a) == 0);
		sim_interrupts(true);
		(void)dma_reclaim();
	}
	dma_stream_release(&s);
}

static void frames(struct rig *rig)
{
	struct dma_frame_range range = {{0}, 0};
	struct dma_frames it;
	struct dma_stream s;
	dma_paddr_t paddr;
	size_t n = 0;

	if (!core_stream(&s, &rig->dev, DMA_TO_DEVICE, 3, true, 3))
		return;
	sim_interrupts(false);
	it = dma_frames_of_stream(&s);
	while (dma_frames_next_page(&it, &paddr))
		SIM_CHECK(paddr.raw == dma_stream_paddr(&s).raw + PAGE * n++);
	SIM_CHECK(n == 3);
	it = dma_frames_of_stream(&s);
	SIM_CHECK(dma_frames_next(&it, &range) && range.npages == 3 && range.paddr.raw == dma_stream_paddr(&s).raw);
	SIM_CHECK(!dma_frames_next(&it, &range));
	dma_stream_release(&s);
	sim_interrupts(true);
	(void)dma_reclaim();
}

/* ---- All of it ---- */

static void all(struct rig *rig)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		stream(rig, dir, false);
		stream(rig, dir, true);
		arena(rig, dir);
	}
	coherent(rig);
	frames(rig);
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	rig_on_every_row("", all);
}

static void devices_that_are_not_trusted(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,untrusted", RIG_STRICT, all), 0);
	assert_int_equal(rig_on("low=1,high=1,untrusted,noncoherent", RIG_STRICT, all), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_line_and_iommu),
		cmocka_unit_test(devices_that_are_not_trusted),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
