/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IVRS parser on right tables and on every kind of odd one: what is kept, and the line that says what was left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../hosts/lines.h"
#include "iommu/amdvi/ivrs.h"
#include "ivrs_table.h"
#include <dmastream/errors.h>

/* ---- Tables byte by byte --------------------------------------------------------------------------------------- */

static struct ivrs_table t;
static struct dma_ivrs ivrs;

static int parse(void)
{
	dma_ivrs_free(&ivrs);
	lines_begin(-1);
	return dma_ivrs_parse(t.bytes, t.length, &ivrs);
}

static void sound(void)
{
	ivrs_end(&t);
	assert_int_equal(parse(), 0);
	if (lines_count())
		lines_print();
	assert_int_equal(lines_count(), 0);
}

/* The table is read, and exactly one line says that something was odd. */
static void odd(const char *line)
{
	ivrs_end(&t);
	assert_int_equal(parse(), 0);
	if (lines_count() != 1 || !lines_have(line))
		lines_print();
	assert_true(lines_have(line));
	assert_int_equal(lines_count(), 1);
}

static void refused(const char *line)
{
	static const struct dma_ivrs empty;

	assert_int_equal(parse(), DMA_EINVAL);
	assert_true(lines_have(line));
	assert_memory_equal(&ivrs, &empty, sizeof(ivrs));
	assert_int_equal(lines_pages(), 0);
}

/* Registers of the unit in front of the requester; 0: none. */
static uint64_t unit_of(uint32_t requester)
{
	const struct dma_ivrs_unit *found = dma_ivrs_unit_of(&ivrs, requester, NULL);

	return found ? found->registers : 0;
}

static void usual(void)
{
	ivrs_begin(&t, 0);
	ivrs_unit(&t, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&t, 1, 0);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void units_and_devices(void **state)
{
	const struct dma_ivrs_devices *devices = NULL;

	(void)state;
	ivrs_begin(&t, 0x00203043); /* 48 bits of physical addresses, 64 of virtual ones */
	ivrs_unit(&t, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&t, 3, 0x0008);
	ivrs_entry(&t, 4, 0x00ff);
	ivrs_entry(&t, 0, 0);
	ivrs_entry(&t, 64, 0);
	ivrs_alias(&t, 67, 0xff00, 0x00a5);
	ivrs_entry(&t, 4, 0xffff);
	ivrs_alias(&t, 66, 0x0308, 0x0300);
	ivrs_entry(&t, 72, 0);
	ivrs_entry(&t, 70, 0x0400);
	ivrs_unit(&t, 0x11, 1, 2, 0xfd340000);
	ivrs_entry(&t, 1, 0);
	ivrs_unit(&t, 0x40, 0, 0x6002, 0xfd380000);
	ivrs_entry(&t, 71, 0x6100);
	ivrs_entry(&t, 4, 0x61ff);
	ivrs_put(&t, 0xf0, 1); /* a device of the ACPI name space, with a unique id of 3 bytes */
	ivrs_put(&t, 0x6280, 2);
	ivrs_put(&t, 0, 18);
	ivrs_put(&t, 3, 1);
	ivrs_put(&t, 0x333231, 3);
	sound();
	assert_int_equal(ivrs.width, 48);
	assert_int_equal(ivrs.virtual_width, 64);
	assert_int_equal(unit_of(0x0007), 0);
	assert_int_equal(unit_of(0x0008), 0xfd300000);
	assert_int_equal(unit_of(0x00ff), 0xfd300000);
	assert_int_equal(unit_of(0x0100), 0);
	assert_int_equal(unit_of(0x0400), 0xfd300000);
	assert_int_equal(unit_of(0x10007), 0xfd340000);
	assert_int_equal(unit_of(0x20007), 0);
	assert_int_equal(unit_of(0x6180), 0xfd380000);
	assert_int_equal(unit_of(0x6280), 0xfd380000);
	assert_non_null(dma_ivrs_unit_of(&ivrs, 0xff42, &devices));
	assert_true(devices->aliased && devices->alias == 0x00a5);
	assert_non_null(dma_ivrs_unit_of(&ivrs, 0x0308, &devices));
	assert_true(devices->aliased && devices->alias == 0x0300);
}

/* A unit is described once for each generation of software. */
static void newest_block(void **state)
{
	(void)state;
	ivrs_begin(&t, 0);
	ivrs_unit(&t, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&t, 2, 0x0010);
	ivrs_unit(&t, 0x40, 0, 2, 0xfd300000);
	ivrs_entry(&t, 2, 0x0030);
	ivrs_unit(&t, 0x11, 0, 2, 0xfd300000);
	ivrs_entry(&t, 2, 0x0020);
	ivrs_unit(&t, 0x11, 1, 2, 0xfd340000); /* another segment: another unit */
	ivrs_entry(&t, 2, 0x0020);
	sound();
	assert_int_equal(unit_of(0x0010), 0);
	assert_int_equal(unit_of(0x0020), 0);
	assert_int_equal(unit_of(0x0030), 0xfd300000);
	assert_int_equal(unit_of(0x10020), 0xfd340000);
	assert_int_equal(ivrs.units->type, 0x40);
	assert_int_equal(ivrs.units->next->type, 0x11);
	assert_null(ivrs.units->next->next);
}

/* A device that is named is not that of the unit which has all the others, in either order. */
static void named_and_all(void **state)
{
	(void)state;
	usual();
	ivrs_unit(&t, 0x10, 0, 0x100, 0xfd340000);
	ivrs_entry(&t, 2, 0x0108);
	sound();
	assert_int_equal(unit_of(0x0108), 0xfd340000);
	assert_int_equal(unit_of(0x0109), 0xfd300000);
	ivrs_begin(&t, 0);
	ivrs_unit(&t, 0x10, 0, 0x100, 0xfd340000);
	ivrs_entry(&t, 2, 0x0108);
	ivrs_unit(&t, 0x10, 0, 2, 0xfd300000);
	ivrs_entry(&t, 1, 0);
	sound();
	assert_int_equal(unit_of(0x0108), 0xfd340000);
	assert_int_equal(unit_of(0x0109), 0xfd300000);
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
	usual();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ivrs_region(&t, rows[i].type, rows[i].flags, (uint16_t)(rows[i].type == 0x20 ? 0 : rows[i].first),
			    (uint16_t)(rows[i].type == 0x22 ? rows[i].last : 0), 0x7b000000 + 0x2000 * i, 0x1000);
	sound();
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

static void odd_regions(void **state)
{
	static const struct {
		unsigned type, flags;
		uint16_t first, last;
		uint64_t base, nbytes;
		const char *line;
		bool kept;
	} rows[] = {
		{0x21, 0, 8, 0, 0x7b000000, 0x1000, "flags 0x0: it lets no device reach anything", false},
		{0x21, 1, 8, 0, 0x7b000000, 0x1000, "flags 0x1: it lets no device reach anything", false},
		{0x21, 0x87, 8, 0, 0x7b000000, 0x1000, "flags 0x87: those that are unknown", true},
		{0x22, 7, 8, 7, 0x7b000000, 0x1000, "last device 0x7: before the first", false},
		{0x21, 7, 8, 0, 0x7b000000, 0, "length 0x0: the region is empty", false},
		{0x21, 7, 8, 0, 0xfffffffffffff000, 0x2000, "length 0x2000: it ends beyond all memory", false},
		{0x21, 7, 8, 0, 0x10000000000000, 0x1000, "length 0x1000: it ends beyond all memory", false},
		{0x21, 7, 8, 0, 0x7b000800, 0x1000, "base 0x7b000800: no whole pages", true},
		{0x21, 7, 8, 0, 0x7b000000, 0x1800, "base 0x7b000000: no whole pages", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		usual();
		ivrs_region(&t, rows[i].type, rows[i].flags, rows[i].first, rows[i].last, rows[i].base, rows[i].nbytes);
		odd(rows[i].line);
		assert_int_equal(ivrs.regions != NULL, rows[i].kept);
		if (rows[i].kept)
			assert_true(ivrs.regions->base % 4096 == 0 && ivrs.regions->limit % 4096 == 4095);
	}
}

static void odd_units(void **state)
{
	static const uint64_t bases[] = {0, 0xfd301000, 0x10000000000000};

	(void)state;
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		usual();
		ivrs_unit(&t, 0x10, 0, 0x100, bases[i]);
		ivrs_entry(&t, 2, 0x0108);
		odd("unit (IVHD) at offset 76: register base|no registers can be there");
		assert_int_equal(unit_of(0x0108), 0); /* and not those of the unit which has the rest */
		assert_non_null(dma_ivrs_unit_of(&ivrs, 0x0108, NULL));
	}
	usual();
	ivrs_unit(&t, 0x10, 0, 0x100, 0xfd300000);
	odd("unit (IVHD) at offset 76: segment 0x0: its registers are those of an earlier unit");
	usual();
	ivrs_block(&t, 0x40, 0);
	ivrs_put(&t, 0, 30);
	odd("unit (IVHD) at offset 76: length 0x22: too short");
	usual();
	ivrs_block(&t, 0x21, 7);
	ivrs_put(&t, 0, 20);
	odd("region (IVMD) at offset 76: length 0x18: too short");
	usual();
	ivrs_block(&t, 0x33, 0);
	odd("block at offset 76: type 0x33: unknown");
}

static void odd_entries(void **state)
{
	(void)state;
	usual();
	ivrs_entry(&t, 4, 9);
	odd("device entry at offset 76: end of a range 0x9: no range has begun");
	usual();
	ivrs_entry(&t, 3, 9);
	ivrs_entry(&t, 4, 8);
	odd("device entry at offset 80: end of a range 0x8: before its start");
	usual();
	ivrs_entry(&t, 3, 9);
	odd("device entry at offset 80: start of a range 0x9: it has no end");
	usual();
	ivrs_entry(&t, 3, 9);
	ivrs_entry(&t, 3, 0x10);
	ivrs_entry(&t, 4, 0x17);
	odd("device entry at offset 80: start of a range 0x10: the range before it has no end");
	usual();
	ivrs_entry(&t, 5, 9);
	odd("device entry at offset 76: type 0x5: unknown");
	usual();
	ivrs_put(&t, 66, 1);
	ivrs_put(&t, 0, 3);
	odd("device entry at offset 76: bytes left 0x4: too few");
	usual();
	ivrs_put(&t, 0xf0, 1);
	ivrs_put(&t, 0, 20);
	ivrs_put(&t, 9, 1);
	ivrs_put(&t, 0, 8);
	odd("device entry at offset 76: bytes left 0x1e: too few");
	usual();
	ivrs_put(&t, 2, 2);
	odd("device entry at offset 76: bytes left 0x2: too few");
}

static void odd_tables(void **state)
{
	(void)state;
	ivrs_begin(&t, 31 << 8);
	ivrs_unit(&t, 0x10, 0, 2, 0xfd300000);
	odd("table at offset 36: physical address size 0x1f: impossible");
	assert_int_equal(ivrs.width, 32);
	ivrs_begin(&t, 16 << 15);
	ivrs_unit(&t, 0x10, 0, 2, 0xfd300000);
	odd("table at offset 36: virtual address size 0x10: impossible");
	assert_int_equal(ivrs.virtual_width, 64);
	usual();
	ivrs_end(&t);
	t.bytes[9]++;
	assert_int_equal(parse(), 0);
	assert_true(lines_have("checksum off by 0x1"));
	usual();
	ivrs_block(&t, 0x21, 0);
	ivrs_end(&t);
	ivrs_set(&t, t.length - 2, 3, 2); /* the length of the last block */
	t.bytes[9] = 0;
	assert_int_equal(parse(), 0);
	assert_true(lines_have("length 0x3: where the next one begins is unknown"));
	usual();
	ivrs_end(&t);
	ivrs_put(&t, 0, 2);
	ivrs_set(&t, 4, t.length, 4);
	assert_int_equal(parse(), 0);
	assert_true(lines_have("bytes left 0x2: too few for one"));
}

static void refusals(void **state)
{
	(void)state;
	ivrs_begin(&t, 0);
	ivrs_end(&t);
	refused("it names no unit that can be driven");
	usual();
	ivrs_end(&t);
	t.bytes[0] = 'X';
	refused("its signature is");
	usual();
	ivrs_end(&t);
	ivrs_set(&t, 4, 47, 4);
	refused("its header is longer than its length 0x2f");
	usual();
	ivrs_end(&t);
	t.length = 47;
	refused("it is shorter than its header, bytes 0x2f");
	ivrs_begin(&t, 0);
	ivrs_unit(&t, 0x10, 0, 2, 0);
	ivrs_end(&t);
	refused("it names no unit that can be driven");
}

/* Each page that the parser asks for fails once; and tables of any size. */
static void many_and_no_memory(void **state)
{
	(void)state;
	ivrs_begin(&t, 0);
	for (unsigned i = 0; i < 200; i++) {
		ivrs_unit(&t, 0x10, (uint16_t)i, 2, 0xf0000000 + 0x4000 * (uint64_t)i);
		for (unsigned k = 0; k < 9; k++)
			ivrs_entry(&t, 2, (uint16_t)(8 * k));
		ivrs_region(&t, 0x21, 7, 8, 0, 0x7b000000, 0x1000);
	}
	sound();
	assert_int_equal(unit_of(199u << 16 | 64), 0xf0000000 + 0x4000 * 199ull);
	assert_true(lines_pages() > 5);
	for (int pages = 0; pages < (int)lines_pages(); pages++) {
		struct dma_ivrs other;

		lines_begin(pages);
		assert_int_equal(dma_ivrs_parse(t.bytes, t.length, &other), DMA_ENOMEM);
		assert_null(other.store.pages);
	}
	dma_ivrs_free(&ivrs);
}

/* A table of nothing but nonsense ends, and does not fill the log. */
static void all_nonsense(void **state)
{
	(void)state;
	usual();
	for (unsigned i = 0; i < 2000; i++)
		ivrs_block(&t, 99, 0);
	ivrs_end(&t);
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 257);
	assert_int_equal(ivrs.store.odd, 2000);
}

/* Every cut of a table that has everything is read, or refused, and nothing beyond it is looked at. */
static void every_cut(void **state)
{
	(void)state;
	units_and_devices(NULL);
	for (size_t cut = t.length; cut-- > 0;) {
		uint8_t *exact = test_malloc(cut ? cut : 1);
		int error;

		memcpy(exact, t.bytes, cut);
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
	ivrs_region(&t, 0x22, 7, 8, 0x20, 0x7b000000, 0x1000);
	ivrs_end(&t);
	written = file && fputc(2, file) == 2 && fwrite(t.bytes, 1, t.length, file) == t.length;
	return !file || fclose(file) || !written;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_devices), cmocka_unit_test(newest_block),
		cmocka_unit_test(named_and_all),     cmocka_unit_test(regions),
		cmocka_unit_test(odd_regions),	     cmocka_unit_test(odd_units),
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
