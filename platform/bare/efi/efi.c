/* SPDX-License-Identifier: MPL-2.0 */
/* What EFI handed over, as boot_info has it (UEFI 7.2: which memory is whose once boot services are gone). */
#include "efi.h"

#include "../kernel/print.h"
#include "../memory/linear.h"
#include "uefi.h"

struct efi_handover efi_handover;

#define SPECIAL_PURPOSE UINT64_C(0x40000) /* EFI_MEMORY_SP: a driver's, not everybody's */

bool efi_is_handover(const void *at)
{
	return *(const uint32_t *)at == EFI_HANDOVER_MAGIC;
}

/* Ours once boot services are gone; what must not be cached is left out. */
static bool is_ram(const struct efi_memory *memory)
{
	switch (memory->type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_CODE:
	case EFI_BOOT_DATA:
	case EFI_CONVENTIONAL:
		return (memory->attributes & EFI_MEMORY_WB) && !(memory->attributes & SPECIAL_PURPOSE);
	default:
		return false;
	}
}

/* Tables lie there, or the runtime services: mapped, never handed out. */
static bool is_firmware(const struct efi_memory *memory)
{
	switch (memory->type) {
	case EFI_RUNTIME_CODE:
	case EFI_RUNTIME_DATA:
	case EFI_ACPI_RECLAIM:
	case EFI_ACPI_NVS:
		return memory->attributes & EFI_MEMORY_WB;
	default:
		return false;
	}
}

static const struct efi_memory *memory_at(uint32_t offset)
{
	return vm_linear(efi_handover.map + offset);
}

/* The biggest part of each range that is whole blocks. */
static void round_to_blocks(struct boot_ranges *ranges, uint64_t block)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ranges->count; i++) {
		uint64_t first = (ranges->range[i].base + block - 1) & ~(block - 1);
		uint64_t end = (ranges->range[i].base + ranges->range[i].size) & ~(block - 1);

		if (first < end)
			ranges->range[n++] = (struct boot_range){first, end - first};
	}
	ranges->count = n;
}

/* RAM, but for the framebuffer, which lies in it on boards whose graphics have no memory of their own: firmware's words
 * for that part of its map differ, and some are those of free memory. */
static void add_ram(uint64_t base, uint64_t nbytes)
{
	uint64_t end = base + nbytes, hole = efi_handover.framebuffer;
	uint64_t hole_end = hole + efi_handover.framebuffer_bytes;

	if (end < base)
		return;
	if (hole_end <= base || hole >= end || hole_end < hole) {
		(void)boot_add(&boot_info.ram, base, nbytes); /* what does not fit is left out */
		return;
	}
	if (hole > base)
		(void)boot_add(&boot_info.ram, base, hole - base);
	if (hole_end < end)
		(void)boot_add(&boot_info.ram, hole_end, end - hole_end);
}

void efi_boot(uint64_t paddr, uint64_t block_size)
{
	efi_handover = *(const struct efi_handover *)vm_linear(paddr);
	if (efi_handover.descriptor_bytes < sizeof(struct efi_memory))
		efi_handover.map_bytes = 0; /* no walk would end */
	for (uint32_t at = 0; at + sizeof(struct efi_memory) <= efi_handover.map_bytes;
	     at += efi_handover.descriptor_bytes) {
		const struct efi_memory *memory = memory_at(at);
		uint64_t nbytes = memory->npages * EFI_PAGE_BYTES;

		if (memory->npages > UINT64_MAX / EFI_PAGE_BYTES)
			continue;
		if (is_ram(memory))
			add_ram(memory->base, nbytes);
		else if (is_firmware(memory))
			(void)boot_add(&boot_info.firmware, memory->base, nbytes);
	}
	round_to_blocks(&boot_info.ram, block_size);
	(void)boot_add(&boot_info.taken, paddr, efi_handover.nbytes);
	(void)boot_add(&boot_info.taken, 0, DMA_PAGE_SIZE); /* paddr 0 means none to many */
	boot_info.rsdp = efi_handover.rsdp;
	boot_info.fdt = efi_handover.tree;
	boot_set_command_line(efi_handover.options);
}
