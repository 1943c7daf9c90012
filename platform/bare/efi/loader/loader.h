/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The EFI program: it carries the very image that other boot loaders start, tells it what the firmware says, and gives
 * the machine to it. Between the files of this folder.
 */
#ifndef BARE_EFI_LOADER_H
#define BARE_EFI_LOADER_H

#include "../handover.h"
#include "../uefi.h"

/* ---- loader.c --------------------------------------------------------------------------------------------------- */

extern struct efi_system *efi;
extern efi_handle efi_self;

/* A line on the firmware's console. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- file.c: the volume that the program was loaded from ------------------------------------------------------- */

/* Reads at most max bytes of a file of its root; how many, 0 if there is none. */
size_t file_read(const char *name, void *to, size_t max);
bool file_write(const char *name, const void *from, size_t nbytes);
bool file_exists(const char *name);
void file_remove(const char *name);
void file_name(const char *name, efi_char *to, size_t max);

/* ---- facts.c ---------------------------------------------------------------------------------------------------- */

/* Fills in all but the memory map. */
void facts_find(struct efi_handover *handover);

/* ---- kept.c ----------------------------------------------------------------------------------------------------- */

enum kept_is {
	KEPT_NONE,    /* nothing to write, or nothing whole */
	KEPT_WRITTEN, /* it is a file now, and no variable any more */
	KEPT_STAYS,   /* the volume does not take it: a write-protected stick, or a full one */
};

/* Writes the report that an earlier boot kept in variables to the volume, and takes it out of them. A line has said
 * what became of it. */
enum kept_is kept_report_write(void);

/* ---- image.c ---------------------------------------------------------------------------------------------------- */

/* The image's segments in memory of its own below `limit`, moved to where they lie. The paddr of its first byte, or 0
 * after a line. */
uint64_t image_load(const uint8_t *elf, size_t nbytes, uint64_t limit, uint64_t align, uint64_t *image_bytes);

extern const uint8_t image_elf[], image_elf_end[]; /* image.S */
extern const uint8_t image_resets;		   /* 1: it ends by a reset, as the survey does */

/* ---- enter_*.c: one for each architecture ----------------------------------------------------------------------- */

extern const uint64_t enter_limit; /* the image and what is handed to it lie below this paddr */
extern const uint64_t enter_align; /* of the image */

uint64_t enter_ticks(void);
/* While the firmware still works: what enter() needs. False: no memory. */
bool enter_prepare(void);
/* Starts the image, whose first instruction takes the paddr of what is handed over. Boot services are gone. */
_Noreturn void enter(uint64_t image, uint64_t image_bytes, struct efi_handover *handover);

#endif
