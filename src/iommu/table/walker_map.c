/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mapping a range: one walk, big pages where they fit, one flush at the end.
 */
#include "../../device/domain_ops.h"
#include "walker_tree.h"

struct mapper {
	struct dma_table *t;
	uint64_t daddr, end;
	uint64_t paddr;
	uint64_t bits; /* of a leaf of any level */
	bool small;
	struct dma_put_source *scattered; /* where the pages come from, in place of paddr; NULL: paddr */
	struct dma_putter putter;
};

/* Leaves fit at this level for the next span. */
static bool leaf_fits(const struct mapper *m, unsigned level)
{
	uint64_t below = ((uint64_t)1 << dma_level_shift(level)) - 1;

	return level == 0 || (!m->small && (m->t->big_levels & 1u << level) && ((m->daddr | m->paddr) & below) == 0 &&
			      m->end - m->daddr > below);
}

static int map_level(struct mapper *m, uint64_t *va, unsigned level, bool *first)
{
	const struct dma_format *f = m->t->format;
	uint64_t span = (uint64_t)1 << dma_level_shift(level), step = span >> f->address_shift;
	size_t left = entries_in(m->t, level, m->daddr, m->end);

	for (uint64_t *at = &va[index_at(m->t, m->daddr, level)]; left > 0; left--, at++) {
		if (leaf_fits(m, level) && !is_table(m->t, dma_entry_read(at), level)) {
			uint64_t value = m->paddr >> f->address_shift | m->bits | f->leaf_bits[level];
			size_t count = 1;

			if (level == 0)
				count = left;
			if (m->scattered) {
				dma_put_scattered(m->t, at, count, m->scattered, m->bits | f->leaf_bits[0],
						  *first ? f->software_start : 0);
				if (!m->putter.past)
					dma_put_stored(&m->putter, at, count);
			} else {
				dma_put_run(&m->putter, at, count, value, step, *first ? f->software_start : 0);
			}
			*first = false;
			m->daddr += span * count;
			m->paddr += span * count;
			left -= count - 1;
			at += count - 1;
		} else {
			bool inside = !*first && (m->daddr & (span - 1)) == 0 && m->end - m->daddr >= span;
			uint64_t *child = dma_table_descend(m->t, at, level);
			int error = child ? map_level(m, child, level - 1, first) : DMA_ENOMEM;

			if (error)
				return error;
			if (inside) /* nothing that the unit looks at: no flush */
				dma_entry_write(at, dma_entry_read(at) | f->software_inside);
		}
	}
	return 0;
}

/* What entries say beside their addresses, whatever their level. */
static inline uint64_t attributes(const struct dma_table *t, unsigned dir, uint32_t tag)
{
	return t->format->direction_bits[dir & DMA_BIDIRECTIONAL] | t->leaf_extra |
	       (uint64_t)(tag >> DMA_TAG_PAGE_BITS) << t->format->generation_shift;
}

static dma_cold int run(struct mapper *m)
{
	bool first = true;
	int error;

	dma_put_begin(&m->putter, m->t);
	error = map_level(m, m->t->root_va, m->t->format->levels - 1u, &first);
	dma_put_end(&m->putter);
	return error;
}

static dma_cold int map_range(struct dma_table *t, uint64_t daddr, uint64_t paddr, uint64_t nbytes, uint64_t bits,
			      bool small)
{
	struct mapper m = {.t = t, .daddr = daddr, .end = daddr + nbytes, .paddr = paddr, .bits = bits, .small = small};

	return run(&m);
}

int dma_table_map(struct dma_table *t, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir, uint32_t tag,
		  bool small)
{
	const struct dma_format *f = t->format;
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT;
	uint64_t generation = (uint64_t)(tag >> DMA_TAG_PAGE_BITS) << f->generation_shift, *va;

	if (dma_unlikely(!within_leaf_table(daddr, nbytes)))
		return map_range(t, daddr, paddr, nbytes, attributes(t, dir, tag), small);
	va = leaf_table(t, daddr, true);
	if (dma_unlikely(!va))
		return DMA_ENOMEM;
	va += index_at(t, daddr, 0);
	return dma_put_pages(t, va, npages * PER_PAGE,
			     paddr >> f->address_shift | t->page_bits[dir & DMA_BIDIRECTIONAL] | generation, false);
}

int dma_table_map_pieces(struct dma_table *t, uint64_t daddr, const struct dma_pieces *pieces, size_t npages,
			 unsigned dir, uint32_t tag)
{
	struct dma_put_source from = {.pieces = *pieces};
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT, bits = attributes(t, dir, tag);
	struct mapper m = {
		.t = t, .daddr = daddr, .end = daddr + nbytes, .bits = bits, .small = true, .scattered = &from};
	uint64_t *va;

	if (!within_leaf_table(daddr, nbytes))
		return run(&m);
	va = leaf_table(t, daddr, true);
	if (!va)
		return DMA_ENOMEM;
	dma_put_all(t, va + index_at(t, daddr, 0), pieces, npages, bits | t->format->leaf_bits[0]);
	return 0;
}

int dma_table_map_chain(struct dma_table *t, uint64_t daddr, const struct dma_owed_node *chain, unsigned dir,
			uint32_t tag)
{
	uint64_t bits = attributes(t, dir, tag), at = daddr;
	bool first = true;
	int error = 0;

	if (dir & DMA_MAP_REGISTERS)
		bits = (bits & ~t->leaf_extra) | t->registers_extra;
	for (; chain && !error; chain = chain->next) {
		uint64_t nbytes = (uint64_t)chain->owed.npages << DMA_PAGE_SHIFT;
		struct mapper m = {
			.t = t, .daddr = at, .end = at + nbytes, .paddr = chain->owed.paddr.raw, .bits = bits};

		dma_put_begin(&m.putter, t);
		error = map_level(&m, t->root_va, t->format->levels - 1u, &first);
		dma_put_end(&m.putter);
		at += nbytes;
	}
	return error;
}

int dma_table_identity(struct dma_table *t, uint64_t daddr, uint64_t nbytes, unsigned dir, uint32_t tag)
{
	return map_range(t, daddr, daddr, nbytes, attributes(t, dir, tag), false);
}
