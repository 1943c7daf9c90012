/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Commands in flight, their identifiers and their age.
 */
#include "inflight.h"

#include <dmastream/platform.h>

#include "bus.h"
#include "text.h"

/* A generation has no pattern of all ones, so that no identifier is FFFFh, which NVMe reserves. */
enum { GENERATIONS = (1 << (16 - INFLIGHT_SLOT_BITS)) - 1 };

void inflight_init(struct inflight *f, unsigned nslots)
{
	*f = (struct inflight){.nslots = (uint16_t)nslots, .nfree = (uint16_t)nslots};
	for (unsigned i = 0; i < nslots; i++)
		f->free[i] = (uint8_t)(nslots - 1 - i);
}

int inflight_take(struct inflight *f, struct block_request *request)
{
	struct inflight_slot *slot;
	unsigned index;

	if (!f->nfree)
		return -1;
	index = f->free[--f->nfree];
	slot = &f->slots[index];
	slot->request = request;
	slot->started = f->running.ns;
	slot->generation = (uint16_t)((slot->generation + 1u) % GENERATIONS);
	slot->busy = true;
	return (int)index;
}

void inflight_give(struct inflight *f, unsigned slot)
{
	f->slots[slot].busy = false;
	f->slots[slot].request = NULL;
	f->free[f->nfree++] = (uint8_t)slot;
}

uint16_t inflight_id(const struct inflight *f, unsigned slot)
{
	return (uint16_t)((unsigned)f->slots[slot].generation << INFLIGHT_SLOT_BITS | slot);
}

const char *inflight_match(const struct inflight *f, uint16_t id, unsigned *slot)
{
	unsigned index = id & ((1u << INFLIGHT_SLOT_BITS) - 1);

	if (index >= f->nslots || f->slots[index].generation != id >> INFLIGHT_SLOT_BITS)
		return "a completion has a command identifier that is not in use";
	if (!f->slots[index].busy)
		return "a command was completed twice";
	*slot = index;
	return NULL;
}

const struct block_request *inflight_overdue(struct inflight *f, uint64_t limit)
{
	uint64_t then = f->running.ns;

	(void)dma_stopwatch_look(&f->running, limit / 16 + 1);
	for (unsigned i = 0; i < f->nslots; i++) {
		if (f->slots[i].busy && then - f->slots[i].started > limit)
			return f->slots[i].request;
	}
	return NULL;
}

struct block_request *inflight_finish(struct inflight *f, unsigned slot)
{
	struct block_request *request = f->slots[slot].request;

	inflight_give(f, slot);
	return request;
}

void inflight_finish_all(struct inflight *f, int status)
{
	for (unsigned i = 0; i < f->nslots; i++) {
		if (f->slots[i].busy)
			block_complete(inflight_finish(f, i), status);
	}
}

uint64_t inflight_timeout(void)
{
	uint64_t milliseconds;

	if (text_number(bus_option("timeout_ms", "10000"), &milliseconds) || !milliseconds || milliseconds > 3600000)
		milliseconds = 10000;
	return milliseconds * 1000000;
}
