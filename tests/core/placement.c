/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The placement rule's complete table: each of the 96 cases, the expected place written out by hand from section 3 of
 * the design.
 */
#include "../../src/memory/placement.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* B bounces, K in a mapping of its own, S shared, U uncached, M maintained at sync; "" direct; "-" refused. */
static const struct row {
	bool coherent, can_sync, uncached_ok, cvm;
	const char *map, *map_unreachable, *alloc, *coherent_memory;
} rows[] = {
	/* The device snoops: cached, whatever else the machine can do. */
	{1, 0, 0, 0, "", "B", "", ""},
	{1, 0, 0, 1, "BKS", "BKS", "KS", "KS"},
	{1, 0, 1, 0, "", "B", "", ""},
	{1, 0, 1, 1, "BKS", "BKS", "KS", "KS"},
	{1, 1, 0, 0, "", "B", "", ""},
	{1, 1, 0, 1, "BKS", "BKS", "KS", "KS"},
	{1, 1, 1, 0, "", "B", "", ""},
	{1, 1, 1, 1, "BKS", "BKS", "KS", "KS"},
	/* Nobody can make it coherent: uncached, or nothing. */
	{0, 0, 0, 0, "-", "-", "-", "-"},
	{0, 0, 0, 1, "-", "-", "-", "-"},
	{0, 0, 1, 0, "BKU", "BKU", "KU", "KU"},
	{0, 0, 1, 1, "BKSU", "BKSU", "KSU", "KSU"},
	/* The CPU can: cached and maintained, but coherent memory has no sync to do that in. */
	{0, 1, 0, 0, "M", "BM", "M", "-"},
	{0, 1, 0, 1, "BKSM", "BKSM", "KSM", "-"},
	{0, 1, 1, 0, "M", "BM", "M", "KU"},
	{0, 1, 1, 1, "BKSM", "BKSM", "KSM", "KSU"},
};

static int place_of(const char *letters)
{
	int place = 0;

	for (; *letters; letters++) {
		switch (*letters) {
		case 'B':
			place |= DMA_PLACE_BOUNCE;
			break;
		case 'K':
			place |= DMA_PLACE_KVA;
			break;
		case 'S':
			place |= DMA_PLACE_SHARED;
			break;
		case 'U':
			place |= DMA_PLACE_UNCACHED;
			break;
		case 'M':
			place |= DMA_PLACE_MAINTAIN;
			break;
		default:
			return DMA_ENOTSUP;
		}
	}
	return place;
}

static void expect(const struct row *row, enum dma_purpose purpose, bool reachable, const char *letters)
{
	struct dma_placement_case c = {.purpose = purpose,
				       .coherent = row->coherent,
				       .can_sync = row->can_sync,
				       .uncached_ok = row->uncached_ok,
				       .cvm = row->cvm,
				       .reachable = reachable};
	int place = dma_placement(&c);

	if (place != place_of(letters))
		printf("# coherent %d, can_sync %d, uncached_ok %d, cvm %d, purpose %d, reachable %d: expected "
		       "\"%s\"\n",
		       row->coherent, row->can_sync, row->uncached_ok, row->cvm, (int)purpose, reachable, letters);
	assert_int_equal(place, place_of(letters));
}

static void the_table_is_complete(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		seen |= 1u << (rows[i].coherent * 8 + rows[i].can_sync * 4 + rows[i].uncached_ok * 2 + rows[i].cvm);
	assert_int_equal(seen, 0xffff);
}

static void each_case_is_placed_as_the_design_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		expect(&rows[i], DMA_FOR_MAP, true, rows[i].map);
		expect(&rows[i], DMA_FOR_MAP, false, rows[i].map_unreachable);
		for (int reachable = 0; reachable < 2; reachable++) { /* the library picks frames that fit */
			expect(&rows[i], DMA_FOR_ALLOC, reachable, rows[i].alloc);
			expect(&rows[i], DMA_FOR_COHERENT, reachable, rows[i].coherent_memory);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(each_case_is_placed_as_the_design_says),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
