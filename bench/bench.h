/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is measured: a table of operations over one set of objects.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "../drivers/bus.h"
#include <dmastream/dmastream.h>

/* What one run of an operation makes or uses up: each run of a sample has its own. */
struct bench_run {
	struct dma_stream stream, tail;
	struct dma_segment segment;
};

#define BENCH_RUNS    128u  /* few enough to stay in the cache */
#define BENCH_CURSORS 1024u /* as well */
#define BENCH_MOST    1024u /* runs in a sample */

struct bench {
	struct bus_pci function; /* behind the machine's IOMMU, if there is one */
	bool has_function;
	struct dma_device dev;
	struct dma_device other;		    /* without an IOMMU, not snooped */
	struct dma_device untrusted;		    /* behind the same IOMMU as dev */
	struct dma_device aligned;		    /* the same, trusted, but buffers begin at a page */
	struct dma_segment borrowed[3], counted[3]; /* 4 KiB, 64 KiB, 1 MiB */
	struct dma_stream both;			    /* 1 MiB, bidirectional, lives throughout */
	struct dma_stream unsnooped;
	struct dma_slice slice; /* 4 KiB of both */
	struct dma_pool pool;	/* blocks of 2 KiB */
	struct bench_run runs[BENCH_RUNS];
	struct dma_reader readers[BENCH_CURSORS];
	struct dma_writer writers[BENCH_CURSORS];
	unsigned char *plain[2]; /* 1 MiB of ordinary memory each */
	size_t bytes;
	int failed;
};

struct bench_row {
	const char *name;
	size_t bytes;
	uint64_t (*run)(struct bench *b, unsigned times); /* ticks */
	void (*prepare)(struct bench *b, unsigned times); /* before and after a sample, not timed; or NULL */
	void (*finish)(struct bench *b, unsigned times);
	unsigned most; /* runs that prepare can serve: each has an object of its own; 0: any number, they have none */
};

extern const struct bench_row bench_rows[];	 /* ends with a NULL name */
extern const struct bench_row bench_many_rows[]; /* so does this: lists, buffers, batches */
extern const struct bench_row bench_nothing[2];	 /* the frame around operations without and with objects of their own */
extern struct bench bench;

int bench_begin(struct bench *b);
int bench_end(struct bench *b);

#endif
