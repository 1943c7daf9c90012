/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Breaking big pages, and looking at single entries.
 */
#include "walker_tree.h"

/* ---- Split ---- */

/* A table whose entries together are the leaf `entry` of that level; where cut lies within one of them, that one is
 * broken, too. 0: no page for it. */
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
	dma_arch_publish(); /* the table's contents come first */
	dma_entry_write(split->entry, split->value);
	dma_flush_entries(t, split->entry, 1);
	return (struct dma_unmapped){.daddr = split->daddr, .npages = split->npages, .inner = true};
}

/* ---- Single entries ---- */

/* The lowest entry over an address, and its level. */
static uint64_t *find(const struct dma_table *t, uint64_t daddr, unsigned *level)
{
	uint64_t *va = t->root_va, *at;

	for (*level = t->format->levels - 1u;; --*level) {
		uint64_t entry;

		at = &va[index_at(t, daddr, *level)];
		entry = dma_entry_read(at);
		if (!is_table(t, entry, *level))
			return at;
		va = child_of(t, entry);
	}
}

static uint32_t generation_of(const struct dma_format *f, uint64_t entry)
{
	return (uint32_t)(entry >> f->generation_shift) & dma_generation_mask(f);
}

uint32_t dma_table_mark(struct dma_table *t, uint64_t daddr)
{
	const struct dma_format *f = t->format;
	unsigned level;
	uint64_t *at = find(t, daddr, &level);
	uint64_t entry = dma_entry_read(at);

	dma_entry_write(at, entry | f->software_start); /* nothing that the unit looks at: no flush */
	return dma_tag(dma_generation_mask(f), daddr, generation_of(f, entry));
}

#define LOOKUP_TABLES 4096u /* leaf tables looked through for the start of a mapping: 8 GiB of small pages */

/* The tag of the live mapping over daddr: its start is the next entry below that says so. Lets go of the lock after
 * each table. */
static uint32_t tag_of(struct dma_table *t, uint64_t daddr)
{
	const struct dma_format *f = t->format;

	for (unsigned tables = 0; tables < LOOKUP_TABLES; tables++) {
		uintptr_t state = dma_host_lock(&t->lock);
		unsigned level;
		uint64_t *at = find(t, daddr, &level);
		uint64_t span = (uint64_t)1 << dma_level_shift(level), entry;
		size_t index = index_at(t, daddr, level);

		daddr &= ~(span - 1);
		for (;; index--, at--, daddr -= span) {
			entry = dma_entry_read(at);
			if (!dma_entry_present(f, entry) || is_table(t, entry, level) || (entry & f->software_start) ||
			    index == 0)
				break;
		}
		dma_host_unlock(&t->lock, state);
		if (!dma_entry_present(f, entry))
			return 0;
		if (is_table(t, entry, level)) {
			daddr += span - 1; /* its last entry */
			continue;
		}
		if (entry & f->software_start)
			return dma_tag(dma_generation_mask(f), daddr, generation_of(f, entry));
		if (daddr == 0)
			return 0;
		daddr--;
	}
	return 0;
}

static unsigned direction_of(const struct dma_format *f, uint64_t entry)
{
	uint64_t mask = f->direction_bits[1] | f->direction_bits[2] | f->direction_bits[3];

	for (unsigned dir = DMA_BIDIRECTIONAL; dir > 0; dir--)
		if ((entry & mask) == f->direction_bits[dir])
			return dir;
	return 0;
}

void dma_table_lookup(struct dma_table *t, uint64_t daddr, uint64_t now_ns, struct dma_lookup *out)
{
	const struct dma_format *f = t->format;
	unsigned level = 0;
	uint64_t entry = 0;

	*out = (struct dma_lookup){0};
	if (daddr >> dma_format_width(f) == 0) {
		uintptr_t state = dma_host_lock(&t->lock);

		entry = dma_entry_read(find(t, daddr, &level));
		dma_host_unlock(&t->lock, state);
	}
	out->level = (uint8_t)level;
	if (dma_entry_present(f, entry)) {
		out->live = true;
		out->dir = direction_of(f, entry);
		out->paddr = dma_entry_address(f, entry) | (daddr & (((uint64_t)1 << dma_level_shift(level)) - 1));
		out->tag = tag_of(t, daddr);
	} else if (entry) {
		out->tag = (uint32_t)(entry >> 8);
		out->ago_ns = (((now_ns >> DMA_NOTE_TIME_SHIFT) - (entry >> 40)) & 0xffffff) << DMA_NOTE_TIME_SHIFT;
	}
}
