/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Entries stored in runs of every length and start: all of them, with their values, where the unit looks, and none
 * beside (hazard 30). For a walker that snoops, for one that does not, and for that with stores past the caches.
 */
#include "../../src/iommu/table/walker_store.h"
#include "../hosts/iommu_host.h"
#include "model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 512u
#define BESIDE	0xbe51deull
#define VALUE	0x0123456789000ull
#define STEP	0x1000u

static struct model model;
static uint64_t page, *table;

static uint64_t unit_sees(size_t i)
{
	return (model.table.snoops ? host_cpu_view : host_memory)(page + i * 8);
}

static void start(bool snoops, bool past)
{
	model_start(&model, &dma_format_vtd4, snoops, 0);
	host.write_past = model.table.past = past;
	page = dma_table_page_get(&model.table);
	table = dma_table_at(page);
}

static void stop(void)
{
	dma_table_page_put(&model.table, page);
	model_stop(&model);
}

static void fill(uint64_t value)
{
	for (size_t i = 0; i < ENTRIES; i++)
		table[i] = value;
	dma_flush_entries(&model.table, table, ENTRIES);
}

/* first: what entry `at` has; the others grow from it, less `mark`. */
static void check(size_t at, size_t count, uint64_t value, uint64_t step, uint64_t mark)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		uint64_t expected = i < at || i >= at + count ? BESIDE : value + (i - at) * step + (i == at ? mark : 0);

		if (unit_sees(i) != expected || table[i] != expected)
			fail_msg("%zu entries at %zu: entry %zu is %llx, %llx for the unit, not %llx", count, at, i,
				 (unsigned long long)table[i], (unsigned long long)unit_sees(i),
				 (unsigned long long)expected);
	}
}

static void each_run(size_t at, size_t count)
{
	const uint64_t mark = dma_format_vtd4.software_start, note = dma_note(77, host.now);
	struct dma_putter putter;

	fill(BESIDE);
	(void)dma_put_pages(&model.table, table + at, count, VALUE, false);
	check(at, count, VALUE, STEP, mark);
	fill(BESIDE);
	dma_put_notes(&model.table, table + at, count, note);
	check(at, count, note, 0, 0);
	fill(BESIDE);
	dma_put_begin(&putter, &model.table);
	dma_put_run(&putter, table + at, count, VALUE, 8 * STEP, mark);
	dma_put_end(&putter);
	check(at, count, VALUE, 8 * STEP, mark);
	fill(BESIDE);
	dma_put_entry(&model.table, table + at, VALUE);
	check(at, 1, VALUE, 0, 0);
}

static void every_length(bool snoops, bool past)
{
	start(snoops, past);
	for (size_t count = 1; count <= ENTRIES; count++) {
		each_run(0, count);
		each_run(ENTRIES - count, count);
		each_run((ENTRIES - count) / 2, count);
	}
	for (size_t at = 0; at < ENTRIES; at++)
		each_run(at, at + 21 <= ENTRIES ? 21 : ENTRIES - at);
	stop();
}

static void snooped(void **state)
{
	(void)state;
	every_length(true, false);
	every_length(true, true);
}

static void cleaned(void **state)
{
	(void)state;
	every_length(false, false);
}

static void past_the_caches(void **state)
{
	(void)state;
	every_length(false, true);
}

/* More runs than wait for their flush, apart and side by side, and some that were stored before. */
static void runs_apart(void **state)
{
	(void)state;
	for (unsigned way = 0; way < 3; way++) {
		struct dma_putter putter;

		start(way == 0, way == 2);
		fill(BESIDE);
		dma_put_begin(&putter, &model.table);
		for (size_t i = 0; i < ENTRIES; i += 32) {
			dma_put_run(&putter, table + i, 4, VALUE + i, 0, 0);
			dma_put_run(&putter, table + i + 4, 5, VALUE + i, 0, 0); /* into the next line */
			dma_entry_write(table + i + 20, VALUE + i);
			dma_put_stored(&putter, table + i + 20, 1);
		}
		dma_put_end(&putter);
		for (size_t i = 0; i < ENTRIES; i++)
			assert_int_equal(unit_sees(i), i % 32 < 9 || i % 32 == 20 ? VALUE + i / 32 * 32 : BESIDE);
		stop();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(snooped),
		cmocka_unit_test(cleaned),
		cmocka_unit_test(past_the_caches),
		cmocka_unit_test(runs_apart),
	};

	return cmocka_run_group_tests_name("entries on their way to the unit", tests, NULL, NULL);
}
