/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR parser on right tables, on paths that lead nowhere, and on large tables; dmar_odd.c has those with one odd
 * thing each.
 */
#include "dmar_bench.h"
#include <dmastream/errors.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void units_and_scopes(void **state)
{
	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed91000, 0);
	table_scope(&t, 1, 0, endpoint, 1);
	table_scope(&t, 1, 0, deep, 3);
	for (unsigned type = 2; type <= 6; type++)
		table_other(&t, type, 16);
	table_unit(&t, 0, 0xfed90000, 1);
	table_scope(&t, 3, 0, bridge, 1); /* an I/O APIC's requester is no device's, though it looks like one */
	table_scope(&t, 4, 0, bridge, 1);
	table_unit(&t, 1, 0xfed92000, 0);
	table_scope(&t, 2, 0, bridge, 1);
	table_unit(&t, 0, 0xfed93000, 0);
	table_scope(&t, 2, 0, bridge, 1);
	table_scope(&t, 5, 0x1e, endpoint, 1);
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 0);
	assert_int_equal(dmar.width, 39);
	assert_int_equal(count_units(), 4);
	assert_int_equal(unit_of(0, 0, 2 << 3), 0xfed91000);
	assert_int_equal(unit_of(0, 3, 5 << 3 | 1), 0xfed91000); /* through two bridges */
	assert_int_equal(unit_of(0, 3, 5 << 3), 0xfed93000);	 /* below the bridge */
	assert_int_equal(unit_of(0, 4, 0), 0xfed93000);
	assert_int_equal(unit_of(0, 0, 0x1c << 3), 0xfed93000); /* the bridge itself */
	assert_int_equal(unit_of(0, 0x1e, 2 << 3), 0xfed93000); /* of the ACPI name space */
	assert_int_equal(unit_of(0, 5, 0), 0xfed90000);		/* include-all */
	assert_null(dma_dmar_unit_of(&dmar, 2, 0, 2 << 3));	/* a segment without a unit */
	assert_int_equal(unit_of(1, 0, 0x1c << 3), 0xfed92000); /* named, though nothing is there to look behind */
	assert_null(dma_dmar_unit_of(&dmar, 1, 2, 0));
}

static void absent_and_cyclic_paths(void **state)
{
	static const uint8_t paths[3][6] = {{9, 0, 1, 0}, {2, 0, 1, 0}, {0x1d, 0, 0x1d, 0, 0x1d, 0}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		table_begin(&t, 39);
		table_unit(&t, 0, 0xfed91000, 0);
		table_scope(&t, 1, 0, paths[i], i == 2 ? 3 : 2);
		table_scope(&t, 1, 0, endpoint, 1);
		odd("device scope at offset 64: path|no bridge is there");
		assert_true(reads <= 6);
		assert_int_equal(count_scopes(dmar.units->scopes), 1);
		assert_null(dma_dmar_unit_of(&dmar, 0, 0, 1 << 3));
	}
}

/* Types that what is there contradicts. */
static void scopes_of_another_kind(void **state)
{
	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed91000, 0);
	table_scope(&t, 1, 0, bridge, 1);
	odd("device scope at offset 64: type 0x1: a bridge is there");
	assert_int_equal(unit_of(0, 0, 0x1c << 3), 0xfed91000);
	assert_null(dma_dmar_unit_of(&dmar, 0, 2, 0));
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed91000, 0);
	table_scope(&t, 2, 0, endpoint, 1);
	odd("device scope at offset 64: type 0x2: no bridge is there");
	assert_int_equal(unit_of(0, 0, 2 << 3), 0xfed91000);
}

static void regions(void **state)
{
	static const uint8_t usb[] = {0x14, 0};

	(void)state;
	usual();
	table_region(&t, 0, 0x7b800000, 0x7fffffff);
	table_scope(&t, 1, 0, usb, 1);
	table_region(&t, 0, 0x7b800000, 0x7b800fff); /* the same memory again, within: the driver joins them */
	table_scope(&t, 1, 0, usb, 1);
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 0);
	assert_non_null(dmar.regions->next);
	assert_int_equal(dmar.regions->limit, 0x7fffffff);
	assert_true(dma_dmar_names(dmar.regions->scopes, 0, 0x14 << 3));
	assert_false(dma_dmar_names(dmar.regions->scopes, 0, 0x14 << 3 | 1));
}

/* No capacity: what a two-socket server has, and ten times that. */
static void many(void **state)
{
	unsigned n = 0;

	(void)state;
	table_begin(&t, 46);
	for (unsigned i = 0; i < 200; i++) {
		uint8_t path[2] = {(uint8_t)(i % 32), (uint8_t)(i / 32)};

		table_unit(&t, 0, 0xfed00000 + 0x1000u * i, i == 199);
		table_scope(&t, 1, (uint8_t)i, path, 1);
		table_region(&t, 0, 0x1000u * i, 0x1000u * i + 0xfff);
		for (unsigned k = 0; k < 3; k++)
			table_scope(&t, 1, (uint8_t)i, path, 1);
	}
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 0);
	assert_int_equal(count_units(), 200);
	for (const struct dma_dmar_region *region = dmar.regions; region; region = region->next, n++)
		assert_int_equal(count_scopes(region->scopes), 3);
	assert_int_equal(n, 200);
	assert_true(lines_pages() > 1);
	for (int pages = 0; pages < (int)lines_pages(); pages++) { /* each page that it asks for fails once */
		struct dma_dmar other;

		lines_begin(pages);
		assert_int_equal(dma_dmar_parse(t.bytes, t.length, &dmar_bus, &other), DMA_ENOMEM);
		assert_null(other.store.pages);
	}
	dma_dmar_free(&dmar);
	assert_int_equal(lines_pages(), 0);
}

/* Far more than any machine has. */
static void very_many(void **state)
{
	unsigned n = 0;

	(void)state;
	usual();
	for (unsigned i = 0; i < 6000; i++) {
		uint8_t path[2] = {(uint8_t)(i % 32), 0};

		table_region(&t, 3, 0x1000u * i, 0x1000u * i + 0xfff);
		table_scope(&t, 1, (uint8_t)(i / 32), path, 1);
	}
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 0);
	for (const struct dma_dmar_region *region = dmar.regions; region; region = region->next, n++)
		assert_int_equal(region->base, 0x1000u * n);
	assert_int_equal(n, 6000);
}

/* A table of nothing but nonsense ends, and does not fill the log. */
static void all_nonsense(void **state)
{
	(void)state;
	usual();
	for (unsigned i = 0; i < 2000; i++)
		table_other(&t, 99, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 257);
	assert_int_equal(dmar.store.odd, 2000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_scopes),
		cmocka_unit_test(absent_and_cyclic_paths),
		cmocka_unit_test(scopes_of_another_kind),
		cmocka_unit_test(regions),
		cmocka_unit_test(odd_units),
		cmocka_unit_test(odd_regions),
		cmocka_unit_test(odd_scopes),
		cmocka_unit_test(odd_lengths),
		cmocka_unit_test(headers),
		cmocka_unit_test(many),
		cmocka_unit_test(very_many),
		cmocka_unit_test(all_nonsense),
	};

	return cmocka_run_group_tests_name("dmar", tests, NULL, NULL);
}
