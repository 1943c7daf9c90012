/* SPDX-License-Identifier: MPL-2.0 */
/*
 * ACPI tables in memory that is exactly as long as they are, so that a read past them is caught; and what the tests
 * check.
 */
#ifndef TESTS_BARE_ACPI_TABLES_H
#define TESTS_BARE_ACPI_TABLES_H

#include "../../platform/bare/firmware/acpi.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE   UINT64_C(0xe0000) /* paddr of the tables */
#define RSDP   (BASE + 0)
#define XSDT   (BASE + 64)
#define MCFG   (BASE + 256)
#define FACP   (BASE + 512)
#define LENGTH 1024
#define ECAM   UINT64_C(0xb0000000)

struct machine {
	uint8_t *bytes; /* of its own allocation: the sanitizer guards its ends */
	uint64_t nbytes;
	uint64_t ram_base, ram_size;
	struct acpi acpi;
	char odd[128];	/* the last line about something odd */
	unsigned lines; /* how many */
};

void put(struct machine *m, uint64_t paddr, uint64_t value, unsigned nbytes);
void put_text(struct machine *m, uint64_t paddr, const char *text);
void checksum(struct machine *m, uint64_t paddr, unsigned nbytes, unsigned where);
void put_table(struct machine *m, uint64_t paddr, const char *signature, uint32_t nbytes);
void finish_rsdp(struct machine *m);
void mcfg_row(struct machine *m, unsigned i, uint64_t base, unsigned segment, unsigned first, unsigned last);
/* RSDP of revision 2, XSDT of FACP and MCFG with one row. */
int setup(void **state);
int teardown(void **state);
int open_acpi(struct machine *m, uint64_t rsdp);
/* It is taken all the same, with one line, and MCFG is found. */
void odd(struct machine *m, const char *line);
/* It is refused, and the line says this. */
void refused(struct machine *m, const char *line);
void mcfg_refused(struct machine *m, const char *line);
void row_refused(struct machine *m, unsigned index, const char *line);
void row_refused_as(struct machine *m, unsigned index, int error);

#endif
