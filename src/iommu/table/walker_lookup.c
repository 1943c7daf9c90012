/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device address is, or was: the entry over it, and the tag of the mapping that has it.
 */
#include "walker_tree.h"

/* The lowest entry over an address, and its level; of tables inside a mapping only if `all`. */
static uint64_t *find(const struct dma_table *t, uint64_t daddr, bool all, unsigned *level)
{
	uint64_t *va = t->root_va;

	for (*level = t->format->levels - 1u; *level > 0; --*level) {
		uint64_t *at = &va[index_at(t, daddr, *level)], entry = dma_entry_read(at);

		if (!is_table(t, entry, *level) || (!all && inside_mapping(t, entry, *level)))
			return at;
		va = child_of(t, entry);
	}
	return &va[index_at(t, daddr, 0)];
}

static uint32_t generation_of(const struct dma_format *f, uint64_t entry)
{
	return (uint32_t)(entry >> f->generation_shift) & dma_generation_mask(f);
}

uint32_t dma_table_mark(struct dma_table *t, uint64_t daddr)
{
	const struct dma_format *f = t->format;
	uint64_t *va = t->root_va, *at, entry;

	for (unsigned level = f->levels - 1u;; level--) {
		at = &va[index_at(t, daddr, level)];
		entry = dma_entry_read(at);
		if (!is_table(t, entry, level))
			break;
		if (entry & f->software_inside)
			dma_entry_write(at, entry & ~f->software_inside);
		va = child_of(t, entry);
	}
	dma_entry_write(at, entry | f->software_start); /* nothing that the unit looks at: no flush */
	return dma_tag(dma_generation_mask(f), daddr, generation_of(f, entry));
}

/* One step back from an address towards the start of its mapping: past the entries of one table. True: *daddr is in
 * the start's entry, *entry, or there is none (*entry is not present); false: go on from *daddr. The lock is held for
 * that long: tables stay. */
static bool step_back(struct dma_table *t, uint64_t *daddr, uint64_t *entry)
{
	uintptr_t state = dma_host_lock(&t->lock);
	unsigned level;
	uint64_t *at = find(t, *daddr, false, &level);
	uint64_t span = (uint64_t)1 << dma_level_shift(level);
	size_t index = index_at(t, *daddr, level);
	bool inside;

	*daddr &= ~(span - 1);
	for (;; index--, at--, *daddr -= span) {
		*entry = dma_entry_read(at);
		inside = dma_entry_present(t->format, *entry) && inside_mapping(t, *entry, level);
		if (!inside || index == 0)
			break;
	}
	dma_host_unlock(&t->lock, state);
	if (inside) { /* the table before this one, or one above */
		if (*daddr == 0)
			*entry = 0;
		return (*daddr)-- == 0;
	}
	if (is_table(t, *entry, level)) { /* the start is in there: behind all others */
		*daddr += span - 1;
		return false;
	}
	return true;
}

/* The tag of the live mapping over daddr; 0: it went meanwhile. Up to the root and down again, at most. */
static uint32_t tag_of(struct dma_table *t, uint64_t daddr)
{
	const struct dma_format *f = t->format;
	uint64_t entry;

	for (unsigned steps = 0; steps < 2u * f->levels; steps++)
		if (step_back(t, &daddr, &entry))
			return dma_entry_present(f, entry)
				       ? dma_tag(dma_generation_mask(f), daddr, generation_of(f, entry))
				       : 0;
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

		entry = dma_entry_read(find(t, daddr, true, &level));
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
