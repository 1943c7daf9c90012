/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a stream leaves behind when it is released and its device's access has yet to end: by value, so that a deferred
 * domain's streams need no node of their own.
 */
#ifndef DMASTREAM_SRC_RETIRED_H
#define DMASTREAM_SRC_RETIRED_H

#include "../memory/hold.h"
#include <dmastream/stream.h>

struct dma_retired {
	uint64_t daddr;
	dma_paddr_t paddr; /* first frame of the device view */
	union {
		struct dma_run *run;   /* of the frames; NULL: borrowed, or own */
		struct dma_hold *hold; /* with DMA_RETIRED_HOLD */
	} owner;
	uint32_t npages; /* never 0 */
	uint32_t flags;	 /* DMA_RETIRED_HOLD; else DMA_HOLD_OWN and DMA_HOLD_MAINTAIN, of frames in the linear map */
};

#define DMA_RETIRED_HOLD 0x80000000u

struct dma_retired dma_retired_of(const struct dma_stream *s);

/* The device's access has ended: gives memory and hold back, as dma_hold_finish(). Any context, no lock held. */
void dma_retired_finish(const struct dma_retired *left);

/* It could not be ended: as dma_hold_quarantine(). Any context. */
void dma_retired_quarantine(const struct dma_retired *left);

#endif
