/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Commands in flight: slots, and the 16-bit identifiers by which a device answers them.
 *
 * An identifier names the slot and the use of it (a generation), so that an answer to a command that was answered
 * before, or never given, is told apart from a right one even when the slot is in use again.
 */
#ifndef DRIVERS_INFLIGHT_H
#define DRIVERS_INFLIGHT_H

#include <dmastream/deadline.h>

#include "block.h"

enum {
	INFLIGHT_SLOT_BITS = 6, /* of the identifier */
	INFLIGHT_MAX = 63,	/* slots: a ring of 64 entries, one of which stays free */
};

struct inflight_slot {
	struct block_request *request; /* NULL: a command of the driver's own */
	uint64_t started;	       /* ns of `running` */
	uint16_t generation;
	bool busy;
};

struct inflight {
	uint16_t nslots;
	uint16_t nfree;
	struct dma_stopwatch running; /* while somebody looks after the requests (hazard 72) */
	uint8_t free[INFLIGHT_MAX];   /* the last freed is taken first */
	struct inflight_slot slots[INFLIGHT_MAX];
};

void inflight_init(struct inflight *f, unsigned nslots);

/* A free slot for a command that starts now, or -1. */
int inflight_take(struct inflight *f, struct block_request *request);
void inflight_give(struct inflight *f, unsigned slot);
static inline unsigned inflight_count(const struct inflight *f)
{
	return (unsigned)f->nslots - f->nfree;
}

/* The identifier of the command in that slot; never FFFFh. */
uint16_t inflight_id(const struct inflight *f, unsigned slot);

/* NULL and the slot that this identifier names; or in what way it lies. */
const char *inflight_match(const struct inflight *f, uint16_t id, unsigned *slot);

/* Called every now and then while nothing has come: a request that was older than limit (ns) at the last call, and has
 * not been answered since; or NULL. Time in which nobody called counts as a sixteenth of the limit at most: a machine
 * that was paused has no late requests. */
const struct block_request *inflight_overdue(struct inflight *f, uint64_t limit);

/* Gives the slot back and returns its request, for block_complete(), which may want no lock to be held. */
struct block_request *inflight_finish(struct inflight *f, unsigned slot);
/* Ends all requests with that status. Nobody else uses f any more. */
void inflight_finish_all(struct inflight *f, int status);

/* ns after which a request counts as unanswered: the machine's option timeout_ms, 10 s otherwise. */
uint64_t inflight_timeout(void);

#endif
