/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mistakes that compile, in drivers of a few lines: what mistakes.c runs, and what the simulated machine must say.
 */
#ifndef TESTS_CORE_MISTAKES_H
#define TESTS_CORE_MISTAKES_H

#include "core.h"

#define LEN 64

enum where {
	EVERYWHERE,
	BOUNCED, /* only where it does harm */
	LINEAR,	 /* not where the memory has a mapping of its own, which is gone: the access itself is reported there */
};

struct mistake {
	const char *name;
	void (*driver)(bool right); /* right: the same without the mistake */
	enum sim_failure kind;
	const char *advice;
	enum where where;
};

extern const struct mistake mistakes_of_syncs[], mistakes_with_handles[], mistakes_of_pages[];
extern const size_t nmistakes_of_syncs, nmistakes_with_handles, nmistakes_of_pages;

/* What the drivers use: the device, one stream, and bytes. */
extern struct core_device mistaken;
extern struct dma_stream mistaken_stream;
extern unsigned char mistaken_out[LEN], mistaken_in[LEN];
bool mistaken_mapped(unsigned dir, size_t npages);
void mistaken_device_writes(size_t off);

#endif
