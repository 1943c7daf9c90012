/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IVRS tables that are odd: what is left out, and the line that says so; and those that are refused whole.
 */
#include "../hosts/lines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ivrs_bench.h"
#include <dmastream/errors.h>

void odd_regions(void **state)
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
		ivrs_usual();
		ivrs_region(&ivrs_table, rows[i].type, rows[i].flags, rows[i].first, rows[i].last, rows[i].base,
			    rows[i].nbytes);
		ivrs_odd(rows[i].line);
		assert_int_equal(ivrs.regions != NULL, rows[i].kept);
		if (rows[i].kept)
			assert_true(ivrs.regions->base % 4096 == 0 && ivrs.regions->limit % 4096 == 4095);
	}
}

/* In a segment without units; beyond all devices that a unit names. A unit may stand behind the region. */
void regions_of_nobody(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		ivrs_begin(&ivrs_table, 0);
		ivrs_region(&ivrs_table, 0x22, 7, k == 1 ? 0x100 : 0xf0, 0x200, 0x7b000000, 0x1000);
		ivrs_unit(&ivrs_table, 0x11, k == 2, 2, 0xfd300000);
		ivrs_entry(&ivrs_table, 3, 8);
		ivrs_entry(&ivrs_table, 4, 0xff);
		if (k)
			ivrs_odd("region (IVMD) at offset 48: device|no unit translates for it");
		else
			ivrs_sound();
	}
}

void odd_units(void **state)
{
	static const uint64_t bases[] = {0, 0xfd301000, 0x10000000000000};

	(void)state;
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		ivrs_usual();
		ivrs_unit(&ivrs_table, 0x10, 0, 0x100, bases[i]);
		ivrs_entry(&ivrs_table, 2, 0x0108);
		ivrs_odd("unit (IVHD) at offset 76: register base|no registers can be there");
		assert_int_equal(ivrs_unit_of(0x0108), 0); /* and not those of the unit which has the rest */
		assert_non_null(dma_ivrs_unit_of(&ivrs, 0x0108, NULL));
	}
	ivrs_usual();
	ivrs_unit(&ivrs_table, 0x10, 0, 0x100, 0xfd300000);
	ivrs_odd("unit (IVHD) at offset 76: segment 0x0: its registers are those of an earlier unit");
	ivrs_usual();
	ivrs_block(&ivrs_table, 0x40, 0);
	ivrs_put(&ivrs_table, 0, 30);
	ivrs_odd("unit (IVHD) at offset 76: length 0x22: too short");
	ivrs_usual();
	ivrs_block(&ivrs_table, 0x21, 7);
	ivrs_put(&ivrs_table, 0, 20);
	ivrs_odd("region (IVMD) at offset 76: length 0x18: too short");
	ivrs_usual();
	ivrs_block(&ivrs_table, 0x33, 0);
	ivrs_odd("block at offset 76: type 0x33: unknown");
	/* 5.2.2.2: HATDis, of the newer blocks alone */
	for (unsigned type = 0x10; type <= 0x11; type++) {
		ivrs_usual();
		ivrs_unit(&ivrs_table, type, 0, 0x100, 0xfd340000);
		ivrs_set(&ivrs_table, ivrs_table.block + 20, 1, 4);
		ivrs_entry(&ivrs_table, 2, 0x0108);
		if (type == 0x10)
			ivrs_sound();
		else
			ivrs_odd("unit (IVHD) at offset 76: attributes 0x1: it translates no host addresses");
		assert_int_equal(ivrs_unit_of(0x0108), type == 0x10 ? 0xfd340000 : 0);
	}
}

void odd_entries(void **state)
{
	(void)state;
	ivrs_usual();
	ivrs_entry(&ivrs_table, 4, 9);
	ivrs_odd("device entry at offset 76: end of a range 0x9: no range has begun");
	ivrs_usual();
	ivrs_entry(&ivrs_table, 3, 9);
	ivrs_entry(&ivrs_table, 4, 8);
	ivrs_odd("device entry at offset 80: end of a range 0x8: before its start");
	ivrs_usual();
	ivrs_entry(&ivrs_table, 3, 9);
	ivrs_odd("device entry at offset 80: start of a range 0x9: it has no end");
	ivrs_usual();
	ivrs_entry(&ivrs_table, 3, 9);
	ivrs_entry(&ivrs_table, 3, 0x10);
	ivrs_entry(&ivrs_table, 4, 0x17);
	ivrs_odd("device entry at offset 80: start of a range 0x10: the range before it has no end");
	ivrs_usual();
	ivrs_entry(&ivrs_table, 5, 9);
	ivrs_odd("device entry at offset 76: type 0x5: unknown");
	ivrs_usual();
	ivrs_put(&ivrs_table, 66, 1);
	ivrs_put(&ivrs_table, 0, 3);
	ivrs_odd("device entry at offset 76: bytes left 0x4: too few");
	ivrs_usual();
	ivrs_put(&ivrs_table, 0xf0, 1);
	ivrs_put(&ivrs_table, 0, 20);
	ivrs_put(&ivrs_table, 9, 1);
	ivrs_put(&ivrs_table, 0, 8);
	ivrs_odd("device entry at offset 76: bytes left 0x1e: too few");
	ivrs_usual();
	ivrs_put(&ivrs_table, 2, 2);
	ivrs_odd("device entry at offset 76: bytes left 0x2: too few");
}

void odd_tables(void **state)
{
	(void)state;
	ivrs_begin(&ivrs_table, 31 << 8);
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0xfd300000);
	ivrs_odd("table at offset 36: physical address size 0x1f: impossible");
	assert_int_equal(ivrs.width, 32);
	ivrs_begin(&ivrs_table, 16 << 15);
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0xfd300000);
	ivrs_odd("table at offset 36: virtual address size 0x10: impossible");
	assert_int_equal(ivrs.virtual_width, 64);
	ivrs_usual();
	ivrs_end(&ivrs_table);
	ivrs_table.bytes[9]++;
	assert_int_equal(ivrs_parse(), 0);
	assert_true(lines_have("checksum off by 0x1"));
	ivrs_usual();
	ivrs_block(&ivrs_table, 0x21, 0);
	ivrs_end(&ivrs_table);
	ivrs_set(&ivrs_table, ivrs_table.length - 2, 3, 2); /* the length of the last block */
	ivrs_table.bytes[9] = 0;
	assert_int_equal(ivrs_parse(), 0);
	assert_true(lines_have("length 0x3: where the next one begins is unknown"));
	ivrs_usual();
	ivrs_end(&ivrs_table);
	ivrs_put(&ivrs_table, 0, 2);
	ivrs_set(&ivrs_table, 4, ivrs_table.length, 4);
	assert_int_equal(ivrs_parse(), 0);
	assert_true(lines_have("bytes left 0x2: too few for one"));
}

void refusals(void **state)
{
	(void)state;
	ivrs_begin(&ivrs_table, 0);
	ivrs_end(&ivrs_table);
	ivrs_refused("it names no unit that can be driven");
	ivrs_usual();
	ivrs_end(&ivrs_table);
	ivrs_table.bytes[0] = 'X';
	ivrs_refused("its signature is");
	ivrs_usual();
	ivrs_end(&ivrs_table);
	ivrs_set(&ivrs_table, 4, 47, 4);
	ivrs_refused("its header is longer than its length 0x2f");
	ivrs_usual();
	ivrs_end(&ivrs_table);
	ivrs_table.length = 47;
	ivrs_refused("it is shorter than its header, bytes 0x2f");
	ivrs_begin(&ivrs_table, 0);
	ivrs_unit(&ivrs_table, 0x10, 0, 2, 0);
	ivrs_end(&ivrs_table);
	ivrs_refused("it names no unit that can be driven");
}
