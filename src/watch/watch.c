/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger's records: a live mapping is found by each page of the CPU's addresses that it has a part of. The last
 * ones that ended are kept, too, to say where a handle that is used once more was released.
 */
#include "watch_own.h"
#include <dmastream/errors.h>

#define BUCKETS 1024u
#define SHEET	(sizeof(struct sheet) + DMA_PAGE_SIZE / UNIT * sizeof(uint32_t))
#define ENDED	256u
#define RESERVE 64u /* that are free, if pages can be had: for calls with interrupts off */

struct dma_lock watch_lock;

static struct sheet *buckets[BUCKETS], *free_sheets;
static struct record *live, *free_records;
static size_t nfree_sheets, nfree_records;
static struct record ended[ENDED];
static uint32_t nended, ids;

const char *watch_dir(unsigned dir)
{
	static const char *const names[] = {"coherent memory", "to device", "from device", "bidirectional"};

	return names[dir & DMA_BIDIRECTIONAL];
}

const struct record *watch_next(const struct record *after)
{
	return after ? after->next : live;
}

/* ---- Memory ---- */

static void cut(unsigned char *page, bool sheets)
{
	size_t size = sheets ? (SHEET + 7) & ~(size_t)7 : sizeof(struct record);

	for (size_t at = 0; at + size <= DMA_PAGE_SIZE; at += size) {
		void *piece = page + at;

		if (sheets) {
			struct sheet *sheet = piece;

			sheet->next = free_sheets;
			free_sheets = sheet;
			nfree_sheets++;
		} else {
			struct record *r = piece;

			r->next = free_records;
			free_records = r;
			nfree_records++;
		}
	}
}

/* Asks the host for pages without the lock, and never gives them back. */
static void refill(size_t pages)
{
	while (dma_host_interrupts_on()) {
		uintptr_t irq = dma_host_lock(&watch_lock);
		bool sheets = nfree_sheets < pages + RESERVE, enough = !sheets && nfree_records >= RESERVE;
		void *page;

		dma_host_unlock(&watch_lock, irq);
		page = enough ? NULL : dma_host_page_alloc();
		if (!page)
			return;
		irq = dma_host_lock(&watch_lock);
		cut(page, sheets);
		dma_host_unlock(&watch_lock, irq);
	}
}

/* ---- Found by page ---- */

static struct sheet **bucket(uintptr_t page)
{
	return &buckets[(page ^ page >> 10) % BUCKETS];
}

static uintptr_t page_of(uintptr_t address)
{
	return address >> DMA_PAGE_SHIFT;
}

/* The live record with all of [from, to), rather of that direction; else one that has the first byte. */
static struct record *find(uintptr_t from, uintptr_t to, unsigned dir, bool *whole)
{
	struct record *found = NULL;

	*whole = false;
	for (struct sheet *s = *bucket(page_of(from)); s; s = s->next) {
		struct record *r = s->record;
		bool fits = to - r->view <= r->nbytes;

		if (s->page != page_of(from) || from < r->view || from - r->view >= r->nbytes ||
		    (found && *whole >= (fits && r->dir & dir)))
			continue;
		found = r;
		*whole = fits;
	}
	return found;
}

static const struct record *find_ended(uintptr_t view)
{
	for (uint32_t i = nended; i > 0 && nended - i < ENDED; i--) {
		const struct record *r = &ended[(i - 1) % ENDED];

		if (view - r->view < r->nbytes)
			return r;
	}
	return NULL;
}

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

/* Every line of both, not the first alone (hazard 63). The device's view of what bounces is elsewhere. */
static void judge_overlap(const struct record *r, const struct place *here)
{
	for (uintptr_t page = page_of(r->view); page <= page_of(r->view + r->nbytes - 1); page++)
		for (const struct sheet *s = *bucket(page); s; s = s->next) {
			const struct record *other = s->record;

			if (s->page != page || other == r || !((r->dir | other->dir) & DMA_FROM_DEVICE))
				continue;
			if (bytes_shared(r, other)) {
				say(ERROR, "the same bytes are mapped twice, and a device writes there", r, other,
				    here);
				return;
			}
			if (!r->bounces && !other->bounces && line_shared(r, other)) {
				say(NOTE, "two mappings share a cache line, and a device writes there", r, other, here);
				return;
			}
		}
}

static void link_pages(struct record *r)
{
	uintptr_t last = page_of(r->view + r->nbytes - 1);

	for (uintptr_t page = page_of(r->view); page <= last; page++) {
		struct sheet *s = free_sheets;

		free_sheets = s->next;
		nfree_sheets--;
		s->record = r;
		s->page = page;
		s->next = *bucket(page);
		*bucket(page) = s;
		if (sums_kept(r))
			sums_take(s, r->view, r->view + r->nbytes);
	}
}

void dma_ledger_begins(const void *dev, const void *view, uint64_t daddr, size_t nbytes, unsigned dir, bool bounces)
{
	uintptr_t at = (uintptr_t)view, irq;
	size_t pages = page_of(at + nbytes - 1) - page_of(at) + 1;
	struct place here;
	struct record *r;

	PLACE_HERE(&here);
	refill(pages);
	irq = dma_host_lock(&watch_lock);
	watch_stats.begun++;
	r = nfree_sheets >= pages ? free_records : NULL;
	if (r) {
		free_records = r->next;
		nfree_records--;
		*r = (struct record){.next = live,
				     .dev = dev,
				     .view = at,
				     .daddr = daddr,
				     .begun = dma_host_time_ns(),
				     .nbytes = nbytes,
				     .pages = pages,
				     .id = ++ids,
				     .dir = (uint8_t)(dir & DMA_BIDIRECTIONAL),
				     .bounces = bounces,
				     .made = here};
		if (live)
			live->before = r;
		live = r;
		if (r->dir)
			judge_overlap(r, &here);
		link_pages(r);
	} else if (watch_stats.missed++ == 0) {
		dma_log("ledger: no memory: what is not noted cannot be judged any more");
	}
	dma_host_unlock(&watch_lock, irq);
}

/* ---- Ends ---- */

static void unlink_record(struct record *r)
{
	if (r->next)
		r->next->before = r->before;
	if (r->before)
		r->before->next = r->next;
	else
		live = r->next;
}

/* The link to the sheet of a page that this release means. */
static struct sheet **find_sheet(uintptr_t view, uint64_t daddr)
{
	struct sheet **link = bucket(page_of(view));

	for (; *link; link = &(*link)->next) {
		const struct record *r = (*link)->record;

		if ((*link)->page == page_of(view) && daddr - r->daddr == view - r->view && view - r->view < r->nbytes)
			return link;
	}
	return NULL;
}

static void judge_writes(const struct sheet *sheet, const struct place *here, bool *said)
{
	const struct record *r = sheet->record;
	uintptr_t first;
	size_t nbytes = *said || !sums_kept(r) ? 0 : sums_differ(sheet, &first);

	if (!nbytes)
		return;
	say(WARNING,
	    "released, but the CPU wrote after the last sync to the device: the device has not been given that", r,
	    NULL, here);
	*said = true;
}

static void retire(struct record *r, const struct place *here)
{
	unlink_record(r);
	r->ended = *here;
	trace_event(EVENT_END, r, NULL, 0, 0);
	ended[nended++ % ENDED] = *r;
	r->next = free_records;
	free_records = r;
	nfree_records++;
	watch_stats.ended++;
}

bool dma_ledger_ends(const void *view, uint64_t daddr, size_t nbytes)
{
	uintptr_t at = (uintptr_t)view, end = at + nbytes, irq;
	bool known = true, said = false;
	struct place here;

	PLACE_HERE(&here);
	irq = dma_host_lock(&watch_lock);
	while (at < end && known) {
		struct sheet **link = find_sheet(at, daddr), *s = link ? *link : NULL;
		uintptr_t step = (at | (DMA_PAGE_SIZE - 1)) + 1 - at;

		known = s != NULL;
		if (!known)
			break;
		judge_writes(s, &here, &said);
		*link = s->next;
		s->next = free_sheets;
		free_sheets = s;
		nfree_sheets++;
		if (--s->record->pages == 0)
			retire(s->record, &here);
		at += step;
		daddr += step;
	}
	if (!known && !watch_stats.missed)
		say(ERROR, "released twice: the handle was copied, and the copy released", find_ended(at), NULL, &here);
	known |= watch_stats.missed != 0;
	dma_host_unlock(&watch_lock, irq);
	return known;
}

/* ---- Syncs ---- */

static void judge_unknown(uintptr_t from, const struct record *part, const struct place *here)
{
	const struct record *gone = part ? NULL : find_ended(from);

	if (part)
		say(ERROR, "synced beyond the end of the mapping", part, NULL, here);
	else if (gone)
		say(ERROR, "synced after the release", gone, NULL, here);
	else if (!watch_stats.missed)
		say(ERROR, "synced, but not mapped", NULL, NULL, here);
}

void dma_ledger_synced(const void *view, size_t nbytes, unsigned dir)
{
	uintptr_t from = (uintptr_t)view, to = from + nbytes, irq;
	struct place here;
	struct record *r;
	bool whole = false;

	PLACE_HERE(&here);
	irq = dma_host_lock(&watch_lock);
	watch_stats.syncs++;
	r = nbytes ? find(from, to, dir, &whole) : NULL;
	if (nbytes && !whole)
		judge_unknown(from, r, &here);
	for (; r && from < to; from = (from | (DMA_PAGE_SIZE - 1)) + 1)
		for (struct sheet *s = sums_kept(r) ? *bucket(page_of(from)) : NULL; s; s = s->next)
			if (s->page == page_of(from) && s->record == r)
				sums_take(s, from, to);
	if (r)
		trace_event(dir == DMA_TO_DEVICE ? EVENT_TO_DEVICE : EVENT_FROM_DEVICE, r, NULL,
			    (uintptr_t)view - r->view, nbytes);
	dma_host_unlock(&watch_lock, irq);
}

void dma_ledger_refused(const void *view, size_t off, size_t nbytes, unsigned dir, int error)
{
	struct record *r = NULL;
	struct place here;
	uintptr_t irq;
	bool whole;

	PLACE_HERE(&here);
	irq = dma_host_lock(&watch_lock);
	watch_stats.syncs++;
	if (view)
		r = find((uintptr_t)view, (uintptr_t)view + 1, dir, &whole);
	trace_event(EVENT_REFUSED, r, NULL, off, nbytes);
	say(ERROR,
	    error == DMA_EACCES ? "a sync against the direction of the mapping was refused"
	    : view		? "a sync beyond the end of the mapping was refused"
				: "a sync was refused: it does not fit, or nothing is mapped by this handle any more",
	    r, NULL, &here);
	dma_host_unlock(&watch_lock, irq);
}

/* ---- Asked ---- */

void dma_watch_stats(struct dma_watch_counts *out)
{
	uintptr_t irq = dma_host_lock(&watch_lock);

	*out = watch_stats;
	dma_host_unlock(&watch_lock, irq);
}

size_t dma_watch_left(const void *dev)
{
	uintptr_t irq = dma_host_lock(&watch_lock);
	size_t n = 0;

	for (const struct record *r = live; r; r = r->next)
		if (!dev || r->dev == dev) {
			say(ERROR, "still mapped", r, NULL, &r->made);
			n++;
		}
	dma_host_unlock(&watch_lock, irq);
	return n;
}

bool dma_watch_explain(dma_daddr_t daddr)
{
	uintptr_t irq = dma_host_lock(&watch_lock);
	const struct record *found = NULL;
	struct place here;

	PLACE_HERE(&here);
	for (const struct record *r = live; r && !found; r = r->next)
		if (daddr.raw - r->daddr < r->nbytes)
			found = r;
	for (uint32_t i = nended; i > 0 && nended - i < ENDED && !found; i--)
		if (daddr.raw - ended[(i - 1) % ENDED].daddr < ended[(i - 1) % ENDED].nbytes)
			found = &ended[(i - 1) % ENDED];
	if (found)
		say(NOTE,
		    found->ended.at[0] ? "a fault at an address that was released"
				       : "a fault at an address that is mapped",
		    found, NULL, &here);
	trace_event(EVENT_FAULT, found, NULL, daddr.raw, 0);
	dma_host_unlock(&watch_lock, irq);
	return found != NULL;
}
