/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR parser on every kind of odd table: what is kept, and the line that says what was left out.
 */
#include "dmar_bench.h"
#include <dmastream/errors.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void odd_units(void **state)
{
	static const uint64_t bases[] = {0, 0xfed90010, 0xfffffffffffff001u, 1};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		table_begin(&t, 39);
		table_unit(&t, 0, bases[i], 0);
		table_scope(&t, 1, 0, endpoint, 1);
		table_unit(&t, 0, 0xfed91000, 1);
		odd("unit (DRHD, type 0) at offset 48: register base|left out");
		assert_int_equal(unit_of(0, 5, 0), 0xfed91000);
		/* behind hardware that nobody drives: not behind the other unit */
		assert_non_null(dma_dmar_unit_of(&dmar, 0, 0, 2 << 3));
		assert_int_equal(unit_of(0, 0, 2 << 3), 0);
		usual();
		table_unit(&t, 3, bases[i], 1);
		odd("unit (DRHD, type 0) at offset 64: register base|left out");
		table_begin(&t, 39);
		table_unit(&t, 0, bases[i], 1);
		refused("the table is refused: it names no unit");
	}
	table_begin(&t, 39); /* twice the same registers: one unit */
	table_unit(&t, 0, 0xfed90000, 0);
	table_scope(&t, 1, 0, endpoint, 1);
	table_unit(&t, 0, 0xfed90000, 0);
	table_scope(&t, 2, 0, bridge, 1);
	odd("unit (DRHD, type 0) at offset 72: register base 0xfed90000: named before");
	assert_int_equal(count_units(), 1);
	assert_int_equal(unit_of(0, 0, 2 << 3), 0xfed90000);
	assert_int_equal(unit_of(0, 2, 0), 0xfed90000);
	usual(); /* … but not of two segments */
	table_unit(&t, 1, 0xfed90000, 1);
	odd("unit (DRHD, type 0) at offset 64: segment 0x1|left out");
	assert_int_equal(unit_of(1, 0, 0), 0);
	usual(); /* two claim everything */
	table_unit(&t, 0, 0xfed91000, 1);
	table_scope(&t, 1, 0, endpoint, 1);
	odd("unit (DRHD, type 0) at offset 64: flags 0x1: another unit");
	assert_int_equal(unit_of(0, 5, 0), 0xfed90000);
	assert_int_equal(unit_of(0, 0, 2 << 3), 0xfed91000);
	usual();
	t.bytes[48 + 4] = 0x81;
	odd("unit (DRHD, type 0) at offset 48: flags 0x81");
	usual(); /* a window of any size: the capability registers have the last word */
	t.bytes[48 + 5] = 0xf4;
	table_unit(&t, 1, 0xfed9f000, 1);
	assert_int_equal(parse(), 0);
	assert_int_equal(lines_count(), 0);
	usual(); /* one device of two units */
	table_scope(&t, 1, 0, endpoint, 1);
	table_unit(&t, 0, 0xfed91000, 0);
	table_scope(&t, 1, 0, endpoint, 1);
	odd("device scope at offset 88: bus, device and function 0x200: named by an earlier unit");
	assert_int_equal(unit_of(0, 0, 2 << 3), 0xfed90000);
	table_begin(&t, 39);
	refused("the table is refused: it names no unit");
}

void odd_regions(void **state)
{
	static const struct {
		uint64_t base, limit;
		bool kept;
		const char *line;
	} cases[] = {
		{0, 0, false, "limit 0x0: the region is empty"},
		{0x2000, 0x1fff, false, "limit 0x1fff: the region is empty"},
		{0x1000, 0x1000, false, "limit 0x1000: the region is empty"},
		{0x1000, (uint64_t)1 << 39 | 0xfff, false, "limit 0x8000000fff: beyond the host address width"},
		{0x1001, 0x1fff, true, "base 0x1001: unaligned"},
		{0x1000, 0x1ffe, true, "limit 0x1ffe: not the end of a page"},
		{0x1000, 0x1400, true, "limit 0x1400: not the end of a page"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		usual();
		table_region(&t, 0, cases[i].base, cases[i].limit);
		table_scope(&t, 1, 0, endpoint, 1);
		table_region(&t, 0, 0x5000, 0x5fff);
		table_scope(&t, 1, 0, endpoint, 1);
		assert_int_equal(parse(), 0);
		assert_true(lines_have("reserved region (RMRR, type 1) at offset 64"));
		assert_true(lines_have(cases[i].line));
		assert_int_equal(lines_count(), 1);
		if (cases[i].kept) {
			assert_int_equal(dmar.regions->base, 0x1000);
			assert_int_equal(dmar.regions->limit, 0x1fff);
		} else {
			assert_int_equal(dmar.regions->base, 0x5000); /* the next one is as good as before */
		}
		assert_true((dmar.regions->next != NULL) == cases[i].kept);
	}
	usual();
	table_region(&t, 0, 0x1000, 0x1fff);
	odd("reserved region (RMRR, type 1) at offset 64: base 0x1000: no device");
	assert_null(dmar.regions);
}

void odd_scopes(void **state)
{
	static const uint8_t device[] = {32, 0}, function[] = {1, 8};

	(void)state;
	for (unsigned wrong = 0; wrong < 8; wrong++) {
		usual();
		table_scope(&t,
			    wrong == 0	 ? 0
			    : wrong == 1 ? 6
			    : wrong == 7 ? 255
					 : 1,
			    0,
			    wrong == 2	 ? device
			    : wrong == 3 ? function
					 : bridge,
			    1);
		if (wrong == 4)
			t.bytes[64 + 1] = 9; /* half a hop, and past the end */
		if (wrong == 5)
			t.bytes[64 + 1] = 0; /* for ever */
		if (wrong == 6) {
			t.bytes[64 + 1] = 6; /* no hop; then two bytes are left over */
			t.length -= 2;
			t.bytes[48 + 2] -= 2;
		}
		table_region(&t, 0, 0x1000, 0x1fff);
		table_scope(&t, 1, 0, endpoint, 1);
		odd("device scope at offset 64");
		assert_null(dmar.units->scopes);
		assert_non_null(dmar.regions); /* what stands behind is not concerned */
	}
	usual(); /* an odd length: half a hop */
	table_scope(&t, 1, 0, deep, 2);
	t.bytes[64 + 1] = 9;
	t.length--;
	t.bytes[48 + 2]--;
	odd("device scope at offset 64: length 0x9: no whole path");
}

void odd_lengths(void **state)
{
	(void)state;
	for (unsigned length = 0; length < 4; length++) { /* never moves on */
		usual();
		table_unit(&t, 1, 0xfed91000, 1);
		t.bytes[64 + 2] = (uint8_t)length;
		odd("structure at offset 64: length|the rest of the table is left out");
		assert_int_equal(count_units(), 1);
	}
	usual();
	table_unit(&t, 1, 0xfed91000, 1);
	t.bytes[64 + 2] = 200; /* past the end */
	odd("structure at offset 64: length 0xc8: it ends with the table");
	assert_int_equal(count_units(), 2);
	for (unsigned type = 0; type < 7; type++) { /* cut before their fixed part ends */
		usual();
		table_other(&t, type, 3);
		odd("at offset 64: length 0x7: too short for its type");
		assert_int_equal(count_units(), 1);
	}
	usual();
	table_other(&t, 0x7777, 0);
	odd("structure at offset 64: type 0x7777: unknown");
	usual();
	table_other(&t, 4, 8);
	t.length += 3;
	odd("structure at offset 76: bytes left 0x3");
}

void headers(void **state)
{
	uint32_t length = 0xffffffff;

	(void)state;
	usual();
	table_unit(&t, 1, 0xfed91000, 1);
	assert_int_equal(parse(), 0);
	for (size_t n = 0; n < t.length; n++) { /* truncated everywhere: what is there is kept */
		dma_dmar_free(&dmar);
		lines_begin(-1);
		assert_int_equal(dma_dmar_parse(t.bytes, n, &dmar_bus, &dmar), n < 64 ? DMA_EINVAL : 0);
		assert_true(lines_count() > 0);
		assert_int_equal(count_units(), n < 64 ? 0 : 1);
	}
	for (size_t i = 12; i < 36; i++) { /* the checksum is wrong, and nothing else */
		dma_dmar_free(&dmar);
		lines_begin(-1);
		t.bytes[i] ^= 0x10;
		assert_int_equal(dma_dmar_parse(t.bytes, t.length, &dmar_bus, &dmar), 0);
		assert_true(lines_have("table at offset 9: checksum off by") && lines_count() == 1);
		t.bytes[i] ^= 0x10;
	}
	memcpy(&t.bytes[4], &length, 4);
	dma_dmar_free(&dmar);
	lines_begin(-1);
	assert_int_equal(dma_dmar_parse(t.bytes, t.length, &dmar_bus, &dmar), 0);
	assert_true(lines_have("table at offset 4: length 0xffffffff") && lines_count() == 1);
	memset(&t.bytes[4], 0, 4);
	dma_dmar_free(&dmar);
	assert_int_equal(dma_dmar_parse(t.bytes, t.length, &dmar_bus, &dmar), DMA_EINVAL);
	memcpy(t.bytes, "DMAX", 4);
	assert_int_equal(dma_dmar_parse(t.bytes, t.length, &dmar_bus, &dmar), DMA_EINVAL);
	for (unsigned width = 0; width < 256; width++) {
		bool known = width >= 32 && width <= 64;

		table_begin(&t, width);
		table_unit(&t, 0, 0xfed90000, 1);
		table_region(&t, 0, 0x100000000, 0x100000fff);
		table_scope(&t, 1, 0, endpoint, 1);
		assert_int_equal(parse(), 0);
		assert_int_equal(dmar.width, known ? width : 32);
		assert_int_equal(lines_count(), !known || width == 32);
		assert_true((dmar.regions == NULL) == (width == 32)); /* a width that cannot be says nothing about it */
	}
}
