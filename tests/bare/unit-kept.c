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

enum { VARIABLES = 64, PLENTY = 1 << 20, SECOND = 1000000 * 1000 /* ticks, where none were measured */ };

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

static jmp_buf ended;
static uint32_t end_is;

static void EFIAPI reset(uint32_t how, efi_status status, uint64_t nbytes, const void *text)
{
	(void)status, (void)nbytes, (void)text;
	end_is = how;
	longjmp(ended, 1);
}

static struct efi_runtime services = {.header = {.revision = EFI_REVISION_2_0, .nbytes = sizeof(services)},
				      .set_variable = set_variable,
				      .reset = reset,
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

static uint64_t mapped, first_mapped;

int machine_firmware_map(uint64_t paddr, unsigned type)
{
	(void)type;
	assert_int_equal(paddr % EFI_PAGE_BYTES, 0);
	if (!mapped++)
		first_mapped = paddr;
	assert_true(mapped < 10000);
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

static uint64_t ticks;

uint64_t machine_ticks(void)
{
	return ticks += SECOND;
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

/* Ends the machine; how many seconds its screen stayed. */
static uint64_t end_with(int status, bool screen, bool by_reset, bool no_reset)
{
	start(PLENTY);
	efi_handover.framebuffer = screen;
	efi_handover.no_reset = no_reset;
	ticks = 0;
	if (by_reset)
		efi_end_by_reset();
	if (!setjmp(ended))
		efi_exit(status);
	return ticks / SECOND;
}

/* What went wrong is on the screen, and nowhere else. */
static void a_mistake_can_be_read(void **state)
{
	(void)state;
	assert_true(end_with(1, true, false, false) >= 60);
	assert_int_equal(end_is, EFI_RESET_OFF);
	assert_int_equal(end_with(0, true, false, false), 0);
	assert_int_equal(end_with(1, false, false, false), 0); /* nobody could see it */
}

static void a_reset_unless_it_may_repeat(void **state)
{
	(void)state;
	assert_int_equal(end_with(0, true, true, true), 0);
	assert_int_equal(end_is, EFI_RESET_OFF);
	assert_int_equal(end_with(0, true, true, false), 0);
	assert_int_equal(end_is, EFI_RESET_COLD);
	assert_int_equal(end_with(2, true, true, false), 0); /* a step that hung: its report is kept */
	assert_int_equal(end_is, EFI_RESET_COLD);
}

/* Descriptors that begin within a page, that wrap, that are longer than the address space. */
static void runtime_memory_that_cannot_be(void **state)
{
	static const struct {
		uint64_t base, npages, mapped;
	} rows[] = {
		{0x7f000000, 3, 3},
		{0x7f000800, 3, 4},
		{0x7f000000, UINT64_MAX, 0},
		{0x7f000000, UINT64_C(1) << 52, 0},
		{0x7f000000, UINT64_C(1) << 40, 0},
		{UINT64_MAX - 0xfff, 2, 0},
		{0x7f000000, 0, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct efi_memory memory = {.type = EFI_RUNTIME_DATA,
					    .base = rows[i].base,
					    .npages = rows[i].npages,
					    .attributes = EFI_MEMORY_RUNTIME | EFI_MEMORY_WB};

		mapped = 0;
		efi_handover = (struct efi_handover){.magic = EFI_HANDOVER_MAGIC,
						     .runtime = (uintptr_t)&services,
						     .map = (uintptr_t)&memory - MACHINE_LINEAR_BASE,
						     .map_bytes = sizeof(memory),
						     .descriptor_bytes = sizeof(memory)};
		efi_init();
		assert_int_equal(mapped, rows[i].mapped);
		assert_true(!mapped || first_mapped == (rows[i].base & ~(uint64_t)0xfff));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it),
		cmocka_unit_test(or_nothing),
		cmocka_unit_test(not_the_last_room),
		cmocka_unit_test(runtime_memory_that_cannot_be),
		cmocka_unit_test(a_mistake_can_be_read),
		cmocka_unit_test(a_reset_unless_it_may_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
