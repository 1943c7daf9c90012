/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IVRS parser on right tables, on none, and on every cut of one: what is kept. (Odd tables: ivrs_odd.c.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../hosts/lines.h"
#include "ivrs_bench.h"
#include <dmastream/errors.h>

static void units_and_devices(void **state)
{
	const struct dma_ivrs_devices *devices = NULL;

	(void)state;
	ivrs_begin(&ivrs_table, 0x00203043); /* 48 bits of physical addresses, 64 of virtual ones */
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&ivrs_table, 3, 0x0008);
	ivrs_entry(&ivrs_table, 4, 0x00ff);
	ivrs_entry(&ivrs_table, 0, 0);
	ivrs_entry(&ivrs_table, 64, 0);
	ivrs_alias(&ivrs_table, 67, 0xff00, 0x00a5);
	ivrs_entry(&ivrs_table, 4, 0xffff);
	ivrs_alias(&ivrs_table, 66, 0x0308, 0x0300);
	ivrs_entry(&ivrs_table, 72, 0);
	ivrs_entry(&ivrs_table, 70, 0x0400);
	ivrs_unit(&ivrs_table, 0x11, 1, 2, 0xfd340000);
	ivrs_entry(&ivrs_table, 1, 0);
	ivrs_unit(&ivrs_table, 0x40, 0, 0x6002, 0xfd380000);
	ivrs_entry(&ivrs_table, 71, 0x6100);
	ivrs_entry(&ivrs_table, 4, 0x61ff);
	ivrs_put(&ivrs_table, 0xf0, 1); /* a device of the ACPI name space, with a unique id of 3 bytes */
	ivrs_put(&ivrs_table, 0x6280, 2);
	ivrs_put(&ivrs_table, 0, 18);
	ivrs_put(&ivrs_table, 3, 1);
	ivrs_put(&ivrs_table, 0x333231, 3);
	ivrs_sound();
	assert_int_equal(ivrs.width, 48);
	assert_int_equal(ivrs.virtual_width, 64);
	assert_int_equal(ivrs_unit_of(0x0007), 0);
	assert_int_equal(ivrs_unit_of(0x0008), 0xfd300000);
	assert_int_equal(ivrs_unit_of(0x00ff), 0xfd300000);
	assert_int_equal(ivrs_unit_of(0x0100), 0);
	assert_int_equal(ivrs_unit_of(0x0400), 0xfd300000);
	assert_int_equal(ivrs_unit_of(0x10007), 0xfd340000);
	assert_int_equal(ivrs_unit_of(0x20007), 0);
	assert_int_equal(ivrs_unit_of(0x6180), 0xfd380000);
	assert_int_equal(ivrs_unit_of(0x6280), 0xfd380000);
	assert_non_null(dma_ivrs_unit_of(&ivrs, 0xff42, &devices));
	assert_true(devices->aliased && devices->alias == 0x00a5);
	assert_non_null(dma_ivrs_unit_of(&ivrs, 0x0308, &devices));
	assert_true(devices->aliased && devices->alias == 0x0300);
}

/* 5.2.2.6: a source of interrupts is behind the unit that names it, named elsewhere or not, and has no word in what its
 * requests carry. */
static void interrupt_sources(void **state)
{
	const struct dma_ivrs_devices *devices = NULL;

	(void)state;
	ivrs_usual();
	ivrs_unit(&ivrs_table, 0x11, 0, 0x100, 0xfd340000);
	ivrs_alias(&ivrs_table, 66, 0x0108, 0x0100);
	ivrs_special(&ivrs_table, 0x0108, 0xd7);
	ivrs_special(&ivrs_table, 0x0201, 0);
	ivrs_sound();
	assert_int_equal(ivrs_unit_of(0x0201), 0xfd340000);
	assert_int_equal(ivrs_unit_of(0x0202), 0xfd300000);
	assert_non_null(dma_ivrs_unit_of(&ivrs, 0x0108, &devices));
	assert_true(devices->aliased && devices->alias == 0x0100);
}

/* A unit is described once for each generation of software. */
static void newest_block(void **state)
{
	(void)state;
	ivrs_begin(&ivrs_table, 0);
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&ivrs_table, 2, 0x0010);
	ivrs_unit(&ivrs_table, 0x40, 0, 2, 0xfd300000);
	ivrs_entry(&ivrs_table, 2, 0x0030);
	ivrs_unit(&ivrs_table, 0x11, 0, 2, 0xfd300000);
	ivrs_entry(&ivrs_table, 2, 0x0020);
	ivrs_unit(&ivrs_table, 0x11, 1, 2, 0xfd340000); /* another segment: another unit */
	ivrs_entry(&ivrs_table, 2, 0x0020);
	ivrs_sound();
	assert_int_equal(ivrs_unit_of(0x0010), 0);
	assert_int_equal(ivrs_unit_of(0x0020), 0);
	assert_int_equal(ivrs_unit_of(0x0030), 0xfd300000);
	assert_int_equal(ivrs_unit_of(0x10020), 0xfd340000);
	assert_true(ivrs.units->extended && ivrs.units->next->extended);
	assert_null(ivrs.units->next->next);
}

/* A device that is named is not that of the unit which has all the others, in either order. */
static void named_and_all(void **state)
{
	(void)state;
	ivrs_usual();
	ivrs_unit(&ivrs_table, 0x10, 0, 0x100, 0xfd340000);
	ivrs_entry(&ivrs_table, 2, 0x0108);
	ivrs_sound();
	assert_int_equal(ivrs_unit_of(0x0108), 0xfd340000);
	assert_int_equal(ivrs_unit_of(0x0109), 0xfd300000);
	ivrs_begin(&ivrs_table, 0);
	ivrs_unit(&ivrs_table, 0x10, 0, 0x100, 0xfd340000);
	ivrs_entry(&ivrs_table, 2, 0x0108);
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&ivrs_table, 1, 0);
	ivrs_sound();
	assert_int_equal(ivrs_unit_of(0x0108), 0xfd340000);
	assert_int_equal(ivrs_unit_of(0x0109), 0xfd300000);
}

static void regions(void **state)
{
	static const struct {
		unsigned type, flags;
		uint32_t first, last;
		unsigned dir;
	} rows[] = {
		{0x20, 7, 0, 0xffff, DMA_BIDIRECTIONAL},  {0x21, 3, 0x10, 0x10, DMA_TO_DEVICE},
		{0x22, 5, 0x10, 0x17, DMA_FROM_DEVICE},	  {0x21, 8, 0x10, 0x10, DMA_BIDIRECTIONAL},
		{0x22, 8, 0x20, 0x20, DMA_BIDIRECTIONAL},
	};
	const struct dma_ivrs_region *found;

	(void)state;
	ivrs_usual();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ivrs_region(&ivrs_table, rows[i].type, rows[i].flags,
			    (uint16_t)(rows[i].type == 0x20 ? 0 : rows[i].first),
			    (uint16_t)(rows[i].type == 0x22 ? rows[i].last : 0), 0x7b000000 + 0x2000 * i, 0x1000);
	ivrs_sound();
	found = ivrs.regions;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++, found = found->next) {
		assert_non_null(found);
		assert_int_equal(found->first, rows[i].first);
		assert_int_equal(found->last, rows[i].last);
		assert_int_equal(found->dir, rows[i].dir);
		assert_int_equal(found->base, 0x7b000000 + 0x2000 * i);
		assert_int_equal(found->limit, 0x7b000fff + 0x2000 * i);
	}
	assert_null(found);
}

/* Each page that the parser asks for fails once; and tables of any size. */
static void many_and_no_memory(void **state)
{
	(void)state;
	ivrs_begin(&ivrs_table, 0);
	for (unsigned i = 0; i < 200; i++) {
		ivrs_unit(&ivrs_table, 0x10, (uint16_t)i, 2, 0xf0000000 + 0x4000 * (uint64_t)i);
		for (unsigned k = 0; k < 9; k++)
			ivrs_entry(&ivrs_table, 2, (uint16_t)(8 * k));
		ivrs_region(&ivrs_table, 0x21, 7, 8, 0, 0x7b000000, 0x1000);
	}
	ivrs_sound();
	assert_int_equal(ivrs_unit_of(199u << 16 | 64), 0xf0000000 + 0x4000 * 199ull);
	assert_true(lines_pages() > 5);
	for (int pages = 0; pages < (int)lines_pages(); pages++) {
		struct dma_ivrs other;

		lines_begin(pages);
		assert_int_equal(dma_ivrs_parse(ivrs_table.bytes, ivrs_table.length, &other), DMA_ENOMEM);
		assert_null(other.store.pages);
	}
	dma_ivrs_free(&ivrs);
}

/* A table of nothing but nonsense ends, and does not fill the log. */
static void all_nonsense(void **state)
{
	(void)state;
	ivrs_usual();
	for (unsigned i = 0; i < 2000; i++)
		ivrs_block(&ivrs_table, 99, 0);
	ivrs_end(&ivrs_table);
	assert_int_equal(ivrs_parse(), 0);
	assert_int_equal(lines_count(), 257);
	assert_int_equal(ivrs.store.odd, 2000);
}

/* Every cut of a table that has everything is read, or refused, and nothing beyond it is looked at. */
static void every_cut(void **state)
{
	(void)state;
	units_and_devices(NULL);
	for (size_t cut = ivrs_table.length; cut-- > 0;) {
		uint8_t *exact = test_malloc(cut ? cut : 1);
		int error;

		memcpy(exact, ivrs_table.bytes, cut);
		dma_ivrs_free(&ivrs);
		lines_begin(-1);
		error = dma_ivrs_parse(exact, cut, &ivrs);
		assert_true(error == 0 || error == DMA_EINVAL);
		assert_int_equal(error == 0, cut >= 48 + 24);
		test_free(exact);
	}
}

/* `ivrs --table FILE` writes a table that has everything, behind the byte that steers the fuzzer: a seed. */
static int write_table(const char *path)
{
	FILE *file = fopen(path, "wb");
	bool written;

	units_and_devices(NULL);
	ivrs_region(&ivrs_table, 0x22, 7, 8, 0x20, 0x7b000000, 0x1000);
	ivrs_end(&ivrs_table);
	written = file && fputc(2, file) == 2 &&
		  fwrite(ivrs_table.bytes, 1, ivrs_table.length, file) == ivrs_table.length;
	return !file || fclose(file) || !written;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_devices), cmocka_unit_test(interrupt_sources),
		cmocka_unit_test(newest_block),	     cmocka_unit_test(named_and_all),
		cmocka_unit_test(regions),	     cmocka_unit_test(odd_regions),
		cmocka_unit_test(regions_of_nobody), cmocka_unit_test(odd_units),
		cmocka_unit_test(odd_entries),	     cmocka_unit_test(odd_tables),
		cmocka_unit_test(refusals),	     cmocka_unit_test(many_and_no_memory),
		cmocka_unit_test(all_nonsense),	     cmocka_unit_test(every_cut),
	};
	int failed;

	if (argc == 3 && strcmp(argv[1], "--table") == 0)
		return write_table(argv[2]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	dma_ivrs_free(&ivrs);
	return failed;
}
