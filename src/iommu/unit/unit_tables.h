/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device table of two levels, which says who translates for a requester: VT-d's root and context tables, SMMUv3's
 * stream table. The first level points to tables of the second, which are made when a requester of theirs gets an
 * entry, and taken out when none has one. All of it changes under the unit's lock; the hardware may read at any
 * moment.
 */
#ifndef DMASTREAM_IOMMU_UNIT_TABLES_H
#define DMASTREAM_IOMMU_UNIT_TABLES_H

#include "unit_devices.h"

struct dma_unit_tables {
	void *first;	  /* the first level: the driver's */
	uint32_t count;	  /* of its entries */
	uint32_t stride;  /* bytes of one: the first 8 are 0, or the address of a table and `valid` */
	uint64_t address; /* bits of the address */
	uint64_t valid;
	size_t nbytes;	/* of a table of the second level, which is aligned to them */
	uint32_t entry; /* bytes of its entries: one is in use if its first word has a bit of `used` */
	uint64_t used;
};

/* The index-th table of the second level; NULL: there is none. Lock held, or nobody else looks. */
void *dma_unit_tables_at(const struct dma_unit_tables *tables, uint32_t index);

/* The same, made if there is none; the lock is held then, and *state is for its end. NULL: no memory, and the lock is
 * not held. Interrupts on. */
void *dma_unit_tables_hold(struct dma_unit *unit, const struct dma_unit_tables *tables, uint32_t index,
			   uintptr_t *state);

/* Takes the index-th table out if no entry of it is in use. Gives its address, for dma_unit_tables_free() when the unit
 * has forgotten it; 0: it stays. Lock not held. */
dma_paddr_t dma_unit_tables_take(struct dma_unit *unit, const struct dma_unit_tables *tables, uint32_t index);

void dma_unit_tables_free(const struct dma_unit_tables *tables, dma_paddr_t paddr);
/* All of the second level: the unit does not look any more. */
void dma_unit_tables_free_all(const struct dma_unit_tables *tables);

#endif
