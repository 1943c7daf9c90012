/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger's records: a live mapping is found by each page of the CPU's addresses that it has a part of. The last
 * mappings that ended are kept, too, to say where a handle that is used once more was released.
 */
#include "watch_own.h"

#if DMA_CONFIG_WATCH

#define BUCKETS 1024u
#define SHEET	(sizeof(struct sheet) + DMA_PAGE_SIZE / UNIT * sizeof(uint32_t))
#define ENDED	256u
#define RESERVE 64u /* records and sheets that are kept free, for calls with interrupts off */

static struct sheet *buckets[BUCKETS], *free_sheets;
static struct record *live, *free_records;
static size_t nfree_sheets, nfree_records;
/* Pages of the host: what is behind the link is cut into records or sheets. */
struct page_link {
	struct page_link *next;
};
static struct page_link *taken;
static struct record ended[ENDED];
static uint32_t nended, ids;

const char *dma_watch_dir(unsigned dir)
{
	static const char *const names[] = {"coherent memory", "to device", "from device", "bidirectional"};

	return names[dir & DMA_BIDIRECTIONAL];
}

/* ---- Memory ---- */

static void cut(unsigned char *page, bool sheets)
{
	size_t size = sheets ? (SHEET + 7) & ~(size_t)7 : sizeof(struct record);
	struct page_link *link = (void *)page;

	link->next = taken;
	taken = link;
	for (size_t at = 8; at + size <= DMA_PAGE_SIZE; at += size) {
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

void dma_record_refill(size_t pages)
{
	while (dma_host_interrupts_on()) {
		uintptr_t irq = dma_host_lock(&dma_watch_lock);
		bool sheets = nfree_sheets < pages + RESERVE, enough = !sheets && nfree_records >= RESERVE;
		void *page;

		dma_host_unlock(&dma_watch_lock, irq);
		page = enough ? NULL : dma_host_page_alloc();
		if (!page)
			return;
		irq = dma_host_lock(&dma_watch_lock);
		cut(page, sheets);
		dma_host_unlock(&dma_watch_lock, irq);
	}
}

void dma_ledger_fini(void)
{
	uintptr_t irq = dma_host_lock(&dma_watch_lock);
	struct page_link *back = live ? NULL : taken;

	if (back) {
		taken = NULL;
		free_sheets = NULL;
		free_records = NULL;
		nfree_sheets = nfree_records = 0;
	}
	dma_host_unlock(&dma_watch_lock, irq);
	while (back) {
		struct page_link *link = back;

		back = link->next;
		dma_host_page_free(link);
	}
}

/* ---- Found ---- */

static struct sheet **bucket(uintptr_t page)
{
	return &buckets[(page ^ page >> 10) % BUCKETS];
}

struct sheet *dma_sheet_next(uintptr_t page, struct sheet *after)
{
	struct sheet *s = after ? after->next : *bucket(page);

	while (s && s->page != page)
		s = s->next;
	return s;
}

struct sheet *dma_sheet_of(uintptr_t view, uint64_t daddr)
{
	for (struct sheet *s = dma_sheet_next(page_of(view), NULL); s; s = dma_sheet_next(page_of(view), s))
		if (daddr - s->record->daddr == view - s->record->view && view - s->record->view < s->record->nbytes)
			return s;
	return NULL;
}

const struct record *dma_record_next(const struct record *after)
{
	return after ? after->next : live;
}

const struct record *dma_record_ended(uintptr_t view)
{
	for (uint32_t i = nended; i > 0 && nended - i < ENDED; i--)
		if (view - ended[(i - 1) % ENDED].view < ended[(i - 1) % ENDED].nbytes)
			return &ended[(i - 1) % ENDED];
	return NULL;
}

const struct record *dma_record_at(uint64_t daddr)
{
	for (const struct record *r = live; r; r = r->next)
		if (daddr - r->daddr < r->nbytes)
			return r;
	for (uint32_t i = nended; i > 0 && nended - i < ENDED; i--)
		if (daddr - ended[(i - 1) % ENDED].daddr < ended[(i - 1) % ENDED].nbytes)
			return &ended[(i - 1) % ENDED];
	return NULL;
}

/* ---- Made and ended ---- */

struct record *dma_record_new(size_t pages)
{
	struct record *r = nfree_sheets >= pages ? free_records : NULL;

	if (!r)
		return NULL;
	free_records = r->next;
	nfree_records--;
	*r = (struct record){.next = live, .pages = pages, .begun = dma_host_time_ns(), .id = ++ids};
	if (live)
		live->before = r;
	live = r;
	return r;
}

void dma_record_link(struct record *r)
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
		if (dma_sums_kept(r))
			dma_sums_take(s, r->view, r->view + r->nbytes);
	}
}

static void retire(struct record *r, const struct place *here)
{
	if (r->next)
		r->next->before = r->before;
	if (r->before)
		r->before->next = r->next;
	else
		live = r->next;
	r->ended = *here;
	dma_watch_note(EVENT_END, r, NULL, 0, 0);
	ended[nended++ % ENDED] = *r;
	r->next = free_records;
	free_records = r;
	nfree_records++;
	dma_watch_counted.ended++;
}

void dma_sheet_end(struct sheet *s, const struct place *here)
{
	struct sheet **link = bucket(s->page);

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	s->next = free_sheets;
	free_sheets = s;
	nfree_sheets++;
	if (--s->record->pages == 0)
		retire(s->record, here);
}

#endif
