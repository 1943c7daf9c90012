/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Breaking big pages into smaller ones, so that a mapping can be unmapped in two parts.
 */
#include "walker_tree.h"

/* Builds a table whose entries together map what the leaf `entry` of that level maps. If `cut` lies within an entry of
 * the new table, that entry becomes a table as well. Gives the table's address; 0: there is no page for it. */
static uint64_t build(struct dma_table *t, uint64_t entry, unsigned level, uint64_t cut)
{
	const struct dma_format *f = t->format;
	unsigned below = level - 1;
	uint64_t paddr = dma_entry_address(f, entry), span = (uint64_t)1 << dma_level_shift(below);
	uint64_t bits = (entry & ~(f->address_mask | f->leaf_bits[level] | f->software_start)) | f->leaf_bits[below];
	uint64_t page = dma_table_page_get(t);
	uint64_t *va;

	if (!page)
		return 0;
	va = linear(page);
	for (size_t i = 0; i < ENTRIES; i++) {
		uint64_t value = (paddr + i * span) >> f->address_shift | bits;

		if (i == 0)
			value |= entry & f->software_start;
		if (below && i == index_at(t, cut, below) && (cut & (span - 1))) {
			uint64_t inner = build(t, value, below, cut);

			if (!inner) {
				dma_table_page_put(t, page);
				return 0;
			}
			value = inner >> f->address_shift | f->table_bits[below] | f->software_synced;
		}
		dma_entry_write(&va[i], value);
	}
	dma_flush_entries(t, va, ENTRIES);
	return page;
}

int dma_table_split_prepare(struct dma_table *t, uint64_t daddr, struct dma_split *split)
{
	uint64_t *va = t->root_va;

	for (unsigned level = t->format->levels - 1u; level > 0; level--) {
		uint64_t *at = &va[index_at(t, daddr, level)];
		uint64_t span = (uint64_t)1 << dma_level_shift(level), page;
		uint64_t entry = dma_entry_read(at);

		if (!dma_entry_present(t->format, entry) || (daddr & (span - 1)) == 0)
			return 0;
		if (is_table(t, entry, level)) {
			va = child_of(t, entry);
			continue;
		}
		page = build(t, entry, level, daddr);
		if (!page)
			return DMA_ENOMEM;
		split->entry = at;
		split->value =
			page >> t->format->address_shift | t->format->table_bits[level] | t->format->software_synced;
		split->daddr = daddr & ~(span - 1);
		split->npages = (size_t)(span >> DMA_PAGE_SHIFT);
		return 1;
	}
	return 0;
}

struct dma_unmapped dma_table_split_break(struct dma_table *t, struct dma_split *split)
{
	dma_entry_write(split->entry, 0);
	dma_flush_entries(t, split->entry, 1);
	return dma_unmapped_leaves(split->daddr, split->npages);
}

struct dma_unmapped dma_table_split_make(struct dma_table *t, struct dma_split *split)
{
	/* Behind the table's contents: build() has flushed them. */
	dma_entry_write(split->entry, split->value);
	dma_flush_entries(t, split->entry, 1);
	return (struct dma_unmapped){.daddr = split->daddr, .npages = split->npages, .inner = true};
}
