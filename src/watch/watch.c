/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger's judgements: what is wrong with a map, a release or a sync.
 */
#include "watch_own.h"
#include <dmastream/errors.h>

#if DMA_CONFIG_WATCH

/* ---- Begins ---- */

static bool line_shared(const struct record *a, const struct record *b)
{
	uintptr_t mask = ~((uintptr_t)(dma_state.host.line_align > UNIT ? dma_state.host.line_align : UNIT) - 1);

	return (a->view & mask) <= ((b->view + b->nbytes - 1) & mask) &&
	       (b->view & mask) <= ((a->view + a->nbytes - 1) & mask);
}

static bool bytes_shared(const struct record *a, const struct record *b)
{
	return a->view < b->view + b->nbytes && b->view < a->view + a->nbytes;
}

/* Looks at every cache line of the new record for a live record that shares it, not at the first line alone (hazard
 * 63). Of what bounces, the device uses another place. */
static void judge_overlap(const struct record *r, const struct place *here)
{
	for (uintptr_t page = page_of(r->view); page <= page_of(r->view + r->nbytes - 1); page++)
		for (struct sheet *s = dma_sheet_next(page, NULL); s; s = dma_sheet_next(page, s)) {
			const struct record *other = s->record;

			if (!((r->dir | other->dir) & DMA_FROM_DEVICE))
				continue;
			if (bytes_shared(r, other)) {
				dma_watch_say(ERROR, "the same bytes are mapped twice, and a device writes there", r,
					      other, here);
				return;
			}
			if (!r->bounces && !other->bounces && line_shared(r, other)) {
				dma_watch_say(NOTE, "two mappings share a cache line, and a device writes there", r,
					      other, here);
				return;
			}
		}
}

void dma_ledger_stream_begins(const void *dev, const void *view, uint64_t daddr, size_t nbytes, unsigned dir,
			      bool bounces)
{
	uintptr_t at = (uintptr_t)view, irq;
	size_t pages = page_of(at + nbytes - 1) - page_of(at) + 1;
	struct place here;
	struct record *r;

	PLACE_HERE(&here);
	dma_record_refill(pages);
	irq = dma_host_lock(&dma_watch_lock);
	dma_watch_counted.begun++;
	r = dma_record_new(pages);
	if (r) {
		r->dev = dev;
		r->view = at;
		r->daddr = daddr;
		r->nbytes = nbytes;
		r->dir = (uint8_t)(dir & DMA_BIDIRECTIONAL);
		r->bounces = bounces;
		r->made = here;
		if (r->dir)
			judge_overlap(r, &here);
		dma_record_link(r);
	} else if (dma_watch_counted.missed++ == 0) {
		dma_log("ledger: no memory: what is not noted cannot be judged any more");
	}
	dma_host_unlock(&dma_watch_lock, irq);
}

/* ---- Ends ---- */

static void judge_writes(const struct sheet *sheet, const struct place *here, bool *said)
{
	const struct record *r = sheet->record;

	if (*said || !dma_sums_kept(r) || !dma_sums_differ(sheet))
		return;
	dma_watch_say(
		WARNING,
		"released, but the CPU wrote after the last sync to the device: the device has not been given that", r,
		NULL, here);
	*said = true;
}

static uintptr_t next_page(uintptr_t at)
{
	return (at | (DMA_PAGE_SIZE - 1)) + 1;
}

bool dma_ledger_stream_ends(const void *view, uint64_t daddr, size_t nbytes)
{
	uintptr_t from = (uintptr_t)view, end = from + nbytes, unknown = 0, irq;
	uint64_t apart = daddr - from;
	bool known, said = false;
	struct place here;

	PLACE_HERE(&here);
	irq = dma_host_lock(&dma_watch_lock);
	/* A release that is refused leaves everything as it was: so nothing ends before each page is known. */
	for (uintptr_t at = from; at < end && !unknown; at = next_page(at))
		unknown = dma_sheet_of(at, apart + at) ? 0 : at;
	known = !unknown || dma_watch_counted.missed;
	if (!known)
		dma_watch_say(ERROR, "released twice: the handle was copied, and the copy released",
			      dma_record_ended(unknown), NULL, &here);
	for (uintptr_t at = from; at < end && known; at = next_page(at)) {
		struct sheet *s = dma_sheet_of(at, apart + at);

		if (!s)
			continue;
		judge_writes(s, &here, &said);
		dma_sheet_end(s, &here);
	}
	dma_host_unlock(&dma_watch_lock, irq);
	return known;
}

/* ---- Syncs ---- */

/* The live record that a sync of [from, to) means, in this order: one that has all of it and that direction, one that
 * has all of it, one that has its first byte. */
static struct record *find(uintptr_t from, uintptr_t to, unsigned dir, bool *whole)
{
	struct record *found = NULL;
	unsigned best = 0;

	for (struct sheet *s = dma_sheet_next(page_of(from), NULL); s; s = dma_sheet_next(page_of(from), s)) {
		struct record *r = s->record;
		unsigned fits = 1;

		if (from < r->view || from - r->view >= r->nbytes)
			continue;
		if (to - r->view <= r->nbytes)
			fits = r->dir & dir ? 3 : 2;
		if (fits > best)
			found = r;
		best = fits > best ? fits : best;
	}
	*whole = best >= 2;
	return found;
}

static void judge_unknown(uintptr_t from, const struct record *part, const struct place *here)
{
	const struct record *gone = part ? NULL : dma_record_ended(from);

	if (part)
		dma_watch_say(ERROR, "synced beyond the end of the mapping", part, NULL, here);
	else if (gone)
		dma_watch_say(ERROR, "synced after the release", gone, NULL, here);
	else if (!dma_watch_counted.missed)
		dma_watch_say(ERROR, "synced, but not mapped", NULL, NULL, here);
}

/* Which handle was synced is not known here, and read-only mappings may share bytes: so all of them are as if synced,
 * since a ledger that is not sure says nothing. What the CPU took back is its own until it is handed over again. */
static void note_sums(uintptr_t from, uintptr_t to, unsigned dir)
{
	for (uintptr_t at = from; at < to; at = next_page(at))
		for (struct sheet *s = dma_sheet_next(page_of(at), NULL); s; s = dma_sheet_next(page_of(at), s))
			if (dma_sums_kept(s->record) && dir == DMA_TO_DEVICE)
				dma_sums_take(s, from, to);
			else if (dma_sums_kept(s->record))
				dma_sums_drop(s, from, to);
}

void dma_ledger_stream_synced(const void *view, size_t nbytes, unsigned dir)
{
	uintptr_t from = (uintptr_t)view, to = from + nbytes, irq;
	struct place here;
	struct record *r;
	bool whole;

	if (!nbytes)
		return;
	PLACE_HERE(&here);
	irq = dma_host_lock(&dma_watch_lock);
	dma_watch_counted.syncs++;
	r = find(from, to, dir, &whole);
	if (!whole)
		judge_unknown(from, r, &here);
	note_sums(from, to, dir);
	if (r)
		dma_watch_note(dir == DMA_TO_DEVICE ? EVENT_TO_DEVICE : EVENT_FROM_DEVICE, r, NULL, from - r->view,
			       nbytes);
	dma_host_unlock(&dma_watch_lock, irq);
}

void dma_ledger_stream_refused(const void *view, size_t off, size_t nbytes, unsigned dir, int error)
{
	struct record *r = NULL;
	struct place here;
	uintptr_t irq;
	bool whole;

	PLACE_HERE(&here);
	irq = dma_host_lock(&dma_watch_lock);
	dma_watch_counted.syncs++;
	if (view)
		r = find((uintptr_t)view, (uintptr_t)view + 1, dir, &whole);
	dma_watch_note(EVENT_REFUSED, r, NULL, off, nbytes);
	dma_watch_say(ERROR,
		      error == DMA_EACCES ? "a sync against the direction of the mapping was refused"
		      : view		  ? "a sync beyond the end of the mapping was refused"
			     : "a sync was refused: it does not fit, or nothing is mapped by this handle any more",
		      r, NULL, &here);
	dma_host_unlock(&dma_watch_lock, irq);
}

/* ---- Asked ---- */

void dma_watch_stats(struct dma_watch_counts *out)
{
	uintptr_t irq = dma_host_lock(&dma_watch_lock);

	*out = dma_watch_counted;
	dma_host_unlock(&dma_watch_lock, irq);
}

size_t dma_watch_left(const void *dev)
{
	uintptr_t irq = dma_host_lock(&dma_watch_lock);
	size_t n = 0;

	for (const struct record *r = dma_record_next(NULL); r; r = dma_record_next(r))
		if (!dev || r->dev == dev) {
			dma_watch_say(ERROR, "still mapped", r, NULL, &r->made);
			n++;
		}
	dma_host_unlock(&dma_watch_lock, irq);
	return n;
}

bool dma_watch_explain(dma_daddr_t daddr)
{
	uintptr_t irq = dma_host_lock(&dma_watch_lock);
	const struct record *found = dma_record_at(daddr.raw);
	struct place here;

	PLACE_HERE(&here);
	if (found)
		dma_watch_say(NOTE,
			      found->ended.at[0] ? "a fault at an address that was released"
						 : "a fault at an address that is mapped",
			      found, NULL, &here);
	dma_watch_note(EVENT_FAULT, found, NULL, daddr.raw, 0);
	dma_host_unlock(&dma_watch_lock, irq);
	return found != NULL;
}

#endif
