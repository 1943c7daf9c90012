/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames: where the memory of a segment or stream is, range by range or page by page.
 *
 *     struct dma_frames frames = dma_frames_of_stream(&s);
 *     struct dma_frame_range range;
 *
 *     while (dma_frames_next(&frames, &range))
 *             note(range.paddr, range.npages);
 */
#ifndef DMASTREAM_FRAMEWALK_H
#define DMASTREAM_FRAMEWALK_H

#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Physically contiguous frames. */
struct dma_frame_range {
	dma_paddr_t paddr;
	size_t npages;
};

/* What is still to come. The fields are the library's. It must not outlive what it was made of. */
struct dma_frames {
	struct dma_frame_range left;
};

/* All frames of a segment, or of a stream's device view (the copy, if it bounces).
 * Returns: the iterator, at the first frame; one without any for what is empty.
 * Errors: none.
 * Context: any.
 * See: dma_frames_next(), dma_frames_next_page(), dma_stream_paddr(). */
static inline struct dma_frames dma_frames_of_segment(const struct dma_segment *seg)
{
	struct dma_frames frames;

	frames.left.paddr = seg->paddr;
	frames.left.npages = seg->npages;
	return frames;
}

static inline struct dma_frames dma_frames_of_stream(const struct dma_stream *s)
{
	struct dma_frames frames;

	frames.left.paddr = dma_stream_paddr(s);
	frames.left.npages = dma_stream_size(s) >> DMA_PAGE_SHIFT;
	return frames;
}

/* The next frames that are physically contiguous, as many as there are.
 * Returns: true and *range; false at the end, and *range has not changed.
 * Errors: none.
 * Context: any.
 * See: dma_frames_of_segment(), dma_frames_of_stream(), dma_frames_next_page(). */
static inline bool dma_frames_next(struct dma_frames *frames, struct dma_frame_range *range)
{
	if (frames->left.npages == 0)
		return false;
	*range = frames->left;
	frames->left.npages = 0;
	return true;
}

/* The next frame alone.
 * Returns: true and *paddr; false at the end, and *paddr has not changed.
 * Errors: none.
 * Context: any.
 * See: dma_frames_next(). */
static inline bool dma_frames_next_page(struct dma_frames *frames, dma_paddr_t *paddr)
{
	if (frames->left.npages == 0)
		return false;
	*paddr = frames->left.paddr;
	frames->left.paddr.raw += DMA_PAGE_SIZE;
	frames->left.npages--;
	return true;
}

#ifdef __cplusplus
}
#endif
#endif
