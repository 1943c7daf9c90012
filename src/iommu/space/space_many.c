/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Many at once: scattered pages at one range, and the strict release of many streams with one invalidation.
 *
 * The order of a release (hazards 10, 11, 34, 47) holds for the batch as a whole: the entries of all streams go, and
 * are with the unit; then the one invalidation; then table pages and addresses, and last, by the caller, the memory.
 */
#include "../../memory/pieces.h"
#include "../../memory/placement.h"
#include "space_page.h"
#include <dmastream/errors.h>

/* A batch that lies within so many pages is invalidated as a range, with what lies between; another one as a whole. */
#define NEAR_PAGES ((uint64_t)512)

/* The entry of the first of npages of the caller's, if they lie in one leaf table. */
static inline uint64_t *entry_of(const struct dma_space *space, unsigned cpu, uint64_t daddr, size_t npages)
{
	uint64_t *va;

	if (npages >= ENTRIES / PER_PAGE || index_at(&space->table, daddr, 0) + npages * PER_PAGE > ENTRIES)
		return NULL;
	if (dma_unlikely(!leaf_table_cached(&space->table, cpu, daddr, &va))) {
		va = dma_table_leaf_find(&space->table, cpu, daddr);
		if (!va)
			return NULL;
	}
	return &va[index_at(&space->table, daddr, 0)];
}

/* ---- Map ---- */

/* The fast path: addresses that were freed last, in a table that was found lately. */
struct dma_mapped dma_many_map_pieces(struct dma_domain *domain, struct dma_device *dev,
				      const struct dma_pieces *pieces, size_t npages, unsigned dir)
{
	struct dma_space *space = dma_space_of(domain);
	const struct dma_table *t = &space->table;
	unsigned cpu = cache_cpu(t);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	uint32_t generation;
	uint64_t daddr, *entry;

	if (dma_unlikely(is_slow(space) || dev->needs_slow_path || dev->boundary || npages >= ENTRIES / PER_PAGE ||
			 !dma_iova_pop(slot, npages, dev->mask, &daddr)))
		return dma_space_map_pieces(domain, dev, pieces, npages, dir);
	entry = entry_of(space, cpu, daddr, npages);
	if (dma_unlikely(!entry)) {
		dma_iova_free(&space->iova, daddr, npages);
		return dma_space_map_pieces(domain, dev, pieces, npages, dir);
	}
	generation = dma_iova_generation(slot) & space->generation_mask;
	dma_put_all(t, entry, pieces, npages, t->page_bits[dir & DMA_BIDIRECTIONAL] | generation * t->generation_unit);
	return (struct dma_mapped){.daddr = dma_daddr(daddr), .tag = dma_tag(generation, daddr, generation)};
}

/* ---- Release ---- */

/* What the streams of a batch have come to. */
struct ending {
	uint64_t from, to;	  /* the lowest address, and the end of the highest */
	size_t npages;		  /* that were mapped there */
	struct dma_unmapped slow; /* what the walker says of those that took the slow path */
};

/* Adds the table pages that one more unmap took out to those of the batch. */
static dma_cold void join_tables(struct ending *e, const struct dma_unmapped *what)
{
	uint64_t *last, next;

	e->slow.inner = e->slow.inner || what->inner;
	if (what->error)
		e->slow.error = what->error;
	if (!what->tables.count)
		return;
	last = dma_table_at(what->tables.first);
	while ((next = dma_entry_read(last)) != 0)
		last = dma_table_at(next);
	dma_entry_write(last, e->slow.tables.first);
	e->slow.tables.first = what->tables.first;
	e->slow.tables.count += what->tables.count;
}

static dma_cold void unmap_slow(struct dma_space *space, struct dma_putter *putter, const struct dma_stream *s,
				uint64_t note, struct ending *e)
{
	struct dma_unmapped what;

	if (putter)
		dma_put_end(putter); /* the walker brings fences of its own */
	what = space->mapper->unmap(space, s->daddr.raw, s->seg.npages, note);
	join_tables(e, &what);
	if (putter)
		dma_put_begin(putter, &space->table);
}

/* The entries of all marked streams. */
static void unmap_all(struct dma_space *space, struct dma_stream *const *streams, size_t n, struct ending *e)
{
	const struct dma_table *t = &space->table;
	struct dma_putter walker, *putter = NULL;
	uint64_t now = dma_host_time_ns(), *entry;
	bool past = t->past, single = PER_PAGE == 1 && (t->past || t->snoops);
	uint64_t from = UINT64_MAX, to = 0, *table = NULL, tables = UINT64_MAX; /* the 2 MiB that it is for */
	unsigned cpu = 0;

	if (!is_slow(space)) {
		putter = &walker;
		cpu = cache_cpu(t);
		dma_put_begin(putter, t);
	}
	for (size_t i = 0; i < n; i++) {
		struct dma_stream *s = streams[i];
		uint64_t daddr = s->daddr.raw, note = dma_note(s->tag, now);
		size_t npages = s->seg.npages;

		if (dma_unlikely(!(s->place & DMA_PLACE_ENDING)))
			continue;
		s->place ^= DMA_PLACE_ENDING | DMA_PLACE_ENDED;
		if (daddr < from)
			from = daddr;
		daddr += (uint64_t)npages << DMA_PAGE_SHIFT;
		if (daddr > to)
			to = daddr;
		e->npages += npages;
		if (dma_likely(npages == 1 && s->daddr.raw >> CACHE_SHIFT == tables)) {
			entry = &table[index_at(t, s->daddr.raw, 0)];
		} else {
			entry = putter ? entry_of(space, cpu, s->daddr.raw, npages) : NULL;
			if (entry) {
				tables = s->daddr.raw >> CACHE_SHIFT;
				table = entry - index_at(t, s->daddr.raw, 0);
			}
		}
		if (dma_unlikely(!entry))
			unmap_slow(space, putter, s, note, e);
		else if (dma_unlikely(npages != 1 || !single))
			dma_put_run(putter, entry, npages * PER_PAGE, note, 0, 0);
		else if (past)
			dma_arch_write_past(entry, note);
		else
			dma_entry_write(entry, note);
	}
	if (putter)
		dma_put_end(putter);
	e->from = from;
	e->to = to;
}

/* The addresses of all that were unmapped go, and their marks are as they were. */
static void free_all(struct dma_space *space, struct dma_stream *const *streams, size_t n, bool lost)
{
	struct dma_iova_cpu *slot = is_slow(space) ? NULL : space->iova.cpu[cache_cpu(&space->table)];

	for (size_t i = 0; i < n; i++) {
		struct dma_stream *s = streams[i];

		if (dma_unlikely(!(s->place & DMA_PLACE_ENDED)))
			continue;
		s->place ^= DMA_PLACE_ENDING | DMA_PLACE_ENDED;
		if (dma_unlikely(lost))
			continue;
		if (dma_likely(slot && s->seg.npages == 1))
			dma_iova_give(&space->iova, slot, s->daddr.raw, 1);
		else
			dma_iova_free(&space->iova, s->daddr.raw, s->seg.npages);
	}
}

int dma_many_unmap_streams(struct dma_domain *domain, struct dma_stream *const *streams, size_t n)
{
	struct dma_space *space = dma_space_of(domain);
	struct ending e = {.from = UINT64_MAX};
	int error;

	unmap_all(space, streams, n, &e);
	if (e.npages == 0)
		return 0;
	e.slow.daddr = e.from;
	e.slow.npages = (size_t)((e.to - e.from) >> DMA_PAGE_SHIFT);
	if (e.slow.npages <= NEAR_PAGES || e.slow.error)
		error = space->mapper->flush(space, e.slow);
	else
		error = space->mapper->flush_all(space, e.slow.tables);
	if (dma_unlikely(error || dma_space_dead(space)))
		error = dma_space_give_up(space, e.npages);
	free_all(space, streams, n, error != 0);
	return error;
}
