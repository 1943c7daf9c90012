/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IOMMU units, as the firmware's tables name them: between units.c and the kinds. The library reads the same tables,
 * but only to take the units over, and refuses a table that makes no sense; the survey tells what stands in such a
 * table, too, so it reads by itself. (Which function is behind which unit: the library's answer.)
 */
#ifndef APPS_SURVEY_UNITS_H
#define APPS_SURVEY_UNITS_H

#include "survey.h"

enum { UNIT_RAW = 4 };

struct unit {
	uint64_t registers; /* paddr; 0: it is a PCI function */
	uint32_t name;	    /* of the table: where the unit stands in it */
	uint16_t segment;
	bool coherent;		/* the table, or the tree, says that its walks snoop */
	bool told;		/* in full */
	uint64_t raw[UNIT_RAW]; /* all that is told of its registers: units that have the same are told once */
};

/* A field of a register: value = (register >> shift & mask of bits) + plus. */
struct field {
	const char *name;
	uint8_t shift;
	uint8_t bits; /* 1: told as true or false */
	uint8_t plus;
};

/* A kind of IOMMU: its table (nbytes 0: the machine has no such table), the units in it, and what their registers say
 * before anybody has touched them. Which functions are behind a unit says the library, once it has taken it over. */
struct unit_kind {
	const char *kind, *table;
	bool (*at)(const uint8_t *table, size_t nbytes, unsigned index, struct unit *out);
	size_t window;						       /* bytes of registers that are read */
	void (*raw)(volatile char *registers, uint64_t raw[UNIT_RAW]); /* NULL: it has none */
	void (*report)(const struct unit *unit, volatile char *registers);
};

extern const struct unit_kind units_vtd, units_amdvi, units_smmuv3, units_virtio;

void report_fields(const struct field *fields, uint64_t value);

static inline uint32_t unit_read32(volatile char *registers, unsigned offset)
{
	return *(volatile uint32_t *)(volatile void *)(registers + offset);
}

/* Two halves: some units refuse a read of 64 bits. */
static inline uint64_t unit_read64(volatile char *registers, unsigned offset)
{
	uint32_t low = unit_read32(registers, offset);

	return low | (uint64_t)unit_read32(registers, offset + 4) << 32;
}

static inline uint16_t table_read16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint64_t table_read64(const uint8_t *at)
{
	uint64_t value = 0;

	for (unsigned i = 8; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

#endif
