/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the walker's parts share: going down the tree, and the leaf tables found lately.
 *
 * docs/iommu.md says who may write which entry. In short: entries that lie within the caller's range are the caller's
 * alone; entries that span more only turn from "nothing" into a table, under t->lock, which also makes lookups safe.
 */
#ifndef DMASTREAM_IOMMU_WALKER_TREE_H
#define DMASTREAM_IOMMU_WALKER_TREE_H

#include "../../base/state.h"
#include "walker.h"
#include "walker_store.h"
#include <dmastream/errors.h>

#define ENTRIES	 ((size_t)1 << DMA_INDEX_BITS)
#define PER_PAGE ((size_t)1 << (DMA_PAGE_SHIFT - DMA_ENTRY_SHIFT)) /* entries of level 0 in a page */

/* ---- The tree ---- */

static inline uint64_t *linear(uint64_t paddr)
{
	if (dma_likely(paddr < dma_state.host.linear_last))
		return (uint64_t *)(dma_state.host.linear_base + (uintptr_t)paddr);
	return dma_table_at(paddr);
}

static inline uint64_t *child_of(const struct dma_table *t, uint64_t entry)
{
	return linear(dma_entry_address(t->format, entry));
}

static inline size_t index_at(const struct dma_table *t, uint64_t daddr, unsigned level)
{
	size_t mask = level && level == t->format->levels - 1u ? dma_table_root_entries(t->format) - 1 : ENTRIES - 1;

	return (size_t)(daddr >> dma_level_shift(level)) & mask;
}

static inline bool is_table(const struct dma_table *t, uint64_t entry, unsigned level)
{
	return dma_entry_present(t->format, entry) && dma_entry_is_table(t->format, entry, level);
}

/* ---- Where a mapping starts ----
 *
 * The first entry of a mapping has software_start and the generation of its tag. To name a fault, a lookup goes back
 * from the address to that entry. So that it costs a walk, however long the mapping is, whole tables that lie inside
 * a mapping are skipped: the entry that points to such a table has software_inside.
 *
 *       level 1   | table      | table, inside | table, inside | table      |     - : an entry of the mapping
 *                      |                                            |             S : its first one
 *       level 0   [......S---]   [---------]     [---------]    [--x.......]     x : the address
 *
 * Who owns a mapping sets and clears these marks: map sets one for each table that it fills behind its start, a mark
 * for a new start (dma_table_mark()) clears those above it. Nothing else has to: a table that a mapping fills leaves
 * the tree with the mapping. */

/* The present entry has a mapping behind its start, in all that it spans. */
static inline bool inside_mapping(const struct dma_table *t, uint64_t entry, unsigned level)
{
	if (is_table(t, entry, level))
		return (entry & t->format->software_inside) != 0;
	return !(entry & t->format->software_start);
}

/* Entries of this level's table from daddr's on, up to the table's end or to that of the range. */
static inline size_t entries_in(const struct dma_table *t, unsigned level, uint64_t daddr, uint64_t end)
{
	size_t index = index_at(t, daddr, level);
	size_t rest = (level == t->format->levels - 1u ? dma_table_root_entries(t->format) : ENTRIES) - index;
	uint64_t wanted = ((end - 1) >> dma_level_shift(level)) - (daddr >> dma_level_shift(level)) + 1;

	return wanted < rest ? (size_t)wanted : rest;
}

/* The table behind an entry that spans more than the caller's range: there, or made now. NULL: no page for it. */
uint64_t *dma_table_descend(struct dma_table *t, uint64_t *at, unsigned level);

/* ---- Leaf tables that were found lately ----
 *
 * A word holds the address of a leaf table (below CACHE_LIMIT) and, in the bits from there on, the number of the 2
 * MiB that it serves, without the bits that choose the word; all ones: none. It is written by owners of a page of
 * those 2 MiB, and forgotten by the owner of all of them who takes the table out; so whoever owns a page there finds
 * no stale one. */

#define CACHE_WAYS  16u
#define CACHE_SHIFT 21u
#define CACHE_BITS  47u
#define CACHE_LIMIT ((uint64_t)1 << CACHE_BITS)
#define CACHE_NONE  (~(uint64_t)0)
#define CACHE_WIDTH                                                                                                    \
	(CACHE_SHIFT + 4 + 64 - CACHE_BITS -                                                                           \
	 1) /* bits of device addresses that it can serve; the last is for CACHE_NONE */

_Static_assert(CACHE_WIDTH == DMA_TABLE_FAST_BITS, "what space_map.c asks before it trusts the cache");
_Static_assert(sizeof(((struct dma_table_cache *)0)->leaf) == CACHE_WAYS * sizeof(uint64_t), "four bits choose a word");

static inline uint64_t cache_key(uint64_t block)
{
	return block / CACHE_WAYS << CACHE_BITS;
}

/* Before a leaf table is used for anything else. */
void dma_table_forget(struct dma_table *t, uint64_t leaf_table);

/* Walks to the leaf table over a page of the caller's, and caches it for that CPU. NULL: there is none that the unit
 * can walk to (a big page is there, or a table above it is not flushed yet). Any context. */
uint64_t *dma_table_leaf_find(const struct dma_table *t, unsigned cpu, uint64_t daddr);
/* The same, and makes what is missing; NULL: pages ran out, or a big page is there. Any context. */
uint64_t *dma_table_leaf_make(struct dma_table *t, uint64_t daddr);

/* The caller's CPU number, as an index; a hint. */
static inline unsigned cache_cpu(const struct dma_table *t)
{
	unsigned cpu = t->cpus == 1 ? 0 : dma_host_cpu();

	return dma_likely(cpu < t->cpus) ? cpu : cpu % t->cpus;
}

static inline uint64_t *cache_slot(const struct dma_table *t, unsigned cpu, uint64_t block)
{
	return &t->cache[cpu].leaf[block % CACHE_WAYS];
}

/* The cached leaf table over a page of the caller's, where the linear map has it by offset; false: ask
 * leaf_table_cached(). daddr lies below 1 << CACHE_WIDTH. */
static inline bool leaf_table_linear(const struct dma_table *t, unsigned cpu, uint64_t daddr, uint64_t **va)
{
	uint64_t block = daddr >> CACHE_SHIFT;
	/* The table's address if the slot holds this block's; else a number with high bits, beyond table_last. */
	uint64_t found = dma_load_address(cache_slot(t, cpu, block)) ^ cache_key(block);

	if (dma_unlikely(found >= dma_state.table_last))
		return false;
	*va = (uint64_t *)(dma_state.host.linear_base + (uintptr_t)found);
	return true;
}

/* The same, where the host has to be asked, too; false: walk. */
static inline bool leaf_table_cached(const struct dma_table *t, unsigned cpu, uint64_t daddr, uint64_t **va)
{
	uint64_t block = daddr >> CACHE_SHIFT;
	uint64_t found = dma_load_address(cache_slot(t, cpu, block)) ^ cache_key(block);

	if (dma_unlikely(found >= CACHE_LIMIT - 1))
		return false;
	*va = linear(found);
	return true;
}

/* The same by a walk, if it is not cached; NULL: dma_table_leaf_find(). */
static inline uint64_t *leaf_table(struct dma_table *t, uint64_t daddr, bool make)
{
	unsigned cpu = cache_cpu(t);
	uint64_t *va;

	if (dma_likely(daddr >> CACHE_WIDTH == 0 && leaf_table_cached(t, cpu, daddr, &va)))
		return va;
	return make ? dma_table_leaf_make(t, daddr) : dma_table_leaf_find(t, cpu, daddr);
}

/* True if the range lies in one leaf table and is not all of it. */
static inline bool within_leaf_table(uint64_t daddr, uint64_t nbytes)
{
	return (daddr & (((uint64_t)1 << CACHE_SHIFT) - 1)) + nbytes <= (uint64_t)1 << CACHE_SHIFT &&
	       nbytes < (uint64_t)1 << CACHE_SHIFT;
}

#endif
