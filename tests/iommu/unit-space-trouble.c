/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces when the hardware does not answer, or memory runs short.
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

/* ---- Hardware that does not answer ---- */

static void invalidation_times_out(void **state)
{
	struct dma_stream s, other, t = {0};
	uint64_t frame;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 3);
	alloc(&other, DMA_BIDIRECTIONAL, 2);
	frame = dma_stream_paddr(&s).raw;
	unit.times_out_at = 1;
	dma_stream_release(&s);
	assert_true(unit.blocked);
	assert_true(host_frame_used(frame));
	assert_int_equal(dma_stream_alloc_uninit(&t, &dev, DMA_BIDIRECTIONAL, 1), DMA_ENODEV);
	unit.times_out_at = 0;
	dma_stream_release(&other); /* it may answer again: nobody believes it */
	end_dead(5);
}

static void deferred_invalidation_times_out(void **state)
{
	struct dma_stream s;
	struct dma_domain_stats stats;

	(void)state;
	begin(&deferred_config, false, true);
	for (unsigned i = 0; i < 10; i++) {
		alloc(&s, DMA_BIDIRECTIONAL, 4);
		dma_stream_release(&s);
	}
	unit.times_out_at = 1;
	assert_int_equal(dma_domain_flush(&unit.space.domain), DMA_ETIMEDOUT);
	assert_true(unit.blocked);
	dma_domain_stats(&unit.space.domain, &stats);
	assert_int_equal(stats.pages_quarantined, 40);
	end_dead(40);
}

static void table_pages_of_a_failed_flush_are_lost(void **state)
{
	struct dma_stream s;
	struct dma_stats stats;
	uint64_t first, lost;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 3 * MIB_2_PAGES);
	unit.space.table.big_levels = 0; /* small pages from here on: tables to lose */
	dma_stream_release(&s);
	alloc(&s, DMA_BIDIRECTIONAL, 3 * MIB_2_PAGES);
	first = dma_stream_daddr(&s).raw >> DMA_PAGE_SHIFT;
	/* The frames, and the tables that serve nothing else: 3, or 2 where the addresses do not begin with a
	 * table's. */
	lost = 3 * MIB_2_PAGES + (first + 3 * MIB_2_PAGES) / MIB_2_PAGES - (first + MIB_2_PAGES - 1) / MIB_2_PAGES;
	unit.times_out_at = 1;
	dma_stream_release(&s);
	dma_stats(&stats);
	assert_int_equal(stats.pages_quarantined, lost);
	end_dead(lost);
}

/* Every wait of a life of streams is the first that times out. */
static void every_wait_times_out(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		bool done = false;

		config.deferred = deferred;
		for (unsigned n = 1; !done; n++) {
			struct dma_stream s[3] = {{0}}, tail = {0};
			struct dma_stats stats;

			begin(&config, true, true);
			unit.times_out_at = n;
			for (unsigned i = 0; i < 3; i++)
				(void)!dma_stream_alloc_uninit(&s[i], &dev, DMA_BIDIRECTIONAL, 1 + i * 600);
			if (s[2].dev)
				(void)!dma_stream_split(&s[2], 7 * PAGE, &tail);
			for (unsigned i = 0; i < 3; i++)
				dma_stream_release(&s[i]);
			dma_stream_release(&tail);
			(void)!dma_domain_flush(&unit.space.domain);
			done = !unit.blocked;
			unit.times_out_at = 0;
			dma_stats(&stats);
			assert_int_equal(stats.pages_quarantined > 0, !done);
			if (done)
				end();
			else
				end_dead(stats.pages_quarantined);
			assert_true(!done || n > (deferred ? 4 : 7));
		}
	}
}

/* ---- Scarcity ---- */

static int life(void)
{
	struct dma_stream s = {0}, tail = {0}, big = {0};
	struct dma_segment seg = {0};
	int error = dma_stream_alloc_uninit(&big, &dev, DMA_BIDIRECTIONAL, 2 * MIB_2_PAGES + 3);

	if (!error)
		error = dma_segment_alloc(&seg, 700, UINT64_MAX, 0);
	if (!error)
		error = dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg);
	if (!error)
		error = dma_stream_split(&s, 9 * PAGE, &tail);
	if (!error) {
		warm(dma_stream_daddr(&s).raw, 9);
		assert_true(reaches(dma_stream_daddr(&tail).raw, UNIT_WRITE));
	}
	dma_stream_release(&s);
	dma_stream_release(&tail);
	dma_stream_release(&big);
	dma_segment_drop(&seg);
	return error;
}

static void every_hook_fails(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		bool done = false;

		config.deferred = deferred;
		for (unsigned n = 1; !done; n++) {
			struct dma_device_config device = {
				.name = "probe", .mask = UINT64_MAX, .coherent = true, .trusted = true};
			int error;

			host_start();
			host.fail_at = n;
			error = unit_start(&unit, &config, false);
			if (error == 0) {
				unit_watch(&unit);
				device.domain = &unit.space.domain;
				assert_int_equal(dma_device_init(&dev, &device), 0);
				error = life();
				assert_int_equal(dma_device_fini(&dev), 0);
				assert_int_equal(unit.reused, 0);
				assert_int_equal(dma_space_fini(&unit.space), 0);
			}
			done = host.calls < n;
			assert_true(error == 0 || (error == DMA_ENOMEM && !done));
			unit_watch(NULL);
			assert_true(host_stop());
		}
	}
}

/* A map that runs out of table pages half way: the device saw the first half, so that is invalidated, and the
 * addresses come back. */
static void half_a_map_is_undone(void **state)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	size_t npages = 30 * MIB_2_PAGES; /* more tables than the reserve has */
	uint64_t used;

	(void)state;
	begin(&strict_config, false, true);
	unit.space.table.big_levels = 0;
	used = dma_iova_used(&unit.space.iova);
	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), npages), 0);
	host_interrupts_off = true;
	assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg), DMA_ENOMEM);
	host_interrupts_off = false;
	assert_int_equal(dma_iova_used(&unit.space.iova), used);
	assert_true(unit.ranges > 0);
	for (uint64_t daddr = PAGE; daddr < 2 * npages * PAGE; daddr += MIB_2_PAGES * PAGE)
		assert_false(reaches(daddr, UNIT_READ) || reaches(daddr + 0x1000, UNIT_WRITE));
	assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg), 0);
	dma_stream_release(&s);
	end();
}

/* Leaf tables stay for the next mapping; when pages run out they come back. */
static void tables_come_back(void **state)
{
	static struct dma_stream s[3000];
	uint64_t most;
	struct dma_stream t = {0};

	(void)state;
	begin(&strict_config, false, true);
	for (unsigned i = 0; i < 3000; i++)
		alloc(&s[i], DMA_BIDIRECTIONAL, 5);
	most = unit.space.table.pages;
	assert_true(most > 3000 * 5 / 512);
	for (unsigned i = 0; i < 3000; i++)
		dma_stream_release(&s[i]);
	assert_int_equal(unit.space.table.pages, most);
	assert_true(unit.space.mapper->trim(&unit.space));
	assert_true(unit.space.mapper->trim(&unit.space));
	assert_true(unit.space.table.pages < most / 2);
	alloc(&t, DMA_BIDIRECTIONAL, 5);
	assert_true(reaches(dma_stream_daddr(&t).raw, UNIT_WRITE));
	dma_stream_release(&t);
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invalidation_times_out),
		cmocka_unit_test(deferred_invalidation_times_out),
		cmocka_unit_test(table_pages_of_a_failed_flush_are_lost),
		cmocka_unit_test(every_wait_times_out),
		cmocka_unit_test(every_hook_fails),
		cmocka_unit_test(half_a_map_is_undone),
		cmocka_unit_test(tables_come_back),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
