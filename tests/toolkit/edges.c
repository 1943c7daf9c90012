/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver seldom meets with lists and buffers: pieces that go on where the last one ends, memory that is not RAM,
 * a device that is blocked, and machines that cannot serve it. (Other operations: edges_memory.c.)
 */
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Pieces ---- */

static void joined(struct rig *rig)
{
	struct dma_piece pieces[2];
	struct rig_memory m;
	struct dma_list l;
	unsigned char bytes[120], seen[120];

	if (!rig_memory(&m, 100, sizeof(bytes), 3))
		return;
	core_pattern(bytes, 3, 0, sizeof(bytes));
	dma_list_init(&l, pieces, 2);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 100, 50) == 0);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 150, 60) == 0); /* goes on there */
	SIM_CHECK(l.npieces == 1 && dma_list_size(&l) == 110);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 100, 10) == 0); /* does not */
	SIM_CHECK(l.npieces == 2 && dma_list_size(&l) == 120);
	SIM_CHECK(dma_list_add_segment(&l, &m.seg, 300, 10) == DMA_ENOSPC);
	memcpy(bytes + 110, bytes, 10);
	if (SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == 0)) {
		struct dma_list_walk walk = dma_list_begin(&l);
		struct dma_list_entry entry;
		size_t at = 0;

		for (; dma_list_next(&walk, &entry); at += entry.len)
			SIM_CHECK(sim_device_read(rig->dev.sim, entry.daddr, seen + at, entry.len) == 0);
		SIM_CHECK(at == sizeof(seen) && memcmp(seen, bytes, sizeof(seen)) == 0);
	}
	dma_list_release(&l);
	rig_forget(&m);
}

static void pieces_that_meet_are_one(void **state)
{
	(void)state;
	assert_int_equal(rig_all(joined), 0);
}

/* ---- Memory that a list or a buffer refuses ---- */

static void refused(struct rig *rig)
{
	struct dma_coherent ring = {0};
	struct dma_stream s = {0};
	struct dma_buffer b = {0};
	struct dma_piece piece;
	struct dma_slice slice;
	struct dma_list l;
	struct dma_segment seg = {0};
	void *va;

	dma_list_init(&l, &piece, 1);
	if (!SIM_CHECK(dma_segment_alloc(&seg, 1, SIM_HIGH_RAM - 1, 0) == 0))
		return;
	va = dma_host_linear(seg.paddr, PAGE);
	sim_fail_hook(SIM_HOOK_IS_RAM, 1);
	SIM_CHECK(dma_list_add(&l, va, 100) == DMA_EFAULT && l.npieces == 0);
	sim_fail_hook(SIM_HOOK_IS_RAM, 1);
	SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, va, 100) == DMA_EFAULT);
	SIM_CHECK(dma_list_add(&l, va, SIZE_MAX / 2) == DMA_EFAULT && dma_list_add(&l, va, SIZE_MAX) == DMA_EINVAL);

	/* A slice whose stream is gone, and one that the CPU reaches by a mapping of its own. */
	if (SIM_CHECK(dma_stream_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 1) == 0)) {
		SIM_CHECK(dma_stream_slice(&s, 0, PAGE, &slice) == 0);
		dma_stream_release(&s);
		SIM_CHECK(dma_list_add_slice(&l, &slice) == DMA_EINVAL);
	}
	if (SIM_CHECK(dma_coherent_alloc(&ring, &rig->dev.dma, 0, 1) == 0)) {
		SIM_CHECK(dma_coherent_slice(&ring, 0, PAGE, &slice) == 0);
		SIM_CHECK(dma_list_add_slice(&l, &slice) == (sim_config()->device.coherent ? 0 : DMA_EFAULT));
		dma_list_release(&l);
		dma_coherent_release(&ring);
	}
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, SIZE_MAX, 1) == DMA_EINVAL);

	/* A device that is blocked. */
	SIM_CHECK(dma_list_add(&l, va, 100) == 0);
	(void)dma_device_block(&rig->dev.dma);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == DMA_ENODEV);
	SIM_CHECK(dma_buffer_map(&b, &rig->dev.dma, DMA_TO_DEVICE, va, 100) == DMA_ENODEV);
	dma_list_release(&l);
	dma_segment_drop(&seg);
}

static void what_cannot_be_told_is_refused(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1,offset", (enum rig_iommu)kind, refused), 0);
		assert_int_equal(rig_on("low=1,high=1,offset,noncoherent", (enum rig_iommu)kind, refused), 0);
	}
}

/* ---- Machines that cannot serve a device ---- */

static void unserved(struct rig *rig)
{
	struct dma_scattered scattered = {0};
	struct dma_segment seg = {0};
	struct dma_piece piece;
	struct dma_list l;

	if (!core_segment(&seg, 1, 1))
		return;
	dma_list_init(&l, &piece, 1);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 0, 100) == 0);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == DMA_ENOTSUP);
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, 100, 1) == DMA_ENOTSUP);
	SIM_CHECK(dma_scattered_alloc(&scattered, &rig->dev.dma, DMA_TO_DEVICE, 2) == DMA_ENOTSUP);
	dma_list_release(&l);
	dma_segment_drop(&seg);
}

static void nothing_makes_caches_right(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(rig_on("low=1,high=1,noncoherent,nosync,nouncached", (enum rig_iommu)kind, unserved),
				 0);
}

/* ---- No kernel mapping now ---- */

static void unmapped(struct rig *rig)
{
	struct dma_segment seg = {0};
	struct dma_piece piece;
	struct dma_list l;

	if (!core_segment(&seg, 1, 1))
		return;
	SIM_CHECK(seg.paddr.raw >= SIM_HIGH_RAM);
	dma_list_init(&l, &piece, 1);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 0, PAGE) == 0);
	sim_interrupts(false);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == DMA_EBUSY);
	sim_interrupts(true);
	core_drain(0);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == DMA_ENOMEM);
	core_refill();
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == 0);
	dma_list_release(&l);
	dma_segment_drop(&seg);
}

static void memory_beyond_the_linear_map(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(rig_on("low=1,high=1,nohigh", (enum rig_iommu)kind, unmapped), 0);
}

/* ---- Bounces ---- */

/* One that finds no record, and one whose device sees RAM elsewhere. */
static void bounced(struct rig *rig)
{
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};

	if (!core_segment(&seg, 1, 1))
		return;
	core_drain(0);
	SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 100, 100) == DMA_ENOMEM);
	core_refill();
	if (SIM_CHECK(dma_buffer_map_segment(&b, &rig->dev.dma, DMA_TO_DEVICE, &seg, 100, 100) == 0))
		dma_buffer_release(&b);
	dma_segment_drop(&seg);
}

static void bounces(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=1,high=1,noncoherent", RIG_NONE, bounced), 0);
	assert_int_equal(rig_on("low=1,high=1,noncoherent,window=0x40000000", RIG_NONE, bounced), 0);
}

/* Entries that are not where the device wants them, or more than it takes. */
static void misaligned(void *kind)
{
	struct dma_piece pieces[2];
	struct dma_segment seg = {0};
	struct dma_list_entry entry;
	struct dma_list_walk walk;
	struct dma_list l;
	struct rig rig;

	rig_open(&rig, *(enum rig_iommu *)kind);
	if (!core_segment(&seg, 4, 1))
		return;
	dma_list_init(&l, pieces, 2);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 100, 200) == 0);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 2 * PAGE, PAGE) == 0);
	if (dma_list_map(&l, &rig.dev.dma, DMA_TO_DEVICE) == 0) {
		for (walk = dma_list_begin(&l); dma_list_next(&walk, &entry);)
			SIM_CHECK(entry.daddr.raw % rig.config.min_align == 0);
		SIM_CHECK(dma_list_entries(&l) <= rig.config.max_segments);
	}
	dma_list_release(&l);
	dma_segment_drop(&seg);
	rig_close(&rig);
}

static void entries_are_aligned_or_refused(void **state)
{
	const struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		for (uint32_t align = 256; align <= 2 * PAGE; align *= 2) {
			rig_limits.min_align = align;
			rig_limits.max_segments = 1 + align / (uint32_t)PAGE;
			assert_int_equal(sim_run(&machine, misaligned, &kind), 0);
		}
	}
}

/* The entries are too many, and the unit does not confirm that they are gone. */
static void refused_too_late(struct rig *rig)
{
	struct dma_piece pieces[2];
	struct dma_segment seg = {0};
	struct dma_stats stats;
	struct dma_list l;

	if (!core_segment(&seg, 4, 1))
		return;
	dma_list_init(&l, pieces, 2);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 0, PAGE) == 0);
	SIM_CHECK(dma_list_add_segment(&l, &seg, 2 * PAGE + 100, PAGE) == 0);
	rig_answers(false);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) != 0);
	SIM_CHECK(l.dev == NULL);
	dma_stats(&stats);
	SIM_CHECK(dma_list_map(&l, &rig->dev.dma, DMA_TO_DEVICE) == DMA_ENODEV);
}

static void h67_a_refused_list_is_kept(void **state)
{
	(void)state;
	rig_limits.max_segments = 1;
	assert_int_equal(rig_stuck("low=1,high=1", refused_too_late), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_that_meet_are_one),
		cmocka_unit_test(what_cannot_be_told_is_refused),
		cmocka_unit_test(nothing_makes_caches_right),
		cmocka_unit_test(memory_beyond_the_linear_map),
		cmocka_unit_test(bounces),
		cmocka_unit_test(entries_are_aligned_or_refused),
		cmocka_unit_test(h67_a_refused_list_is_kept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
