/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fast paths of release, strict and deferred (space_page.h: which path is taken).
 */
#include "../../device/translated.h"
#include "../../memory/placement.h"
#include "../../memory/run.h"
#include "space_batch.h"
#include "space_page.h"

/* ---- Strict release ---- */

/* A note tells the time in steps of a millisecond. So while eight releases of a CPU take less than half a step, the
 * clock is read for one of them, and the other seven take the same time: that a CPU pauses among those seven is not
 * noted (space_batch.h says what the clock costs). */
#define CLOCK_READ_EVERY 8u
#define CLOCK_QUICK_NS	 (1u << (DMA_NOTE_TIME_SHIFT - 1))

static out_of_line uint64_t read_clock(struct dma_iova_cpu *cpu)
{
	uint64_t now = dma_host_time_ns(), took = now - dma_load(&cpu->now_ns);

	dma_store(&cpu->left, took < CLOCK_QUICK_NS ? CLOCK_READ_EVERY - 1 : 0);
	dma_store(&cpu->now_ns, now);
	return now;
}

static fast_inline uint64_t note_time(const struct dma_space *space, unsigned number)
{
	struct dma_iova_cpu *cpu = space->iova.cpu[number];
	uint64_t left = dma_load(&cpu->left);

	if (dma_unlikely(left == 0))
		return read_clock(cpu);
	dma_store(&cpu->left, left - 1);
	return dma_load(&cpu->now_ns);
}

/* Entries of one leaf table turn into notes, and the unit's walker sees it. What that did is dma_unmapped_leaves(); a
 * release builds the value where it is used, since most deferred ones do not need it. several: it is known that there
 * is more than one. */
static fast_inline void clear(const struct dma_space *space, uint64_t *entry, size_t npages, uint64_t note,
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
static fast_inline int unmap(struct dma_space *space, uint64_t *entry, const dma_daddr_t *daddr, const size_t *npages,
			     uint64_t note, unsigned cpu, bool single, bool plain)
{
	clear(space, entry, *npages, note, single, plain);
	if (dma_unlikely(dma_space_invalidate_leaves(space, daddr->raw, *npages)))
		return dma_space_give_up(space, *npages);
	dma_iova_give(&space->iova, space->iova.cpu[cpu], daddr->raw, *npages);
	return 0;
}

static fast_inline void release_at(struct dma_space *space, struct dma_stream *s, uint64_t *entry, bool single,
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

static fast_inline void release(struct dma_space *space, struct dma_stream *s, bool single, bool plain)
{
	unsigned cpu = plain ? 0 : cache_cpu(&space->table);
	uint64_t now = note_time(space, cpu), *entry;

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
	return unmap(space, entry, &daddr, &npages, dma_note(tag, note_time(space, cpu)), cpu, false, false);
}

/* ---- Deferred release ---- */

/* The entries are cleared, and no slot is free or a bound of the batch is met. */
static dma_cold void push(struct dma_space *space, struct dma_stream *s, uint64_t now)
{
	struct dma_owed left = dma_owed_of(s);

	dma_batch_push(space, &left, dma_unmapped_leaves(left.daddr, left.npages), now);
	dma_translated_end(s);
}

static fast_inline void retire_at(struct dma_space *space, struct dma_stream *s, uint64_t *entry, bool single,
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

/* The same steps for frames of the library's own, which go back after the invalidation. */
void dma_page_retire(struct dma_domain *domain, const struct dma_stream *s)
{
	struct dma_space *space = dma_space_of(domain);
	unsigned cpu = cache_cpu(&space->table);
	struct dma_batch *batch = &space->batch[cpu];
	uint64_t now, *entry, at;
	struct dma_owed *record;

	if (is_slow(space) || (s->place & (DMA_PLACE_OWES | DMA_PLACE_MAINTAIN)) ||
	    !cached_entry(space, cpu, s->daddr.raw, s->seg.npages, &entry)) {
		dma_batch_retire(space, s);
		return;
	}
	now = dma_host_time_ns();
	clear(space, entry, s->seg.npages, dma_note(s->tag, now), false, false);
	if (dma_unlikely(!dma_batch_place(space, batch, s->seg.npages, now, &at))) {
		struct dma_owed left = dma_owed_of(s);

		dma_batch_push(space, &left, dma_unmapped_leaves(left.daddr, left.npages), now);
		return;
	}
	record = dma_batch_record(batch, at);
	record->daddr = s->daddr.raw;
	record->paddr = s->seg.paddr;
	record->run = s->seg.run;
	record->steps = s->place & DMA_PLACE_OWN ? DMA_OWED_FREE : 0;
	dma_batch_placed(record, (uint32_t)s->seg.npages);
}

static fast_inline void retire_now(struct dma_space *space, struct dma_stream *s, bool single, unsigned cpu, bool plain,
				   uint64_t now)
{
	uint64_t *entry;

	if (dma_likely(cached_entry(space, cpu, s->daddr.raw, single ? 1 : s->seg.npages, &entry)))
		retire_at(space, s, entry, single, !single, cpu, plain, now);
	else
		retire_walked(space, s, now);
}

/* The clock is read first: so nothing but s is kept over that call. */
static fast_inline void retire_reading(struct dma_stream *s, bool single, bool plain)
{
	struct dma_space *space = dma_space_of(s->dev->domain);
	unsigned cpu = plain ? 0 : cache_cpu(&space->table);
	uint64_t now = dma_batch_read_clock(space, &space->batch[cpu]);

	retire_now(space, s, single, cpu, plain, now);
}

static out_of_line void retire_plain_reading(struct dma_stream *s)
{
	retire_reading(s, true, true);
}

static out_of_line void retire_page_reading(struct dma_stream *s)
{
	retire_reading(s, true, false);
}

static out_of_line void retire_some_reading(struct dma_stream *s)
{
	retire_reading(s, false, false);
}

static fast_inline void retire(struct dma_stream *s, bool single, bool plain)
{
	struct dma_space *space = dma_space_of(s->dev->domain);
	unsigned cpu = plain ? 0 : cache_cpu(&space->table);
	uint64_t now;

	if (dma_likely(dma_batch_knows_time(&space->batch[cpu], &now)))
		retire_now(space, s, single, cpu, plain, now);
	else if (!single)
		retire_some_reading(s);
	else if (plain)
		retire_plain_reading(s);
	else
		retire_page_reading(s);
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
