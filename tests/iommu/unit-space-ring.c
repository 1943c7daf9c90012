/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of deferred releases while other CPUs use it: a slow flush, a release that was interrupted before its record
 * was complete.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST ((unsigned)DMA_BATCH_COUNT)

static void release_warm(uint64_t *daddr, uint64_t *frame)
{
	struct dma_stream s;

	alloc(&s, DMA_BIDIRECTIONAL, 1);
	*daddr = dma_stream_daddr(&s).raw;
	*frame = dma_stream_paddr(&s).raw;
	warm(*daddr, 1);
	dma_stream_release(&s);
}

/* Another flush has the ring: releases fill it, and from then on each is a strict one. Nobody waits. */
static void full_ring_is_strict(void **state)
{
	struct dma_batch *batch;
	uint64_t daddr, frame;

	(void)state;
	begin(&deferred_config, false, true);
	host_cpu = 0;
	host.time_stands = true;
	batch = &unit.space.batch[0];
	batch->owner = 1;
	batch->upto = 42;
	for (unsigned i = 0; i < MOST; i++)
		release_warm(&daddr, &frame);
	assert_int_equal(pending(), MOST);
	assert_int_equal(unit.ranges, 0);
	for (unsigned i = 0; i < 10; i++) {
		release_warm(&daddr, &frame);
		assert_false(reaches(daddr, UNIT_WRITE));
		assert_false(host_frame_used(frame));
		assert_int_equal(pending(), MOST);
		assert_int_equal(unit.ranges, i + 1);
	}
	assert_int_equal(batch->upto, 42);
	batch->owner = 0;
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_int_equal(pending(), 0);
	host.time_stands = false;
	end();
}

static const struct dma_table_config small_pages = {
	.format = &dma_format_vtd4, .max_paddr = UINT64_MAX, .big_levels = 0, .snoops = true};

/* A leaf table is taken out by a release that finds no slot: the unit forgets the table, too, not only its entries,
 * and the table page goes back once it has (hazards 34, 66). `npages`: just the table, or more than one table and
 * parts of two. */
static void h66_full_ring_takes_tables_out(void **state)
{
	static const size_t npages[] = {MIB_2_PAGES, 3 * MIB_2_PAGES + 7, 2 * MIB_2_PAGES};
	struct dma_space_config config = deferred_config;

	(void)state;
	config.table = small_pages;
	for (unsigned k = 0; k < 3; k++) {
		uint64_t daddr, frame, tables;
		struct dma_stream s;

		begin(&config, false, true);
		host_cpu = 0;
		host.time_stands = true;
		unit.space.batch[0].owner = 1;
		for (unsigned i = 0; i < MOST; i++)
			release_warm(&daddr, &frame);
		alloc(&s, DMA_BIDIRECTIONAL, npages[k]);
		daddr = dma_stream_daddr(&s).raw;
		frame = dma_stream_paddr(&s).raw;
		warm(daddr, npages[k]);
		tables = unit.space.table.pages;
		dma_stream_release(&s);
		assert_int_equal(pending(), MOST);
		for (size_t i = 0; i < npages[k]; i++)
			assert_false(reaches(daddr + i * PAGE, UNIT_WRITE));
		assert_false(host_frame_used(frame));
		assert_true(unit.space.table.pages < tables);
		assert_int_equal(unit.space.batch[0].tables, 0);
		unit.space.batch[0].owner = 0;
		host.time_stands = false;
		end();
	}
}

/* The same, and the hardware does not answer: the table pages are lost with the memory, and counted. */
static void h66_full_ring_and_no_answer(void **state)
{
	struct dma_space_config config = deferred_config;
	uint64_t daddr, frame;
	struct dma_stats stats;
	struct dma_stream s;

	(void)state;
	config.table = small_pages;
	begin(&config, false, true);
	host_cpu = 0;
	host.time_stands = true;
	unit.space.batch[0].owner = 1;
	for (unsigned i = 0; i < MOST; i++)
		release_warm(&daddr, &frame);
	alloc(&s, DMA_BIDIRECTIONAL, MIB_2_PAGES);
	unit.times_out_at = 1;
	dma_stream_release(&s);
	dma_stats(&stats);
	assert_int_equal(stats.pages_quarantined, MIB_2_PAGES + 1);
	unit.space.batch[0].owner = 0;
	assert_int_equal(dma_domain_flush(&unit.space.domain), DMA_ETIMEDOUT);
	host.time_stands = false;
	end_dead(MOST + MIB_2_PAGES + 1);
}

/* And the hardware does not answer to the strict one: its memory is lost, as that of the others. */
static void full_ring_and_hardware(void **state)
{
	uint64_t daddr, frame;

	(void)state;
	begin(&deferred_config, false, true);
	host_cpu = 0;
	host.time_stands = true;
	unit.space.batch[0].owner = 1;
	for (unsigned i = 0; i < MOST; i++)
		release_warm(&daddr, &frame);
	unit.times_out_at = 1;
	release_warm(&daddr, &frame);
	assert_true(unit.blocked && host_frame_used(frame));
	unit.space.batch[0].owner = 0;
	assert_int_equal(dma_domain_flush(&unit.space.domain), DMA_ETIMEDOUT);
	host.time_stands = false;
	end_dead(MOST + 1);
}

/* A release was interrupted after it had taken its slot and before its record was complete: a flush ends the access to
 * what was released after it, and gives back what was released before it. */
static void interrupted_writer(void **state)
{
	struct dma_batch *batch;
	struct dma_owed *hole;
	struct dma_segment seg = {0};
	uint64_t before[2], after[2];

	(void)state;
	begin(&deferred_config, false, true);
	host_cpu = 0;
	host.time_stands = true;
	batch = &unit.space.batch[0];
	release_warm(&before[0], &before[1]);
	assert_int_equal(dma_segment_alloc(&seg, 3, UINT64_MAX, 0), 0);
	hole = dma_batch_record(batch, batch->tail);
	batch->tail += dma_batch_one(3);
	release_warm(&after[0], &after[1]);
	assert_int_equal(pending(), 5);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_false(reaches(before[0], UNIT_READ) || reaches(after[0], UNIT_READ));
	assert_false(host_frame_used(before[1]));
	assert_true(host_frame_used(after[1]));
	assert_int_equal(pending(), 4);
	release_warm(&before[0], &before[1]);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_false(reaches(before[0], UNIT_READ));
	assert_true(host_frame_used(before[1]));
	*hole = (struct dma_owed){.paddr = seg.paddr, .run = seg.run};
	{ /* addresses of its own, which the flush gives back */
		struct dma_iova_request request = {.npages = 3, .last = UINT64_MAX};
		uint32_t generation;

		assert_int_equal(dma_iova_alloc(&unit.space.iova, &request, &hole->daddr, &generation), 0);
	}
	dma_batch_placed(hole, 3);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_false(host_frame_used(after[1]) || host_frame_used(seg.paddr.raw));
	assert_int_equal(pending(), 0);
	host.time_stands = false;
	end();
}

/* Round the ring many times, in batches that do not divide it, and the counts with it. */
static void round_and_round(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	config.batch_count = 100;
	begin(&config, false, true);
	host_cpu = 0;
	host.time_stands = true;
	unit.space.batch[0].tail = unit.space.batch[0].head = UINT64_MAX - (500ull << DMA_BATCH_PAGES_SHIFT) - 1000;
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t daddr, frame;

		release_warm(&daddr, &frame);
		assert_int_equal(pending(), (i + 1) % 100);
	}
	host.time_stands = false;
	end();
}

static unsigned looks;

static void look(void)
{
	looks++;
}

/* A page by the fast paths. */
static void map_and_release(void)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), 1), 0);
	assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg), 0);
	dma_stream_release(&s);
}

/* Releases that come fast read the clock for one of eight; slow ones each; and a pause is noticed by the eighth. */
static void clock_is_read_as_needed(void **state)
{
	(void)state;
	begin(&deferred_config, false, true);
	host.time_stands = true;
	host.now = 1000000000;
	host_cpu = 0;
	host.on_time = look;
	for (unsigned i = 0; i < 64; i++)
		map_and_release();
	looks = 0;
	for (unsigned i = 0; i < 800; i++) {
		map_and_release();
		host.now += 1000;
	}
	/* A page of several entries is released by steps that read the clock themselves. */
	assert_in_range(looks, DMA_PAGE_SIZE > 4096 ? 800 : 100, DMA_PAGE_SIZE > 4096 ? 810 : 110);
	for (unsigned turn = 0; turn < 64; turn++) { /* wherever among the eight it pauses */
		unsigned more = 0;

		for (unsigned i = 0; i < 64 + turn; i++)
			map_and_release();
		assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
		map_and_release();
		host.now += 10000000;
		do
			map_and_release();
		while (pending() > 0 && ++more < 8);
		assert_in_range(more, 0, 7);
		map_and_release();
		host.now += 10000000;
		(void)dma_reclaim(); /* which always looks */
		assert_int_equal(pending(), 0);
	}
	for (unsigned i = 0; i < 16; i++) {
		map_and_release();
		host.now += 10000000 / 16;
	}
	looks = 0;
	for (unsigned i = 0; i < 100; i++) {
		map_and_release();
		host.now += 10000000 / 16;
		assert_true(pending() <= 16);
	}
	assert_in_range(looks, 100, 130);
	host.on_time = NULL;
	host.time_stands = false;
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_ring_is_strict),	       cmocka_unit_test(h66_full_ring_takes_tables_out),
		cmocka_unit_test(h66_full_ring_and_no_answer), cmocka_unit_test(full_ring_and_hardware),
		cmocka_unit_test(interrupted_writer),	       cmocka_unit_test(round_and_round),
		cmocka_unit_test(clock_is_read_as_needed),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
