/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Segments: references to runs of whole, physically contiguous frames.
 *
 * A segment is a caller-owned handle (movable, zeroed is empty) that holds one reference to each frame of its range.
 * Frames go back to the host as soon as nobody refers to them any more, frame for frame: after a split or a slice,
 * dropping one part frees what only that part held. The counts live in the library, one per run of frames that
 * have the same holders.
 */
#ifndef DMASTREAM_SEGMENT_H
#define DMASTREAM_SEGMENT_H

#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_run;

struct dma_segment {
	dma_paddr_t paddr;   /* first frame */
	size_t npages;	     /* 0: empty */
	struct dma_run *run; /* count of the first frame; NULL: borrowed, nobody counts */
};

/* Allocates npages contiguous frames at or below max_paddr (last byte), first one a multiple of align bytes (a power of
 * two; less than a page means a page). Contents are arbitrary. *seg must be empty. 0, DMA_EINVAL (npages 0, align
 * no power of two, *seg not empty), DMA_ENOMEM, DMA_EBUSY with interrupts off. */
DMA_MUST_CHECK int dma_segment_alloc(struct dma_segment *seg, size_t npages, uint64_t max_paddr, size_t align);

/* Makes a segment of frames that the caller has from the host: the reference passes to the segment, and the last drop
 * frees them with dma_host_frames_free(). 0, DMA_EINVAL (npages 0, unaligned, wraps, *seg not empty, more
 * bytes than size_t counts or pages than 32 bits do), DMA_EFAULT if a page is not RAM,
 * DMA_ENOMEM. Any context; with interrupts off it draws on the reserve (dma_host_info). */
DMA_MUST_CHECK int dma_segment_adopt(struct dma_segment *seg, dma_paddr_t paddr, size_t npages);

/* The same for frames whose life is somebody else's business (a page cache, a static buffer): nothing is counted and
 * the library never frees them; they must outlive every segment and stream made of it, and behind a deferred domain
 * the next dma_domain_flush() after the release, until which the device may still reach them. Errors as for adopt
 * without DMA_ENOMEM. Any context. */
DMA_MUST_CHECK int dma_segment_borrow(struct dma_segment *seg, dma_paddr_t paddr, size_t npages);

/* Another reference to the same frames, into the empty *copy. 0, DMA_EINVAL (empty segment, *copy not empty, more than
 * 2^31 references). Any context. */
DMA_MUST_CHECK int dma_segment_clone(const struct dma_segment *seg, struct dma_segment *copy);

/* Another reference to npages frames from page `first` of seg on. 0, DMA_EINVAL (reaches past the end, overflows,
 * npages 0, *slice not empty, more than 2^31 references), DMA_ENOMEM. Any context; with interrupts off it draws on
 * the reserve (dma_host_info). */
DMA_MUST_CHECK int dma_segment_slice(const struct dma_segment *seg, size_t first, size_t npages,
				     struct dma_segment *slice);

/* Cuts at page `at`, strictly inside: *seg keeps what is below, *tail gets the rest. No reference is added.
 * 0, DMA_EINVAL (not strictly inside, *tail not empty), DMA_ENOMEM. Any context; with interrupts off it draws on
 * the reserve (dma_host_info). */
DMA_MUST_CHECK int dma_segment_split(struct dma_segment *seg, size_t at, struct dma_segment *tail);

/* Drops the references and empties *seg; an empty one stays empty. Frames without a holder go back to the host at once.
 * Never fails, never allocates. Any context. */
void dma_segment_drop(struct dma_segment *seg);

/* Its bytes; 0 for an empty one. Any context. */
static inline size_t dma_segment_size(const struct dma_segment *seg)
{
	return seg->npages << DMA_PAGE_SHIFT;
}

#ifdef __cplusplus
}
#endif
#endif
