/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A page table and the frames it is made of: root, reserve, and what waits for an invalidation.
 *
 * Table pages come zeroed and, for a walker that does not snoop, flushed (hazard 30). They come from a reserve, so
 * that mapping with interrupts off asks the host for nothing. A table page taken out of the tree goes into a gather
 * and comes back by dma_table_reclaim() after the invalidation, never earlier (hazard 34).
 */
#ifndef DMASTREAM_IOMMU_TABLE_H
#define DMASTREAM_IOMMU_TABLE_H

#include "format.h"
#include <dmastream/arch.h>
#include <dmastream/platform.h>

#define DMA_TABLE_FAST_BITS 41u /* device addresses of that many bits have cached leaf tables */
#define DMA_TABLE_CPUS	    (DMA_PAGE_SIZE / sizeof(struct dma_table_cache))

/* Per CPU: where the last leaf tables were found (walker.c). */
struct dma_table_cache {
	uint64_t leaf[16];
};

struct dma_table_config {
	const struct dma_format *format;
	uint64_t leaf_extra;	  /* ORed to every leaf: snoop, force coherent, memory attributes */
	uint64_t registers_extra; /* in place of it where a leaf leads to registers of a device */
	uint8_t big_levels;	  /* what the unit can of format->big_levels */
	bool snoops;		  /* the unit's table walks snoop the CPU caches */
	uint64_t max_paddr;	  /* last byte that the unit can read tables from */
};

struct dma_table {
	const struct dma_format *format;
	uint64_t leaf_extra;
	uint64_t registers_extra; /* in place of it where a leaf leads to registers of a device */
	uint64_t page_bits[4];	  /* of an entry of level 0, by direction: all but address and generation */
	uint64_t first_bits[4];	  /* the same for the first entry of a mapping */
	uint64_t generation_unit; /* an entry with generation g has g times this */
	uint8_t big_levels;
	bool snoops;
	bool past; /* it does not, and entries are stored past the caches */
	uint32_t cpus;
	uint64_t max_paddr;
	dma_paddr_t root; /* what the unit's context entry points to */
	uint64_t *root_va;
	struct dma_table_cache *cache; /* [cpus] */
	struct dma_lock lock;	       /* the reserve, and the shape of the tree against lookups */
	uint64_t reserve;	       /* the first page of it, which links the next, as in a gather */
	uint32_t reserved;	       /* pages in the reserve */
	uint32_t reserve_full; /* that shall be: what the host says, or what a small range in an empty table takes */
	uint64_t pages;	       /* in the tree and gathers, the root's included; changed atomically */
};

/* Table pages out of the tree that the unit may still walk, linked by their first entries. Zeroed is empty. */
struct dma_gather {
	uint64_t first; /* paddr; 0: none */
	uint32_t count;
};

/* True if dma_table_refill() has something to do. Any context. */
static inline bool dma_table_is_short(const struct dma_table *t)
{
	return __atomic_load_n(&t->reserved, __ATOMIC_RELAXED) < t->reserve_full;
}

/* Makes an empty table (root present, nothing mapped) and fills the reserve. 0, DMA_ENOMEM, DMA_EINVAL, DMA_ENOTSUP
 * (the unit does not snoop and the CPU cannot flush). Interrupts on. */
DMA_MUST_CHECK int dma_table_init(struct dma_table *t, const struct dma_table_config *config);

/* Gives every page back. No unit uses the table any more. Interrupts on. */
void dma_table_fini(struct dma_table *t);

/* A zeroed, flushed page for the tree: from the reserve, or with interrupts on from the host. 0: none. Any context. */
uint64_t dma_table_page_get(struct dma_table *t);
/* One that never came into the tree, or that no unit walks any more; arbitrary contents. Any context. */
void dma_table_page_put(struct dma_table *t, uint64_t paddr);

/* Fills the reserve up if it is short and the context allows it. Any context. */
void dma_table_refill(struct dma_table *t);

/* The pages' last users are gone: the invalidation that covers them, inner tables included, is complete. Any context.
 * */
void dma_table_reclaim(struct dma_table *t, struct dma_gather *gather);
/* It never completed: they are lost, and counted. Any context. */
void dma_table_abandon(struct dma_table *t, struct dma_gather *gather);

/* The CPU's address of a table. Any context. */
static inline uint64_t *dma_table_at(uint64_t paddr)
{
	return (uint64_t *)dma_host_linear(dma_paddr(paddr), (size_t)1 << DMA_ENTRY_SHIFT);
}

static inline uint64_t dma_entry_read(const uint64_t *entry)
{
	return dma_arch_read_once(entry, 8);
}

static inline void dma_entry_write(uint64_t *entry, uint64_t value)
{
	dma_arch_write_once(entry, value, 8);
}

/* Entries of the root. */
static inline size_t dma_table_root_entries(const struct dma_format *f)
{
	return (size_t)1 << f->root_bits;
}

#endif
