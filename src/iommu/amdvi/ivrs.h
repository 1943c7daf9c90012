/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ACPI IVRS table (AMD I/O Virtualization Technology specification 48882, 5.2) as untrusted input: bytes in, lists
 * of units and regions out. What the parsers of all units have in common: ../unit/unit_firmware.h.
 *
 * A unit is described by up to three blocks, one for each generation of software (types 10h, 11h and 40h, 5.2.2): the
 * newest says everything, and the others are not read.
 */
#ifndef DMASTREAM_SRC_IOMMU_IVRS_H
#define DMASTREAM_SRC_IOMMU_IVRS_H

#include "../unit/unit_firmware.h"

/* Requesters of a unit, by bus, device and function. */
struct dma_ivrs_devices {
	struct dma_ivrs_devices *next; /* of the same unit, in the order of the table */
	uint16_t first, last;
	uint16_t alias;	  /* what their requests carry in place of their own id, where aliased */
	bool aliased;	  /* a bridge of an old kind makes it so */
	bool interrupts;  /* a source of interrupts (5.2.2.6): nothing is said of its alias */
	uint8_t settings; /* 5.2.2.3: system management and interrupts that get through */
};

struct dma_ivrs_unit {
	struct dma_ivrs_unit *next; /* in the order of the table */
	uint64_t registers;	    /* paddr; 0: nothing can drive the unit */
	uint16_t segment;	    /* PCI */
	uint16_t id;		    /* of the unit's own PCI function */
	uint16_t capability;	    /* offset in its configuration space */
	bool extended;		    /* a newer block describes it: it has the extended feature register */
	uint8_t flags;
	struct dma_ivrs_devices *devices;
};

/* Memory that a device goes on using whatever is mapped for it (5.2.3). */
struct dma_ivrs_region {
	struct dma_ivrs_region *next;
	uint64_t base;	      /* of a 4 KiB page */
	uint64_t limit;	      /* last byte of one */
	uint32_t first, last; /* requesters, with the segment in bits 31:16 */
	uint32_t at;	      /* offset in the table */
	unsigned dir;	      /* enum dma_dir */
};

struct dma_ivrs {
	uint8_t width;	       /* bits of a physical address */
	uint8_t virtual_width; /* bits of a device address; 64: no limit is said */
	struct dma_ivrs_unit *units;
	struct dma_ivrs_region *regions;
	struct dma_firmware_store store;
};

/* Parses the table of at most nbytes bytes at `table`. 0; DMA_EINVAL (the table cannot be walked, or has no unit with
 * registers), DMA_ENOMEM: after a line in the log, and nothing is left to free. Interrupts on. */
DMA_MUST_CHECK int dma_ivrs_parse(const void *table, size_t nbytes, struct dma_ivrs *out);
void dma_ivrs_free(struct dma_ivrs *ivrs); /* interrupts on */

/* What the table says of a requester: its unit and, in *devices unless NULL, the entry that named it last. *devices
 * stays as it is if only an alias or a source of interrupts has that id. NULL: no unit translates for it. */
struct dma_ivrs_unit *dma_ivrs_unit_of(const struct dma_ivrs *ivrs, uint32_t requester,
				       const struct dma_ivrs_devices **devices);

/* A line for each range of devices that the unit leaves unprotected. */
void dma_ivrs_log_unprotected(const struct dma_ivrs_unit *unit);

/* ---- Between ivrs.c and ivrs_devices.c -------------------------------------------------------------------------- */

struct dma_ivrs_parser {
	struct dma_firmware table;
	struct dma_ivrs *out;
	struct dma_ivrs_region **next_region; /* where the list of regions ends */
};

/* Appends the device entries in [at, end) to the unit's. 0, DMA_ENOMEM. */
DMA_MUST_CHECK int dma_ivrs_parse_devices(struct dma_ivrs_parser *p, uint32_t at, uint32_t end,
					  struct dma_ivrs_unit *unit);

#endif
