/* SPDX-License-Identifier: MPL-2.0 */
/*
 * platform/bare/firmware/acpi.c over tables made here: what is right is found, and each thing that firmware can get
 * wrong is left out, or refused, with a line that names the table.
 */
#include "acpi_tables.h"

static void finds_tables(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;
	struct acpi_ecam row;

	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "FACP", 0, &table), 0);
	assert_int_equal(table.paddr, FACP);
	assert_int_equal(table.nbytes, 116);
	assert_int_equal(acpi_find_table(&m->acpi, "FACP", 1, &table), DMA_ENODEV);
	assert_int_equal(acpi_find_table(&m->acpi, "DMAR", 0, &table), DMA_ENODEV);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), 0);
	assert_int_equal(acpi_mcfg_row(&m->acpi, &table, 0, &row), 0);
	assert_int_equal(row.base, ECAM);
	assert_int_equal(row.segment, 0);
	assert_int_equal(row.first_bus, 0);
	assert_int_equal(row.last_bus, 255);
	assert_int_equal(acpi_mcfg_row(&m->acpi, &table, 1, &row), DMA_ENODEV);
}

static void rsdt_of_revision_0(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;

	put(m, RSDP + 15, 0, 1);
	put(m, RSDP + 16, XSDT, 4);
	checksum(m, RSDP, 20, 8);
	memset(m->bytes + 64, 0, 128);
	put(m, XSDT + 36, MCFG, 4);
	put(m, XSDT + 40, FACP, 4);
	put_table(m, XSDT, "RSDT", 44);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "FACP", 0, &table), 0);
	assert_int_equal(table.paddr, FACP);
}

static void several_of_a_kind(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;

	put(m, XSDT + 36, MCFG, 8);
	put(m, XSDT + 44, 0, 8);    /* an empty slot */
	put(m, XSDT + 52, MCFG, 8); /* the same again: one table */
	put(m, XSDT + 60, FACP, 8);
	put_table(m, XSDT, "XSDT", 68);
	put_table(m, FACP, "MCFG", 60);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 1, &table), 0);
	assert_int_equal(table.paddr, FACP);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 2, &table), DMA_ENODEV);
}

static void rsdp_is_wrong(void **state)
{
	struct machine *m = *state;

	assert_int_equal(open_acpi(m, 0), DMA_ENODEV);
	assert_int_equal(open_acpi(m, 0x1000), DMA_EINVAL);
	assert_string_equal(m->acpi.error, "RSDP at 0x1000: outside of memory");
	assert_int_equal(open_acpi(m, UINT64_MAX - 3), DMA_EINVAL);
	put(m, RSDP + 10, 1, 1);
	checksum(m, RSDP, 36, 32);
	odd(m, "RSDP at 0xe0000: the checksum is wrong; it is read all the same");
	finish_rsdp(m);
	put(m, RSDP + 33, 1, 1);
	odd(m, "RSDP at 0xe0000: the extended checksum is wrong; it is read all the same");
	put(m, RSDP + 33, 0, 1);
	put(m, RSDP + 20, 40, 4); /* a later revision's */
	checksum(m, RSDP, 40, 32);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(m->lines, 0);
	put(m, RSDP + 20, 35, 4);
	refused(m, "RSDP at 0xe0000: it names no root table");
	assert_string_equal(m->odd, "RSDP at 0xe0000: length 35 is impossible; its XSDT is left out");
	put_text(m, RSDP, "RSD PTR_");
	refused(m, "RSDP at 0xe0000: another signature is there");
}

/* Where the XSDT cannot be walked, the RSDT names the same tables. */
static void rsdt_instead(void **state)
{
	struct machine *m = *state;
	uint64_t rsdt = BASE + 768;

	put(m, RSDP + 16, rsdt, 4);
	finish_rsdp(m);
	put(m, rsdt + 36, MCFG, 4);
	put_table(m, rsdt, "RSDT", 40);
	put_text(m, XSDT, "XXXX");
	odd(m, "XSDT at 0xe0040: another signature is there; the RSDT is read instead");
	put(m, RSDP + 20, 4097, 4);
	odd(m, "RSDP at 0xe0000: length 4097 is impossible; its XSDT is left out");
	put(m, RSDP + 20, 36, 4);
	put(m, RSDP + 24, 0, 8); /* it has none: the older root is enough */
	finish_rsdp(m);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(m->lines, 0);
	put_text(m, rsdt, "XXXX");
	refused(m, "RSDT at 0xe0300: another signature is there");
}

static void rsdp_at_the_end_of_memory(void **state)
{
	struct machine *m = *state;
	uint64_t end = BASE + LENGTH - 24;

	memcpy(m->bytes + (end - BASE), m->bytes, 24);
	assert_int_equal(open_acpi(m, end), DMA_EINVAL);
	assert_string_equal(m->acpi.error, "RSDP at 0xe03e8: it names no root table");
}

static void root_is_wrong(void **state)
{
	struct machine *m = *state;

	put(m, XSDT + 36, MCFG, 8);
	put(m, XSDT + 4, 51, 4);
	checksum(m, XSDT, 51, 9);
	odd(m, "XSDT: length 51 is no whole number of entries; the rest is left out");
	put(m, XSDT + 4, 20, 4);
	refused(m, "XSDT at 0xe0040: length 20 is impossible");
	put(m, XSDT + 4, 16388, 4);
	refused(m, "XSDT at 0xe0040: length 16388 is impossible");
	put(m, XSDT + 4, 0xffffffff, 4);
	refused(m, "XSDT at 0xe0040: length 4294967295 is impossible");
	put(m, XSDT + 4, 4004, 4);
	refused(m, "XSDT at 0xe0040: its 4004 bytes reach outside of memory");
	put(m, XSDT + 4, 52, 4);
	checksum(m, XSDT, 52, 9);
	put(m, XSDT + 20, 1, 1);
	odd(m, "XSDT at 0xe0040: the checksum is wrong; it is read all the same");
	put_text(m, XSDT, "RSDT");
	refused(m, "XSDT at 0xe0040: another signature is there");
	put(m, RSDP + 24, UINT64_MAX - 8, 8);
	finish_rsdp(m);
	refused(m, "XSDT at 0xfffffffffffffff7: outside of memory");
}

static void entries_are_wrong(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;

	put(m, XSDT + 36, 0xdead0000, 8);
	put_table(m, XSDT, "XSDT", 52);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_string_equal(m->odd, "XSDT: entry 0, 0xdead0000, points outside of memory; it is left out");
	assert_int_equal(m->lines, 1);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), 0); /* behind the bad one */
	assert_int_equal(acpi_find_table(&m->acpi, "FACP", 0, &table), DMA_EINVAL);
	assert_string_equal(m->acpi.error, "FACP: no entry that makes sense names it");
	put(m, XSDT + 36, XSDT, 8);
	put_table(m, XSDT, "XSDT", 52);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "XSDT", 0, &table), DMA_EINVAL);
	assert_string_equal(m->odd, "XSDT: entry 0, 0xe0040, is the table itself; it is left out");
	assert_string_equal(m->acpi.error, "XSDT: no entry that makes sense names it");
}

static void mcfg_is_wrong(void **state)
{
	struct machine *m = *state;

	put(m, MCFG + 30, 7, 1);
	odd(m, "MCFG at 0xe0100: the checksum is wrong; it is read all the same");
	put(m, MCFG + 4, 800, 4);
	mcfg_refused(m, "MCFG at 0xe0100: its 800 bytes reach outside of memory");
	put(m, MCFG + 4, 35, 4);
	mcfg_refused(m, "MCFG at 0xe0100: length 35 is impossible");
	put_table(m, MCFG, "MCFG", 40);
	row_refused(m, 0, "MCFG: length 40 has no room for rows");
	put_table(m, MCFG, "MCFG", 44);
	row_refused_as(m, 0, DMA_ENODEV);
	put_table(m, MCFG, "MCFG", 75); /* one row, and most of another */
	row_refused_as(m, 0, 0);
	assert_string_equal(m->odd, "MCFG: length 75 is no whole number of rows; the rest is left out");
	assert_int_equal(m->lines, 1);
	row_refused_as(m, 1, DMA_ENODEV);
}

static void mcfg_rows_are_wrong(void **state)
{
	static const struct {
		uint64_t base;
		unsigned first, last;
		const char *line;
	} rows[] = {
		{ECAM, 9, 3,
		 "MCFG: row 0, base 0xb0000000, buses 9 to 3: its last bus is below its first; it is left out"},
		{0, 0, 255, "MCFG: row 0, base 0x0, buses 0 to 255: its base makes no sense; it is left out"},
		{ECAM + 4096, 0, 255,
		 "MCFG: row 0, base 0xb0001000, buses 0 to 255: its base makes no sense; it is left out"},
		{UINT64_C(0xfffffffff0000000), 0, 255,
		 "MCFG: row 0, base 0xfffffffff0000000, buses 0 to 255: its base makes no sense; it is left out"},
		{UINT64_C(0xfffffffffff00000), 1, 1,
		 "MCFG: row 0, base 0xfffffffffff00000, buses 1 to 1: its base makes no sense; it is left out"},
		{0x70000000, 0, 255,
		 "MCFG: row 0, base 0x70000000, buses 0 to 255: its base lies in RAM; it is left out"},
		{0x7ff00000, 0, 0, "MCFG: row 0, base 0x7ff00000, buses 0 to 0: its base lies in RAM; it is left out"},
	};
	struct machine *m = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mcfg_row(m, 0, rows[i].base, 0, rows[i].first, rows[i].last);
		put_table(m, MCFG, "MCFG", 60);
		row_refused(m, 0, rows[i].line);
	}
	mcfg_row(m, 0, ECAM, 0, 0, 31);
	mcfg_row(m, 1, ECAM + 0x10000000, 0, 31, 63);
	put_table(m, MCFG, "MCFG", 76);
	row_refused(m, 1, "MCFG: rows 0 and 1 claim the same buses or memory; the second is left out");
	mcfg_row(m, 1, ECAM, 1, 31, 63); /* another segment in the same memory */
	put_table(m, MCFG, "MCFG", 76);
	row_refused(m, 1, "MCFG: rows 0 and 1 claim the same buses or memory; the second is left out");
	mcfg_row(m, 1, ECAM, 0, 32, 255); /* one segment in two rows: the base is bus 0's in both */
	put_table(m, MCFG, "MCFG", 76);
	row_refused_as(m, 1, 0);
	mcfg_row(m, 0, 0, 0, 0, 255); /* a row that is left out takes no other with it */
	put_table(m, MCFG, "MCFG", 76);
	row_refused_as(m, 0, DMA_EINVAL);
	row_refused_as(m, 1, 0);
}

static void mcfg_of_two_segments(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;
	struct acpi_ecam row;

	mcfg_row(m, 1, ECAM + 0x10000000, 7, 32, 63);
	put_table(m, MCFG, "MCFG", 76);
	assert_int_equal(open_acpi(m, RSDP), 0);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), 0);
	assert_int_equal(acpi_mcfg_row(&m->acpi, &table, 1, &row), 0);
	assert_int_equal(row.segment, 7);
	assert_int_equal(row.first_bus, 32);
	assert_int_equal(row.last_bus, 63);
}

static void nothing_was_opened(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;

	put_text(m, XSDT, "XXXX");
	assert_int_equal(open_acpi(m, RSDP), DMA_EINVAL);
	assert_int_equal(acpi_find_table(&m->acpi, "MCFG", 0, &table), DMA_ENODEV);
}

/* Each byte of the tables is changed, one at a time: no read goes outside the tables, and every change is noticed. */
static void every_byte_changed(void **state)
{
	struct machine *m = *state;
	struct acpi_table table;

	for (unsigned i = 0; i < LENGTH; i++) {
		bool in_mcfg = i >= MCFG - BASE && i < MCFG - BASE + 60,
		     in_xsdt = i >= XSDT - BASE && i < XSDT - BASE + 52;
		int error;

		m->bytes[i] ^= 0x41;
		error = open_acpi(m, RSDP);
		if (error == 0)
			error = acpi_find_table(&m->acpi, "MCFG", 0, &table);
		if (i < 36 || in_xsdt || in_mcfg)
			assert_true(error || m->lines);
		else
			assert_true(!error && !m->lines);
		m->bytes[i] ^= 0x41;
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(finds_tables),	   TEST(rsdt_of_revision_0),   TEST(several_of_a_kind),
		TEST(rsdp_is_wrong),	   TEST(rsdt_instead),	       TEST(rsdp_at_the_end_of_memory),
		TEST(root_is_wrong),	   TEST(entries_are_wrong),    TEST(mcfg_is_wrong),
		TEST(mcfg_rows_are_wrong), TEST(mcfg_of_two_segments), TEST(nothing_was_opened),
		TEST(every_byte_changed),
	};

	return cmocka_run_group_tests_name("acpi", tests, NULL, NULL);
}
