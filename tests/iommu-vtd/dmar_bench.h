/* SPDX-License-Identifier: MPL-2.0 */
/*
 * DMAR tables for tests of the parser: a bus with bridges, the table as it stands, and what the parser says of it.
 */
#ifndef TESTS_VTD_DMAR_BENCH_H
#define TESTS_VTD_DMAR_BENCH_H

#include "../hosts/lines.h"
#include "iommu/vtd/dmar.h"
#include "tables.h"

extern unsigned reads; /* of configuration space, by the last parse() */
extern struct dma_dmar dmar;
extern struct table t;
extern const struct dma_dmar_bus dmar_bus;
extern const uint8_t endpoint[2], bridge[2], deep[6];

/* The table as it stands, in a world with memory; the earlier one goes. */
int parse(void);
/* The table is read, and exactly one line says that something was odd. */
void odd(const char *line);
void refused(const char *line);
/* Registers of the unit that has the function; 0: none. */
uint64_t unit_of(uint16_t segment, uint8_t bus_number, uint8_t devfn);
unsigned count_units(void);
unsigned count_scopes(const struct dma_dmar_scope *scope);
/* A table with one unit that has everything. */
void usual(void);

/* Tests of dmar_odd.c. */
void odd_units(void **state);
void odd_regions(void **state);
void odd_scopes(void **state);
void odd_lengths(void **state);
void headers(void **state);

#endif
