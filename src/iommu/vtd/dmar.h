/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ACPI DMAR table (VT-d specification, chapter 8) as untrusted input: bytes in, a bounded description or one
 * clear error out.
 *
 * Nothing here maps, allocates or loops on what the table says without a bound. Lengths and offsets are read once and
 * checked as read, so that a table that changes under the parser gives a wrong answer at worst, never a wild access.
 */
#ifndef DMASTREAM_SRC_IOMMU_DMAR_H
#define DMASTREAM_SRC_IOMMU_DMAR_H

#include <dmastream/types.h>

#define DMAR_UNITS   16	 /* the largest servers have 10 to 16 */
#define DMAR_REGIONS 32	 /* RMRR structures */
#define DMAR_SCOPES  128 /* device scopes of all of them together */
#define DMAR_PATH    8	 /* hops of one scope's path */

/* Which devices: one function, or every function below a bridge (8.3.1). */
struct dmar_scope {
	uint8_t bus_first;
	uint8_t bus_last; /* the same for a single function */
	uint8_t devfn;
	uint8_t below : 1;   /* everything on bus_first to bus_last, and the bridge itself at (bus, devfn) */
	uint8_t present : 1; /* the path leads somewhere; else it matches nothing */
	uint8_t bus;	     /* of the function named */
};

struct dmar_unit {
	uint64_t registers;   /* paddr */
	uint64_t window;      /* bytes that the table claims; the capability registers have the last word */
	uint16_t segment;     /* PCI */
	bool include_all;     /* every device of the segment that no other unit names */
	uint16_t scope_first; /* in scopes[] */
	uint16_t scope_count;
};

/* Memory that firmware goes on using through a device (8.4): identity-mapped for it, whatever else is. */
struct dmar_region {
	uint64_t base;
	uint64_t limit; /* last byte */
	uint16_t segment;
	uint16_t scope_first;
	uint16_t scope_count;
};

struct dmar {
	uint8_t width; /* bits of a DMA address (host address width) */
	uint8_t nunits;
	uint8_t nregions;
	uint16_t nscopes;
	struct dmar_unit units[DMAR_UNITS];
	struct dmar_region regions[DMAR_REGIONS];
	struct dmar_scope scopes[DMAR_SCOPES];
};

/* Reads 4 bytes of PCI configuration space; all ones where nothing is. */
struct dmar_bus {
	uint32_t (*read32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
	void *context;
};

/* What is wrong, and where; reads as "DMAR: STRUCTURE at offset OFFSET WHAT VALUE". `structure` is "table", "unit",
 * "reserved region" or "device scope". */
struct dmar_error {
	const char *structure;
	const char *what;
	uint32_t offset; /* bytes from the start of the table */
	uint64_t value;	 /* the offending one */
};

/* Parses the table of at most nbytes bytes at `table`. Bridges on a scope's path are followed through bus. 0;
 * DMA_EINVAL (malformed) or DMA_ENOSPC (more than the arrays hold), with *error filled and *out zeroed, so that
 * nothing is half known. Any context in which bus->read32 works. */
DMA_MUST_CHECK int dmar_parse(const void *table, size_t nbytes, const struct dmar_bus *bus, struct dmar *out,
			      struct dmar_error *error);

/* True if the scopes [first, first + count) name the function. */
bool dmar_names(const struct dmar *dmar, unsigned first, unsigned count, uint8_t bus, uint8_t devfn);

/* Index of the unit that translates for the function, or -1: then no unit does, and its DMA cannot be contained. */
int dmar_unit_of(const struct dmar *dmar, uint16_t segment, uint8_t bus, uint8_t devfn);

#endif
