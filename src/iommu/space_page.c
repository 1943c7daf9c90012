/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Short ways to map and release one page, which is what drivers do most, and pages of one leaf table: the same steps as in
 * space.c and the walker, in the same order, where the last ones were. Whatever is not plain takes the long way.
 */
#include "../hold.h"
#include "space.h"
#include "walker_tree.h"

/* The entry of a page of the caller's, if its table was found lately. */
static inline uint64_t *entry_again(const struct dma_space *space, unsigned cpu, uint64_t daddr)
{
	uint64_t *va = leaf_table_again(&space->table, cpu, daddr);

	return dma_likely(va != NULL) ? &va[daddr >> DMA_ENTRY_SHIFT & (ENTRIES - 1)] : NULL;
}

static inline bool careful(const struct dma_space *space)
{
	return __atomic_load_n(&space->careful, __ATOMIC_RELAXED) != 0;
}

static inline uint64_t leaf_of(const struct dma_space *space, dma_paddr_t paddr, unsigned dir, uint32_t generation)
{
	const struct dma_format *f = space->table.format;

	return paddr.raw >> f->address_shift | space->table.page_bits[dir & DMA_BIDIRECTIONAL] |
	       (uint64_t)generation << f->generation_shift;
}

static inline __attribute__((always_inline)) int map_one(struct dma_domain *domain, struct dma_device *dev,
							 dma_paddr_t paddr, unsigned dir, dma_daddr_t *daddr,
							 uint32_t *tag, unsigned cpu)
{
	struct dma_space *space = dma_space_of(domain);
	struct dma_iova_cpu *slot = &space->iova.cpu[cpu];
	uint64_t page, *entry;
	uint32_t generation;

	if (dma_unlikely(!dma_iova_take_page(&space->iova, slot, dev->mask, &page)))
		return dma_space_map(domain, dev, paddr, 1, dir, daddr, tag);
	entry = entry_again(space, cpu, page << DMA_PAGE_SHIFT);
	if (dma_unlikely(!entry)) {
		dma_iova_free(&space->iova, page << DMA_PAGE_SHIFT, 1);
		return dma_space_map(domain, dev, paddr, 1, dir, daddr, tag);
	}
	generation = dma_iova_generation(slot) & space->generation_mask;
	dma_put_entry(&space->table, entry,
		      leaf_of(space, paddr, dir, generation) | space->table.format->software_start);
	daddr->raw = page << DMA_PAGE_SHIFT;
	*tag = dma_tag(generation, daddr->raw, generation);
	return 0;
}

/* With several CPUs: apart, since the question which one it is costs registers. */
static __attribute__((noinline)) int map_one_here(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr,
						  unsigned dir, dma_daddr_t *daddr, uint32_t *tag)
{
	return map_one(domain, dev, paddr, dir, daddr, tag, cache_cpu(&dma_space_of(domain)->table));
}

static inline bool plain(const struct dma_space *space, const struct dma_device *dev)
{
	return dma_likely(!careful(space) && !dev->zero_length_reads && dev->min_align <= DMA_PAGE_SIZE);
}

static __attribute__((noinline)) int map_page(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr,
					      unsigned dir, dma_daddr_t *daddr, uint32_t *tag)
{
	struct dma_space *space = dma_space_of(domain);

	if (!plain(space, dev))
		return dma_space_map(domain, dev, paddr, 1, dir, daddr, tag);
	return space->cpus == 1 ? map_one(domain, dev, paddr, dir, daddr, tag, 0)
				: map_one_here(domain, dev, paddr, dir, daddr, tag);
}

/* More than one page. */
static __attribute__((noinline)) int map_some(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr,
					      size_t npages, unsigned dir, dma_daddr_t *daddr, uint32_t *tag)
{
	struct dma_space *space = dma_space_of(domain);
	unsigned cpu = cache_cpu(&space->table);
	struct dma_iova_cpu *slot = &space->iova.cpu[cpu];
	uint32_t generation;
	uint64_t page = 0, *entry;

	if (plain(space, dev) && dma_likely(!dev->boundary && npages < ENTRIES))
		page = npages > 64 ? dma_iova_claim_again(&space->iova, slot, npages, dev->mask)
				   : dma_iova_take_again(&space->iova, slot, npages, dev->mask);
	if (dma_unlikely(!page))
		return dma_space_map(domain, dev, paddr, npages, dir, daddr, tag);
	entry = entry_again(space, cpu, page << DMA_PAGE_SHIFT);
	if (dma_unlikely(!entry)) {
		dma_iova_free(&space->iova, page << DMA_PAGE_SHIFT, npages);
		return dma_space_map(domain, dev, paddr, npages, dir, daddr, tag);
	}
	generation = dma_iova_generation(slot) & space->generation_mask;
	daddr->raw = page << DMA_PAGE_SHIFT;
	*tag = dma_tag(generation, daddr->raw, generation);
	dma_put_pages(&space->table, entry, npages, leaf_of(space, paddr, dir, generation));
	return 0;
}

int dma_page_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages, unsigned dir,
		 dma_daddr_t *daddr, uint32_t *tag)
{
	return npages == 1 ? map_page(domain, dev, paddr, dir, daddr, tag)
			   : map_some(domain, dev, paddr, npages, dir, daddr, tag);
}

/* ---- Release ---- */

/* The entry of the first of some pages within a leaf table; NULL: the long way. */
static inline uint64_t *entry_of(const struct dma_space *space, uint64_t daddr, size_t npages)
{
	if (dma_unlikely(careful(space)))
		return NULL;
	if (npages != 1 &&
	    dma_unlikely(npages >= ENTRIES || (daddr >> DMA_PAGE_SHIFT & (ENTRIES - 1)) + npages > ENTRIES))
		return NULL;
	return entry_again(space, cache_cpu(&space->table), daddr);
}

/* Entries turn into notes, and the unit's walker sees it. */
static inline __attribute__((always_inline)) void clear(const struct dma_space *space, uint64_t *entry, size_t npages,
							uint64_t note)
{
	if (npages == 1)
		dma_put_entry(&space->table, entry, note);
	else
		dma_put_notes(&space->table, entry, npages, note);
}

static inline __attribute__((always_inline)) int unmap(struct dma_domain *domain, struct dma_device *dev,
						       dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	struct dma_space *space = dma_space_of(domain);
	uint64_t *entry = entry_of(space, daddr.raw, npages), page = daddr.raw >> DMA_PAGE_SHIFT;

	if (dma_unlikely(!entry))
		return dma_space_unmap(domain, dev, daddr, npages, tag);
	clear(space, entry, npages, dma_note(tag, dma_host_time_ns()));
	if (dma_unlikely(space->unit->invalidate(space, daddr.raw, npages, true)))
		return dma_space_give_up(space, npages);
	if (npages == 1)
		dma_iova_give_page(&space->iova, page);
	else
		dma_iova_give_back(&space->iova, page, page + npages);
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

void dma_page_retire(struct dma_domain *domain, struct dma_device *dev, struct dma_hold *hold, uint32_t tag)
{
	struct dma_space *space = dma_space_of(domain);
	uint64_t *entry = entry_of(space, hold->daddr, hold->npages), now;

	(void)dev;
	if (dma_unlikely(!entry)) {
		dma_batch_retire(space, hold, tag);
		return;
	}
	now = dma_host_time_ns();
	clear(space, entry, hold->npages, dma_note(tag, now));
	dma_batch_push(space, hold, now);
}
