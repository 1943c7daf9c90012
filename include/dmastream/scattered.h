/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered memory: a large stretch of DMA memory out of frames that lie anywhere, behind an IOMMU.
 *
 * A machine that has run for a while has plenty of free frames and no long run of them: dma_stream_alloc() of some MiB
 * is DMA_ENOMEM then. Here the library takes runs as long as the host has them, down to single frames, and the IOMMU
 * makes one range of device addresses of them. A device without an IOMMU in front of it is refused (DMA_ENOTSUP): it
 * takes a list (list.h), or several streams.
 *
 *     struct dma_scattered video = {0};
 *
 *     error = dma_scattered_alloc(&video, &dev, DMA_FROM_DEVICE, DMA_PAGES(8 << 20));
 *     if (!error)
 *             post(dma_scattered_daddr(&video), dma_scattered_size(&video));
 *     ...
 *     error = dma_scattered_sync_from_device(&video, 0, length);
 *     for (off = 0; off < length && !error; off += part) {
 *             error = dma_scattered_reader(&video, off, &r);
 *             part = dma_reader_remain(&r);            // to the end of a run of frames, or all
 *             if (!error)
 *                     show(&r);
 *     }
 *     dma_scattered_release(&video);
 *
 * The CPU reaches the memory by ranges and cursors. Where the host has registered a way to map scattered frames at one
 * kernel address (dma_scattered_map_with()), a cursor spans all of it; otherwise each run of frames is mapped by
 * itself, and a cursor ends where its run does.
 *
 * Placement, contents, syncs and ownership are those of a stream (stream.h), but for one thing: behind a deferred
 * domain, too, release ends the device's access before it returns. One invalidation for all of the memory costs less
 * than a slot in the batch for each of its runs, of which there may be thousands. Streams of borrowed or mapped memory
 * of 128 pages or more are released in this way, too, for the same reason. Ranges are (off, len) in bytes; len == 0 is
 * fine up to and including off == size; what reaches past the end is DMA_EINVAL, and nothing is touched. Empty memory
 * (zeroed, or released) is DMA_EINVAL for everything but alloc and release. Several CPUs may sync and access ranges
 * that do not overlap.
 */
#ifndef DMASTREAM_SCATTERED_H
#define DMASTREAM_SCATTERED_H

#include <dmastream/framewalk.h>
#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Caller's storage, starts zeroed. May be moved while nobody uses it. The fields are the library's. */
struct dma_scattered {
	struct dma_device *dev; /* NULL: empty */
	size_t to_device_end;	/* as in struct dma_stream */
	size_t from_device_end;
	unsigned char *cpu;	     /* all of it, if it is one mapping; else NULL */
	dma_daddr_t daddr;	     /* device view, one range */
	struct dma_owed_node *first; /* runs of frames, in the order of their device addresses */
	size_t npages, nruns;
	uint32_t tag;
	uint16_t dir;	/* enum dma_dir */
	uint16_t place; /* src/memory/placement.h */
};

/* Allocates npages of memory that device and CPU share without copying, from frames anywhere in RAM. Contents as of
 * dma_stream_alloc(), and for DMA_FROM_DEVICE as of dma_stream_alloc_uninit(). *s must be empty.
 * Returns: 0, or an error, and *s is empty as before.
 * Errors: DMA_EINVAL (npages is 0, dir is no enum dma_dir, *s is not empty, dev is NULL or zeroed, or dma_init() has
 * not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_ENOTSUP (no IOMMU is in
 * front of the device, or it bypasses that, which the log says; npages are more than the device takes in one piece:
 * boundary, max_segment_size; or the device needs uncached memory and the machine has none); DMA_EBUSY (interrupts are
 * off); DMA_ENOMEM (the host has fewer frames, or no kernel addresses or table pages now); DMA_ENOSPC (no device
 * address is left that meets mask, alignment and boundary); DMA_EIO (the hypervisor did not share the pages of a
 * confidential VM, and the page in doubt is quarantined); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer:
 * the IOMMU is given up then, and frames that the device may reach are quarantined).
 * Context: interrupts on.
 * See: dma_scattered_release(), dma_stream_alloc(), dma_list_map(), dma_scattered_map_with(). */
DMA_MUST_CHECK int dma_scattered_alloc(struct dma_scattered *s, struct dma_device *dev, unsigned dir, size_t npages);

/* Ends the device's access, then gives the memory back and zeroes *s; empty memory stays empty. Does not sync: what
 * the device wrote since the last sync is lost. The caller has quiesced the device. Never allocates.
 * Returns: nothing.
 * Errors: none: it cannot fail. Where the hardware does, the memory is quarantined (dma_stats()).
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * See: dma_scattered_alloc(), dma_reclaim(). */
void dma_scattered_release(struct dma_scattered *s);

/* Where the device finds the memory, and its size in bytes.
 * Returns: the address or the size; for empty memory DMA_ADDRESS_NONE, or the size 0.
 * Errors: none.
 * Context: any.
 * See: dma_scattered_alloc(). */
static inline dma_daddr_t dma_scattered_daddr(const struct dma_scattered *s)
{
	return s->dev ? s->daddr : dma_daddr(DMA_ADDRESS_NONE);
}

static inline size_t dma_scattered_size(const struct dma_scattered *s)
{
	return s->npages << DMA_PAGE_SHIFT;
}

/* What dma_scattered_sync_to_device() and _from_device() call if the fast path does not apply: the same promises. */
DMA_MUST_CHECK int dma_scattered_sync_to_device_slow(const struct dma_scattered *s, size_t off, size_t len);
DMA_MUST_CHECK int dma_scattered_sync_from_device_slow(const struct dma_scattered *s, size_t off, size_t len);

/* Hands the range over to the device / takes it back, as dma_stream_sync_to_device() and
 * dma_stream_sync_from_device(), with one barrier and one pass of maintenance.
 * Returns: 0, or an error, and nothing has been handed over.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (against the direction).
 * Context: any.
 * See: dma_scattered_read_bytes(), dma_scattered_write_bytes(), dma_stream_sync_to_device(). */
DMA_MUST_CHECK static inline int dma_scattered_sync_to_device(const struct dma_scattered *s, size_t off, size_t len)
{
	if (!dma_within(s->to_device_end, off, len))
		return dma_scattered_sync_to_device_slow(s, off, len);
	dma_publish();
	return 0;
}

DMA_MUST_CHECK static inline int dma_scattered_sync_from_device(const struct dma_scattered *s, size_t off, size_t len)
{
	if (!dma_within(s->from_device_end, off, len))
		return dma_scattered_sync_from_device_slow(s, off, len);
	dma_consume();
	return 0;
}

/* Arms the range again: the device may write there from now on, as after an alloc. The order of the steps is that of
 * dma_stream_rearm(): completion, sync from the device, read, rearm, post.
 * Returns: 0, or an error, and nothing has been done.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (to-device memory).
 * Context: any.
 * See: dma_stream_rearm(), dma_scattered_sync_from_device(), dma_barrier(). */
DMA_MUST_CHECK int dma_scattered_rearm(const struct dma_scattered *s, size_t off, size_t len);

/* Copies len bytes at off out of / into the memory. Where len is 0, the other pointer may be NULL.
 * Returns: 0, or an error, and nothing has been copied.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (reading to-device memory, writing
 * from-device memory).
 * Context: any.
 * See: dma_scattered_reader(), dma_scattered_writer(), dma_scattered_fill(). */
DMA_MUST_CHECK int dma_scattered_read_bytes(const struct dma_scattered *s, size_t off, void *dst, size_t len);
DMA_MUST_CHECK int dma_scattered_write_bytes(const struct dma_scattered *s, size_t off, const void *src, size_t len);

/* Copies from off bytes on out of the memory until the writer is full, or into it until the reader is at its end, and
 * moves the cursor there. The two must not overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, or *s is empty); DMA_EACCES (reading to-device
 * memory, writing from-device memory).
 * Context: any.
 * See: dma_scattered_read_bytes(), dma_scattered_write_bytes(), dma_reader_of(), dma_writer_of(). */
DMA_MUST_CHECK static inline int dma_scattered_read(const struct dma_scattered *s, size_t off, struct dma_writer *w)
{
	int error = dma_scattered_read_bytes(s, off, dma_writer_at(w), w->left);

	if (!error)
		w->left = 0;
	return error;
}

DMA_MUST_CHECK static inline int dma_scattered_write(const struct dma_scattered *s, size_t off, struct dma_reader *r)
{
	int error = dma_scattered_write_bytes(s, off, dma_reader_at(r), r->left);

	if (!error)
		r->left = 0;
	return error;
}

/* Writes len bytes of that value from off bytes on.
 * Returns: 0, or an error, and nothing has been written.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (from-device memory).
 * Context: any.
 * See: dma_scattered_write_bytes(). */
DMA_MUST_CHECK int dma_scattered_fill(const struct dma_scattered *s, size_t off, unsigned char value, size_t len);

/* A cursor from off to the end of what the CPU has mapped there at one address: the end of all, or of a run of frames.
 * It must not outlive the memory.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (off is not below the size, or *s is empty); DMA_EACCES (a reader of to-device memory, a writer
 * of from-device memory).
 * Context: any.
 * See: dma_scattered_read_bytes(), dma_scattered_write_bytes(), dma_reader_remain(), dma_writer_remain(). */
DMA_MUST_CHECK int dma_scattered_reader(const struct dma_scattered *s, size_t off, struct dma_reader *r);
DMA_MUST_CHECK int dma_scattered_writer(const struct dma_scattered *s, size_t off, struct dma_writer *w);

/* The frames of scattered memory that are still to come, run by run. The fields are the library's. */
struct dma_scattered_frames {
	const struct dma_owed_node *next;
};

/* All frames of the memory, in the order of their device addresses.
 * Returns: the iterator; one without any frames for empty memory.
 * Errors: none.
 * Context: any.
 * See: dma_scattered_frames_next(), dma_frames_of_stream(). */
static inline struct dma_scattered_frames dma_frames_of_scattered(const struct dma_scattered *s)
{
	struct dma_scattered_frames frames;

	frames.next = s->first;
	return frames;
}

/* The next run of frames.
 * Returns: true and *range; false at the end, and *range has not changed.
 * Errors: none.
 * Context: any; a host's function that maps scattered frames calls it, too.
 * See: dma_frames_of_scattered(), dma_scattered_map_with(). */
bool dma_scattered_frames_next(struct dma_scattered_frames *frames, struct dma_frame_range *range);

#ifdef __cplusplus
}
#endif
#endif
