/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IVRS tables byte by byte (AMD I/O Virtualization Technology Specification 48882, 5.2).
 */
#ifndef TESTS_IOMMU_AMDVI_IVRS_TABLE_H
#define TESTS_IOMMU_AMDVI_IVRS_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct ivrs_table {
	uint8_t bytes[1 << 18];
	size_t length;
	size_t block; /* where the open block begins; 0: none is open */
};

void ivrs_put(struct ivrs_table *t, uint64_t value, unsigned nbytes);
void ivrs_set(struct ivrs_table *t, size_t at, uint64_t value, unsigned nbytes);
void ivrs_begin(struct ivrs_table *t, uint32_t info); /* 5.2.1: IVinfo */
void ivrs_block(struct ivrs_table *t, unsigned type, unsigned flags);
void ivrs_end_block(struct ivrs_table *t);
void ivrs_unit(struct ivrs_table *t, unsigned type, uint16_t segment, uint16_t id, uint64_t base);
void ivrs_region(struct ivrs_table *t, unsigned type, unsigned flags, uint16_t first, uint16_t last, uint64_t base,
		 uint64_t nbytes);
/* Entries of the unit's block that is open. */
void ivrs_entry(struct ivrs_table *t, unsigned type, uint16_t id);
void ivrs_alias(struct ivrs_table *t, unsigned type, uint16_t id, uint16_t source);
void ivrs_special(struct ivrs_table *t, uint16_t id, uint8_t settings); /* 5.2.2.6: an I/O APIC */
void ivrs_end(struct ivrs_table *t);					/* length and checksum */

#endif
