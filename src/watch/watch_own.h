/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger's inside.
 *
 *   events.c   the latest events, the counts and the lock
 *   records.c  the live mappings, found by page, and the last that ended
 *   watch.c    what is wrong with a map, a release or a sync
 *   sums.c     what lay in memory when it was last synced
 *   say.c      places in the code, and the log's lines
 *   trace.c    the events as JSON
 */
#ifndef DMASTREAM_SRC_WATCH_H
#define DMASTREAM_SRC_WATCH_H

#include "../base/state.h"
#include <dmastream/watch.h>

#define CALLERS 8u
#define UNIT	64u /* bytes that have one sum */

struct place {
	uintptr_t at[CALLERS]; /* innermost first; 0 ends it */
};

/* Where a public function was called: in that function itself. */
#define PLACE_HERE(place) dma_watch_place((place), __builtin_return_address(0), __builtin_frame_address(0))
void dma_watch_place(struct place *place, const void *caller, const void *frame);

/* A mapping: that of a stream, or of a run of a list. It keeps its number when a stream is split. */
struct record {
	struct record *next; /* free ones; live ones, in both directions */
	struct record *before;
	const void *dev;
	uintptr_t view;
	uint64_t daddr, begun; /* begun: ns */
	size_t nbytes, pages;  /* pages: that still live */
	uint32_t id;
	uint8_t dir; /* 0: coherent memory */
	bool bounces;
	struct place made, ended;
};

/* A page of the CPU's addresses that a record has a part of. */
struct sheet {
	struct sheet *next;
	struct record *record;
	uintptr_t page;	 /* address >> DMA_PAGE_SHIFT */
	uint32_t sums[]; /* DMA_PAGE_SIZE / UNIT of them */
};

/* ---- sums.c: of [from, to), what lies in the sheet's page and belongs to its record ---- */

bool dma_sums_kept(const struct record *r);
void dma_sums_take(struct sheet *sheet, uintptr_t from, uintptr_t to);
/* Nothing is known of what the CPU writes there, until sums are taken again. */
void dma_sums_drop(struct sheet *sheet, uintptr_t from, uintptr_t to);
bool dma_sums_differ(const struct sheet *sheet);

/* All below with the ledger's lock held. */

/* ---- events.c ---- */

extern struct dma_lock dma_watch_lock;
extern struct dma_watch_counts dma_watch_counted;

enum event_kind { EVENT_NONE, EVENT_END, EVENT_TO_DEVICE, EVENT_FROM_DEVICE, EVENT_REFUSED, EVENT_FOUND, EVENT_FAULT };

struct dma_watch_event {
	uint64_t ns, off, nbytes, begun;
	const char *text; /* of EVENT_FOUND */
	uint32_t id;	  /* of the record; 0: none */
	uint8_t kind, dir;
};

void dma_watch_note(enum event_kind kind, const struct record *r, const char *text, uint64_t off, uint64_t nbytes);
/* The numbers of the events that are still there: [*first, *end). */
void dma_watch_events(uint64_t *first, uint64_t *end);
const struct dma_watch_event *dma_watch_event_at(uint64_t i);

/* ---- say.c ---- */

enum level { ERROR, WARNING, NOTE };
/* r, other: NULL where there is none. here: where it was found. */
void dma_watch_say(enum level level, const char *what, const struct record *r, const struct record *other,
		   const struct place *here);

/* ---- records.c ---- */

const char *dma_watch_dir(unsigned dir);

static inline uintptr_t page_of(uintptr_t address)
{
	return address >> DMA_PAGE_SHIFT;
}

/* Without the lock: asks the host for pages for a record of that many pages. Does nothing
 * with interrupts off. */
void dma_record_refill(size_t pages);

/* The sheets of a page, one after the other; NULL: the first, and none. */
struct sheet *dma_sheet_next(uintptr_t page, struct sheet *after);
/* The sheet of a byte of the CPU's that a device has at that address; NULL: none. */
struct sheet *dma_sheet_of(uintptr_t view, uint64_t daddr);
const struct record *dma_record_next(const struct record *after); /* the live ones; NULL: the first, and none */
const struct record *dma_record_ended(uintptr_t view); /* the last that had this byte and ended; NULL: none */
const struct record *dma_record_at(uint64_t daddr);    /* live, or the last that ended; NULL: none */

/* A live record with a new number, which is not found by page yet; NULL: no memory. */
struct record *dma_record_new(size_t pages);
void dma_record_link(struct record *r);
/* A page of the record has ended, and with the last one the record. */
void dma_sheet_end(struct sheet *s, const struct place *here);

#endif
