/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What PVH's hvm_start_info says, turned into boot_info (Xen, "x86/HVM direct boot ABI"; layout in its
 * arch-x86/hvm/start_info.h); or what the EFI loader hands over.
 */
#include "../efi/efi.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "x86.h"

#define START_MAGIC 0x336ec578u
#define MAX_ENTRIES 1024

struct start_info {
	uint32_t magic;
	uint32_t version; /* 1: has the memory map */
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_paddr;
	uint64_t cmdline_paddr;
	uint64_t rsdp_paddr;
	uint64_t memmap_paddr;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct memmap_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

enum memmap_type {
	MEMMAP_RAM = 1,
	MEMMAP_RESERVED = 2,
	MEMMAP_ACPI = 3,
	MEMMAP_NVS = 4,
};

void x86_start(uint64_t start_paddr);

static bool early(uint64_t paddr, uint64_t nbytes)
{
	return paddr != 0 && paddr < MACHINE_EARLY_LIMIT && nbytes <= MACHINE_EARLY_LIMIT - paddr;
}

/* "Reserved" may be registers, which must not be mapped cached. SeaBIOS puts tables right behind RAM, and below 1
 * MiB. */
static bool is_firmware_memory(const struct memmap_entry *entry)
{
	const struct boot_ranges *ram = &boot_info.ram;

	if (entry->type == MEMMAP_ACPI || entry->type == MEMMAP_NVS)
		return true;
	if (entry->type != MEMMAP_RESERVED)
		return false;
	if (entry->addr < 0x100000 && entry->size <= 0x100000)
		return true;
	for (unsigned i = 0; i < ram->count; i++)
		if (ram->range[i].base + ram->range[i].size == entry->addr)
			return true;
	return false;
}

void x86_start(uint64_t start_paddr)
{
	const struct start_info *info = vm_linear(start_paddr);
	const struct memmap_entry *map;

	cpu_local_init(&cpus[0]);
	if (early(start_paddr, sizeof(struct efi_handover)) && efi_is_handover(info))
		efi_boot(start_paddr, DMA_PAGE_SIZE);
	console_init(efi_handover.uart_kind == EFI_UART_PORT ? (uint16_t)efi_handover.uart : 0);
	traps_init();
	cpu_init();
	if (efi_started())
		bare_start();
	if (!early(start_paddr, sizeof(*info)) || info->magic != START_MAGIC || info->version < 1)
		panic("boot: no PVH start information of version 1");
	map = vm_linear(info->memmap_paddr);
	if (info->memmap_entries > MAX_ENTRIES || !early(info->memmap_paddr, info->memmap_entries * sizeof(*map)))
		panic("boot: the PVH memory map is out of bounds");
	for (uint32_t i = 0; i < info->memmap_entries; i++)
		if (map[i].type == MEMMAP_RAM)
			(void)boot_add(&boot_info.ram, map[i].addr, map[i].size); /* what makes no sense is left out */
	for (uint32_t i = 0; i < info->memmap_entries; i++)
		if (is_firmware_memory(&map[i]))
			(void)boot_add(&boot_info.firmware, map[i].addr, map[i].size);
	(void)boot_add(&boot_info.taken, 0, DMA_PAGE_SIZE); /* paddr 0 means none to many */
	boot_info.rsdp = info->rsdp_paddr;
	if (early(info->cmdline_paddr, BOOT_COMMAND_LINE))
		boot_set_command_line(vm_linear(info->cmdline_paddr));
	bare_start();
}
