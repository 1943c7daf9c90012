/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs of entries: stored, and brought to where a walker that does not snoop finds them.
 */
#include "walker_store.h"

static inline void store(uint64_t *at, uint64_t value, bool past)
{
	if (past)
		dma_arch_write_past(at, value);
	else
		dma_entry_write(at, value);
}

/* The next value of a run, `step` above the last. The compiler is told not to compute it in another way: so an entry of
 * a map costs two instructions. */
static inline uint64_t next_value(uint64_t value, uint64_t step)
{
	return dma_arch_computed(value + step);
}

/* Two entries, which some CPUs store with one instruction; gives the place behind them. */
static inline uint64_t *store_two(uint64_t *at, uint64_t value, uint64_t next, bool past)
{
	if (!past)
		return dma_arch_write_two(at, value, next);
	dma_arch_write_past(at, value);
	dma_arch_write_past(at + 1, next);
	return at + 2;
}

/* `n` entries straight on, an even number. */
#define STORE_STRAIGHT(n)                                                                                              \
	_Pragma("GCC unroll 64") for (unsigned i = 0; i < (n); i += 2)                                                 \
	{                                                                                                              \
		uint64_t next = same ? value : next_value(value, step);                                                \
                                                                                                                       \
		at = store_two(at, value, next, past);                                                                 \
		value = same ? value : next_value(next, step);                                                         \
	}                                                                                                              \
	(void)0

/* Straight on for 128 entries at a time: most of what a map of many pages costs is this. Inline, so that `past` costs
 * nothing, and `same` (all entries have the value) leaves one instruction an entry. */
static inline __attribute__((always_inline)) void store_run(uint64_t *at, size_t count, uint64_t value, uint64_t step,
							    bool same, bool past)
{
	if (count >= 128) {
		const uint64_t *end = at + (count & ~(size_t)127);

		do {
			STORE_STRAIGHT(128);
		} while (at != end);
		if (dma_likely(count % 128 == 0))
			return;
	}
	if (count & 64) {
		STORE_STRAIGHT(64);
	}
	for (const uint64_t *end = at + (count & 56); at != end;) {
		STORE_STRAIGHT(8);
	}
	for (const uint64_t *end = at + (count & 7); at != end; at++) {
		store(at, value, past);
		value = same ? value : next_value(value, step);
	}
}

/* The first entry is stored once more: so the run before has a round number more often. */
static inline __attribute__((always_inline)) void store_pages(uint64_t *at, size_t count, uint64_t value, uint64_t step,
							      uint64_t first, bool past)
{
	store_run(at, count, value, step, false, past);
	store(at, value | first, past);
}

static void clean_lines(const uint64_t *first, size_t count)
{
	size_t step = dma_state.host.line_step;
	uintptr_t line = (uintptr_t)first & ~(uintptr_t)(step - 1), end = (uintptr_t)(first + count);

	for (; line < end; line += step)
		dma_arch_line_clean((const void *)line);
}

void dma_flush_entries(const struct dma_table *t, const uint64_t *first, size_t count)
{
	if (t->snoops) {
		dma_arch_publish();
		return;
	}
	dma_arch_maintenance_begin();
	clean_lines(first, count);
	dma_arch_maintenance_end();
}

/* ---- At once ---- */

int dma_put_pages_past(uint64_t *at, size_t count, uint64_t value, uint64_t step, uint64_t first)
{
	dma_arch_maintenance_begin();
	store_pages(at, count, value, step, first, true);
	dma_arch_maintenance_end();
	return 0;
}

void dma_put_notes_past(uint64_t *at, size_t count, uint64_t note)
{
	dma_arch_maintenance_begin();
	store_run(at, count, note, 0, true, true);
	dma_arch_maintenance_end();
}

int dma_put_pages_cached(const struct dma_table *t, uint64_t *at, size_t count, uint64_t value, uint64_t step)
{
	store_pages(at, count, value, step, t->format->software_start, false);
	dma_flush_entries(t, at, count);
	return 0;
}

void dma_put_notes_cached(const struct dma_table *t, uint64_t *at, size_t count, uint64_t note)
{
	store_run(at, count, note, 0, true, false);
	dma_flush_entries(t, at, count);
}

/* ---- Scattered pages ---- */

#define PER_PAGE ((size_t)1 << (DMA_PAGE_SHIFT - DMA_ENTRY_SHIFT)) /* entries in a page */

static inline __attribute__((always_inline)) void store_scattered(uint64_t *at, const uint64_t *end,
								  struct dma_put_source *from, unsigned shift,
								  uint64_t bits, bool past)
{
	struct dma_pieces pieces = from->pieces;
	uint64_t paddr = from->paddr;
	size_t left = from->left;

	while (at != end) {
		if (left == 0) {
			(void)dma_pieces_next(&pieces, &paddr, &left);
			left *= PER_PAGE;
		}
		do {
			store(at++, paddr >> shift | bits, past);
			paddr += (uint64_t)1 << DMA_ENTRY_SHIFT;
		} while (--left > 0 && at != end);
	}
	from->pieces = pieces;
	from->paddr = paddr;
	from->left = left;
}

void dma_put_scattered(const struct dma_table *t, uint64_t *at, size_t count, struct dma_put_source *from,
		       uint64_t bits, uint64_t first)
{
	unsigned shift = t->format->address_shift;

	if (t->past) {
		store_scattered(at, at + 1, from, shift, bits | first, true);
		store_scattered(at + 1, at + count, from, shift, bits, true);
	} else {
		store_scattered(at, at + 1, from, shift, bits | first, false);
		store_scattered(at + 1, at + count, from, shift, bits, false);
	}
}

/* Each piece lies in a page of its own: one entry each. */
static inline __attribute__((always_inline)) void store_single(uint64_t *at, const struct dma_piece *piece,
							       const struct dma_piece *end, unsigned shift,
							       uint64_t bits, bool past)
{
	for (; piece != end; piece++)
		store(at++, (piece->paddr.raw & ~(uint64_t)(DMA_PAGE_SIZE - 1)) >> shift | bits, past);
}

bool dma_put_single(const struct dma_table *t, uint64_t *at, const struct dma_pieces *pieces, size_t npages,
		    uint64_t bits, uint64_t first)
{
	const struct dma_piece *piece = pieces->piece;
	unsigned shift = t->format->address_shift;
	uint64_t value = (piece->paddr.raw & ~(uint64_t)(DMA_PAGE_SIZE - 1)) >> shift | bits | first;

	if (!pieces->plain || (size_t)(pieces->end - piece) != npages || PER_PAGE != 1)
		return false;
	store(at, value, t->past);
	if (dma_likely(shift == 0 && t->past))
		store_single(at + 1, piece + 1, pieces->end, 0, bits, true);
	else
		store_single(at + 1, piece + 1, pieces->end, shift, bits, t->past);
	return true;
}

/* ---- One after the other ---- */

void dma_put_begin(struct dma_putter *p, const struct dma_table *t)
{
	p->t = t;
	p->past = t->past;
	p->nruns = 0;
	if (p->past)
		dma_arch_maintenance_begin();
}

static void flush_runs(struct dma_putter *p)
{
	dma_arch_maintenance_begin();
	for (unsigned i = 0; i < p->nruns; i++)
		clean_lines(p->run[i].first, p->run[i].count);
	dma_arch_maintenance_end();
	p->nruns = 0;
}

void dma_put_stored(struct dma_putter *p, uint64_t *first, size_t count)
{
	if (p->t->snoops)
		return;
	if (p->past) {
		dma_flush_entries(p->t, first, count);
		return;
	}
	if (p->nruns && p->run[p->nruns - 1].first + p->run[p->nruns - 1].count == first) {
		p->run[p->nruns - 1].count += count;
		return;
	}
	if (p->nruns == DMA_PUTTER_RUNS)
		flush_runs(p);
	p->run[p->nruns].first = first;
	p->run[p->nruns++].count = count;
}

void dma_put_run(struct dma_putter *p, uint64_t *at, size_t count, uint64_t value, uint64_t step, uint64_t first)
{
	if (p->past) {
		store_pages(at, count, value, step, first, true);
		return;
	}
	store_pages(at, count, value, step, first, false);
	dma_put_stored(p, at, count);
}

void dma_put_end(struct dma_putter *p)
{
	if (p->t->snoops)
		dma_arch_publish();
	else if (p->past)
		dma_arch_maintenance_end();
	else
		flush_runs(p);
}
