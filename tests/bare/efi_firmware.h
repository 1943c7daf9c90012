/* SPDX-License-Identifier: MPL-2.0 */
/*
 * EFI firmware for the loader's tests, on the host: memory, screens, a volume, variables, and what each of them does
 * otherwise than the specification says.
 */
#ifndef TESTS_BARE_EFI_FIRMWARE_H
#define TESTS_BARE_EFI_FIRMWARE_H

#include "../../platform/bare/efi/kept.h"
#include "../../platform/bare/efi/loader/loader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VARIABLES = 40, FILES = 1002, STEP = 48 };

/* What it is, and what it does wrong. */
extern struct firmware {
	unsigned rows, stale_keys, grows_at_try, tries, forbidden;
	uint64_t step, key;
	bool leaving; /* ExitBootServices has been asked for */
	bool wrong_nbytes, always_small;
	uint64_t longer_variables, longer_reads;
	bool variables_stay, read_only, full;
	uint64_t off;
	unsigned nhandles;
	struct efi_graphics_mode *modes[3];
} firmware;
extern struct file {
	struct efi_file file; /* first */
	char name[64];
	uint8_t bytes[KEPT_PIECES * KEPT_BYTES];
	uint64_t nbytes;
	bool there;
} files[FILES];
extern struct variable {
	char name[KEPT_NAME];
	uint8_t bytes[2 * KEPT_BYTES];
	uint64_t nbytes; /* 0: free */
} variables[VARIABLES];
extern struct efi_system system_table;
extern struct efi_table tables[2];
extern struct efi_handover *given; /* what the image would find */
extern char said[];		   /* the loader's lines */

/* The file of that name; NULL: there is none. */
struct file *find_file(const char *name);
struct file *new_file(const char *name, const void *bytes, size_t nbytes);
/* What a boot manager passes, the text's end included; units of 16 bits. */
void load_options(const efi_char *wide, size_t n);
/* A machine without files and variables, whose firmware does all as it should. */
void start(void);
/* Boots. True: the image has been entered. */
bool boot(void);

#endif
