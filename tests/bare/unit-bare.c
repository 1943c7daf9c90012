/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Parts of platform/bare on the host: memory maps as firmware may give them, the command line, bus numbers and BARs
 * where no firmware ran, and the copies for machines where unaligned access is slow.
 */
#include "../../platform/bare/kernel/options.h"
#include "../../platform/bare/pci/pci_config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the sources under test call. */
static char printed[256];
void print(const char *format, ...) DMA_PRINTF(1, 2);
void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(printed, sizeof(printed), format, arguments);
	va_end(arguments);
}

/* libc.c under other names, so that the host's stay. */
void *bare_memcpy(void *to, const void *from, size_t n);
void *bare_memmove(void *to, const void *from, size_t n);
void *bare_memset(void *to, int value, size_t n);
int bare_memcmp(const void *a, const void *b, size_t n);

/* ---- Memory maps ------------------------------------------------------------------------------------------------- */

static void expect_ranges(const struct boot_ranges *ranges, unsigned n, const struct boot_range *wanted)
{
	assert_int_equal(ranges->count, n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(ranges->range[i].base, wanted[i].base);
		assert_int_equal(ranges->range[i].size, wanted[i].size);
	}
}

static void ranges_are_sorted_and_joined(void **state)
{
	struct boot_ranges ranges = {0};

	(void)state;
	assert_true(boot_add(&ranges, 0x9000, 0x1000));
	assert_true(boot_add(&ranges, 0x1000, 0x1000));
	assert_true(boot_add(&ranges, 0x5000, 0x1000));
	expect_ranges(&ranges, 3, (struct boot_range[]){{0x1000, 0x1000}, {0x5000, 0x1000}, {0x9000, 0x1000}});
	assert_true(boot_add(&ranges, 0x2000, 0x1000)); /* touches the first */
	assert_true(boot_add(&ranges, 0x4800, 0x100));	/* rounded outward, touches the second */
	expect_ranges(&ranges, 3, (struct boot_range[]){{0x1000, 0x2000}, {0x4000, 0x2000}, {0x9000, 0x1000}});
	assert_true(boot_add(&ranges, 0x2000, 0x7800)); /* across all of them */
	expect_ranges(&ranges, 1, (struct boot_range[]){{0x1000, 0x9000}});
	assert_true(boot_add(&ranges, 0x3000, 0x1000)); /* inside */
	expect_ranges(&ranges, 1, (struct boot_range[]){{0x1000, 0x9000}});
}

static void ram_is_rounded_inward(void **state)
{
	(void)state;
	boot_info = (struct boot_info){0};
	assert_true(boot_add(&boot_info.ram, 0, 0x9fc00));
	assert_false(boot_add(&boot_info.ram, 0x100100, 0x1e00));		      /* no whole page */
	assert_true(boot_add(&boot_info.ram, MACHINE_LINEAR_SIZE - 0x2000, 0x10000)); /* cut */
	assert_false(boot_add(&boot_info.ram, MACHINE_LINEAR_SIZE, 0x10000));
	expect_ranges(&boot_info.ram, 2, (struct boot_range[]){{0, 0x9f000}, {MACHINE_LINEAR_SIZE - 0x2000, 0x2000}});
}

static void nonsense_is_left_out(void **state)
{
	struct boot_ranges ranges = {0};

	(void)state;
	assert_false(boot_add(&ranges, 0x1000, 0));
	assert_false(boot_add(&ranges, UINT64_MAX - 10, 5));
	assert_false(boot_add(&ranges, 0x1000, UINT64_MAX));
	for (unsigned i = 0; i < BOOT_RANGES; i++)
		assert_true(boot_add(&ranges, i * 0x2000, 0x1000));
	assert_false(boot_add(&ranges, BOOT_RANGES * 0x2000, 0x1000)); /* full */
	assert_int_equal(ranges.count, BOOT_RANGES);
	assert_true(boot_reserve(&ranges, BOOT_RANGES * 0x2000 + 0x4000, 0x1000)); /* joined with its neighbour */
	assert_int_equal(ranges.count, BOOT_RANGES);
	assert_true(boot_contains(&ranges, (BOOT_RANGES - 1) * 0x2000, 0x7000));
	assert_true(boot_add(&ranges, 0x1000, 0x1000)); /* but this one joins two */
	assert_int_equal(ranges.count, BOOT_RANGES - 1);
	assert_true(boot_reserve(&ranges, 0x100000000, 0));		     /* nothing */
	assert_true(boot_reserve(&ranges, UINT64_MAX - 0x5fff, UINT64_MAX)); /* to the end, as far as pages have one */
	assert_true(boot_contains(&ranges, UINT64_MAX - 0x5fff, 0x5000));
}

static void contains_and_overlaps(void **state)
{
	struct boot_ranges ranges = {0};

	(void)state;
	assert_true(boot_add(&ranges, 0x1000, 0x2000));
	assert_true(boot_add(&ranges, 0x8000, 0x1000));
	assert_true(boot_contains(&ranges, 0x1000, 0x2000));
	assert_false(boot_contains(&ranges, 0x1000, 0x2001));
	assert_false(boot_contains(&ranges, 0xfff, 1));
	assert_false(boot_contains(&ranges, 0x2fff, UINT64_MAX));
	assert_true(boot_overlaps(&ranges, 0xfff, 2));
	assert_false(boot_overlaps(&ranges, 0x3000, 0x5000));
	assert_true(boot_overlaps(&ranges, 0x3000, 0x5001));
	assert_true(boot_overlaps(&ranges, 0, UINT64_MAX));
	assert_false(boot_overlaps(&ranges, 0x1000, 0));
}

static void command_line(void **state)
{
	char longer[2 * BOOT_COMMAND_LINE];

	(void)state;
	boot_set_command_line("  a=1 b  c= d=x=y a=2 ");
	options_init();
	assert_string_equal(option("A", "?"), "2");
	assert_string_equal(option("b", "?"), "");
	assert_string_equal(option("c", "?"), "");
	assert_string_equal(option("d", "?"), "x=y");
	assert_string_equal(option("e", "?"), "?");
	assert_string_equal(option("", "?"), "?");
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	boot_set_command_line(longer);
	options_init();
	assert_int_equal(strlen(boot_info.command_line), BOOT_COMMAND_LINE - 1);
	for (size_t i = 0; i < sizeof(longer) - 1; i++)
		longer[i] = i % 2 ? ' ' : 'o'; /* more options than there is room for */
	boot_set_command_line(longer);
	options_init();
	assert_string_equal(option("o", "?"), "");
}

/* ---- Bus numbers and BARs ---------------------------------------------------------------------------------------- */

#define BUSES 4

static volatile uint8_t *ecam;
static struct pci_function functions[8];
static unsigned nfunctions;

static volatile uint8_t *config_of(unsigned bus, unsigned devfn)
{
	return ecam + ((size_t)bus << 20) + ((size_t)devfn << 12);
}

static struct pci_function *add_function(unsigned bus, unsigned devfn, bool bridge)
{
	struct pci_function *fn = &functions[nfunctions++];

	*fn = (struct pci_function){
		.config = config_of(bus, devfn), .bus = (uint8_t)bus, .devfn = (uint8_t)devfn, .bridge = bridge};
	for (unsigned i = 0; i < 64; i += 4)
		pci_write32(fn->config, i, 0);
	pci_write32(fn->config, PCI_ID, 0x12345678);
	pci_write32(fn->config, PCI_HEADER, bridge ? PCI_HEADER_BRIDGE << 16 : 0);
	return fn;
}

static void add_bar(struct pci_function *fn, unsigned i, uint64_t size, bool wide, bool prefetchable)
{
	fn->bar[i] = (struct pci_bar){.size = size, .wide = wide, .prefetchable = prefetchable, .paddr = 0x77};
}

/* Bus 0: a disk, a bridge to bus 1 with a bridge to bus 2 with a disk, a bridge with nothing behind it. */
static int setup_pci(void **state)
{
	(void)state;
	nfunctions = 0;
	printed[0] = '\0';
	ecam = malloc((size_t)BUSES << 20);
	memset((void *)(uintptr_t)ecam, 0xff, (size_t)BUSES << 20);
	add_bar(add_function(0, 1 << 3, false), 0, 0x4000, true, false);
	add_function(0, 2 << 3, true);
	add_function(0, 3 << 3, true);
	add_function(1, 0, true);
	add_bar(add_function(2, 0, false), 0, 0x4000, true, false);
	add_bar(&functions[4], 2, 0x800000, true, true);
	add_bar(&functions[4], 4, 0x1000, false, false);
	return 0;
}

static int teardown_pci(void **state)
{
	(void)state;
	free((void *)(uintptr_t)ecam);
	return 0;
}

static struct pci_host host(uint8_t last_bus)
{
	return (struct pci_host){
		.last_bus = last_bus,
		.assign = true,
		.memory32 = {0x10000000, 0x1000000},
		.memory64 = {UINT64_C(0x8000000000), 0x10000000},
	};
}

static void buses_are_numbered(void **state)
{
	struct pci_host h = host(3);

	(void)state;
	pci_number_buses(&h, ecam);
	assert_int_equal(pci_read32(functions[1].config, PCI_BRIDGE_BUSES), 0x020100);
	assert_int_equal(pci_read32(functions[3].config, PCI_BRIDGE_BUSES), 0x020201);
	assert_int_equal(pci_read32(functions[2].config, PCI_BRIDGE_BUSES), 0x030300);
	assert_string_equal(printed, "");
}

static void bus_numbers_run_out(void **state)
{
	struct pci_host h = host(1);

	(void)state;
	pci_number_buses(&h, ecam);
	assert_int_equal(pci_read32(functions[1].config, PCI_BRIDGE_BUSES), 0x010100);
	assert_int_equal(pci_read32(functions[3].config, PCI_BRIDGE_BUSES), 0);
	assert_string_equal(printed, "pci: bus 0: no bus number left for a bridge\n");
}

static void bars_are_placed(void **state)
{
	struct pci_host h = host(3);
	const struct pci_function *disk = &functions[4];
	uint32_t window, prefetch;

	(void)state;
	pci_number_buses(&h, ecam);
	pci_place_bars(&h, functions, nfunctions);
	assert_int_equal(functions[0].bar[0].paddr, 0x10000000);
	assert_int_equal(disk->bar[0].paddr, 0x10100000); /* the bridge's window begins at the next MiB */
	assert_int_equal(disk->bar[4].paddr, 0x10104000);
	assert_int_equal(disk->bar[2].paddr, UINT64_C(0x8000000000));
	assert_int_equal(pci_read32(disk->config, PCI_BAR0), 0x10100000);
	assert_int_equal(pci_read32(disk->config, PCI_BAR0 + 8), 0);
	assert_int_equal(pci_read32(disk->config, PCI_BAR0 + 12), 0x80);
	for (unsigned i = 1; i <= 3; i += 2) { /* both bridges above it let it through */
		window = pci_read32(functions[i].config, PCI_BRIDGE_MEMORY);
		assert_int_equal(window, 0x10101010);
		prefetch = pci_read32(functions[i].config, PCI_BRIDGE_PREFETCH);
		assert_int_equal(prefetch & 0xfff0fff0, 0x00700000);
		assert_int_equal(pci_read32(functions[i].config, PCI_BRIDGE_PREFETCH_BASE_HIGH), 0x80);
		assert_int_equal(pci_read32(functions[i].config, PCI_BRIDGE_PREFETCH_LIMIT_HIGH), 0x80);
		assert_int_equal(pci_read32(functions[i].config, PCI_COMMAND), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	}
	window = pci_read32(functions[2].config, PCI_BRIDGE_MEMORY); /* closed: base above limit */
	assert_true((window & 0xfff0) > (window >> 16 & 0xfff0));
	assert_string_equal(printed, "");
}

static void bars_that_do_not_fit(void **state)
{
	struct pci_host h = host(3);

	(void)state;
	h.memory64.size = 0; /* then below 4 GiB, while there is room */
	pci_number_buses(&h, ecam);
	pci_place_bars(&h, functions, nfunctions);
	assert_int_equal(functions[4].bar[2].paddr, 0x10800000);
	h.memory32.size = 0x180000;
	pci_place_bars(&h, functions, nfunctions);
	assert_int_equal(functions[4].bar[2].paddr, 0);
	assert_int_equal(functions[4].bar[4].paddr, 0x10104000);
	assert_string_equal(printed, "pci: bus 2 devfn 0: no room for BAR 2 of 0x800000 bytes\n");
}

/* ---- Copies ------------------------------------------------------------------------------------------------------ */

static void copies_agree(void **state)
{
	uint64_t aligned[3][48];
	unsigned char *a = (unsigned char *)aligned[0], *b = (unsigned char *)aligned[1],
		      *wanted = (unsigned char *)aligned[2];
	const size_t size = sizeof(aligned[0]);

	(void)state;
	for (size_t n = 0; n < 220; n++) {
		for (size_t to = 0; to < 10; to++) {
			for (size_t from = 0; from < 10; from++) {
				for (size_t i = 0; i < size; i++) {
					a[i] = (unsigned char)(i * 7 + n);
					b[i] = wanted[i] = (unsigned char)(i * 5 + 1);
				}
				memcpy(wanted + 16 + to, a + 32 + from, n);
				assert_ptr_equal(bare_memcpy(b + 16 + to, a + 32 + from, n), b + 16 + to);
				assert_memory_equal(b, wanted, size);
				memmove(wanted + 20 + to, wanted + 20 + from, n);
				assert_ptr_equal(bare_memmove(b + 20 + to, b + 20 + from, n), b + 20 + to);
				assert_memory_equal(b, wanted, size);
				memset(wanted + 8 + from, (int)n, n);
				assert_ptr_equal(bare_memset(b + 8 + from, (int)n, n), b + 8 + from);
				assert_memory_equal(b, wanted, size);
				assert_int_equal(bare_memcmp(b + from, wanted + from, n), 0);
				if (n > 0) {
					b[from + n - 1] ^= 0x80;
					assert_true((bare_memcmp(b + from, wanted + from, n) < 0) ==
						    (b[from + n - 1] < wanted[from + n - 1]));
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_sorted_and_joined),
		cmocka_unit_test(ram_is_rounded_inward),
		cmocka_unit_test(nonsense_is_left_out),
		cmocka_unit_test(contains_and_overlaps),
		cmocka_unit_test(command_line),
		cmocka_unit_test_setup_teardown(buses_are_numbered, setup_pci, teardown_pci),
		cmocka_unit_test_setup_teardown(bus_numbers_run_out, setup_pci, teardown_pci),
		cmocka_unit_test_setup_teardown(bars_are_placed, setup_pci, teardown_pci),
		cmocka_unit_test_setup_teardown(bars_that_do_not_fit, setup_pci, teardown_pci),
		cmocka_unit_test(copies_agree),
	};

	return cmocka_run_group_tests_name("bare", tests, NULL, NULL);
}
