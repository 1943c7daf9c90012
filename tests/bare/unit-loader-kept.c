/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A report that an earlier boot kept, on its way from the firmware's variables to a file (loader/kept.c): variables of
 * other sizes, volumes that are full or write-protected, firmware that forgets variables or does not remove them. No
 * report is lost, and the machine is never reset again and again.
 */
#include "efi_firmware.h"

/* ---- Reports ----------------------------------------------------------------------------------------------------- */

static void put_variable(unsigned at, const char *name, const void *bytes, size_t nbytes)
{
	(void)snprintf(variables[at].name, sizeof(variables[at].name), "%s", name);
	memcpy(variables[at].bytes, bytes, nbytes);
	variables[at].nbytes = nbytes;
}

/* A report of two pieces. */
static uint8_t text[KEPT_BYTES + 10];

static struct kept keep_report(uint8_t first)
{
	struct kept kept = {.magic = KEPT_MAGIC, .nbytes = sizeof(text), .pieces = 2};

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(first + i * 5);
	for (size_t i = 0; i < sizeof(text); i++)
		kept.sum += text[i];
	put_variable(0, KEPT_HEAD "0", text, KEPT_BYTES);
	put_variable(1, KEPT_HEAD "1", text + KEPT_BYTES, sizeof(text) - KEPT_BYTES);
	put_variable(2, KEPT_HEAD, &kept, sizeof(kept));
	return kept;
}

static bool is_report(const char *name)
{
	const struct file *file = find_file(name);

	return file && file->nbytes == sizeof(text) && !memcmp(file->bytes, text, sizeof(text));
}

static unsigned variables_left(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VARIABLES; i++)
		n += variables[i].nbytes != 0;
	return n;
}

static void a_report_becomes_a_file(void **state)
{
	(void)state;
	start();
	assert_true(boot()); /* nothing is kept yet: the survey starts, and the stick says so */
	assert_false(given->no_reset);
	assert_non_null(find_file("started.txt"));
	(void)keep_report(1);
	assert_false(boot());
	assert_true(is_report("report-1.json"));
	assert_null(find_file("started.txt"));
	assert_int_equal(variables_left(), 0);
	assert_int_equal(firmware.off, 1);
	assert_true(boot()); /* the next one */
	assert_false(given->no_reset);
	(void)keep_report(2);
	assert_false(boot());
	assert_true(is_report("report-2.json"));
}

/* Firmware that forgets its variables, a step that hangs: the machine is never reset for ever. */
static void no_report_comes_back(void **state)
{
	(void)state;
	start();
	assert_true(boot());
	assert_false(given->no_reset);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(boot());
		assert_true(given->no_reset);
	}
	assert_non_null(strstr(said, "no report has come back"));
}

static void volumes_that_take_nothing(void **state)
{
	char name[32];

	(void)state;
	start();
	firmware.read_only = true;
	assert_true(boot());
	assert_true(given->no_reset); /* where nothing can be noted */
	(void)keep_report(1);
	assert_false(boot()); /* not the survey again, whose report could be written no better */
	assert_int_equal(firmware.off, 1);
	assert_int_equal(variables_left(), 3);
	firmware.read_only = false; /* another stick */
	assert_false(boot());
	assert_true(is_report("report-1.json"));

	start();
	(void)keep_report(1);
	firmware.full = true;
	assert_false(boot());
	assert_null(find_file("report-1.json")); /* half a file is none */
	assert_int_equal(variables_left(), 3);

	start();
	for (unsigned i = 1; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "report-%u.json", i);
		(void)new_file(name, "old", 3);
	}
	(void)keep_report(1);
	assert_false(boot());
	assert_int_equal(variables_left(), 3);
	for (unsigned i = 1; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "report-%u.json", i);
		assert_int_equal(find_file(name)->nbytes, 3);
	}
}

static void variables_that_stay(void **state)
{
	(void)state;
	start();
	firmware.variables_stay = true;
	(void)keep_report(1);
	assert_false(boot());
	assert_true(is_report("report-1.json"));
	assert_true(boot()); /* the same report is not written again: the survey goes on */
	assert_null(find_file("report-2.json"));
	(void)keep_report(2); /* another is */
	assert_false(boot());
	assert_true(is_report("report-2.json"));
}

static void variables_of_other_sizes(void **state)
{
	struct kept kept;

	(void)state;
	for (unsigned longer = 1; longer < 100000; longer *= 7) { /* the firmware says more than it gives */
		start();
		firmware.longer_variables = longer;
		(void)keep_report(1);
		assert_true(boot());
		assert_null(find_file("report-1.json"));
	}
	start();
	kept = keep_report(1);
	variables[0].nbytes = KEPT_BYTES - 1; /* a piece is shorter */
	assert_true(boot());
	assert_int_equal(variables_left(), 0);
	start();
	kept = keep_report(1);
	variables[2].nbytes = sizeof(kept) + 1; /* the head is longer */
	assert_true(boot());
	start();
	kept = keep_report(1);
	for (unsigned i = 0; i < sizeof(kept); i++) { /* each byte of the head is another */
		start();
		kept = keep_report(1);
		((uint8_t *)&kept)[i] ^= 0xff;
		put_variable(2, KEPT_HEAD, &kept, sizeof(kept));
		assert_true(boot());
		assert_null(find_file("report-1.json"));
	}
	for (unsigned i = 0; i < 2; i++) { /* a piece is gone */
		start();
		(void)keep_report(1);
		variables[i].nbytes = 0;
		assert_true(boot());
		assert_null(find_file("report-1.json"));
	}
	start();
	kept = (struct kept){.magic = KEPT_MAGIC, .nbytes = KEPT_PIECES * KEPT_BYTES, .pieces = KEPT_PIECES};
	for (unsigned i = 0; i < KEPT_PIECES; i++) { /* pieces that are longer than ours, together than all of it */
		char name[KEPT_NAME];
		static const uint8_t zeroes[2 * KEPT_BYTES];

		(void)snprintf(name, sizeof(name), KEPT_HEAD "%u", i);
		put_variable(i, name, zeroes, sizeof(zeroes));
	}
	put_variable(KEPT_PIECES, KEPT_HEAD, &kept, sizeof(kept));
	(void)boot(); /* whatever it makes of them, it stays within its own memory */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_becomes_a_file),   cmocka_unit_test(no_report_comes_back),
		cmocka_unit_test(volumes_that_take_nothing), cmocka_unit_test(variables_that_stay),
		cmocka_unit_test(variables_of_other_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
