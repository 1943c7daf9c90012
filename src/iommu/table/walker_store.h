/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How entries get to where the unit's walker reads them (hazard 30). If it snoops: stored, and published. If it does
 * not: stored past the caches where the CPU can, else stored and their lines cleaned.
 */
#ifndef DMASTREAM_IOMMU_WALKER_STORE_H
#define DMASTREAM_IOMMU_WALKER_STORE_H

#include "../../base/state.h"
#include "../../memory/pieces.h"
#include "table.h"

/* Lines of entries that were stored without it. What they hold is with the unit on return. */
void dma_flush_entries(const struct dma_table *t, const uint64_t *first, size_t count);

/* ---- At once, in one leaf table: with the unit on return ---- */

static inline void dma_put_entry_past(uint64_t *at, uint64_t value)
{
	dma_arch_maintenance_begin();
	dma_arch_write_past(at, value);
	dma_arch_maintenance_end();
}

/* For tables whose lines need no cleaning: past the caches, or snooped. */
static inline void dma_put_entry_uncleaned(const struct dma_table *t, uint64_t *at, uint64_t value)
{
	if (t->past) {
		dma_put_entry_past(at, value);
		return;
	}
	dma_entry_write(at, value);
	dma_arch_publish();
}

static inline void dma_put_entry(const struct dma_table *t, uint64_t *at, uint64_t value)
{
	if (t->past || t->snoops) {
		dma_put_entry_uncleaned(t, at, value);
		return;
	}
	dma_entry_write(at, value);
	dma_arch_maintenance_begin();
	dma_arch_line_clean((const void *)((uintptr_t)at & ~(uintptr_t)(dma_state.host.line_step - 1)));
	dma_arch_maintenance_end();
}

int dma_put_pages_past(uint64_t *at, size_t count, uint64_t value, uint64_t step, uint64_t first);
void dma_put_notes_past(uint64_t *at, size_t count, uint64_t note);
int dma_put_pages_cached(const struct dma_table *t, uint64_t *at, size_t count, uint64_t value, uint64_t step);
void dma_put_notes_cached(const struct dma_table *t, uint64_t *at, size_t count, uint64_t note);

/* The pages of a mapping, the first with software_start. unshifted: the format's entries hold addresses as they are.
 * Gives 0, so that it can be the last call of a function that does. */
static inline int dma_put_pages(const struct dma_table *t, uint64_t *at, size_t count, uint64_t value, bool unshifted)
{
	uint64_t step = ((uint64_t)1 << DMA_ENTRY_SHIFT) >> (unshifted ? 0 : t->format->address_shift);

	if (t->past)
		return dma_put_pages_past(at, count, value, step, t->format->software_start);
	return dma_put_pages_cached(t, at, count, value, step);
}

/* The same note into all. */
static inline void dma_put_notes(const struct dma_table *t, uint64_t *at, size_t count, uint64_t note)
{
	if (t->past)
		dma_put_notes_past(at, count, note);
	else
		dma_put_notes_cached(t, at, count, note);
}

/* ---- Scattered pages ---- */

/* Pages on their way into entries: the rest of a run, then the runs behind it. */
struct dma_put_source {
	struct dma_pieces pieces;
	uint64_t paddr;
	size_t left; /* entries of this run */
};

/* The next `count` entries of what is there; the first one has those bits beside. They are stored only: the caller
 * orders and flushes. */
void dma_put_scattered(const struct dma_table *t, uint64_t *at, size_t count, struct dma_put_source *from,
		       uint64_t bits, uint64_t first);
/* The same for all of a plain list of as many pieces as pages, the usual one; false: it is another list. */
bool dma_put_single(const struct dma_table *t, uint64_t *at, const struct dma_pieces *pieces, size_t npages,
		    uint64_t bits, uint64_t first);

/* All pages of pieces, in one leaf table: with the unit on return. */
static inline void dma_put_all(const struct dma_table *t, uint64_t *at, const struct dma_pieces *pieces, size_t npages,
			       uint64_t bits)
{
	size_t count = npages << (DMA_PAGE_SHIFT - DMA_ENTRY_SHIFT);

	if (t->past)
		dma_arch_maintenance_begin();
	if (!dma_put_single(t, at, pieces, npages, bits, t->format->software_start)) {
		struct dma_put_source from = {.pieces = *pieces};

		dma_put_scattered(t, at, count, &from, bits, t->format->software_start);
	}
	if (t->past)
		dma_arch_maintenance_end();
	else
		dma_flush_entries(t, at, count);
}

/* ---- One after the other, on a walk: with the unit at its end ---- */

#define DMA_PUTTER_RUNS 8u

struct dma_putter {
	const struct dma_table *t;
	bool past;
	unsigned nruns; /* not flushed yet */
	struct {
		const uint64_t *first;
		size_t count;
	} run[DMA_PUTTER_RUNS];
};

void dma_put_begin(struct dma_putter *p, const struct dma_table *t);
/* count entries with values that grow by step; the first one has those bits beside. */
void dma_put_run(struct dma_putter *p, uint64_t *at, size_t count, uint64_t value, uint64_t step, uint64_t first);
/* Entries that the caller has stored itself: where others must see them before a lock is free. */
void dma_put_stored(struct dma_putter *p, uint64_t *at, size_t count);
void dma_put_end(struct dma_putter *p);

#endif
