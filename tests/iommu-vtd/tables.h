/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Builds DMAR tables byte by byte, right ones and wrong ones.
 */
#ifndef TESTS_VTD_TABLES_H
#define TESTS_VTD_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct table {
	uint8_t bytes[1 << 18];
	size_t length;
	size_t open; /* offset of the structure being built */
};

void table_begin(struct table *t, unsigned width);
/* A unit with the flags INCLUDE_PCI_ALL or not; scopes follow. */
void table_unit(struct table *t, uint16_t segment, uint64_t base, int include_all);
void table_region(struct table *t, uint16_t segment, uint64_t base, uint64_t limit);
/* A structure of any type with n bytes of payload 0. */
void table_other(struct table *t, unsigned type, size_t nbytes);
/* A device scope of the structure built last; path is hops pairs of device, function. */
void table_scope(struct table *t, unsigned type, uint8_t bus, const uint8_t *path, unsigned hops);
/* Writes length and checksum. */
void table_end(struct table *t);

#endif
