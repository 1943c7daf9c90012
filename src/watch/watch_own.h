/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger's inside.
 *
 *   watch.c   records of mappings, found by page; what is wrong with a release or a sync
 *   sums.c    what lay in a line when it was last synced
 *   say.c     places in the code, and the log's lines
 *   trace.c   the latest events, as JSON
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
#define PLACE_HERE(place) place_from((place), __builtin_return_address(0), __builtin_frame_address(0))
void place_from(struct place *place, const void *caller, const void *frame);

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

/* ---- sums.c: [from, to) lies in the sheet's page; only whole units of the record's are summed ---- */

bool sums_kept(const struct record *r);
void sums_take(struct sheet *sheet, uintptr_t from, uintptr_t to);
/* The first byte of a unit that is not as it was, and how many bytes from there to the end of the last such. */
size_t sums_differ(const struct sheet *sheet, uintptr_t *first);

/* ---- say.c, with the ledger's lock held ---- */

extern struct dma_watch_counts watch_stats;
enum level { ERROR, WARNING, NOTE };
/* r, other: NULL where there is none. here: where it was found. */
void say(enum level level, const char *what, const struct record *r, const struct record *other,
	 const struct place *here);

/* ---- trace.c, with the ledger's lock held ---- */

enum event_kind { EVENT_NONE, EVENT_END, EVENT_TO_DEVICE, EVENT_FROM_DEVICE, EVENT_REFUSED, EVENT_FOUND, EVENT_FAULT };
void trace_event(enum event_kind kind, const struct record *r, const char *text, uint64_t off, uint64_t nbytes);

/* ---- watch.c, with the ledger's lock held ---- */

extern struct dma_lock watch_lock;
const struct record *watch_next(const struct record *after); /* live ones; NULL: the first */
const char *watch_dir(unsigned dir);

#endif
