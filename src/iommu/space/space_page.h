/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fast paths: map (space_page_map.c) and release (space_page_release.c) of pages that lie in one leaf table, in a
 * domain whose unit walks tables. The steps are those of space_map.c and of the walker, in the same order;
 * what is left out is the search for an address and for its table:
 *
 *   - the address is popped off the CPU's stack of ranges that were freed last (iova.h);
 *   - the leaf table is found by one comparison in the CPU's cache of tables (walker_tree.h).
 *
 * Which path is taken. space_life.c chooses the column when it makes the space, which changes to the last one for good
 * when the unit is given up or an address is beyond what the cache of tables can tell apart:
 *
 *   pages        | plain: one CPU, entries are not cleaned | several: all others         | slow: unit is told of maps
 *   -------------+-----------------------------------------+-----------------------------+----------------------------
 *   map 1        | dma_page_map_plain, inline              | dma_page_map_stream, inline | the slow path
 *   map 2 to 511 | map_some_plain                          | map_some                    | the slow path
 *   release 1    | deferred: inline; strict: release_plain | inline; release_page        | the slow path
 *   release 2    | retire_some; strict, or large enough    | retire_some; release_some   | the slow path
 *   to 511       |   to cost less so: release_some_plain   |                             |
 *   the library's own frames, which have no stream's fast path of release: dma_page_unmap, dma_page_retire
 *
 * What is missing decides where they end. Each of these is the last call of the path before it, so that no path saves
 * registers for what follows it:
 *
 *   the stack has no range of that size; 512 pages or more         the slow path: dma_stream_map_translated()
 *   the leaf table is not cached (more live than the cache serves) map_walked, release_walked, retire_walked: the same
 *                                                                  steps after a walk of three loads, which caches it
 *   the pages lie in two tables, or have no leaf table             the slow path: dma_stream_map_translated(),
 *                                                                  dma_stream_release_translated()
 *
 * Who owns what: the CPU that popped an address owns its pages and their entries, until a strict release has pushed
 * the address again, or a deferred one has put it into the batch, whose flush pushes it. The table of an owned page
 * does not leave the tree, since only the owner of all that a table spans takes it out: so no lock holds the table, and
 * a table that was cached, or walked to, is used only between the pop and the push.
 */
#ifndef DMASTREAM_IOMMU_SPACE_PAGE_H
#define DMASTREAM_IOMMU_SPACE_PAGE_H

#include "../table/walker_tree.h"
#include "space.h"

#define fast_inline inline __attribute__((always_inline))
#define out_of_line __attribute__((noinline))

static inline bool is_slow(const struct dma_space *space)
{
	return __atomic_load_n(&space->slow, __ATOMIC_RELAXED) != 0;
}

static fast_inline bool in_one_table(uint64_t daddr, size_t npages)
{
	return npages < ENTRIES && (daddr >> DMA_PAGE_SHIFT & (ENTRIES - 1)) + npages <= ENTRIES;
}

/* The entry of the first of npages of the caller's, if they lie in one leaf table that is cached; false: ask
 * walked_entry(). */
static fast_inline bool cached_entry(const struct dma_space *space, unsigned cpu, uint64_t daddr, size_t npages,
				     uint64_t **entry)
{
	uint64_t *va;

	if (dma_unlikely(!in_one_table(daddr, npages) || !leaf_table_linear(&space->table, cpu, daddr, &va)))
		return false;
	*entry = &va[daddr >> DMA_ENTRY_SHIFT & (ENTRIES - 1)];
	return true;
}

/* The same by a walk, after which the table is cached. NULL: they lie in two tables, or there is none (a big page is
 * there, or the table has left while nobody had the addresses): take the slow path. */
static fast_inline uint64_t *walked_entry(const struct dma_space *space, unsigned cpu, uint64_t daddr, size_t npages)
{
	uint64_t *va = in_one_table(daddr, npages) ? dma_table_leaf_find(&space->table, cpu, daddr) : NULL;

	return va ? &va[daddr >> DMA_ENTRY_SHIFT & (ENTRIES - 1)] : NULL;
}

#endif
