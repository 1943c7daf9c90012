/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The memory map that EFI hands over (UEFI 2.10, 7.2), on the host: what becomes RAM, what firmware keeps, and what is
 * nobody's.
 */
#include "../../platform/bare/efi/efi.h"
#include "../../platform/bare/efi/uefi.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK	  (UINT64_C(2) << 20)
#define UNCACHED  UINT64_C(1)
#define SPECIAL	  UINT64_C(0x40000)
#define STEP	  48 /* firmware's descriptors are longer than ours */
#define BASE(row) (((uint64_t)(row) + 1) << 30)

static _Alignas(4096) uint8_t given[64 * 4096];

static uint64_t framebuffer, framebuffer_bytes;

static void start(void)
{
	framebuffer = framebuffer_bytes = 0;

	memset(&boot_info, 0, sizeof(boot_info));
	memset(given, 0, sizeof(given));
}

static struct efi_handover *handover(void)
{
	return (struct efi_handover *)(void *)given;
}

static void row(unsigned i, uint32_t type, uint64_t base, uint64_t npages, uint64_t attributes)
{
	const struct efi_memory memory = {.type = type, .base = base, .npages = npages, .attributes = attributes};

	memcpy(given + sizeof(struct efi_handover) + (size_t)i * STEP, &memory, sizeof(memory));
}

/* The linear map of the host's tests begins at MACHINE_LINEAR_BASE. */
static void boot_with(unsigned nrows, uint64_t block, uint32_t step)
{
	uint64_t paddr = (uintptr_t)given - MACHINE_LINEAR_BASE;

	*handover() = (struct efi_handover){
		.magic = EFI_HANDOVER_MAGIC,
		.framebuffer = framebuffer,
		.framebuffer_bytes = framebuffer_bytes,
		.nbytes = sizeof(given),
		.map = paddr + sizeof(struct efi_handover),
		.map_bytes = nrows * STEP,
		.descriptor_bytes = step,
		.rsdp = 0x1234,
		.tree = 0x5678,
		.options = "a=b c=d",
	};
	efi_boot(paddr, block);
}

static void boot(unsigned nrows, uint64_t block)
{
	boot_with(nrows, block, STEP);
}

static void each_type_is_what_the_specification_says(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t attributes;
		bool ram, firmware;
	} types[] = {
		{EFI_RESERVED, EFI_MEMORY_WB, false, false},
		{EFI_LOADER_CODE, EFI_MEMORY_WB, true, false},
		{EFI_LOADER_DATA, EFI_MEMORY_WB, true, false},
		{EFI_BOOT_CODE, EFI_MEMORY_WB, true, false},
		{EFI_BOOT_DATA, EFI_MEMORY_WB, true, false},
		{EFI_RUNTIME_CODE, EFI_MEMORY_WB | EFI_MEMORY_RUNTIME, false, true},
		{EFI_RUNTIME_DATA, EFI_MEMORY_WB | EFI_MEMORY_RUNTIME, false, true},
		{EFI_CONVENTIONAL, EFI_MEMORY_WB, true, false},
		{EFI_UNUSABLE, EFI_MEMORY_WB, false, false},
		{EFI_ACPI_RECLAIM, EFI_MEMORY_WB, false, true},
		{EFI_ACPI_NVS, EFI_MEMORY_WB, false, true},
		{EFI_MMIO, UNCACHED | EFI_MEMORY_RUNTIME, false, false},
		{EFI_MMIO_PORTS, UNCACHED, false, false},
		{13, EFI_MEMORY_WB, false, false},				 /* PAL code, not of these CPUs */
		{14, EFI_MEMORY_WB, false, false},				 /* persistent: somebody's data */
		{15, EFI_MEMORY_WB, false, false},				 /* not accepted yet */
		{0x80000001, EFI_MEMORY_WB, false, false},			 /* a loader's own */
		{EFI_CONVENTIONAL, UNCACHED, false, false},			 /* cannot be cached */
		{EFI_CONVENTIONAL, EFI_MEMORY_WB | SPECIAL, false, false},	 /* a driver's */
		{EFI_RUNTIME_DATA, UNCACHED | EFI_MEMORY_RUNTIME, false, false}, /* not to be mapped cached */
	};
	const unsigned n = sizeof(types) / sizeof(types[0]);

	(void)state;
	start();
	for (unsigned i = 0; i < n; i++)
		row(i, types[i].type, BASE(i), 16, types[i].attributes);
	boot(n, EFI_PAGE_BYTES);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(boot_overlaps(&boot_info.ram, BASE(i), 1), types[i].ram);
		assert_int_equal(boot_contains(&boot_info.ram, BASE(i), 16 * EFI_PAGE_BYTES), types[i].ram);
		assert_int_equal(boot_contains(&boot_info.firmware, BASE(i), 16 * EFI_PAGE_BYTES), types[i].firmware);
	}
}

/* Boot tables of a machine may have big pages alone: nothing beside RAM may lie in one. */
static void ram_is_whole_blocks_where_it_must(void **state)
{
	(void)state;
	start();
	row(0, EFI_CONVENTIONAL, BLOCK + 0x1000, 511, EFI_MEMORY_WB);	  /* less than a block, up to its end */
	row(1, EFI_BOOT_DATA, 2 * BLOCK, 512 + 7, EFI_MEMORY_WB);	  /* a block and a bit */
	row(2, EFI_RUNTIME_DATA, 3 * BLOCK + 7 * 4096, 1, EFI_MEMORY_WB); /* behind it */
	row(3, EFI_CONVENTIONAL, 8 * BLOCK + 4096, 510, EFI_MEMORY_WB);	  /* no block at all */
	boot(4, BLOCK);
	assert_int_equal(boot_info.ram.count, 1);
	assert_int_equal(boot_info.ram.range[0].base, 2 * BLOCK);
	assert_int_equal(boot_info.ram.range[0].size, BLOCK);
}

static void pieces_in_any_order_are_joined(void **state)
{
	(void)state;
	start();
	row(0, EFI_CONVENTIONAL, 0x300000, 0x100, EFI_MEMORY_WB);
	row(1, EFI_LOADER_CODE, 0x100000, 0x100, EFI_MEMORY_WB);
	row(2, EFI_BOOT_CODE, 0x200000, 0x100, EFI_MEMORY_WB);
	row(3, EFI_CONVENTIONAL, UINT64_MAX - 0xfff, 2, EFI_MEMORY_WB); /* wraps */
	row(4, EFI_CONVENTIONAL, 0x900000, 0, EFI_MEMORY_WB);		/* empty */
	boot(5, EFI_PAGE_BYTES);
	assert_int_equal(boot_info.ram.count, 1);
	assert_int_equal(boot_info.ram.range[0].base, 0x100000);
	assert_int_equal(boot_info.ram.range[0].size, 0x300000);
}

/* Firmware that says less than a descriptor has would send the walk round for ever; a size that wraps is no small
 * one. */
static void what_cannot_be_walked_is_left_out(void **state)
{
	(void)state;
	for (uint32_t step = 0; step < sizeof(struct efi_memory); step += 8) {
		start();
		row(0, EFI_CONVENTIONAL, 0x100000, 0x100, EFI_MEMORY_WB);
		boot_with(1, EFI_PAGE_BYTES, step);
		assert_int_equal(boot_info.ram.count, 0);
	}
	start();
	row(0, EFI_CONVENTIONAL, 0x100000, (UINT64_C(1) << 52) + 1, EFI_MEMORY_WB);
	row(1, EFI_RUNTIME_DATA, 0x300000, (UINT64_C(1) << 52) + 1, EFI_MEMORY_WB);
	boot(2, EFI_PAGE_BYTES);
	assert_int_equal(boot_info.ram.count, 0);
	assert_int_equal(boot_info.firmware.count, 0);
}

static void what_is_handed_over_is_kept(void **state)
{
	uint64_t paddr = (uintptr_t)given - MACHINE_LINEAR_BASE;

	(void)state;
	start();
	row(0, EFI_LOADER_DATA, paddr, sizeof(given) / EFI_PAGE_BYTES, EFI_MEMORY_WB);
	boot(1, EFI_PAGE_BYTES);
	assert_true(boot_contains(&boot_info.taken, paddr, sizeof(given)));
	assert_true(boot_contains(&boot_info.taken, 0, EFI_PAGE_BYTES)); /* the page that means none */
	assert_int_equal(boot_info.rsdp, 0x1234);
	assert_int_equal(boot_info.fdt, 0x5678);
	assert_string_equal(boot_info.command_line, "a=b c=d");
	assert_true(efi_started());
}

/* A map of more pieces than there is room for loses RAM, never firmware's word on what is not RAM. */
static void a_map_of_too_many_pieces_makes_no_ram_of_others(void **state)
{
	const unsigned n = 4 * BOOT_RANGES;

	(void)state;
	start();
	for (unsigned i = 0; i < n; i++)
		row(i, i % 2 ? EFI_RUNTIME_DATA : EFI_CONVENTIONAL, (uint64_t)(i + 1) * EFI_PAGE_BYTES, 1,
		    EFI_MEMORY_WB);
	boot(n, EFI_PAGE_BYTES);
	for (unsigned i = 1; i < n; i += 2)
		assert_false(boot_overlaps(&boot_info.ram, (uint64_t)(i + 1) * EFI_PAGE_BYTES, EFI_PAGE_BYTES));
	assert_int_equal(boot_info.ram.count, BOOT_RANGES);
}

/* Graphics without memory of their own: firmware's map may call the framebuffer free. */
static void a_framebuffer_is_no_ram(void **state)
{
	static const struct {
		uint64_t base, nbytes;
	} screens[] = {
		{0x10300000, 0x100000},	 /* in the middle */
		{0x10000000, 0x100000},	 /* at the beginning */
		{0x10f00000, 0x100000},	 /* at the end */
		{0x0ff00000, 0x200000},	 /* across the beginning */
		{0x10f80000, 0x100000},	 /* across the end */
		{0x10000000, 0x1000000}, /* all of it */
		{0x10300800, 0x100000},	 /* not in whole pages */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(screens) / sizeof(screens[0]); i++) {
		uint64_t first = screens[i].base, end = first + screens[i].nbytes, seen = 0;

		start();
		framebuffer = first;
		framebuffer_bytes = screens[i].nbytes;
		row(0, EFI_LOADER_DATA, 0x10000000, 0x1000, EFI_MEMORY_WB);
		row(1, EFI_CONVENTIONAL, 0x20000000, 0x10, EFI_MEMORY_WB);
		boot(2, EFI_PAGE_BYTES);
		assert_false(boot_overlaps(&boot_info.ram, first, screens[i].nbytes));
		assert_true(boot_contains(&boot_info.ram, 0x20000000, 0x10000));
		for (uint64_t at = 0x10000000; at < 0x11000000; at += EFI_PAGE_BYTES)
			seen += boot_contains(&boot_info.ram, at, EFI_PAGE_BYTES) !=
				(at + EFI_PAGE_BYTES <= first || at >= end);
		assert_int_equal(seen, 0); /* and nothing beside it is lost */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_framebuffer_is_no_ram),
		cmocka_unit_test(each_type_is_what_the_specification_says),
		cmocka_unit_test(ram_is_whole_blocks_where_it_must),
		cmocka_unit_test(pieces_in_any_order_are_joined),
		cmocka_unit_test(what_is_handed_over_is_kept),
		cmocka_unit_test(what_cannot_be_walked_is_left_out),
		cmocka_unit_test(a_map_of_too_many_pieces_makes_no_ram_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
