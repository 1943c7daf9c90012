/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Into the image on x86-64. Its first instruction wants long mode, the first GiB at its own addresses, executable, and
 * RDI = the paddr of the handover; it makes page tables of its own. The firmware's may forbid execution there, so that
 * tables of the loader's stand in between: they map the first GiB and this code.
 */
#include "loader.h"

const uint64_t enter_limit = UINT64_C(1) << 30; /* MACHINE_EARLY_LIMIT */
const uint64_t enter_align = EFI_PAGE_BYTES;

enum {
	TABLES = 12,
	ENTRIES = 512,
	PRESENT_WRITE = 3,
	BIG = 0x83, /* 2 MiB */
	CR4_PAE = 1 << 5,
	CR4_LA57 = 1 << 12,
};

static uint64_t tables; /* paddr of TABLES pages */
static unsigned used;

uint64_t enter_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static uint64_t cr4(void)
{
	uint64_t value;

	__asm__("mov %%cr4, %0" : "=r"(value));
	return value;
}

static uint64_t new_table(void)
{
	return tables + (uint64_t)used++ * EFI_PAGE_BYTES;
}

/* Maps the GiB that an address lies in at its own addresses. */
static void map_gib(uint64_t address)
{
	uint64_t table = tables;

	for (unsigned shift = cr4() & CR4_LA57 ? 48 : 39; shift > 21; shift -= 9) {
		uint64_t *entry = (uint64_t *)(uintptr_t)table + (address >> shift & (ENTRIES - 1));

		if (!*entry)
			*entry = new_table() | PRESENT_WRITE;
		table = *entry & ~(uint64_t)(EFI_PAGE_BYTES - 1);
	}
	for (uint64_t i = 0; i < ENTRIES; i++)
		((uint64_t *)(uintptr_t)table)[i] = (address & ~((UINT64_C(1) << 30) - 1)) + (i << 21) + BIG;
}

bool enter_prepare(void)
{
	uint64_t here = (uintptr_t)enter;

	tables = enter_limit - 1;
	if (efi->boot->allocate_pages(EFI_MAX_ADDRESS, EFI_LOADER_DATA, TABLES, &tables))
		return false;
	for (uint64_t i = 0; i < TABLES * EFI_PAGE_BYTES; i += sizeof(uint64_t))
		*(volatile uint64_t *)(uintptr_t)(tables + i) = 0;
	new_table(); /* the root */
	map_gib(0);
	map_gib(here);
	map_gib(here + EFI_PAGE_BYTES);
	return true;
}

void enter(uint64_t image, uint64_t image_bytes, struct efi_handover *handover)
{
	(void)image_bytes;
	/* Shadow stacks, global pages and process ids end with CR4, before the tables change. */
	__asm__ volatile("cli; cld; mov %0, %%cr4; mov %1, %%cr3; jmp *%2"
			 :
			 : "r"(cr4() & (CR4_PAE | CR4_LA57)), "r"(tables), "r"(image), "D"((uintptr_t)handover)
			 : "memory");
	__builtin_unreachable();
}
