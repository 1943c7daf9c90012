/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The image as an ELF file (System V gABI, chapters 4 and 5): its segments are copied to memory of the firmware's
 * choice. Where the linker has kept its relocations (--emit-relocs), words that hold addresses move with it: the
 * distance is added to each, modulo its size. An image without them moves itself.
 */
#include "loader.h"

struct elf {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t header_bytes, segment_bytes, nsegments, section_bytes, nsections, names;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, file_bytes, bytes, align;
};

struct section {
	uint32_t name, type;
	uint64_t flags, vaddr, offset, bytes;
	uint32_t link, info;
	uint64_t align, entry_bytes;
};

struct relocation {
	uint64_t vaddr, info, addend;
};

typedef uint64_t __attribute__((aligned(1), may_alias)) word_64;
typedef uint32_t __attribute__((aligned(1), may_alias)) word_32;

enum {
	SEGMENT_LOAD = 1,
	SECTION_RELOCATIONS = 4,
	SECTION_IN_MEMORY = 2,
	MACHINE_X86_64 = 62,
	WORD_64 = 1,	     /* R_X86_64_64 */
	WORD_32 = 10,	     /* R_X86_64_32 */
	WORD_32_SIGNED = 11, /* R_X86_64_32S */
};

/* First and last address that segments take. */
static void extent(const struct elf *elf, const struct segment *segments, uint64_t *first, uint64_t *end)
{
	*first = UINT64_MAX;
	*end = 0;
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct segment *segment = &segments[i];

		if (segment->type != SEGMENT_LOAD || !segment->bytes)
			continue;
		if (segment->vaddr < *first)
			*first = segment->vaddr;
		if (segment->vaddr + segment->bytes > *end)
			*end = segment->vaddr + segment->bytes;
	}
}

static void move(const uint8_t *file, const struct elf *elf, uint64_t first, uint64_t image, uint64_t linked_at)
{
	const struct section *sections = (const void *)(file + elf->sections);
	uint64_t distance = image - linked_at;

	for (unsigned i = 0; i < elf->nsections; i++) {
		const struct section *section = &sections[i];
		const struct relocation *relocations = (const void *)(file + section->offset);

		if (section->type != SECTION_RELOCATIONS || section->info >= elf->nsections ||
		    !(sections[section->info].flags & SECTION_IN_MEMORY))
			continue;
		for (uint64_t k = 0; k < section->bytes / sizeof(*relocations); k++) {
			uintptr_t at = (uintptr_t)(image + (relocations[k].vaddr - first));
			uint32_t kind = (uint32_t)relocations[k].info;

			if (kind == WORD_64)
				*(word_64 *)at += distance;
			else if (kind == WORD_32 || kind == WORD_32_SIGNED)
				*(word_32 *)at += (uint32_t)distance;
		}
	}
}

uint64_t image_load(const uint8_t *file, size_t nbytes, uint64_t limit, uint64_t align, uint64_t *image_bytes)
{
	const struct elf *elf = (const void *)file;
	const struct segment *segments = (const void *)(file + elf->segments);
	uint64_t first, end, image = limit - 1, linked_at = 0;

	(void)nbytes; /* the build made it; nothing of it is anybody else's word */
	extent(elf, segments, &first, &end);
	*image_bytes = (end - first + align - 1) & ~(align - 1);
	if (efi->boot->allocate_pages(EFI_MAX_ADDRESS, EFI_LOADER_CODE, (*image_bytes + align) / EFI_PAGE_BYTES,
				      &image))
		return 0;
	image = (image + align - 1) & ~(align - 1);
	for (uint64_t i = 0; i < *image_bytes; i += sizeof(uint64_t))
		*(volatile uint64_t *)(uintptr_t)(image + i) = 0;
	for (unsigned i = 0; i < elf->nsegments; i++) {
		const struct segment *segment = &segments[i];

		if (segment->type != SEGMENT_LOAD)
			continue;
		__builtin_memcpy((void *)(uintptr_t)(image + (segment->vaddr - first)), file + segment->offset,
				 segment->file_bytes);
		if (segment->vaddr == first)
			linked_at = segment->paddr;
	}
	if (elf->machine == MACHINE_X86_64)
		move(file, elf, first, image, linked_at);
	return image;
}
