/* SPDX-License-Identifier: MPL-2.0 */
/*
 * CPUs of the MADT (ACPI 6.5, 5.2.12): entries as firmware has them, and as it should not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../platform/bare/firmware/madt.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST = 44, SELF = 0 };

/* A table that is exactly as long as it says, so that a read beyond it is seen. */
static unsigned cpus_of(const uint8_t *entries, size_t nbytes, uint64_t *ids, unsigned max)
{
	uint8_t *bytes = calloc(1, FIRST + nbytes);
	struct acpi_table table = {.bytes = bytes, .nbytes = (uint32_t)(FIRST + nbytes)};
	unsigned n;

	assert_non_null(bytes);
	memcpy(bytes + FIRST, entries, nbytes);
	n = madt_cpus(&table, SELF, ids, max);
	free(bytes);
	return n;
}

#define APIC(id, flags)	  0, 8, 0, (id), (flags), 0, 0, 0
#define X2APIC(id, flags) 9, 16, 0, 0, (id), 0, 0, 0, (flags), 0, 0, 0, 0, 0, 0, 0
#define IO_APIC		  1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0

static void as_firmware_has_them(void **state)
{
	const uint8_t entries[] = {APIC(0, 1), APIC(1, 1),   IO_APIC,	   APIC(2, 0),
				   APIC(7, 1), X2APIC(9, 1), X2APIC(10, 2)};
	uint64_t ids[16] = {0};

	(void)state;
	assert_int_equal(cpus_of(entries, sizeof(entries), ids, 16), 3); /* not this one, not those that are off */
	assert_int_equal(ids[0], 1);
	assert_int_equal(ids[1], 7);
	assert_int_equal(ids[2], 9);
	assert_int_equal(cpus_of(entries, sizeof(entries), ids, 2), 2);
	assert_int_equal(cpus_of(entries, sizeof(entries), ids, 0), 0);
	assert_int_equal(cpus_of(entries, 0, ids, 16), 0);
}

static void odd_entries_are_left_out(void **state)
{
	const uint8_t entries[] = {APIC(1, 1),
				   APIC(1, 1),
				   X2APIC(1, 1), /* three times the same */
				   APIC(255, 1), /* everybody */
				   0,
				   4,
				   0,
				   5, /* too short for what it is */
				   77,
				   3,
				   9, /* nobody knows it */
				   APIC(6, 1)};
	const uint8_t all[] = {9, 16, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, APIC(3, 1)};
	uint64_t ids[16] = {0};

	(void)state;
	assert_int_equal(cpus_of(entries, sizeof(entries), ids, 16), 2);
	assert_int_equal(ids[0], 1);
	assert_int_equal(ids[1], 6);
	assert_int_equal(cpus_of(all, sizeof(all), ids, 16), 1);
	assert_int_equal(ids[0], 3);
}

/* What cannot be walked any further ends it. */
static void lengths_that_make_no_sense(void **state)
{
	const uint8_t none[] = {APIC(1, 1), 0, 0, 0, 2, 1, 0, 0, 0, APIC(3, 1)};
	const uint8_t one[] = {APIC(1, 1), 0, 1, APIC(3, 1)};
	const uint8_t beyond[] = {APIC(1, 1), 0, 200, 0, 2, 1, 0, 0, 0};
	const uint8_t cut[] = {APIC(1, 1), 0};
	uint64_t ids[16] = {0};

	(void)state;
	assert_int_equal(cpus_of(none, sizeof(none), ids, 16), 1);
	assert_int_equal(cpus_of(one, sizeof(one), ids, 16), 1);
	assert_int_equal(cpus_of(beyond, sizeof(beyond), ids, 16), 1);
	assert_int_equal(cpus_of(cut, sizeof(cut), ids, 16), 1);
	for (size_t n = 0; n < sizeof(beyond); n++)
		assert_true(cpus_of(beyond, n, ids, 16) <= 1);
}

static void a_table_without_its_own_header(void **state)
{
	uint8_t bytes[FIRST] = {0};
	struct acpi_table table = {.bytes = bytes};
	uint64_t ids[1];

	(void)state;
	for (table.nbytes = 0; table.nbytes <= FIRST; table.nbytes++)
		assert_int_equal(madt_cpus(&table, SELF, ids, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_firmware_has_them),
		cmocka_unit_test(odd_entries_are_left_out),
		cmocka_unit_test(lengths_that_make_no_sense),
		cmocka_unit_test(a_table_without_its_own_header),
	};

	return cmocka_run_group_tests_name("madt", tests, NULL, NULL);
}
