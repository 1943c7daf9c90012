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

/* ---- Arm: GICv3 (5.2.12.14 to 5.2.12.17) ---------------------------------------------------------------------- */

static uint8_t arm[1024];
static uint32_t arm_used;

static void entry(uint8_t type, uint8_t nbytes)
{
	arm[arm_used] = type;
	arm[arm_used + 1] = nbytes;
	arm_used += nbytes;
}

static void number(uint32_t at, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		arm[at + i] = (uint8_t)(value >> 8 * i);
}

static void cpu(uint64_t mpidr, uint32_t flags, uint64_t redistributor)
{
	uint32_t at = arm_used;

	entry(0x0b, 80);
	number(at + 12, flags, 4);
	number(at + 60, redistributor, 8);
	number(at + 68, mpidr, 8);
}

static void distributor(uint64_t base, uint8_t version)
{
	uint32_t at = arm_used;

	entry(0x0c, 24);
	number(at + 8, base, 8);
	arm[at + 20] = version;
}

static void redistributors(uint64_t base, uint32_t nbytes)
{
	uint32_t at = arm_used;

	entry(0x0e, 16);
	number(at + 4, base, 8);
	number(at + 12, nbytes, 4);
}

static void translation_service(uint8_t nbytes, uint32_t id, uint64_t base)
{
	uint32_t at = arm_used;

	entry(0x0f, nbytes);
	number(at + 4, id, 4);
	number(at + 8, base, nbytes < 16 ? 0 : 8);
}

static struct acpi_table arm_begin(void)
{
	memset(arm, 0, sizeof(arm));
	arm_used = FIRST;
	return (struct acpi_table){.bytes = arm};
}

static void an_interrupt_controller_as_servers_have_it(void **state)
{
	struct acpi_table table = arm_begin();
	struct madt_gic gic;
	uint64_t ids[8] = {0};

	(void)state;
	cpu(0x80000000, 1, 0);
	cpu(0x80000100, 1, 0);
	cpu(0x80000200, 0, 0); /* not there */
	cpu(0x80000100, 1, 0); /* named twice */
	distributor(0x8000000, 3);
	redistributors(0x80a0000, 0xf60000);
	table.nbytes = arm_used;
	assert_true(madt_gic(&table, &gic));
	assert_int_equal(gic.distributor, 0x8000000);
	assert_int_equal(gic.nregions, 1);
	assert_int_equal(gic.region[0].base, 0x80a0000);
	assert_int_equal(gic.region[0].nbytes, 0xf60000);
	assert_int_equal(madt_arm_cpus(&table, 0x80000000, ids, 8), 1);
	assert_int_equal(ids[0], 0x80000100);
}

/* 5.2.12.14: without regions each CPU's entry says where its redistributor is. */
static void redistributors_of_each_cpu(void **state)
{
	struct acpi_table table = arm_begin();
	struct madt_gic gic;

	(void)state;
	distributor(0x8000000, 4);
	for (unsigned i = 0; i < 3; i++)
		cpu(i, 1, 0x10000000 + 0x20000 * i);
	table.nbytes = arm_used;
	assert_true(madt_gic(&table, &gic));
	assert_int_equal(gic.nregions, 3);
	assert_int_equal(gic.region[2].base, 0x10040000);
}

static void controllers_that_are_left_out(void **state)
{
	struct acpi_table table = arm_begin();
	struct madt_gic gic;

	(void)state;
	distributor(0x8000000, 2); /* a GICv2 */
	redistributors(0x80a0000, 0x20000);
	table.nbytes = arm_used;
	assert_false(madt_gic(&table, &gic));
	table = arm_begin();
	distributor(0x8001000, 3); /* not at 64 KiB */
	redistributors(0x80a0000, 0x20000);
	table.nbytes = arm_used;
	assert_false(madt_gic(&table, &gic));
	table = arm_begin();
	distributor(0x8000000, 3);
	redistributors(0x80a0000, 0x1000); /* less than one */
	redistributors(0xffffffffffff0000, 0x20000);
	table.nbytes = arm_used;
	assert_false(madt_gic(&table, &gic));
	table = arm_begin();
	distributor(0x8000000, 3);
	for (unsigned i = 0; i < 20; i++) /* more than fit */
		redistributors(0x10000000 + 0x20000 * i, 0x20000);
	table.nbytes = arm_used;
	assert_true(madt_gic(&table, &gic));
	assert_int_equal(gic.nregions, MADT_REDISTRIBUTORS);
}

/* 5.2.12.18. */
static void translation_services(void **state)
{
	struct acpi_table table = arm_begin();
	uint32_t id = 77;
	uint64_t base;

	(void)state;
	distributor(0x8000000, 3);
	translation_service(20, 3, 0); /* nowhere */
	translation_service(20, 4, 0x8081000);
	translation_service(16, 5, 0x8080000); /* too short */
	translation_service(20, 6, 0x8080000);
	translation_service(20, 9, 0x100080000);
	table.nbytes = arm_used;
	assert_true(madt_its(&table, 0, &id, &base));
	assert_int_equal(id, 6);
	assert_int_equal(base, 0x8080000);
	assert_true(madt_its(&table, 1, &id, &base));
	assert_int_equal(id, 9);
	assert_int_equal(base, 0x100080000);
	assert_false(madt_its(&table, 2, &id, &base));
	table.nbytes = arm_used - 1;
	assert_false(madt_its(&table, 1, &id, &base));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_firmware_has_them),
		cmocka_unit_test(odd_entries_are_left_out),
		cmocka_unit_test(lengths_that_make_no_sense),
		cmocka_unit_test(a_table_without_its_own_header),
		cmocka_unit_test(an_interrupt_controller_as_servers_have_it),
		cmocka_unit_test(redistributors_of_each_cpu),
		cmocka_unit_test(controllers_that_are_left_out),
		cmocka_unit_test(translation_services),
	};

	return cmocka_run_group_tests_name("madt", tests, NULL, NULL);
}
