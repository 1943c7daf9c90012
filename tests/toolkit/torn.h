/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Torn RAM: a machine that has plenty of free frames and no run of more than three.
 */
#ifndef TESTS_TOOLKIT_TORN_H
#define TESTS_TOOLKIT_TORN_H

#include "rig.h"
#include <dmastream/errors.h>
#include <stdlib.h>

#define TORN_FRAMES 4096
#define TORN_RUN    3  /* the longest one that is free */
#define PAGES	    12 /* of what is allocated there */

struct torn {
	uint64_t frames[TORN_FRAMES];
	size_t nframes;
};

static inline int torn_by_address(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Keeps one frame, gives one back; keeps one, gives two back; keeps one, gives three back; and so on. whole: the host
 * maps scattered frames at one address. */
static inline void torn_tear(struct torn *t, bool whole)
{
	dma_paddr_t paddr;
	size_t kept = 0;

	dma_scattered_map_with(whole ? sim_map_scattered : NULL, NULL);
	t->nframes = 0;
	while (t->nframes < TORN_FRAMES && dma_host_frames_alloc(1, UINT64_MAX, PAGE, &paddr) == 0)
		t->frames[t->nframes++] = paddr.raw;
	qsort(t->frames, t->nframes, sizeof(*t->frames), torn_by_address);
	for (size_t i = 0; i < t->nframes; i++) {
		size_t place = i % 9; /* 0, 2 and 5 are kept */

		if (place == 0 || place == 2 || place == 5)
			t->frames[kept++] = t->frames[i];
		else
			dma_host_frames_free(dma_paddr(t->frames[i]), 1);
	}
	t->nframes = kept;
}

static inline void torn_mend(struct torn *t)
{
	while (t->nframes > 0)
		dma_host_frames_free(dma_paddr(t->frames[--t->nframes]), 1);
}

#endif
