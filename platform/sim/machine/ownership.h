/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What ownership.c (accesses and syncs) and ownership_life.c (where streams begin and end) share.
 */
#ifndef SIM_OWNERSHIP_H
#define SIM_OWNERSHIP_H

#include "sim_machine.h"

/* A page of a stream, or the part of a page that a piece of a list has. Each is in two lists: that of its CPU page, and
 * that of its device page. */
struct pair {
	uint32_t cpu, device;		/* pages */
	uint32_t next_cpu, next_device; /* index + 1 */
	uint64_t daddr;
	uint32_t whole;	     /* pages of the stream, in its first pair; 0: a piece of a list */
	uint32_t first, end; /* which bytes of the page are meant; both 0: no pair */
	uint32_t used;	     /* how far CPU or device touched the page */
	uint8_t dir;	     /* 0: coherent memory */
	bool plain;	     /* its memory's pages were counted by a plain number */
};

struct pair *pair_at(uint32_t index);

/* n bytes of the page from offset on are touched. */
static inline void pair_used(struct pair *pair, uint64_t offset, unsigned n)
{
	uint32_t end = (uint32_t)(offset & (DMA_PAGE_SIZE - 1)) + n;

	if (pair->used < end)
		pair->used = end;
}

static inline struct page *page_of(uint64_t offset)
{
	return &sim.pages[offset >> DMA_PAGE_SHIFT];
}

/* The same byte in another page. */
static inline uint64_t in_page(uint32_t page, uint64_t offset)
{
	return ((uint64_t)page << DMA_PAGE_SHIFT) | (offset & (DMA_PAGE_SIZE - 1));
}

static inline struct line *line_of(uint64_t offset)
{
	return line_at(offset >> sim.line_shift);
}

struct mask {
	uint64_t bits[2];
};

static inline struct mask mask_of(uint64_t offset, unsigned n)
{
	struct mask mask = {{0, 0}};

	span((unsigned)(offset & ((1u << sim.line_shift) - 1)), n, mask.bits);
	return mask;
}

static inline void clear(uint64_t marks[2], struct mask mask)
{
	marks[0] &= ~mask.bits[0];
	marks[1] &= ~mask.bits[1];
}

#endif
