/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ACPI DMAR table (VT-d specification, chapter 8) as untrusted input: bytes in, lists of units and regions out.
 * What the parsers of all units have in common: ../unit/unit_firmware.h.
 */
#ifndef DMASTREAM_SRC_IOMMU_DMAR_H
#define DMASTREAM_SRC_IOMMU_DMAR_H

#include "../unit/unit_firmware.h"

/* Which devices: one function, or a bridge with every function below it (8.3.1). */
struct dma_dmar_scope {
	struct dma_dmar_scope *next; /* of the same unit or region */
	uint8_t bus, devfn;	     /* of the function named */
	uint8_t bus_first, bus_last; /* below: the buses behind it */
	bool below;
};

struct dma_dmar_unit {
	struct dma_dmar_unit *next; /* in the order of the table */
	uint64_t registers;	    /* paddr; 0: its address makes no sense, so that nothing can drive the unit */
	uint16_t segment;	    /* PCI */
	bool include_all;	    /* every device of the segment that no other unit names */
	struct dma_dmar_scope *scopes;
};

/* Memory that firmware goes on using through a device (8.4): mapped one to one for it, whatever else is. */
struct dma_dmar_region {
	struct dma_dmar_region *next;
	uint64_t base;	/* of a 4 KiB page */
	uint64_t limit; /* last byte of one */
	uint16_t segment;
	struct dma_dmar_scope *scopes;
};

struct dma_dmar {
	uint8_t width; /* bits of a physical address that the units' own tables may have: the host address width */
	unsigned odd;  /* log lines */
	struct dma_dmar_unit *units;
	struct dma_dmar_region *regions;
	struct dma_firmware_store store;
};

/* Reads 4 bytes of PCI configuration space; all ones where nothing is. */
struct dma_dmar_bus {
	uint32_t (*read32)(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
	void *context;
};

/* Parses the table of at most nbytes bytes at `table`. Bridges on a scope's path are followed through bus. 0;
 * DMA_EINVAL (the table cannot be walked, or has no unit with registers), DMA_ENOMEM: after a line in the log, and
 * nothing is left to free. Interrupts on. */
DMA_MUST_CHECK int dma_dmar_parse(const void *table, size_t nbytes, const struct dma_dmar_bus *bus,
				  struct dma_dmar *out);
void dma_dmar_free(struct dma_dmar *dmar); /* interrupts on */

/* True if one of the scopes names the function, or a bridge that it is behind. */
bool dma_dmar_names(const struct dma_dmar_scope *scopes, uint8_t bus, uint8_t devfn);

/* The unit that translates for the function; NULL: none does, and its DMA cannot be contained. */
struct dma_dmar_unit *dma_dmar_unit_of(const struct dma_dmar *dmar, uint16_t segment, uint8_t bus, uint8_t devfn);

/* A line for each device that the unit leaves unprotected. */
void dma_dmar_log_unprotected(const struct dma_dmar_unit *unit);

/* ---- Between dmar.c and dmar_scope.c -------------------------------------------------------------------------- */

struct dma_dmar_parser {
	struct dma_firmware table;
	uint8_t width; /* bits of any address; 64 where the table says nothing that can be */
	const struct dma_dmar_bus *bus;
	struct dma_dmar *out;
	struct dma_dmar_region **next_region; /* where the list of regions ends */
	unsigned scopes;		      /* kept so far */
};

/* Appends the scopes in [at, end) to the list. 0, DMA_ENOMEM. `owner`: whose they are; NULL: a region. */
int dma_dmar_parse_scopes(struct dma_dmar_parser *p, uint32_t at, uint32_t end, uint16_t segment,
			  const struct dma_dmar_unit *owner, struct dma_dmar_scope **list);

#endif
