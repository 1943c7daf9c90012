/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Segments: references to runs of whole, physically contiguous frames.
 *
 * A segment is a caller-owned handle (movable, zeroed is empty) that holds one reference to each frame of its range.
 * Each frame goes back to the host as soon as no segment refers to it: after a split or a slice, dropping one part
 * frees the frames that only that part held. The library keeps the counts, one for each run of frames that have the
 * same holders.
 */
#ifndef DMASTREAM_SEGMENT_H
#define DMASTREAM_SEGMENT_H

#include <dmastream/cursor.h>
#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_run;

struct dma_segment {
	dma_paddr_t paddr;   /* first frame */
	size_t npages;	     /* 0: empty */
	struct dma_run *run; /* count of the first frame; NULL: borrowed frames are not counted */
};

/* Allocates npages contiguous frames at or below max_paddr (last byte), the first one a multiple of align bytes (a
 * power of two; less than a page means a page). Contents are arbitrary. *seg must be empty.
 * Returns: 0, or an error, and *seg is empty as before.
 * Errors: DMA_EINVAL (npages is 0, align is no power of two, *seg is not empty, or dma_init() has not been called);
 * DMA_EBUSY (interrupts are off); DMA_ENOMEM (the host has no such frames now, or no page for the library's count of
 * them).
 * Context: interrupts on.
 * See: dma_segment_drop(), dma_segment_adopt(), dma_stream_map(). */
DMA_MUST_CHECK int dma_segment_alloc(struct dma_segment *seg, size_t npages, uint64_t max_paddr, size_t align);

/* Allocates as dma_segment_alloc() does, with every byte 0.
 * Returns: 0, or an error, and *seg is empty as before.
 * Errors: DMA_EINVAL (npages is 0, align is no power of two, *seg is not empty, or dma_init() has not been called);
 * DMA_EBUSY (interrupts are off); DMA_ENOMEM (the host has no such frames now, no page for the library's count of them,
 * or no kernel addresses for frames without a linear mapping).
 * Context: interrupts on.
 * See: dma_segment_alloc(), dma_segment_drop(). */
DMA_MUST_CHECK int dma_segment_alloc_zeroed(struct dma_segment *seg, size_t npages, uint64_t max_paddr, size_t align);

/* Makes a segment of frames that the caller has from the host: the reference passes to the segment, and the last
 * drop frees them with dma_host_frames_free(). *seg must be empty.
 * Returns: 0, or an error: *seg is empty as before, and the frames stay the caller's.
 * Errors: DMA_EINVAL (npages is 0, paddr is not page aligned, the range wraps, *seg is not empty, the range has more
 * bytes than size_t counts or more pages than 32 bits do, or dma_init() has not been called); DMA_EFAULT (a page is
 * not RAM); DMA_ENOMEM (no page for the library's count of them, or with interrupts off the reserve is empty).
 * Context: any; with interrupts off it draws on the reserve (dma_host_info()).
 * See: dma_segment_borrow(), dma_segment_drop(), dma_host_is_ram(). */
DMA_MUST_CHECK int dma_segment_adopt(struct dma_segment *seg, dma_paddr_t paddr, size_t npages);

/* Makes a segment of frames that stay somebody else's (a page cache's, a static buffer's): the library neither counts
 * nor frees them. They must outlive every segment and stream that is made of them; behind a deferred domain also the
 * next dma_domain_flush() after the release, since the device may reach them until then. *seg must be empty.
 * Returns: 0, or an error, and *seg is empty as before.
 * Errors: DMA_EINVAL (npages is 0, paddr is not page aligned, the range wraps, *seg is not empty, the range has more
 * bytes than size_t counts or more pages than 32 bits do, or dma_init() has not been called); DMA_EFAULT (a page is
 * not RAM).
 * Context: any.
 * Example:
 *     struct dma_segment seg = {0};
 *     struct dma_stream s = {0};
 *
 *     error = dma_segment_borrow(&seg, paddr_of(buffer), 1);
 *     if (!error)
 *             error = dma_stream_map(&s, &dev, DMA_TO_DEVICE, &seg);
 * See: dma_segment_adopt(), dma_stream_map(), dma_domain_flush(), dma_device_line(). */
DMA_MUST_CHECK int dma_segment_borrow(struct dma_segment *seg, dma_paddr_t paddr, size_t npages);

/* Takes another reference to the same frames, into the empty *copy.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (*seg is empty, *copy is not, or there would be more than 2^31 references).
 * Context: any.
 * See: dma_segment_slice(), dma_segment_drop(). */
DMA_MUST_CHECK int dma_segment_clone(const struct dma_segment *seg, struct dma_segment *copy);

/* Takes another reference to npages frames from page `first` of seg on, into the empty *slice.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (the range reaches past the end or overflows, npages is 0, *slice is not empty, or there would
 * be more than 2^31 references); DMA_ENOTSUP (a counted segment, and DMA_CONFIG_SPLIT is 0: config.h); DMA_ENOMEM (no
 * page for the library's count of the part, or with interrupts off the reserve is empty).
 * Context: any; with interrupts off it draws on the reserve (dma_host_info()).
 * See: dma_segment_clone(), dma_segment_split(), dma_segment_drop(). */
DMA_MUST_CHECK int dma_segment_slice(const struct dma_segment *seg, size_t first, size_t npages,
				     struct dma_segment *slice);

/* Cuts at page `at`, strictly inside: *seg keeps what is below, *tail (empty before) gets the rest. No reference is
 * added.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (at is not strictly inside, or *tail is not empty); DMA_ENOTSUP (a counted segment, and
 * DMA_CONFIG_SPLIT is 0: config.h); DMA_ENOMEM (no page for the library's count of the second part, or with interrupts
 * off the reserve is empty).
 * Context: any; with interrupts off it draws on the reserve (dma_host_info()).
 * See: dma_segment_slice(), dma_segment_drop(), dma_stream_split(). */
DMA_MUST_CHECK int dma_segment_split(struct dma_segment *seg, size_t at, struct dma_segment *tail);

/* Drops the references and empties *seg; an empty one stays empty. Frames without a holder go back to the host at
 * once. It never allocates.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: any.
 * See: dma_segment_alloc(), dma_segment_adopt(), dma_segment_clone(). */
void dma_segment_drop(struct dma_segment *seg);

/* A cursor over all of the segment's memory, in the kernel's linear map; it must not outlive the segment. The memory is
 * the caller's own: while a stream of it lives, it is touched through the stream.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (*seg is empty); DMA_ENOTSUP (the host has no linear mapping of it: a stream has one of its own).
 * Context: any.
 * See: dma_segment_read(), dma_segment_write(), dma_stream_reader(), dma_stream_writer(). */
DMA_MUST_CHECK int dma_segment_reader(const struct dma_segment *seg, struct dma_reader *r);
DMA_MUST_CHECK int dma_segment_writer(const struct dma_segment *seg, struct dma_writer *w);

/* Copies from off bytes on out of the segment until the writer is full, or into it until the reader is at its end, and
 * moves the cursor there. The two must not overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, or *seg is empty); DMA_ENOTSUP (the host has no
 * linear mapping of it).
 * Context: any.
 * See: dma_segment_reader(), dma_segment_writer(), dma_stream_read(), dma_stream_write(). */
DMA_MUST_CHECK int dma_segment_read(const struct dma_segment *seg, size_t off, struct dma_writer *w);
DMA_MUST_CHECK int dma_segment_write(const struct dma_segment *seg, size_t off, struct dma_reader *r);

/* How large the segment is.
 * Returns: bytes; 0 for an empty one.
 * Errors: none.
 * Context: any.
 * See: dma_stream_size(). */
static inline size_t dma_segment_size(const struct dma_segment *seg)
{
	return seg->npages << DMA_PAGE_SHIFT;
}

#ifdef __cplusplus
}
#endif
#endif
