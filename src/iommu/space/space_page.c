/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Short ways to map and release one page, which is what drivers do most, and pages of one leaf table: the same steps as in
 * space.c and the walker, in the same order, where the last ones were. Whatever is not plain takes the long way.
 */
#include "../../memory/placement.h"
#include "../table/walker_tree.h"
#include "space.h"

/* The entry of a page of the caller's, if its table was found lately; false: the long way. */
static inline bool entry_again(const struct dma_space *space, unsigned cpu, uint64_t daddr, uint64_t **entry)
{
	uint64_t *va;

	if (dma_unlikely(!leaf_table_again(&space->table, cpu, daddr, &va)))
		return false;
	*entry = &va[daddr >> DMA_ENTRY_SHIFT & (ENTRIES - 1)];
	return true;
}

static inline bool careful(const struct dma_space *space)
{
	return __atomic_load_n(&space->careful, __ATOMIC_RELAXED) != 0;
}

static inline bool is_plain(const struct dma_space *space)
{
	return __atomic_load_n(&space->plain, __ATOMIC_RELAXED) != 0;
}

static inline uint64_t leaf_of(const struct dma_space *space, dma_paddr_t paddr, unsigned dir, uint32_t generation)
{
	const struct dma_format *f = space->table.format;

	return paddr.raw >> f->address_shift | space->table.page_bits[dir & DMA_BIDIRECTIONAL] |
	       (uint64_t)generation << f->generation_shift;
}

/* The address, and the tag that is made of it and of the entry's generation. */
static inline struct dma_mapped mapped_at(uint64_t daddr, uint32_t generation)
{
	return (struct dma_mapped){.daddr = dma_daddr(daddr), .tag = dma_tag(generation, daddr, generation)};
}

/* The address was allocated, but its leaf table is not cached: free it and take the slow path. Every slow path is the last call of a
 * fast one, so that those save no registers. */
static dma_cold struct dma_mapped map_elsewhere(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr,
						size_t npages, unsigned dir, uint64_t daddr)
{
	dma_iova_free(&dma_space_of(domain)->iova, daddr, npages);
	return dma_space_map(domain, dev, paddr, npages, dir);
}

/* The last steps, with pages and an entry that are the caller's. */
static inline struct dma_mapped fill(const struct dma_space *space, struct dma_iova_cpu *slot, uint64_t *entry,
				     uint64_t daddr, dma_paddr_t paddr, size_t npages, unsigned dir)
{
	uint32_t generation = dma_iova_generation(slot) & space->generation_mask;

	dma_put_pages(&space->table, entry, npages, leaf_of(space, paddr, dir, generation));
	return mapped_at(daddr, generation);
}

/* More than one page, or a device or space with constraints. */
static __attribute__((noinline)) struct dma_mapped map_some(struct dma_domain *domain, struct dma_device *dev,
							    dma_paddr_t paddr, size_t npages, unsigned dir)
{
	struct dma_space *space = dma_space_of(domain);
	unsigned cpu = cache_cpu(&space->table);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	uint64_t daddr = 0, *entry;

	if (dma_likely(!careful(space) && !dev->particular && !dev->boundary && npages > 1 && npages < ENTRIES))
		daddr = dma_iova_take_recent(slot, npages, dev->mask);
	if (dma_unlikely(!daddr))
		return dma_space_map(domain, dev, paddr, npages, dir);
	if (dma_unlikely(!entry_again(space, cpu, daddr, &entry)))
		return map_elsewhere(domain, dev, paddr, npages, dir, daddr);
	return fill(space, slot, entry, daddr, paddr, npages, dir);
}

static inline __attribute__((always_inline)) struct dma_mapped
map_one(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, unsigned dir, unsigned cpu, bool plain)
{
	struct dma_space *space = dma_space_of(domain);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	uint64_t daddr = dma_iova_take_recent(slot, 1, dev->mask), *entry, value;
	uint32_t generation;

	if (dma_unlikely(!daddr))
		return dma_space_map(domain, dev, paddr, 1, dir);
	if (dma_unlikely(!entry_again(space, cpu, daddr, &entry)))
		return map_elsewhere(domain, dev, paddr, 1, dir, daddr);
	generation = dma_iova_generation(slot) & space->generation_mask;
	value = leaf_of(space, paddr, dir, generation) | space->table.format->software_start;
	if (plain)
		dma_put_entry_uncleaned(&space->table, entry, value);
	else
		dma_put_entry(&space->table, entry, value);
	return mapped_at(daddr, generation);
}

/* With several CPUs, or entries to be cleaned: apart, since the question which CPU it is, and other calls, cost registers. */
static __attribute__((noinline)) struct dma_mapped map_one_here(struct dma_domain *domain, struct dma_device *dev,
								dma_paddr_t paddr, unsigned dir)
{
	return map_one(domain, dev, paddr, dir, cache_cpu(&dma_space_of(domain)->table), false);
}

struct dma_mapped dma_page_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
			       unsigned dir)
{
	struct dma_space *space = dma_space_of(domain);

	if (dma_unlikely(npages != 1 || dev->particular))
		return map_some(domain, dev, paddr, npages, dir);
	if (dma_likely(is_plain(space)))
		return map_one(domain, dev, paddr, dir, 0, true);
	return careful(space) ? dma_space_map(domain, dev, paddr, 1, dir) : map_one_here(domain, dev, paddr, dir);
}

/* ---- Release ---- */

/* The entry of the first of some pages, if they lie within a leaf table that was found lately; false: the long way. */
static inline bool entry_of(const struct dma_space *space, unsigned cpu, uint64_t daddr, size_t npages,
			    uint64_t **entry)
{
	if (npages != 1 &&
	    dma_unlikely(npages >= ENTRIES || (daddr >> DMA_PAGE_SHIFT & (ENTRIES - 1)) + npages > ENTRIES))
		return false;
	return entry_again(space, cpu, daddr, entry);
}

/* Entries of one leaf table turn into notes, and the unit's walker sees it. What that did is dma_unmapped_leaves(); a release builds the
 * value where it is used, since most deferred ones do not need it. */
static inline __attribute__((always_inline)) void clear(const struct dma_space *space, uint64_t *entry, size_t npages,
							uint64_t note, bool plain)
{
	if (plain)
		dma_put_entry_uncleaned(&space->table, entry, note);
	else if (npages == 1)
		dma_put_entry(&space->table, entry, note);
	else
		dma_put_notes(&space->table, entry, npages, note);
}

static inline __attribute__((always_inline)) int unmap(struct dma_domain *domain, struct dma_device *dev,
						       dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	struct dma_space *space = dma_space_of(domain);
	unsigned cpu = cache_cpu(&space->table);
	struct dma_unmapped what;
	uint64_t *entry;

	if (dma_unlikely(careful(space)) || dma_unlikely(!entry_of(space, cpu, daddr.raw, npages, &entry)))
		return dma_space_unmap(domain, dev, daddr, npages, tag);
	clear(space, entry, npages, dma_note(tag, dma_host_time_ns()), false);
	what = dma_unmapped_leaves(daddr.raw, npages);
	if (dma_unlikely(dma_space_invalidate(space, &what)))
		return dma_space_give_up(space, npages);
	dma_iova_give(&space->iova, space->iova.cpu[cpu], daddr.raw, npages);
	return 0;
}

static __attribute__((noinline)) int unmap_page(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr,
						uint32_t tag)
{
	return unmap(domain, dev, daddr, 1, tag);
}

static __attribute__((noinline)) int unmap_some(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr,
						size_t npages, uint32_t tag)
{
	return unmap(domain, dev, daddr, npages, tag);
}

int dma_page_unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	return npages == 1 ? unmap_page(domain, dev, daddr, tag) : unmap_some(domain, dev, daddr, npages, tag);
}

/* Its entries in one leaf table are cleared, and no slot is free or a bound of the batch is met. */
static dma_cold void push(struct dma_space *space, const struct dma_stream *s, uint64_t now)
{
	struct dma_owed left = dma_owed_of(s);

	dma_batch_push(space, &left, dma_unmapped_leaves(left.daddr, left.npages), now);
}

static inline __attribute__((always_inline)) void retire(struct dma_space *space, const struct dma_stream *s,
							 size_t npages, uint64_t now, unsigned cpu, bool plain)
{
	struct dma_batch *batch = &space->batch[cpu];
	struct dma_owed *record;
	uint64_t *entry, at;

	if (dma_unlikely(!entry_of(space, cpu, s->daddr.raw, npages, &entry))) {
		dma_batch_retire(space, s);
		return;
	}
	clear(space, entry, npages, dma_note(s->tag, now), plain);
	if (dma_unlikely(!dma_batch_place(space, batch, npages, now, &at))) {
		push(space, s, now);
		return;
	}
	record = dma_batch_record(batch, at);
	record->daddr = s->daddr.raw;
	record->paddr = s->seg.paddr;
	record->run = s->seg.run;
	record->steps = 0;
	dma_batch_placed(record, (uint32_t)npages);
}

/* Any number of pages, on any CPU. */
static __attribute__((noinline)) void retire_some(struct dma_space *space, const struct dma_stream *s, uint64_t now)
{
	retire(space, s, s->seg.npages, now, cache_cpu(&space->table), false);
}

/* The slow path is for streams that owe more than a reference: those that have a node, free frames or maintain lines. */
void dma_page_retire(struct dma_domain *domain, const struct dma_stream *s)
{
	struct dma_space *space = dma_space_of(domain);
	uint64_t now = dma_host_time_ns();

	if (dma_likely(is_plain(space) && s->place == DMA_PLACE_TRANSLATED && s->seg.npages == 1))
		retire(space, s, 1, now, 0, true);
	else if (careful(space) || s->place != DMA_PLACE_TRANSLATED)
		dma_batch_retire(space, s);
	else
		retire_some(space, s, now);
}
