/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A report in the firmware's variables (UEFI 8.2): all of it, or nothing of it, whatever call fails; and never the room
 * that firmware needs itself.
 */
#include "../../platform/bare/efi/efi.h"
#include "../../platform/bare/efi/kept.h"
#include "../../platform/bare/efi/uefi.h"
#include "../../platform/bare/kernel/options.h"
#include "../../platform/bare/kernel/print.h"
#include "../../platform/bare/kernel/screen.h"
#include "../../platform/bare/memory/vm.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VARIABLES = 64, PLENTY = 1 << 20 };

static struct variable {
	char name[KEPT_NAME];
	uint8_t value[KEPT_BYTES];
	size_t nbytes; /* 0: free */
} variables[VARIABLES];
static unsigned calls, fails_at; /* 0: none fails */
static uint64_t room;
static efi_status query_result;
struct efi_handover efi_handover;

/* ---- Firmware ---- */

static struct variable *find(const char *name)
{
	for (unsigned i = 0; i < VARIABLES; i++)
		if (variables[i].nbytes && !strcmp(variables[i].name, name))
			return &variables[i];
	return NULL;
}

static efi_status EFIAPI set_variable(const efi_char *wide, const struct efi_guid *guid, uint32_t attributes,
				      uint64_t nbytes, const void *from)
{
	struct variable *variable;
	char name[KEPT_NAME] = {0};

	(void)guid;
	assert_int_equal(attributes, 7);
	for (unsigned i = 0; i < KEPT_NAME - 1 && wide[i]; i++)
		name[i] = (char)wide[i];
	if (nbytes && ++calls == fails_at)
		return EFI_ERROR | 9;
	variable = find(name);
	if (!nbytes) {
		if (!variable)
			return EFI_NOT_FOUND;
		variable->nbytes = 0;
		return 0;
	}
	for (unsigned i = 0; i < VARIABLES && !variable; i++)
		variable = variables[i].nbytes ? NULL : &variables[i];
	assert_non_null(variable);
	assert_true(nbytes <= KEPT_BYTES);
	memcpy(variable->name, name, sizeof(name));
	memcpy(variable->value, from, nbytes);
	variable->nbytes = nbytes;
	return 0;
}

static efi_status EFIAPI query(uint32_t attributes, uint64_t *all, uint64_t *left, uint64_t *longest)
{
	assert_int_equal(attributes, 7);
	*all = PLENTY, *left = room, *longest = KEPT_BYTES;
	return query_result;
}

static struct efi_runtime services = {.header = {.revision = EFI_REVISION_2_0, .nbytes = sizeof(services)},
				      .set_variable = set_variable,
				      .query_variables = query};

/* ---- The machine ---- */

uintptr_t machine_firmware_begin(void)
{
	return 7;
}

void machine_firmware_end(uintptr_t state)
{
	assert_int_equal(state, 7);
}

int machine_firmware_map(uint64_t paddr, unsigned type)
{
	(void)paddr, (void)type;
	return 0;
}

int vm_framebuffer_map(uint64_t paddr, uint64_t nbytes, volatile void **pixels)
{
	(void)paddr, (void)nbytes, (void)pixels;
	return DMA_ENOMEM;
}

void screen_start(volatile void *pixels, uint32_t width, uint32_t height, uint32_t pixels_per_line, uint32_t ink)
{
	(void)pixels, (void)width, (void)height, (void)pixels_per_line, (void)ink;
}

bool option_is(const char *name, const char *value)
{
	(void)name, (void)value;
	return false;
}

uint64_t machine_ticks(void)
{
	return 0;
}

void print(const char *format, ...)
{
	(void)format;
}

/* ---- Tests ---- */

static void start(uint64_t room_left)
{
	memset(variables, 0, sizeof(variables));
	calls = fails_at = 0;
	room = room_left;
	query_result = 0;
	efi_handover = (struct efi_handover){.magic = EFI_HANDOVER_MAGIC, .runtime = (uintptr_t)&services};
	efi_init();
}

static unsigned used(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VARIABLES; i++)
		n += variables[i].nbytes != 0;
	return n;
}

static uint8_t report[5 * KEPT_BYTES - 100];

static void all_of_it(void **state)
{
	struct kept kept;

	(void)state;
	for (size_t i = 0; i < sizeof(report); i++)
		report[i] = (uint8_t)(i * 7);
	start(PLENTY);
	assert_int_equal(efi_report_keep(report, sizeof(report)), 0);
	assert_int_equal(used(), 6);
	memcpy(&kept, find(KEPT_HEAD)->value, sizeof(kept));
	assert_int_equal(kept.nbytes, sizeof(report));
	assert_int_equal(kept.pieces, 5);
	assert_memory_equal(find(KEPT_HEAD "4")->value, report + 4 * KEPT_BYTES, KEPT_BYTES - 100);
	assert_int_equal(efi_report_keep(report, sizeof(report)), 0); /* over an older one */
	assert_int_equal(used(), 6);
	assert_int_equal(efi_report_keep(report, KEPT_PIECES * KEPT_BYTES + 1), DMA_ENOSPC);
}

static void or_nothing(void **state)
{
	(void)state;
	for (unsigned old = 0; old < 2; old++)
		for (unsigned at = 1; at <= 6; at++) {
			start(PLENTY);
			if (old)
				assert_int_equal(efi_report_keep(report, sizeof(report)), 0);
			calls = 0;
			fails_at = at;
			assert_int_equal(efi_report_keep(report, sizeof(report)), DMA_EIO);
			assert_null(find(KEPT_HEAD)); /* a head without its pieces would be a damaged report */
			if (!old)
				assert_int_equal(used(), 0);
		}
}

static void not_the_last_room(void **state)
{
	(void)state;
	start(sizeof(report) + 4096);
	assert_int_equal(efi_report_keep(report, sizeof(report)), DMA_ENOSPC);
	assert_int_equal(used() + calls, 0);
	query_result = EFI_ERROR | 3; /* unsupported: nobody knows */
	assert_int_equal(efi_report_keep(report, sizeof(report)), 0);
	start(sizeof(report) + 16384);
	assert_int_equal(efi_report_keep(report, sizeof(report)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it),
		cmocka_unit_test(or_nothing),
		cmocka_unit_test(not_the_last_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
