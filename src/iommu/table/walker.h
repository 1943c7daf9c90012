/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The walker: maps, unmaps and splits ranges in a page table, in one walk each, for every format.
 *
 * Who owns a range of device addresses (iova.h hands them out) owns the entries that cover nothing else; entries that
 * span more are shared, and only ever change from "no table" to "table", by compare and swap. So no lock is taken,
 * and a table page leaves the tree only by the owner of the whole range that it spans. docs/iommu.md has the
 * protocol.
 *
 * An entry that is not present holds 0 or a note: who had it last (tag), and when. All functions: addresses in bytes,
 * page multiples; ranges lie below the format's width; any context.
 */
#ifndef DMASTREAM_IOMMU_WALKER_H
#define DMASTREAM_IOMMU_WALKER_H

#include "table.h"

struct dma_pieces;

/* Tags: the low 20 bits are those of the mapping's first page number, the rest a generation of as many bits as the
 * format has room for, odd. So the tag of a live mapping can be read from its entries. */
#define DMA_TAG_PAGE_BITS 20u

static inline uint32_t dma_generation_mask(const struct dma_format *f)
{
	return ((1u << f->generation_bits) - 1u) & 0xfffu;
}

static inline uint32_t dma_tag(uint32_t generation_mask, uint64_t daddr, uint32_t generation)
{
	uint32_t low = (uint32_t)(daddr >> DMA_PAGE_SHIFT) & ((1u << DMA_TAG_PAGE_BITS) - 1u);

	return (generation & generation_mask) << DMA_TAG_PAGE_BITS | low;
}

/* The note left in entries at release: tag and time. */
#define DMA_NOTE_TIME_SHIFT 20u /* of nanoseconds: about a millisecond */

static inline uint64_t dma_note(uint32_t tag, uint64_t now_ns)
{
	return (now_ns >> DMA_NOTE_TIME_SHIFT) << 40 | (uint64_t)tag << 8;
}

/* Maps npages at daddr, which the caller owns and where nothing is mapped, to paddr, for dir (enum dma_dir), as
 * `tag`. Big pages where both addresses and the length allow it, unless small is set. DMA_ENOMEM: part of it may be
 * mapped; the caller unmaps and invalidates all of it. On success the unit's walker sees the entries. */
DMA_MUST_CHECK int dma_table_map(struct dma_table *t, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir,
				 uint32_t tag, bool small);

/* The same for the npages of pieces (src/memory/pieces.h), one behind the other, always as small pages: one mapping, of
 * one tag. */
DMA_MUST_CHECK int dma_table_map_pieces(struct dma_table *t, uint64_t daddr, const struct dma_pieces *pieces,
					size_t npages, unsigned dir, uint32_t tag);

struct dma_owed_node;

/* The same for a chain of runs, one behind the other, with big pages where they fit: one mapping, of one tag. dir may
 * have DMA_MAP_REGISTERS (src/device/domain_ops.h). */
DMA_MUST_CHECK int dma_table_map_chain(struct dma_table *t, uint64_t daddr, const struct dma_owed_node *chain,
				       unsigned dir, uint32_t tag);

/* The same at daddr itself, for nbytes: a fixed region, whose ends need only be multiples of an entry's size (1 <<
 * DMA_ENTRY_SHIFT) where the library's pages are larger (hazard 86). */
DMA_MUST_CHECK int dma_table_identity(struct dma_table *t, uint64_t daddr, uint64_t nbytes, unsigned dir, uint32_t tag);

/* Removes what is mapped in a range that the caller owns; note (dma_note(), or 0) stays in the entries. Tables that
 * the range covers go to the gather. The unit may use the old entries until it was invalidated; gather->count says
 * whether inner tables are concerned. DMA_EINVAL if a big page reaches out of the range: it is left alone, everything
 * else was removed. */
DMA_MUST_CHECK int dma_table_unmap(struct dma_table *t, uint64_t daddr, size_t npages, uint64_t note,
				   struct dma_gather *gather);

/* What an unmap did to a range, on its way from the walker to the invalidation (hazard 66). Made where entries are
 * changed, taken by the flush of the range and by nothing else: whether the unit must forget inner tables is never
 * decided a second time. */
struct dma_unmapped {
	uint64_t daddr; /* the range, in bytes and pages */
	size_t npages;
	struct dma_gather tables; /* taken out of the tree */
	bool inner; /* an entry above the leaves changed: tables were taken out, or a big page became a table */
	int error;  /* not 0: the device may keep access, whatever is invalidated */
};

/* Entries of one leaf table were cleared, and nothing else. */
static inline struct dma_unmapped dma_unmapped_leaves(uint64_t daddr, size_t npages)
{
	return (struct dma_unmapped){.daddr = daddr, .npages = npages};
}

/* Takes empty tables out of a range that the caller owns and where nothing is mapped, so that big pages fit. True if
 * the gather got any: the caller invalidates before mapping. */
bool dma_table_prune(struct dma_table *t, uint64_t daddr, size_t npages, struct dma_gather *gather);

/* A big page on its way to smaller ones. */
struct dma_split {
	uint64_t *entry;
	uint64_t value; /* what it becomes */
	uint64_t daddr; /* what it spans: to be invalidated */
	size_t npages;
};

/* Prepares that daddr, inside a mapping that the caller owns, becomes the start of an entry. 1: *split is a big page
 * across it, its smaller pages are built beside it with the same access; 0: nothing to break; DMA_ENOMEM. */
DMA_MUST_CHECK int dma_table_split_prepare(struct dma_table *t, uint64_t daddr, struct dma_split *split);
/* break_before_make only: the device has no access to the big page from here (after an invalidation) until make. */
DMA_MUST_CHECK struct dma_unmapped dma_table_split_break(struct dma_table *t, struct dma_split *split);
/* Installs the smaller pages. Without a break before it the unit may still hold the big one: the caller invalidates. */
struct dma_unmapped dma_table_split_make(struct dma_table *t, struct dma_split *split);

/* Makes daddr the start of a mapping of its own, as far as tags go; gives its tag. An entry starts there. */
uint32_t dma_table_mark(struct dma_table *t, uint64_t daddr);

/* What a device address is, or was. */
struct dma_lookup {
	bool live;	 /* mapped now */
	uint8_t level;	 /* of the entry */
	unsigned dir;	 /* live: what the device may do, enum dma_dir */
	uint64_t paddr;	 /* live: where to */
	uint32_t tag;	 /* 0: never mapped, or too long ago to know */
	uint64_t ago_ns; /* released: how long ago, to about a millisecond and modulo 4.8 hours; a deferred release may
			  * take the time of one of the seven before it */
};

/* Looks at an address that the caller need not own; tables stay while it looks. */
void dma_table_lookup(struct dma_table *t, uint64_t daddr, uint64_t now_ns, struct dma_lookup *out);

/* Bytes of the table pages in use; for benchmarks and tests. */
static inline size_t dma_table_bytes(const struct dma_table *t)
{
	return (size_t)t->pages << DMA_PAGE_SHIFT;
}

#endif
