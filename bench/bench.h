/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is measured: a table of operations over one set of objects.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "../drivers/bus.h"
#include <dmastream/dmastream.h>

struct bench {
	struct bus_pci function; /* behind the machine's IOMMU, if there is one */
	bool has_function;
	struct dma_device dev;
	struct dma_device other;		    /* without an IOMMU, not snooped */
	struct dma_segment borrowed[3], counted[3]; /* 4 KiB, 64 KiB, 1 MiB */
	struct dma_stream both;			    /* 1 MiB, bidirectional, lives throughout */
	struct dma_stream unsnooped;
	struct dma_stream stream, tail; /* what operations make */
	struct dma_segment segment;
	struct dma_reader reader;
	struct dma_writer writer;
	unsigned char *plain[2]; /* 1 MiB of ordinary memory each */
	size_t bytes;
	int failed;
};

struct bench_row {
	const char *name;
	size_t bytes;
	uint64_t (*run)(struct bench *b, unsigned times); /* ticks */
	void (*prepare)(struct bench *b);		  /* before and after a sample, not timed; or NULL */
	void (*finish)(struct bench *b);
	bool single; /* prepare serves one run alone: not in batches */
};

extern const struct bench_row bench_rows[]; /* ends with a NULL name */
extern const struct bench_row bench_nothing;
extern struct bench bench;

int bench_begin(struct bench *b);
int bench_end(struct bench *b);

#endif
