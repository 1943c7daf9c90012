/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR parser on right tables and on every kind of odd one: what is kept, and the line that says what was left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../hosts/lines.h"
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
static const struct dma_dmar_bus bus = {read32, &reads};
static struct dma_dmar dmar;
static struct table t;
static const uint8_t endpoint[] = {2, 0}, bridge[] = {0x1c, 0}, deep[] = {0x1c, 0, 0, 0, 5, 1};

/* The table as it stands, in a world with memory; the earlier one goes. */
static int parse(void)
{
	dma_dmar_free(&dmar);
	lines_begin(-1);
	reads = 0;
	table_end(&t);
	return dma_dmar_parse(t.bytes, t.length, &bus, &dmar);
}

/* The table is read, and exactly one line says that something was odd. */
static void odd(const char *line)
{
	assert_int_equal(parse(), 0);
	if (lines_count() != 1 || !lines_have(line))
		lines_print();
	assert_true(lines_have(line));
	assert_int_equal(lines_count(), 1);
}

static void refused(const char *line)
{
	static const struct dma_dmar empty;

	assert_int_equal(parse(), DMA_EINVAL);
	assert_true(lines_have(line));
	assert_memory_equal(&dmar, &empty, sizeof(dmar));
	assert_int_equal(lines_pages(), 0);
}

/* Registers of the unit that has the function; 0: none. */
static uint64_t unit_of(uint16_t segment, uint8_t bus_number, uint8_t devfn)
{
	const struct dma_dmar_unit *unit = dma_dmar_unit_of(&dmar, segment, bus_number, devfn);

	return unit ? unit->registers : 0;
}

static unsigned count_units(void)
{
	unsigned n = 0;

	for (const struct dma_dmar_unit *unit = dmar.units; unit; unit = unit->next)
		n++;
	return n;
}

static unsigned count_scopes(const struct dma_dmar_scope *scope)
{
	unsigned n = 0;

	for (; scope; scope = scope->next)
		n++;
	return n;
}

/* A table with one unit that has everything. */
static void usual(void)
{
	table_begin(&t, 39);
	table_unit(&t, 0, 0xfed90000, 1);
}

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

static void odd_units(void **state)
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

static void odd_regions(void **state)
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

static void odd_scopes(void **state)
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

static void odd_lengths(void **state)
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

static void headers(void **state)
{
	uint32_t length = 0xffffffff;

	(void)state;
	usual();
	table_unit(&t, 1, 0xfed91000, 1);
	assert_int_equal(parse(), 0);
	for (size_t n = 0; n < t.length; n++) { /* truncated everywhere: what is there is kept */
		dma_dmar_free(&dmar);
		lines_begin(-1);
		assert_int_equal(dma_dmar_parse(t.bytes, n, &bus, &dmar), n < 64 ? DMA_EINVAL : 0);
		assert_true(lines_count() > 0);
		assert_int_equal(count_units(), n < 64 ? 0 : 1);
	}
	for (size_t i = 12; i < 36; i++) { /* the checksum is wrong, and nothing else */
		dma_dmar_free(&dmar);
		lines_begin(-1);
		t.bytes[i] ^= 0x10;
		assert_int_equal(dma_dmar_parse(t.bytes, t.length, &bus, &dmar), 0);
		assert_true(lines_have("table at offset 9: checksum off by") && lines_count() == 1);
		t.bytes[i] ^= 0x10;
	}
	memcpy(&t.bytes[4], &length, 4);
	dma_dmar_free(&dmar);
	lines_begin(-1);
	assert_int_equal(dma_dmar_parse(t.bytes, t.length, &bus, &dmar), 0);
	assert_true(lines_have("table at offset 4: length 0xffffffff") && lines_count() == 1);
	memset(&t.bytes[4], 0, 4);
	dma_dmar_free(&dmar);
	assert_int_equal(dma_dmar_parse(t.bytes, t.length, &bus, &dmar), DMA_EINVAL);
	memcpy(t.bytes, "DMAX", 4);
	assert_int_equal(dma_dmar_parse(t.bytes, t.length, &bus, &dmar), DMA_EINVAL);
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
		assert_int_equal(dma_dmar_parse(t.bytes, t.length, &bus, &other), DMA_ENOMEM);
		assert_null(other.pages);
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
	assert_int_equal(dmar.odd, 2000);
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
