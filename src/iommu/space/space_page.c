/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fast paths: map and release of pages that lie in one leaf table, in a domain whose unit walks tables. The steps are
 * those of space_map.c and of the walker, in the same order; what is left out is the search for an address and for its
 * table:
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
#include "../../device/translated.h"
#include "../../memory/run.h"
#include "../table/walker_tree.h"
#include "space.h"
#include "space_batch.h"

#define always_inline inline __attribute__((always_inline))
#define out_of_line   __attribute__((noinline))

static inline bool is_slow(const struct dma_space *space)
{
	return __atomic_load_n(&space->slow, __ATOMIC_RELAXED) != 0;
}

static always_inline bool in_one_table(uint64_t daddr, size_t npages)
{
	return npages < ENTRIES && (daddr >> DMA_PAGE_SHIFT & (ENTRIES - 1)) + npages <= ENTRIES;
}

/* The entry of the first of npages of the caller's, if they lie in one leaf table that is cached; false: ask
 * walked_entry(). */
static always_inline bool cached_entry(const struct dma_space *space, unsigned cpu, uint64_t daddr, size_t npages,
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
static always_inline uint64_t *walked_entry(const struct dma_space *space, unsigned cpu, uint64_t daddr, size_t npages)
{
	uint64_t *va = in_one_table(daddr, npages) ? dma_table_leaf_find(&space->table, cpu, daddr) : NULL;

	return va ? &va[daddr >> DMA_ENTRY_SHIFT & (ENTRIES - 1)] : NULL;
}

/* ---- Map ---- */

/* What the entries of a mapping hold beside what its direction adds (page_bits, first_bits). */
static always_inline uint64_t entry_value(const struct dma_table *t, uint64_t paddr, uint32_t generation, bool plain)
{
	return (plain ? paddr : paddr >> t->format->address_shift) | generation * t->generation_unit;
}

/* Fills the entries of an address that the caller owns; gives the mapping's tag. dir has no flags. */
static always_inline uint32_t fill(const struct dma_space *space, struct dma_iova_cpu *slot, uint64_t *entry,
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

static always_inline int map_stream(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
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
static always_inline int map_pages(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg,
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

/* ---- Strict release ---- */

/* Entries of one leaf table turn into notes, and the unit's walker sees it. What that did is dma_unmapped_leaves(); a
 * release builds the value where it is used, since most deferred ones do not need it. several: it is known that there
 * is more than one. */
static always_inline void clear(const struct dma_space *space, uint64_t *entry, size_t npages, uint64_t note,
				bool several, bool plain)
{
	if (several || npages != 1)
		dma_put_notes(&space->table, entry, npages, note);
	else if (plain)
		dma_put_entry_uncleaned(&space->table, entry, note);
	else
		dma_put_entry(&space->table, entry, note);
}

/* Entries, invalidation, then the addresses (hazards 10, 11, 47). What is unmapped is read where it lies each time: a
 * register that kept it over the calls would have to be saved. */
static always_inline int unmap(struct dma_space *space, uint64_t *entry, const dma_daddr_t *daddr, const size_t *npages,
			       uint64_t note, unsigned cpu, bool single, bool plain)
{
	clear(space, entry, *npages, note, single, plain);
	if (dma_unlikely(dma_space_invalidate_leaves(space, daddr->raw, *npages)))
		return dma_space_give_up(space, *npages);
	dma_iova_give(&space->iova, space->iova.cpu[cpu], daddr->raw, *npages);
	return 0;
}

static always_inline void release_at(struct dma_space *space, struct dma_stream *s, uint64_t *entry, bool single,
				     bool several, unsigned cpu, bool plain, uint64_t now)
{
	static const size_t one = 1;
	const size_t *npages = single ? &one : &s->seg.npages;

	if (dma_unlikely(unmap(space, entry, &s->daddr, npages, dma_note(s->tag, now), cpu, several, plain)))
		dma_count_quarantined(*npages);
	else if (s->seg.run)
		dma_run_drop(s->seg.run, *npages);
	dma_translated_end(s);
}

/* The leaf table is not cached. */
static out_of_line void release_walked(struct dma_stream *s, struct dma_space *space, uint64_t now)
{
	unsigned cpu = cache_cpu(&space->table);
	size_t npages = s->seg.npages;
	uint64_t *entry = walked_entry(space, cpu, s->daddr.raw, npages);

	if (dma_likely(entry != NULL))
		release_at(space, s, entry, false, false, cpu, false, now);
	else
		dma_stream_release_translated(s);
}

static always_inline void release(struct dma_space *space, struct dma_stream *s, bool single, bool plain)
{
	uint64_t now = dma_host_time_ns(), *entry;
	unsigned cpu = plain ? 0 : cache_cpu(&space->table);

	if (dma_likely(cached_entry(space, cpu, s->daddr.raw, single ? 1 : s->seg.npages, &entry)))
		release_at(space, s, entry, single, !single, cpu, plain, now);
	else
		release_walked(s, space, now);
}

static out_of_line void release_plain(struct dma_stream *s, struct dma_space *space)
{
	release(space, s, true, true);
}

static out_of_line void release_page(struct dma_stream *s, struct dma_space *space)
{
	release(space, s, true, false);
}

static out_of_line void release_some_plain(struct dma_stream *s, struct dma_space *space)
{
	release(space, s, false, true);
}

static out_of_line void release_some(struct dma_stream *s, struct dma_space *space)
{
	release(space, s, false, false);
}

int dma_page_unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	struct dma_space *space = dma_space_of(domain);
	unsigned cpu = cache_cpu(&space->table);
	uint64_t *entry;

	if (is_slow(space))
		return dma_space_unmap(domain, dev, daddr, npages, tag);
	if (dma_unlikely(!cached_entry(space, cpu, daddr.raw, npages, &entry))) {
		entry = walked_entry(space, cpu, daddr.raw, npages);
		if (!entry)
			return dma_space_unmap(domain, dev, daddr, npages, tag);
	}
	return unmap(space, entry, &daddr, &npages, dma_note(tag, dma_host_time_ns()), cpu, false, false);
}

/* ---- Deferred release ---- */

/* The entries are cleared, and no slot is free or a bound of the batch is met. */
static dma_cold void push(struct dma_space *space, struct dma_stream *s, uint64_t now)
{
	struct dma_owed left = dma_owed_of(s);

	dma_batch_push(space, &left, dma_unmapped_leaves(left.daddr, left.npages), now);
	dma_translated_end(s);
}

static always_inline void retire_at(struct dma_space *space, struct dma_stream *s, uint64_t *entry, bool single,
				    bool several, unsigned cpu, bool plain, uint64_t now)
{
	size_t npages = single ? 1 : s->seg.npages;
	struct dma_batch *batch = &space->batch[cpu];
	struct dma_owed *record;
	uint64_t at;

	clear(space, entry, npages, dma_note(s->tag, now), several, plain);
	if (dma_unlikely(!dma_batch_place(space, batch, npages, now, &at))) {
		push(space, s, now);
		return;
	}
	record = dma_batch_record(batch, at);
	record->daddr = s->daddr.raw;
	record->paddr = s->seg.paddr;
	record->run = s->seg.run;
	dma_batch_placed(record, (uint32_t)npages);
	dma_translated_end(s);
}

/* The leaf table is not cached. */
static out_of_line void retire_walked(struct dma_space *space, struct dma_stream *s, uint64_t now)
{
	unsigned cpu = cache_cpu(&space->table);
	size_t npages = s->seg.npages;
	uint64_t *entry = walked_entry(space, cpu, s->daddr.raw, npages);

	if (dma_likely(entry != NULL))
		retire_at(space, s, entry, false, false, cpu, false, now);
	else
		dma_stream_release_translated(s);
}

/* The clock is read first: so nothing but s is kept over that call. */
static always_inline void retire(struct dma_stream *s, bool single, bool plain)
{
	uint64_t now = dma_host_time_ns(), *entry;
	struct dma_space *space = dma_space_of(s->dev->domain);
	unsigned cpu = plain ? 0 : cache_cpu(&space->table);
	size_t npages = single ? 1 : s->seg.npages;

	if (dma_likely(cached_entry(space, cpu, s->daddr.raw, npages, &entry)))
		retire_at(space, s, entry, single, !single, cpu, plain, now);
	else
		retire_walked(space, s, now);
}

static out_of_line void retire_plain(struct dma_stream *s)
{
	retire(s, true, true);
}

static out_of_line void retire_some(struct dma_stream *s)
{
	retire(s, false, false);
}

/* What is neither a page nor deferred as one. */
static out_of_line void release_rest(struct dma_stream *s)
{
	struct dma_space *space = dma_space_of(s->dev->domain);

	if (s->seg.npages == 1)
		release_page(s, space);
	else if (s->dev->deferred && s->seg.npages < DMA_BATCH_LARGE)
		retire_some(s);
	else
		release_some(s, space);
}

void dma_page_release_stream(struct dma_stream *s)
{
	if (dma_likely(s->dev->deferred && s->seg.npages == 1))
		retire(s, true, false);
	else
		release_rest(s);
}

void dma_page_release_plain(struct dma_stream *s)
{
	if (dma_likely(s->seg.npages == 1)) {
		if (s->dev->deferred)
			retire_plain(s);
		else
			release_plain(s, dma_space_of(s->dev->domain));
	} else if (s->seg.npages < DMA_BATCH_LARGE && s->dev->deferred) {
		retire_some(s);
	} else {
		release_some_plain(s, dma_space_of(s->dev->domain));
	}
}
