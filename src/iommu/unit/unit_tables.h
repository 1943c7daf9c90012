/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device table: for each requester an entry that says who translates for it. It is one piece, or has two levels,
 * of which the first points to tables of the second: these are made when a requester of theirs gets an entry, and
 * taken out when none has one (VT-d's root and context tables, SMMUv3's stream table). Of units that take requests it
 * is a record of ours, which no hardware reads (unit_attached.h).
 *
 *	requester & mask:   | index of the first level | shift bits: index of the second |
 *
 * All of it changes under the unit's lock; the hardware may read at any moment. So an entry is opened by its first
 * word, which comes last, and closed by it.
 */
#ifndef DMASTREAM_IOMMU_UNIT_TABLES_H
#define DMASTREAM_IOMMU_UNIT_TABLES_H

#include "unit_frames.h"
#include <dmastream/types.h>

struct dma_unit;
struct dma_unit_domain;

/* Its shape: the driver fills all but the last three in, in its function `memory`. */
struct dma_unit_tables {
	uint32_t mask;	/* bits of a requester that count */
	uint32_t entry; /* bytes of an entry */
	uint64_t used;	/* an entry of which the first word has one of these bits is in use */
	/* The first word of an entry that blocks. Where it is not 0, the driver fills the table in. */
	uint64_t closed;
	/* The first word, in use, of an entry that blocks while its other words are filled in. 0: no such step. */
	uint64_t filling;
	uint32_t words; /* of an entry, from the first on, that domains change */
	uint64_t kept;	/* bits of the second word that no domain changes */
	/* The word that names the domain, which forget is told of. 0: the second, which has all of it. Where it is
	 * another one, no store makes an entry another domain's. */
	uint32_t naming;

	/* Another word of the domain's, which is 0 whenever the second changes: no store has both, and with 0 the entry
	 * means the same. 0: there is none. */
	uint32_t apart;

	unsigned shift; /* 32: one piece */
	/* Of the first level: bytes of an entry, whose first 8 are 0, or the address of a table and `valid`. */
	uint32_t stride;
	uint64_t address; /* bits of that address, which is shifted right by so many: */
	uint8_t address_shift;
	uint64_t valid;

	uint64_t requesters; /* those below can have an entry; 0: there is no device table */
	void *first;	     /* the first level, or the one piece */
	dma_paddr_t paddr;   /* of it */
};

/* For memory: bits of the ids that the table has to hold: those that the caller asked for (up to `last`; 0: `usual`
 * bits), and those of regions. */
unsigned dma_unit_requester_bits(const struct dma_unit *unit, uint32_t last, unsigned usual);
/* For memory: takes the table, or its first level, for requesters below that number, aligned to `align` bytes (0: to
 * its size), all zeros. 0, DMA_ENOMEM. */
DMA_MUST_CHECK int dma_unit_tables_make(struct dma_unit *unit, uint64_t requesters, size_t align);
size_t dma_unit_tables_bytes(const struct dma_unit_tables *tables); /* of what make took */
/* All tables of the second level: the unit does not look any more. */
void dma_unit_tables_free_all(const struct dma_unit_tables *tables);

/* ---- Entries ---- */

/* The requester's entry; NULL: it has none. Lock held, or nobody else looks. */
void *dma_unit_entry(const struct dma_unit *unit, uint32_t requester);

/* The same, with its table made if there is none; the lock is held then, and *state is for its end. NULL: no memory,
 * or the requester is beyond the table, and the lock is not held. Interrupts on. */
void *dma_unit_entry_hold(struct dma_unit *unit, uint32_t requester, uintptr_t *state);

/* Closes the requester's entry. *name: its word that names the domain, which stays: who closes it again while
 * this is under way has to wait for the same invalidation. False: there is no entry. Lock not held. Any context. */
bool dma_unit_entry_close(struct dma_unit *unit, uint32_t requester, uint64_t *name);
/* Which word names the domain. */
static inline unsigned dma_unit_entry_name(const struct dma_unit_tables *tables)
{
	return tables->naming ? tables->naming : 1;
}

/* An entry that is in use gets both words in one store: the second alone, if the first stays as it is; else 16 bytes,
 * which the unit reads at once. *former: the second word before. False: it is not in use, the CPU has no such store, or
 * the domain is not named there, and nothing has changed. Lock not held. */
bool dma_unit_entry_swap(struct dma_unit *unit, uint32_t requester, uint64_t first, uint64_t second, uint64_t *former);

/* Writes the words of the requester's entry that `which` names (bit n: word n; at least one), the first of them last,
 * when what it leads to is in memory. A table is made if there is none. 0, DMA_ENOMEM. Lock not held. Interrupts on. */
DMA_MUST_CHECK int dma_unit_entry_write(struct dma_unit *unit, uint32_t requester, const uint64_t *new, unsigned which);
/* The same, and the unit forgets it. 0, DMA_ENOMEM, DMA_ETIMEDOUT. */
DMA_MUST_CHECK int dma_unit_entry_update(struct dma_unit *unit, uint32_t requester, const uint64_t *new, unsigned which,
					 uint64_t former, uint64_t now);
/* Makes an entry that is closed, and of which the unit knows nothing, the one that is described. The unit may read its
 * words at any time and in any order: with `filling` a fetch that began before they were there has ended when the entry
 * is opened, so that none joins words of two domains (hazard 71). The same. */
DMA_MUST_CHECK int dma_unit_entry_set(struct dma_unit *unit, uint32_t requester, uint64_t *words);
/* As clear of the driver's. Any context. */
int dma_unit_entry_clear(struct dma_unit *unit, uint32_t requester);

/* Reads the first n words; zeros where the requester has no entry. Lock not held. Any context. */
void dma_unit_entry_read(struct dma_unit *unit, uint32_t requester, uint64_t *words, unsigned n);

/* Whatever the requester's entry is, makes the domain translate for it in place of `former`, in one step where there is
 * one: as describe and change of the driver's, which nobody else calls. 0; DMA_ENOMEM, DMA_ENOSPC: the entry is as it
 * was, or clear; DMA_ETIMEDOUT: it is clear. Interrupts on. */
DMA_MUST_CHECK int dma_unit_entry_change(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *former,
					 struct dma_unit_domain *domain, bool coherent);

/* The requester's entry has been cleared, and the unit has forgotten it: its table goes back, if none of its entries
 * is in use and the unit forgets it (forget_table). Interrupts on. */
void dma_unit_tables_trim(struct dma_unit *unit, uint32_t requester);

#endif
