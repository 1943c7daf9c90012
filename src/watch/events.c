/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The latest events, and what has been counted.
 */
#include "watch_own.h"

#if DMA_CONFIG_WATCH

#ifndef DMA_WATCH_EVENTS
#define DMA_WATCH_EVENTS 2048u
#endif

struct dma_watch_counts dma_watch_counted;
struct dma_lock dma_watch_lock;

static struct dma_watch_event events[DMA_WATCH_EVENTS];
static uint64_t nevents;

void dma_watch_note(enum event_kind kind, const struct record *r, const char *text, uint64_t off, uint64_t nbytes)
{
	events[nevents++ % DMA_WATCH_EVENTS] = (struct dma_watch_event){
		.ns = dma_host_time_ns(),
		.off = off,
		.nbytes = kind == EVENT_END ? r->nbytes : nbytes,
		.begun = kind == EVENT_END ? r->begun : 0,
		.text = text,
		.id = r ? r->id : 0,
		.kind = (uint8_t)kind,
		.dir = r ? r->dir : 0,
	};
}

void dma_watch_events(uint64_t *first, uint64_t *end)
{
	*first = nevents > DMA_WATCH_EVENTS ? nevents - DMA_WATCH_EVENTS : 0;
	*end = nevents;
}

const struct dma_watch_event *dma_watch_event_at(uint64_t i)
{
	return &events[i % DMA_WATCH_EVENTS];
}

#endif
