/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The EFI loader on firmware that is not as the specification has it (efi_firmware.c): maps that grow, keys that are
 * stale, screens that cannot be, root pointers that are none. A loader that trusts them reads or writes what is not its
 * own, which the sanitizers see.
 */
#include "efi_firmware.h"

/* ---- Leaving ----------------------------------------------------------------------------------------------------- */

static void stale_keys(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		start();
		firmware.stale_keys = n;
		assert_true(boot());
		assert_int_equal(firmware.tries, n + 1);
		assert_int_equal(firmware.forbidden, 0); /* 7.4.6: nothing but memory from the first try on */
		assert_int_equal(given->map_bytes, 20 * STEP);
	}
	start();
	firmware.stale_keys = UINT32_MAX;
	assert_false(boot()); /* and not for ever */
	assert_non_null(strstr(said, "does not give the machine away"));
}

static void a_map_that_grows(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 4; at++) {
		start();
		firmware.stale_keys = 3;
		firmware.grows_at_try = at;
		assert_true(boot());
		assert_true(given->map_bytes >= 1020 * STEP);
		assert_true(given->map == (uintptr_t)(given + 1));
		assert_true(given->nbytes >= sizeof(*given) + given->map_bytes);
		assert_int_equal(given->magic, EFI_HANDOVER_MAGIC);
		assert_int_equal(firmware.forbidden, 0);
	}
}

static void maps_that_cannot_be(void **state)
{
	(void)state;
	start();
	firmware.wrong_nbytes = true; /* success, and more bytes than there is room for */
	assert_false(boot());
	start();
	firmware.always_small = true;
	assert_false(boot());
	start();
	firmware.step = 16;
	assert_false(boot());
	start();
	firmware.step = UINT64_C(1) << 33;
	assert_false(boot());
	start();
	firmware.rows = UINT32_MAX;
	assert_false(boot());
}

/* ---- Screens ----------------------------------------------------------------------------------------------------- */

static const struct efi_graphics_info usual = {
	.width = 1024, .height = 768, .format = EFI_PIXELS_BGR, .pixels_per_line = 1024};

/* A screen of that kind: is it taken? */
static bool takes(struct efi_graphics_info info, uint64_t base, uint64_t nbytes)
{
	struct efi_graphics_mode mode = {.info = &info, .base = base, .nbytes = nbytes};

	start();
	firmware.nhandles = 1;
	firmware.modes[0] = &mode;
	assert_true(boot());
	assert_true(!given->framebuffer || given->framebuffer == base);
	assert_true(given->framebuffer_bytes <= nbytes);
	return given->framebuffer != 0;
}

static void screens_that_are(void **state)
{
	struct efi_graphics_info info = usual;

	(void)state;
	assert_true(takes(info, 0x80000000, 1024 * 768 * 4));
	info.pixels_per_line = 1088; /* lines are longer than what is seen */
	assert_true(takes(info, 0x80000000, 1088 * 768 * 4));
	assert_int_equal(given->pixels_per_line, 1088);
	assert_int_equal(given->width, 1024);
	info.format = EFI_PIXELS_RGB;
	assert_true(takes(info, UINT64_C(0x3800000000), UINT64_C(16) << 30)); /* above 4 GiB, in a BAR of 16 GiB */
	assert_true(given->framebuffer_bytes == 1088 * 768 * 4);
	info.format = EFI_PIXELS_MASKS;
	info.masks[0] = 0x3ff00000, info.masks[1] = 0xffc00, info.masks[2] = 0x3ff; /* ten bits a colour */
	assert_true(takes(info, 0x80000000, 1088 * 768 * 4));
	assert_int_equal(given->ink, 0x3fffffff);
}

static void screens_that_are_not(void **state)
{
	struct efi_graphics_info info = usual;

	(void)state;
	assert_false(takes(info, 0, 1024 * 768 * 4));
	assert_false(takes(info, 0x80000002, 1024 * 768 * 4));
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4 - 1));
	assert_false(takes(info, UINT64_MAX - 0xfff, 1024 * 768 * 4));
	info.format = EFI_PIXELS_NONE; /* only the firmware copies to it */
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info.format = 77;
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info.format = EFI_PIXELS_MASKS;
	info.masks[0] = 0xf800, info.masks[1] = 0x7e0, info.masks[2] = 0x1f; /* 16 bits a pixel */
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info.masks[0] = 0xff0000, info.masks[1] = 0xff00, info.masks[2] = 0xff; /* 24 */
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info = usual;
	info.pixels_per_line = 1000;
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info = usual;
	info.width = 0;
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info = usual;
	info.height = 0;
	assert_false(takes(info, 0x80000000, 1024 * 768 * 4));
	info.width = info.pixels_per_line = UINT32_C(1) << 31; /* times lines times 4: 2^64 + 2^33 */
	info.height = (UINT32_C(1) << 31) + 1;
	assert_false(takes(info, 0x80000000, UINT64_MAX));
}

static void the_screen_that_has_a_framebuffer(void **state)
{
	struct efi_graphics_info info = usual, none = usual;
	struct efi_graphics_mode mode = {.info = &info, .base = 0x90000000, .nbytes = 1024 * 768 * 4};
	struct efi_graphics_mode without = {.info = &none}, empty = {.info = NULL};

	(void)state;
	none.format = EFI_PIXELS_NONE;
	start();
	firmware.nhandles = 3;
	firmware.modes[0] = &without;
	firmware.modes[1] = &empty;
	firmware.modes[2] = &mode;
	assert_true(boot());
	assert_int_equal(given->framebuffer, 0x90000000);
	start();
	firmware.nhandles = 2; /* the second has no mode at all */
	firmware.modes[0] = &without;
	assert_true(boot());
	assert_int_equal(given->framebuffer, 0);
}

/* ---- ACPI -------------------------------------------------------------------------------------------------------- */

static void sum_up(uint8_t *bytes, size_t n, size_t at)
{
	uint8_t sum = 0;

	bytes[at] = 0;
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[at] = (uint8_t)-sum;
}

static void root_pointers(void **state)
{
	static const struct efi_guid new = EFI_GUID_ACPI_20, old = EFI_GUID_ACPI_10;
	static _Alignas(16) uint8_t rsdp[2][64], xsdt[36];

	(void)state;
	memcpy(xsdt, "XSDT", 4);
	xsdt[4] = sizeof(xsdt);
	sum_up(xsdt, sizeof(xsdt), 9);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t at = (uintptr_t)xsdt;

		memcpy(rsdp[i], "RSD PTR ", 8);
		rsdp[i][15] = 2;
		rsdp[i][20] = 36;
		memcpy(rsdp[i] + 24, &at, sizeof(at));
		sum_up(rsdp[i], 20, 8);
		sum_up(rsdp[i], 36, 32);
	}
	start();
	tables[0] = (struct efi_table){.guid = new, .table = rsdp[0]};
	tables[1] = (struct efi_table){.guid = old, .table = rsdp[1]};
	system_table.ntables = 2;
	assert_true(boot());
	assert_int_equal(given->rsdp, (uintptr_t)rsdp[0]);
	rsdp[0][0] = 'X'; /* the newer one is none: the older one is */
	assert_true(boot());
	assert_int_equal(given->rsdp, (uintptr_t)rsdp[1]);
	assert_non_null(strstr(said, "acpi: "));
	rsdp[1][0] = 'X'; /* a machine without is surveyed all the same */
	assert_true(boot());
	assert_int_equal(given->rsdp, 0);
	system_table.tables = NULL;
	assert_true(boot());
	assert_int_equal(given->rsdp, 0);
}

/* ---- Options ----------------------------------------------------------------------------------------------------- */

static efi_char wide[32];

static void boot_manager_passes(const char *text)
{
	size_t n = strlen(text);

	assert_true(n < sizeof(wide) / sizeof(wide[0]));
	for (size_t i = 0; i <= n; i++)
		wide[i] = (efi_char)text[i];
	load_options(wide, n + 1);
}

static void options(void **state)
{
	static const char file[] = "\xef\xbb\xbf# mine\r\npause=1\r\nmodel=A_B # c\r\n";
	static char big[4096];

	(void)state;
	start();
	(void)new_file("dmastream.txt", file, sizeof(file) - 1);
	assert_true(boot());
	assert_non_null(strstr(given->options, "pause=1"));
	assert_non_null(strstr(given->options, "model=A_B"));
	assert_null(strstr(given->options, "mine"));
	boot_manager_passes("console=ttyS0"); /* a boot loader's own must not hide the file's */
	assert_true(boot());
	assert_non_null(strstr(given->options, "pause=1"));
	assert_non_null(strstr(given->options, "console=ttyS0"));
	wide[0] = 0x263a; /* what is no text is none */
	assert_true(boot());
	assert_null(strstr(given->options, "onsole"));
	start();
	memset(big, 'x', sizeof(big));
	(void)new_file("dmastream.txt", big, sizeof(big));
	boot_manager_passes("and=more");
	assert_true(boot());
	assert_true(strlen(given->options) < EFI_HANDOVER_OPTIONS);
	start();
	(void)new_file("dmastream.txt", file, sizeof(file) - 1);
	firmware.longer_reads = 100000; /* more than was asked for */
	assert_true(boot());
	assert_true(strlen(given->options) < EFI_HANDOVER_OPTIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stale_keys),		cmocka_unit_test(a_map_that_grows),
		cmocka_unit_test(maps_that_cannot_be),	cmocka_unit_test(screens_that_are),
		cmocka_unit_test(screens_that_are_not), cmocka_unit_test(the_screen_that_has_a_framebuffer),
		cmocka_unit_test(root_pointers),	cmocka_unit_test(options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
