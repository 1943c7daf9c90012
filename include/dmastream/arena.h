/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arenas: slices of any size, one after the other out of a stream, given back all at once.
 *
 *     struct dma_arena arena = {0};
 *     struct dma_slice command, payload;
 *
 *     error = dma_arena_create(&arena, &dev, DMA_TO_DEVICE, 16);      // 16 pages, mapped once
 *     ...
 *     error = dma_arena_alloc(&arena, sizeof(header), 64, &command);  // for each request
 *     if (!error)
 *             error = dma_arena_alloc(&arena, length, 1, &payload);
 *     ...
 *     dma_arena_reset(&arena);                                        // when the device is done with all of them
 *
 * Several CPUs may allocate at once. Where the arena is full, it takes another stream, which goes back with the next
 * reset: an arena that is too small costs time, and is no error. Slices keep the device's limits and lines, as all
 * slices do (slice.h). Resetting ends every slice of the arena: later calls on one are DMA_EINVAL, and reported.
 */
#ifndef DMASTREAM_ARENA_H
#define DMASTREAM_ARENA_H

#include <dmastream/slice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A stream that slices are cut from, and how much of it is gone. The fields are the library's. */
struct dma_extent {
	struct dma_extent *next; /* older */
	uintptr_t used;		 /* bytes; changed atomically */
	struct dma_slice whole;
	struct dma_stream stream;
};

struct dma_extent_page;

/* Caller's storage, starts zeroed, stays where it is from create to destroy. The fields are the library's. */
struct dma_arena {
	struct dma_device *dev;	    /* NULL: empty */
	struct dma_extent *current; /* the newest; changed atomically */
	struct dma_extent first;
	struct dma_extent_page *records; /* of further extents */
	uintptr_t lock;			 /* of records and of what follows */
	size_t fallbacks;
};

/* Makes an arena of npages pages of memory of its own. Contents as of dma_stream_alloc(), and for DMA_FROM_DEVICE of
 * dma_stream_alloc_uninit(). *arena must be zeroed.
 * Returns: 0, or an error, and *arena is as it was.
 * Errors: DMA_EINVAL (npages is 0, dir is no enum dma_dir, *arena is not empty, dev is NULL or zeroed, or dma_init()
 * has not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_EBUSY (interrupts are
 * off); DMA_ENOTSUP (the device needs uncached memory and the machine has none, or npages are more than the device
 * takes in one piece: boundary, max_segment_size); DMA_ENOMEM (the host has no frames or pages now, or none that meet
 * the device's limits); DMA_ENOSPC (no device address is left that meets mask, alignment and boundary); DMA_EIO (the
 * hypervisor did not share the pages of a confidential VM); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not
 * answer).
 * Context: interrupts on.
 * See: dma_arena_adopt(), dma_arena_alloc(), dma_arena_reset(), dma_arena_destroy(). */
DMA_MUST_CHECK int dma_arena_create(struct dma_arena *arena, struct dma_device *dev, unsigned dir, size_t npages);

/* Makes an arena of an existing stream, whose slices end. On success it takes the stream over, and empties *s.
 * Returns: 0, or an error, and *arena and *s are as they were.
 * Errors: DMA_EINVAL (*s is empty, or *arena is not); DMA_ENOMEM (no page for the library's note of its slices, or
 * with interrupts off the reserve is empty).
 * Context: any; with interrupts off it draws on the reserve (dma_host_info()).
 * See: dma_arena_create(), dma_stream_map(). */
DMA_MUST_CHECK int dma_arena_adopt(struct dma_arena *arena, struct dma_stream *s);

/* Takes nbytes, whose device address is a multiple of align (a power of two, at most a page), for as long as the arena
 * is not reset. On a device that does not snoop, the slice is as many whole cache lines as that needs.
 * Returns: 0 and *slice, or an error, and *slice has not changed.
 * Errors: DMA_EINVAL (nbytes is 0 or more than half of what size_t counts, align is outside its range, or *arena is
 * empty); DMA_EBUSY (the arena is full, and interrupts are off); DMA_ENOTSUP, DMA_ENODEV, DMA_ENOMEM, DMA_ENOSPC,
 * DMA_EIO, DMA_ETIMEDOUT (the arena is full, and another stream could not be made: as dma_arena_create()).
 * Context: any.
 * Example:
 *     struct dma_slice list;
 *
 *     error = dma_arena_alloc(&arena, 4096, 4096, &list);
 *     if (!error)
 *             write_register(LIST_BASE, dma_slice_daddr(&list).raw);
 * See: dma_arena_reset(), dma_slice_write_bytes(), dma_slice_sync_to_device(). */
DMA_MUST_CHECK int dma_arena_alloc(struct dma_arena *arena, size_t nbytes, size_t align, struct dma_slice *slice);

/* Ends all slices of the arena and makes all of its first stream available again; further streams go back. The device
 * is done with them.
 * Returns: nothing.
 * Errors: none: it cannot fail, and does nothing to an empty arena, nor to one that was copied, moved or destroyed,
 * which the log names as a misuse.
 * Context: any; not to be raced with other calls on the same arena.
 * See: dma_arena_alloc(), dma_arena_destroy(). */
void dma_arena_reset(struct dma_arena *arena);

/* Gives all memory back and zeroes *arena; an empty one stays empty. Its slices end. The device is done with them.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EBUSY (interrupts are off, and the arena has been full since it was made); DMA_EINVAL (*arena is a copy,
 * was moved, or its original was destroyed; the log says so).
 * Context: interrupts on; any for an arena that has never been full. Not to be raced with other calls on it.
 * See: dma_arena_create(), dma_arena_reset(). */
DMA_MUST_CHECK int dma_arena_destroy(struct dma_arena *arena);

/* How many further streams the arena has taken since it was made: an arena of the right size has none.
 * Returns: the number.
 * Errors: none.
 * Context: any.
 * See: dma_arena_alloc(), dma_arena_used(). */
static inline size_t dma_arena_fallbacks(const struct dma_arena *arena)
{
	return __atomic_load_n(&arena->fallbacks, __ATOMIC_RELAXED);
}

/* How much has been taken since the last reset, with what alignment left out.
 * Returns: bytes, over all streams; 0 for an empty arena.
 * Errors: none.
 * Context: any; not to be raced with a reset.
 * See: dma_arena_alloc(), dma_arena_fallbacks(). */
size_t dma_arena_used(const struct dma_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
