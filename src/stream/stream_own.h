/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams of the library's own frames: what coherent.c shares with stream.c.
 */
#ifndef DMASTREAM_SRC_STREAM_H
#define DMASTREAM_SRC_STREAM_H

#include "../memory/owed.h"
#include "../memory/placement.h"
#include <dmastream/stream.h>

/* A stream of the library's own frames for either purpose; scrubbed if asked, or if stale bytes would be published.
 * Errors as dma_stream_alloc_uninit(). */
int dma_stream_make_own(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages,
			enum dma_purpose purpose, bool scrub);

/* What the stream owes once the device's access has ended. Its release is under way: a bounced stream's own segment,
 * which the device never reached, goes here. */
struct dma_owed dma_stream_owes(struct dma_stream *s);

#endif
