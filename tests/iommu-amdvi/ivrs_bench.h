/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of the IVRS parser share: a table that is built and parsed, and what the log must say of it.
 */
#ifndef TESTS_IOMMU_AMDVI_IVRS_BENCH_H
#define TESTS_IOMMU_AMDVI_IVRS_BENCH_H

#include "iommu/amdvi/ivrs.h"
#include "ivrs_table.h"

extern struct ivrs_table ivrs_table;
extern struct dma_ivrs ivrs; /* what was parsed last */

int ivrs_parse(void);
/* The table is read without a word; with exactly one line, this one; not at all. */
void ivrs_sound(void);
void ivrs_odd(const char *line);
void ivrs_refused(const char *line);
/* Registers of the unit in front of the requester; 0: none. */
uint64_t ivrs_unit_of(uint32_t requester);
/* Begins a table with one unit that claims all. */
void ivrs_usual(void);

/* ---- ivrs_odd.c ---- */

void odd_regions(void **state);
void regions_of_nobody(void **state);
void odd_units(void **state);
void odd_entries(void **state);
void odd_tables(void **state);
void refusals(void **state);

#endif
