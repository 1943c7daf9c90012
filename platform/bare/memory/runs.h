/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs of free pages in a hierarchical bitmap: one bit a page, above it one bit for 64 of them with any free, and so
 * on. Finding the first free page takes a few steps whatever the size. Serves frames and kernel addresses.
 */
#ifndef BARE_RUNS_H
#define BARE_RUNS_H

#include <dmastream/types.h>

#define RUNS_LEVELS 5 /* 2^30 pages */
#define RUNS_NONE   SIZE_MAX

struct runs {
	uint64_t *level[RUNS_LEVELS];
	size_t nbits[RUNS_LEVELS];
	unsigned nlevels;
	size_t npages;
	size_t nfree;
	uint64_t origin; /* page number of page 0: alignment is by page numbers */
};

/* Bytes of memory that runs_init() needs. */
size_t runs_bytes(size_t npages);
/* memory is zeroed and 8-byte aligned. No page is free. */
void runs_init(struct runs *runs, void *memory, size_t npages, uint64_t origin);

void runs_put(struct runs *runs, size_t first, size_t n);  /* none of them free before */
void runs_take(struct runs *runs, size_t first, size_t n); /* all of them free before */

/* The first n free pages in a row within [low, high), aligned to `align` pages (a power of two); RUNS_NONE. */
size_t runs_find(const struct runs *runs, size_t n, size_t low, size_t high, size_t align);

/* How many of the pages from first on are free, up to n. */
size_t runs_length(const struct runs *runs, size_t first, size_t n);
/* The first free page at or after `from`; npages if there is none. */
size_t runs_next(const struct runs *runs, size_t from);

#endif
