/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Counted streams: for those who hand buffers up and forget them. The last put releases the stream.
 *
 *     struct buffer {
 *             struct dma_counted_stream counted;
 *             ...
 *     };
 *
 *     dma_counted_stream_init(&buffer->counted, &stream, recycle);   // one reference, the caller's
 *     dma_counted_stream_get(&buffer->counted);                      // one for the protocol above
 *     ...
 *     dma_counted_stream_put(&buffer->counted);                      // each drops its own, in any order, anywhere
 *
 * Whoever holds a reference uses `counted.stream` as a stream: sync, readers, writers, slices. It is not split or
 * released, which ends it for everybody.
 */
#ifndef DMASTREAM_COUNTED_H
#define DMASTREAM_COUNTED_H

#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_counted_stream;

/* Called once, by the last put, after the release: the struct is zeroed and its owner's again. In the put's context. */
typedef void dma_counted_gone(struct dma_counted_stream *counted);

/* Caller's storage, starts zeroed, stays where it is while anybody holds a reference. */
struct dma_counted_stream {
	struct dma_stream stream; /* for all holders to use; not to be split or released */
	dma_counted_gone *gone;
	uintptr_t holders; /* changed atomically */
};

/* Takes over the stream, and empties *s; the caller has the one reference. gone may be NULL.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (*s is empty, or *counted is not).
 * Context: any.
 * Example:
 *     error = dma_stream_map(&s, &dev, DMA_FROM_DEVICE, &seg);
 *     if (!error)
 *             error = dma_counted_stream_init(&buffer->counted, &s, recycle);
 * See: dma_counted_stream_get(), dma_counted_stream_put(), dma_stream_map(). */
DMA_MUST_CHECK int dma_counted_stream_init(struct dma_counted_stream *counted, struct dma_stream *s,
					   dma_counted_gone *gone);

/* Takes another reference. The caller has one, or somebody has one for it.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (nobody has a reference any more: reported in the log as a misuse).
 * Context: any.
 * See: dma_counted_stream_put(). */
int dma_counted_stream_get(struct dma_counted_stream *counted);

/* Drops a reference. The last one releases the stream, as dma_stream_release() does, zeroes *counted, and calls
 * gone(), if there is one, which may free it.
 * Returns: true if it was the last.
 * Errors: none: a put without a reference is reported in the log as a misuse, and does nothing.
 * Context: any.
 * See: dma_counted_stream_get(), dma_stream_release(). */
bool dma_counted_stream_put(struct dma_counted_stream *counted);

/* How many references there are, at that moment.
 * Returns: the number; 0 for a zeroed one.
 * Errors: none.
 * Context: any.
 * See: dma_counted_stream_get(), dma_counted_stream_put(). */
static inline size_t dma_counted_stream_holders(const struct dma_counted_stream *counted)
{
	return __atomic_load_n(&counted->holders, __ATOMIC_RELAXED);
}

#ifdef __cplusplus
}
#endif
#endif
