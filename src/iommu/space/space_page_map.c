/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fast paths of map: of streams, and of frames that are no stream's segment (space_page.h: which path is taken).
 */
#include "../../device/translated.h"
#include "space_page.h"

/* What the entries of a mapping hold beside what its direction adds (page_bits, first_bits). */
static fast_inline uint64_t entry_value(const struct dma_table *t, uint64_t paddr, uint32_t generation, bool plain)
{
	return (plain ? paddr : paddr >> t->format->address_shift) | generation * t->generation_unit;
}

/* Fills the entries of an address that the caller owns; gives the mapping's tag. dir has no flags. */
static fast_inline uint32_t fill(const struct dma_space *space, struct dma_iova_cpu *slot, uint64_t *entry,
				 uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, bool plain)
{
	const struct dma_table *t = &space->table;
	uint32_t generation = dma_iova_generation(slot) & space->generation_mask;
	uint64_t value = entry_value(t, paddr, generation, plain);

	if (npages != 1)
		(void)dma_put_pages(t, entry, npages, value | t->page_bits[dir], plain);
	else if (plain)
		dma_put_entry_uncleaned(t, entry, value | t->first_bits[dir]);
	else
		dma_put_entry(t, entry, value | t->first_bits[dir]);
	return dma_tag(generation, daddr, generation);
}

/* The address was popped, but its leaf table is not cached. */
static out_of_line int map_walked(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
				  uint64_t daddr)
{
	struct dma_space *space = dma_space_of(dev->domain);
	unsigned cpu = cache_cpu(&space->table);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	size_t npages = seg->npages;
	uint64_t *entry = walked_entry(space, cpu, daddr, npages);
	uint32_t tag;

	if (dma_unlikely(!entry)) {
		dma_iova_free(&space->iova, daddr, npages);
		return dma_stream_map_translated(s, dev, dir, seg);
	}
	tag = fill(space, slot, entry, daddr, seg->paddr.raw, npages, dir, false);
	dma_translated_begin(s, dev, dir, seg, npages, dma_daddr(daddr), tag);
	return 0;
}

static fast_inline int map_stream(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
				  unsigned cpu, bool plain)
{
	struct dma_space *space = dma_space_of(dev->domain);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	uint64_t daddr, *entry;
	uint32_t tag;

	dma_arch_publish();
	if (dma_unlikely(!dma_iova_pop(slot, 1, dev->mask, &daddr)))
		return dma_stream_map_translated(s, dev, dir, seg);
	if (dma_unlikely(!cached_entry(space, cpu, daddr, 1, &entry)))
		return map_walked(s, dev, dir, seg, daddr);
	tag = fill(space, slot, entry, daddr, seg->paddr.raw, 1, dir, plain);
	dma_translated_begin(s, dev, dir, seg, 1, dma_daddr(daddr), tag);
	return 0;
}

/* The same for 2 to 511 pages, which lie in one leaf table, as all ranges on a stack do. Their entries are stored last,
 * by a call that is this function's last one: so it saves no registers for it. */
static fast_inline int map_pages(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
				 unsigned cpu, bool plain)
{
	struct dma_space *space = dma_space_of(dev->domain);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	size_t npages = seg->npages;
	uint64_t daddr, *va, value;
	uint32_t generation;

	dma_arch_publish();
	if (dma_unlikely(npages >= ENTRIES) || dma_unlikely(!dma_iova_pop(slot, npages, dev->mask, &daddr)))
		return dma_stream_map_translated(s, dev, dir, seg);
	if (dma_unlikely(!leaf_table_linear(&space->table, cpu, daddr, &va)))
		return map_walked(s, dev, dir, seg, daddr);
	generation = dma_iova_generation(slot) & space->generation_mask;
	value = entry_value(&space->table, seg->paddr.raw, generation, plain) | space->table.page_bits[dir];
	dma_translated_begin(s, dev, dir, seg, npages, dma_daddr(daddr), dma_tag(generation, daddr, generation));
	return dma_put_pages(&space->table, &va[daddr >> DMA_ENTRY_SHIFT & (ENTRIES - 1)], npages, value, plain);
}

static out_of_line int map_some_plain(struct dma_stream *s, struct dma_device *dev, unsigned dir,
				      struct dma_segment *seg)
{
	return map_pages(s, dev, dir, seg, 0, true);
}

static out_of_line int map_some(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	return map_pages(s, dev, dir, seg, cache_cpu(&dma_space_of(dev->domain)->table), false);
}

/* Out of line, so that neither saves registers before it is known which of them it is. */
static out_of_line int map_one_plain(struct dma_stream *s, struct dma_device *dev, unsigned dir,
				     struct dma_segment *seg)
{
	return map_stream(s, dev, dir, seg, 0, true);
}

int dma_page_map_plain(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	if (dma_likely(seg->npages == 1))
		return map_one_plain(s, dev, dir, seg);
	return map_some_plain(s, dev, dir, seg);
}

int dma_page_map_stream(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
	if (dma_likely(seg->npages == 1))
		return map_stream(s, dev, dir, seg, cache_cpu(&dma_space_of(dev->domain)->table), false);
	return map_some(s, dev, dir, seg);
}

/* The same steps for frames that are not a stream's segment (alloc, bounces), and for devices with constraints. */
struct dma_mapped dma_page_map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
			       unsigned dir)
{
	struct dma_space *space = dma_space_of(domain);
	unsigned cpu = cache_cpu(&space->table);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	uint64_t daddr, *entry;

	if (is_slow(space) || dev->needs_slow_path || dev->boundary || npages >= ENTRIES ||
	    !dma_iova_pop(slot, npages, dev->mask, &daddr))
		return dma_space_map(domain, dev, paddr, npages, dir);
	if (dma_unlikely(!cached_entry(space, cpu, daddr, npages, &entry))) {
		entry = walked_entry(space, cpu, daddr, npages);
		if (!entry) {
			dma_iova_free(&space->iova, daddr, npages);
			return dma_space_map(domain, dev, paddr, npages, dir);
		}
	}
	return (struct dma_mapped){
		.daddr = dma_daddr(daddr),
		.tag = fill(space, slot, entry, daddr, paddr.raw, npages, dir & DMA_BIDIRECTIONAL, false)};
}
