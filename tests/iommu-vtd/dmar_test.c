/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR parser on right tables and on every kind of wrong one: what it says, and that nothing is half known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommu/vtd/dmar.h"
#include "tables.h"
#include <dmastream/errors.h>

/* A bus with bridges: (0, 1c.0) leads to bus 2 with 2 to 4 below it, (2, 0.0) to bus 3. (0, 1d.0) leads to itself. */
static uint32_t read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	static const struct {
		uint8_t bus, devfn;
		uint32_t buses;
	} bridges[] = {{0, 0x1c << 3, 0x040200}, {2, 0, 0x040302}, {0, 0x1d << 3, 0x000000}};
	unsigned *reads = context;

	(*reads)++;
	for (unsigned i = 0; segment == 0 && i < 3; i++)
		if (bridges[i].bus == bus && bridges[i].devfn == devfn)
			return offset == 0x0c ? 0x810000 : offset == 0x18 ? bridges[i].buses : 0;
	if (segment == 0 && bus == 0 && devfn == 0x10)
		return 0; /* an endpoint */
	return ~0u;
}

static unsigned reads;
static const struct dmar_bus bus = {read32, &reads};
static struct dmar dmar;
static struct dmar_error error;
static struct table t;

static int parse(void)
{
	table_end(&t);
	return dmar_parse(t.bytes, t.length, &bus, &dmar, &error);
}

static void refused(const char *structure, size_t offset)
{
	static const struct dmar empty;

	assert_int_equal(parse(), DMA_EINVAL);
	assert_string_equal(error.structure, structure);
	assert_int_equal(error.offset, offset);
	assert_non_null(error.what);
	assert_memory_equal(&dmar, &empty, sizeof(dmar));
}

static void units_and_scopes(void **state)
{
	static const uint8_t endpoint[] = {2, 0}, deep[] = {0x1c, 0, 0, 0, 5, 1}, bridge[] = {0x1c, 0};

	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed91000, 0);
	table_scope(&t, 1, 0, endpoint, 1);
	table_scope(&t, 1, 0, deep, 3);
	table_other(&t, 2, 8);
	table_unit(&t, 0, 0xfed90000, 1);
	table_scope(&t, 3, 0xf0, endpoint, 1);
	table_unit(&t, 1, 0xfed92000, 0);
	table_scope(&t, 2, 0, bridge, 1);
	table_unit(&t, 0, 0xfed93000, 0);
	table_scope(&t, 2, 0, bridge, 1);
	assert_int_equal(parse(), 0);
	assert_int_equal(dmar.width, 39);
	assert_int_equal(dmar.nunits, 4);
	assert_int_equal(dmar_unit_of(&dmar, 0, 0, 2 << 3), 0);
	assert_int_equal(dmar_unit_of(&dmar, 0, 3, 5 << 3 | 1), 0); /* through two bridges */
	assert_int_equal(dmar_unit_of(&dmar, 0, 3, 5 << 3), 3);	    /* below the bridge */
	assert_int_equal(dmar_unit_of(&dmar, 0, 4, 0), 3);
	assert_int_equal(dmar_unit_of(&dmar, 0, 0, 0x1c << 3), 3); /* the bridge itself */
	assert_int_equal(dmar_unit_of(&dmar, 0, 5, 0), 1);	   /* include-all */
	assert_int_equal(dmar_unit_of(&dmar, 2, 0, 2 << 3), -1);   /* a segment without a unit */
	assert_int_equal(dmar_unit_of(&dmar, 1, 0, 0x1c << 3),
			 1 + 1); /* named, though nothing is there to look behind */
	assert_int_equal(dmar_unit_of(&dmar, 1, 2, 0), -1);
}

static void absent_and_cyclic_paths(void **state)
{
	static const uint8_t absent[] = {9, 0, 1, 0}, endpoint[] = {2, 0, 1, 0}, circle[] = {0x1d, 0, 0x1d, 0, 0x1d, 0};

	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed91000, 0);
	table_scope(&t, 1, 0, absent, 2);
	table_scope(&t, 1, 0, endpoint, 2);
	table_scope(&t, 1, 0, circle, 3);
	reads = 0;
	assert_int_equal(parse(), 0);
	assert_true(reads <= 6);
	assert_int_equal(dmar.nscopes, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_false(dmar.scopes[i].present);
	assert_int_equal(dmar_unit_of(&dmar, 0, 0, 1 << 3), -1);
}

static void regions(void **state)
{
	static const uint8_t usb[] = {0x14, 0};

	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
	table_region(&t, 0, 0x7b800000, 0x7fffffff);
	table_scope(&t, 1, 0, usb, 1);
	table_region(&t, 0, 0x7b800000, 0x7b800fff); /* the same memory again: allowed */
	table_scope(&t, 1, 0, usb, 1);
	assert_int_equal(parse(), 0);
	assert_int_equal(dmar.nregions, 2);
	assert_int_equal(dmar.regions[0].limit, 0x7fffffff);
	assert_true(dmar_names(&dmar, dmar.regions[0].scope_first, dmar.regions[0].scope_count, 0, 0x14 << 3));
	assert_false(dmar_names(&dmar, dmar.regions[0].scope_first, dmar.regions[0].scope_count, 0, 0x14 << 3 | 1));
}

static void wrong_units(void **state)
{
	static const uint64_t bases[] = {0, 0xfed90010, (uint64_t)1 << 39, 0xfffffffffffff000u};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		table_begin(&t, 39);
		table_unit(&t, 0, bases[i], 1);
		refused("unit", 48);
	}
	table_begin(&t, 39); /* twice the same registers */
	table_unit(&t, 0, 0xfed90000, 1);
	table_unit(&t, 1, 0xfed90000, 1);
	refused("unit", 64);
	table_begin(&t, 39); /* a window of 64 KiB over the next */
	table_unit(&t, 0, 0xfed90000, 1);
	t.bytes[48 + 5] = 4;
	table_unit(&t, 1, 0xfed9f000, 1);
	refused("unit", 64);
	table_begin(&t, 39); /* two claim everything */
	table_unit(&t, 0, 0xfed90000, 1);
	table_unit(&t, 0, 0xfed91000, 1);
	refused("unit", 64);
	table_begin(&t, 39);
	refused("table", 0); /* none at all */
	table_begin(&t, 39); /* cut before its base */
	table_other(&t, 0, 8);
	refused("structure", 48);
}

static void wrong_regions(void **state)
{
	static const uint64_t wrong[][2] = {
		{0x1001, 0x1fff}, {0x2000, 0x1fff}, {0x1000, 0x1ffe}, {0x1000, 0x1000}, {0x1000, ~(uint64_t)0}};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		table_begin(&t, 39);
		table_region(&t, 0, wrong[i][0], wrong[i][1]);
		refused("reserved region", 48);
	}
}

static void wrong_scopes(void **state)
{
	static const uint8_t path[] = {2, 0}, device[] = {32, 0}, function[] = {1, 8};

	(void)state;
	for (unsigned wrong = 0; wrong < 7; wrong++) {
		table_begin(&t, 39);
		table_unit(&t, 0, 0xfed90000, 1);
		table_scope(&t,
			    wrong == 0	 ? 0
			    : wrong == 1 ? 6
					 : 1,
			    0,
			    wrong == 2	 ? device
			    : wrong == 3 ? function
					 : path,
			    1);
		if (wrong == 4)
			t.bytes[64 + 1] = 7; /* half a hop, and past the end */
		if (wrong == 5)
			t.bytes[64 + 1] = 0; /* for ever */
		if (wrong == 6)
			t.bytes[64 + 1] = 6; /* no hop; then two bytes are left over */
		refused("device scope", 64);
	}
}

static void lying_lengths(void **state)
{
	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
	for (unsigned length = 0; length < 4; length++) { /* never moves on */
		t.bytes[48 + 2] = (uint8_t)length;
		refused("structure", 48);
	}
	t.bytes[48 + 2] = 17; /* past the end */
	refused("structure", 48);

	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
	table_other(&t, 0x7777, 0);
	assert_int_equal(parse(), 0); /* unknown, but of sound length: skipped */
	t.length -= 2;
	refused("structure", 64); /* cut off */
}

static void wrong_headers(void **state)
{
	uint32_t length;

	(void)state;
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
	assert_int_equal(parse(), 0);
	for (size_t n = 0; n < t.length; n++) /* truncated everywhere */
		assert_int_equal(dmar_parse(t.bytes, n, &bus, &dmar, &error), DMA_EINVAL);
	for (size_t i = 0; i < t.length; i++) { /* every byte matters to the checksum */
		t.bytes[i] ^= 0x10;
		assert_int_not_equal(dmar_parse(t.bytes, t.length, &bus, &dmar, &error), 0);
		t.bytes[i] ^= 0x10;
	}
	length = 0xffffffff;
	memcpy(&t.bytes[4], &length, 4);
	assert_int_equal(dmar_parse(t.bytes, t.length, &bus, &dmar, &error), DMA_EINVAL);
	assert_int_equal(error.offset, 4);
	for (unsigned width = 0; width < 256; width++) {
		table_begin(&t, width);
		table_unit(&t, 0, 0x90000, 1);
		assert_int_equal(parse() == 0, width >= 32 && width <= 64);
	}
}

static void too_many(void **state)
{
	static const uint8_t path[] = {2, 0};

	(void)state;
	table_begin(&t, 39);
	for (unsigned i = 0; i <= DMAR_UNITS; i++)
		table_unit(&t, (uint16_t)i, 0xfed00000 + 0x1000u * i, 1);
	assert_int_equal(parse(), DMA_ENOSPC);
	assert_int_equal(dmar.nunits, 0);
	table_begin(&t, 39);
	for (unsigned i = 0; i <= DMAR_REGIONS; i++)
		table_region(&t, 0, 0x1000, 0x1fff);
	assert_int_equal(parse(), DMA_ENOSPC);
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
	for (unsigned i = 0; i <= DMAR_SCOPES; i++)
		table_scope(&t, 1, 0, path, 1);
	assert_int_equal(parse(), DMA_ENOSPC);
	assert_int_equal(dmar.nscopes, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_scopes), cmocka_unit_test(absent_and_cyclic_paths),
		cmocka_unit_test(regions),	    cmocka_unit_test(wrong_units),
		cmocka_unit_test(wrong_regions),    cmocka_unit_test(wrong_scopes),
		cmocka_unit_test(lying_lengths),    cmocka_unit_test(wrong_headers),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests_name("dmar", tests, NULL, NULL);
}
