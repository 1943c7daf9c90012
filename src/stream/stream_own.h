/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What streams share with coherent memory and with slices.
 */
#ifndef DMASTREAM_SRC_STREAM_H
#define DMASTREAM_SRC_STREAM_H

#include "../memory/owed.h"
#include "../memory/placement.h"
#include <dmastream/stream.h>

struct dma_slice;

/* Where a stream for that purpose lives: flags of enum dma_place, ORed, or DMA_ENOTSUP. */
int dma_stream_place_for(const struct dma_device *dev, enum dma_purpose purpose, bool reachable);

/* A stream of the library's own frames for either purpose; scrubbed if asked, or if stale bytes would be published.
 * Errors as dma_stream_alloc_uninit(). */
int dma_stream_make_own(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages,
			enum dma_purpose purpose, bool scrub);
int dma_stream_make_own_slow(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages,
			     enum dma_purpose purpose, bool scrub);

/* What the stream owes once the device's access has ended. Its release is under way: a bounced stream's own segment,
 * which the device never reached, goes here. */
struct dma_owed dma_stream_owes(struct dma_stream *s);

/* Ends the slices of a stream with DMA_PLACE_SLICED. slice.c sets it with the first slice: the core needs no slices. */
extern void (*dma_stream_slices_end)(struct dma_stream *s);

static inline void dma_stream_end_slices(struct dma_stream *s)
{
	__atomic_load_n(&dma_stream_slices_end, __ATOMIC_RELAXED)(s);
}

/* Ends all slices of a stream but *whole, which it gives a new life. Any context, alone. */
void dma_stream_renew_slices(struct dma_stream *s, struct dma_slice *whole);

/* Its place, which the first slice of a stream changes while others sync it. */
static inline unsigned dma_stream_place(const struct dma_stream *s)
{
	return __atomic_load_n(&s->place, __ATOMIC_RELAXED);
}

/* The first frame of the device view of a live stream. */
static inline dma_paddr_t dma_device_view_paddr(const struct dma_stream *s)
{
	/* A stream that bounces has a node. */
	return s->place & DMA_PLACE_BOUNCE ? s->owed->owed.paddr /* NOLINT(clang-analyzer-core.NullDereference) */
					   : s->seg.paddr;
}

/* Whether the handle is a copy of one whose stream has ended, as far as the machine tells; that is reported then. */
static inline bool dma_stream_stale(const struct dma_stream *s)
{
	if (dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw))
		return false;
	dma_arch_stream_stale(s->seg.paddr.raw);
	return true;
}

/* Tells the machine that the stream ends; false if it is a copy of one that has ended (dma_arch_stream_ends()). */
static inline bool dma_stream_lives(const struct dma_stream *s)
{
	return dma_arch_stream_ends(s->cpu, s->seg.paddr.raw, dma_device_view_paddr(s).raw, s->daddr.raw,
				    dma_segment_size(&s->seg));
}

#endif
