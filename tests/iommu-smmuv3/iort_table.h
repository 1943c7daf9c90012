/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IORT tables for tests, put together node by node, and what the reader says of them.
 */
#ifndef TESTS_SMMU_IORT_TABLE_H
#define TESTS_SMMU_IORT_TABLE_H

#include "../hosts/lines.h"
#include <dmastream/iort.h>

extern uint8_t bytes[16384];
extern uint32_t length, nodes;
extern struct dma_iort t; /* as read last */

void put16(uint32_t at, uint32_t value);
void put32(uint32_t at, uint32_t value);
void seal(void);
void begin(void);
/* A node with room for `body` bytes behind its head and for `mappings`; its offset. */
uint32_t node(uint8_t type, uint32_t body, uint32_t mappings);
void mapping(uint32_t at, uint32_t index, uint32_t first, uint32_t count, uint32_t output, uint32_t target,
	     uint32_t flags);
uint32_t smmu(uint32_t base, uint32_t flags);
uint32_t root(uint32_t segment, uint32_t mappings);
/* Two units, two segments, an interrupt controller: a server's table. */
void server(uint32_t *first, uint32_t *second);
int open_table(void);
void fine(void);
/* The table is read, and exactly one line says what is odd. */
void odd(const char *line);
void refused(const char *line);
/* The stream of requester 8 of segment 0, through that SMMU. */
void leads_to(uint16_t requester, uint32_t unit, uint32_t stream);
int fails(uint16_t segment, uint16_t requester);
unsigned count_units(void);
unsigned count_regions(uint32_t unit);
/* Reserved memory of that many ranges and mappings. */
uint32_t reserved(uint32_t ranges, uint32_t mappings);

/* Tests of iort_odd.c. */
void odd_regions(void **state);
void odd_headers(void **state);
void odd_nodes(void **state);
void odd_units(void **state);
void odd_mappings(void **state);

#endif
