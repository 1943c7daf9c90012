/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Many at once: scattered pages at one range, and the strict release of many streams with one invalidation.
 *
 * The order of a release (hazards 10, 11, 34, 47) holds for the batch as a whole: the entries of all streams go, and
 * are with the unit; then the one invalidation; then table pages and addresses, and last, by the caller, the memory.
 */
#include "../../memory/pieces.h"
#include "../../memory/placement.h"
#include "../table/walker_tree.h"
#include "space.h"
#include <dmastream/errors.h>

/* A batch that lies within so many pages is invalidated as a range, with what lies between; another one as a whole. */
#define NEAR_PAGES ((uint64_t)512)

static inline bool is_slow(const struct dma_space *space)
{
	return __atomic_load_n(&space->slow, __ATOMIC_RELAXED) != 0;
}

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
	struct dma_put_source from = {.pieces = *pieces};
	unsigned cpu = cache_cpu(t);
	struct dma_iova_cpu *slot = space->iova.cpu[cpu];
	uint32_t generation;
	uint64_t daddr, *entry;

	if (dma_unlikely(is_slow(space) || dev->particular || dev->boundary || npages >= ENTRIES / PER_PAGE ||
			 !dma_iova_pop(slot, npages, dev->mask, &daddr)))
		return dma_space_map_pieces(domain, dev, pieces, npages, dir);
	entry = entry_of(space, cpu, daddr, npages);
	if (dma_unlikely(!entry)) {
		dma_iova_free(&space->iova, daddr, npages);
		return dma_space_map_pieces(domain, dev, pieces, npages, dir);
	}
	generation = dma_iova_generation(slot) & space->generation_mask;
	if (t->past)
		dma_arch_maintenance_begin();
	dma_put_scattered(t, entry, npages * PER_PAGE, &from,
			  t->page_bits[dir & DMA_BIDIRECTIONAL] | generation * t->generation_unit,
			  t->format->software_start);
	if (t->past)
		dma_arch_maintenance_end();
	else
		dma_flush_entries(t, entry, npages * PER_PAGE);
	return (struct dma_mapped){.daddr = dma_daddr(daddr), .tag = dma_tag(generation, daddr, generation)};
}

/* ---- Release ---- */

/* What the streams of a batch have come to. */
struct ending {
	struct dma_unmapped all; /* from the lowest address to the highest */
	size_t npages;		 /* that are mapped there */
};

static void join(struct ending *e, uint64_t daddr, size_t npages)
{
	uint64_t end = daddr + ((uint64_t)npages << DMA_PAGE_SHIFT);
	uint64_t all_end = e->all.daddr + ((uint64_t)e->all.npages << DMA_PAGE_SHIFT);

	if (e->npages == 0 || daddr < e->all.daddr)
		e->all.daddr = daddr;
	if (e->npages == 0 || end > all_end)
		all_end = end;
	e->all.npages = (size_t)((all_end - e->all.daddr) >> DMA_PAGE_SHIFT);
	e->npages += npages;
}

/* Table pages that one more unmap took out. */
static dma_cold void join_tables(struct ending *e, const struct dma_unmapped *what)
{
	uint64_t *last, next;

	e->all.inner = e->all.inner || what->inner;
	if (what->error)
		e->all.error = what->error;
	if (!what->tables.count)
		return;
	last = dma_table_at(what->tables.first);
	while ((next = dma_entry_read(last)) != 0)
		last = dma_table_at(next);
	dma_entry_write(last, e->all.tables.first);
	e->all.tables.first = what->tables.first;
	e->all.tables.count += what->tables.count;
}

static dma_cold void unmap_slow(struct dma_space *space, struct dma_putter *putter, const struct dma_stream *s,
				size_t npages, uint64_t note, struct ending *e)
{
	struct dma_unmapped what;

	if (putter)
		dma_put_end(putter); /* the walker brings fences of its own */
	what = space->mapper->unmap(space, s->daddr.raw, npages, note);
	join_tables(e, &what);
	if (putter)
		dma_put_begin(putter, &space->table);
}

/* The entries of one stream. */
static inline void unmap_stream(struct dma_space *space, struct dma_putter *putter, const struct dma_stream *s,
				uint64_t now, struct ending *e)
{
	size_t npages = dma_stream_size(s) >> DMA_PAGE_SHIFT;
	uint64_t note = dma_note(s->tag, now), *entry = NULL;
	const struct dma_table *t = &space->table;

	join(e, s->daddr.raw, npages);
	if (putter)
		entry = entry_of(space, cache_cpu(t), s->daddr.raw, npages);
	if (dma_unlikely(!entry))
		unmap_slow(space, putter, s, npages, note, e);
	else if (npages * PER_PAGE == 1 && t->past)
		dma_arch_write_past(entry, note);
	else if (npages * PER_PAGE == 1 && t->snoops)
		dma_entry_write(entry, note);
	else
		dma_put_run(putter, entry, npages * PER_PAGE, note, 0, 0);
}

int dma_many_unmap_streams(struct dma_domain *domain, struct dma_stream *const *streams, size_t n)
{
	struct dma_space *space = dma_space_of(domain);
	struct dma_putter walker, *putter = is_slow(space) ? NULL : &walker;
	uint64_t now = dma_host_time_ns();
	struct ending e = {0};
	int error;

	if (putter)
		dma_put_begin(putter, &space->table);
	for (size_t i = 0; i < n; i++) {
		struct dma_stream *s = streams[i];

		if (!(s->place & DMA_PLACE_ENDING))
			continue;
		s->place ^= DMA_PLACE_ENDING | DMA_PLACE_ENDED;
		unmap_stream(space, putter, s, now, &e);
	}
	if (putter)
		dma_put_end(putter);
	if (e.npages == 0)
		return 0;
	if (e.all.npages <= NEAR_PAGES || e.all.error)
		error = space->mapper->flush(space, e.all);
	else
		error = space->mapper->flush_all(space, e.all.tables);
	if (dma_unlikely(error || dma_space_dead(space)))
		error = dma_space_give_up(space, e.npages);
	for (size_t i = 0; i < n; i++) {
		struct dma_stream *s = streams[i];
		size_t npages = dma_stream_size(s) >> DMA_PAGE_SHIFT;

		if (!(s->place & DMA_PLACE_ENDED))
			continue;
		s->place ^= DMA_PLACE_ENDING | DMA_PLACE_ENDED;
		if (error)
			continue;
		if (dma_likely(putter && npages < ENTRIES / PER_PAGE))
			dma_iova_give(&space->iova, space->iova.cpu[cache_cpu(&space->table)], s->daddr.raw, npages);
		else
			dma_iova_free(&space->iova, s->daddr.raw, npages);
	}
	return error;
}
