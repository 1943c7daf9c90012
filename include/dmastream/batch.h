/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Batches: many streams at once, for the price of one barrier or one invalidation.
 *
 * The order is that of a single sync, over all of them: to the device every copy comes before the first line is
 * cleaned, and the barrier after the last; from the device a barrier, then all lines are invalidated, and no bounce is
 * copied before that is complete. A batch that refuses one range touches none.
 */
#ifndef DMASTREAM_BATCH_H
#define DMASTREAM_BATCH_H

#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A part of a stream, in bytes. */
struct dma_range {
	const struct dma_stream *stream;
	size_t off, len;
};

/* Hands n ranges over to their devices / takes them back: each as dma_stream_sync_to_device() or
 * dma_stream_sync_from_device() does, all with one barrier. Streams may be of different devices, and occur more than
 * once. n may be 0; it counts ranges, not bytes (checked.h: what the compiler sees of that).
 * Returns: 0, or an error, and nothing has been handed over.
 * Errors: DMA_EINVAL (a range does not fit, a stream is empty, or the compiler knows that the array has fewer ranges);
 * DMA_EACCES (a stream's direction is the other one).
 * Context: any.
 * Example:
 *     struct dma_range ranges[2] = {{&header, 0, sizeof(struct header)}, {&payload, 0, length}};
 *
 *     error = dma_batch_sync_to_device(ranges, 2);
 *     if (!error)
 *             ring_doorbell();
 * See: dma_stream_sync_to_device(), dma_stream_sync_from_device(), dma_list_sync_to_device(). */
DMA_MUST_CHECK int dma_batch_sync_to_device(const struct dma_range *ranges, size_t n);
DMA_MUST_CHECK int dma_batch_sync_from_device(const struct dma_range *ranges, size_t n);

/* Releases n streams as dma_stream_release() does, with one invalidation for those of one domain, in place of one
 * each. Empty streams among them stay empty; a stream may be named twice. The memory of all goes back after the
 * invalidation. In deferred domains the streams of trusted devices wait for the next batch as ever. n counts streams,
 * not bytes: where the compiler knows that the array has fewer, a constant does not compile, and a variable releases
 * all that the array has.
 * Returns: nothing.
 * Errors: none: it cannot fail. Where the hardware does, all memory of that domain's streams is quarantined
 * (dma_stats()).
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * Example:
 *     for (i = 0; i < done; i++)
 *             streams[i] = &slots[i].stream;
 *     dma_batch_release(streams, done);
 * See: dma_stream_release(), dma_domain_flush(). */
void dma_batch_release(struct dma_stream *const *streams, size_t n);

#ifdef __cplusplus
}
#endif
#endif
