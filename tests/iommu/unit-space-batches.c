/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Batches of releases of all sizes: single pages of one leaf table, ranges that cross leaf tables, and ranges whose
 * table pages come out; all of them are gone with one return, tables and addresses come back, and a unit that does not
 * answer keeps all of them.
 */
#include "scene.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STREAMS = 12 };

static const size_t sizes[STREAMS] = {1, 1, 3, 500, 1, 500, 1024, 1, 700, 2048, 1, 600};

static struct dma_stream streams[STREAMS];
static struct dma_stream *named[STREAMS];
static uint64_t daddrs[STREAMS];

static void map_all(void)
{
	unit.space.table.big_levels = 0; /* small pages: whole tables come out */
	for (unsigned i = 0; i < STREAMS; i++) {
		memset(&streams[i], 0, sizeof(streams[i]));
		alloc(&streams[i], i % 3 ? DMA_BIDIRECTIONAL : DMA_BIDIRECTIONAL | DMA_SPLITTABLE, sizes[i]);
		daddrs[i] = dma_stream_daddr(&streams[i]).raw;
		named[i] = &streams[i];
		warm(daddrs[i], sizes[i]);
	}
}

static bool any_reached(void)
{
	for (unsigned i = 0; i < STREAMS; i++)
		for (size_t page = 0; page < sizes[i]; page++)
			if (reaches(daddrs[i] + page * PAGE, UNIT_READ) || reaches(daddrs[i] + page * PAGE, UNIT_WRITE))
				return true;
	return false;
}

static uint64_t own_pages(void)
{
	struct dma_stats stats;

	(void)dma_reclaim();
	dma_stats(&stats);
	return stats.pages_own;
}

static void all_sizes(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < 4; turn++) {
		uint64_t before = 0;

		host.cpus = 1 + turn / 2;
		begin(turn % 2 ? &deferred_config : &strict_config, false, true);
		for (unsigned round = 0; round < 4; round++) {
			map_all();
			assert_true(any_reached());
			dma_batch_release(named, STREAMS);
			for (unsigned i = 0; i < STREAMS; i++)
				assert_null(streams[i].dev);
			if (turn % 2)
				assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
			assert_false(any_reached());
			if (round == 1)
				before = own_pages();
		}
		assert_true(own_pages() <= before); /* table pages come back: nothing grows by batches */
		end();
		host.cpus = 2;
	}
}

/* One that is named twice, and one that is empty, change nothing. */
static void named_twice(void **state)
{
	struct dma_stream *twice[4];

	(void)state;
	begin(&strict_config, false, true);
	map_all();
	twice[0] = twice[2] = &streams[6];
	twice[1] = twice[3] = &streams[9];
	dma_batch_release(twice, 4);
	assert_false(reaches(daddrs[6], UNIT_READ) || reaches(daddrs[9] + 2047 * PAGE, UNIT_READ));
	assert_true(reaches(daddrs[8], UNIT_READ));
	dma_batch_release(named, STREAMS); /* two of them are empty by now */
	assert_false(any_reached());
	end();
}

/* Everything that the batch had is kept, and counted, with the table pages that came out. */
static void a_unit_that_does_not_answer(void **state)
{
	struct dma_stats stats;
	uint64_t all = 0;

	(void)state;
	begin(&strict_config, false, true);
	map_all();
	for (unsigned i = 0; i < STREAMS; i++)
		all += sizes[i];
	unit.times_out_at = 1;
	dma_batch_release(named, STREAMS);
	assert_true(unit.blocked);
	dma_stats(&stats);
	assert_in_range(stats.pages_quarantined, all + 4, all + 64);
	end_dead(stats.pages_quarantined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_sizes),
		cmocka_unit_test(named_twice),
		cmocka_unit_test(a_unit_that_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
