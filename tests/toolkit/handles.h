/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The kinds of handles that handles.c tries: how each is made, used and released, and what must become of it.
 */
#ifndef TESTS_TOOLKIT_HANDLES_H
#define TESTS_TOOLKIT_HANDLES_H

#include "rig.h"
#include <dmastream/errors.h>

struct word {
	uint32_t of;
};
DMA_RING(word_ring, volatile struct word);

union handle {
	struct dma_stream stream;
	struct dma_coherent coherent;
	struct word_ring ring;
	struct dma_counted_stream counted;
	struct dma_buffer buffer;
	struct dma_list list;
	struct dma_scattered scattered;
	struct dma_peer peer;
	struct dma_pool pool;
	struct dma_arena arena;
	struct dma_segment segment;
	struct {
		struct dma_slice slice;
		struct dma_stream *whole;
	} part;
	struct {
		struct dma_block *block;
		struct dma_pool *pool;
	} block;
};

enum done { EMPTY_USED, EMPTY_RELEASED, TWICE, USED_AFTER, MOVED, COPY_USED, COPY_RELEASED, DONES };

enum what {
	WORKS,	  /* and nothing is reported */
	CODE,	  /* DMA_EINVAL, and nothing is reported */
	MISUSE,	  /* DMA_EINVAL and a line in the log, on every machine */
	REPORTED, /* by the simulated machine */
	NONE,	  /* there is no such thing: the reason stands beside it */
};

extern const struct handle_kind {
	const char *name;
	int (*make)(union handle *);
	int (*use)(union handle *);
	int (*release)(union handle *);
	enum what expected[DONES];
} handle_kinds[];
extern const unsigned handle_nkinds;

extern struct rig handle_rig;
void handles_begin(void); /* with handle_rig open */
void handles_end(void);

#endif
