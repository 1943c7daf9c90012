/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Buffers: a byte range in place of whole pages, at one device address.
 *
 * A buffer is a list (list.h) of one piece that the device sees as one entry. Whole pages go direct. Edges that share a
 * cache line with other bytes (the device does not snoop) or a page (it is not trusted) are bounced, alone: 64 KiB at
 * an odd offset copy two pages at most. That takes an IOMMU, which joins bounce and memory into one range; without one,
 * a buffer with such an edge is bounced whole, and a list gives pieces instead.
 *
 *     what the device is     behind an IOMMU                  without one
 *     snoops, trusted        direct                           direct
 *     does not snoop         pages with a shared line bounce  all bounces if a line at an edge is shared
 *     not trusted            pages with other bytes bounce    all bounces if a page at an edge is shared
 *     (a confidential VM, memory out of reach, caches that cannot be maintained: all bounces)
 *
 * Maintenance touches the lines that the buffer touches: a packet of 64 bytes costs one line of 64 bytes.
 *
 *     struct dma_buffer b = {0};
 *
 *     error = dma_buffer_map(&b, &dev, DMA_FROM_DEVICE, packet, length);
 *     if (!error)
 *             post(dma_buffer_daddr(&b), length);
 *     ...
 *     error = dma_buffer_sync_from_device(&b, 0, length);
 *     dma_buffer_release(&b);
 *
 * Once synced from the device, or released after a sync, the bytes lie where the caller's pointer says.
 */
#ifndef DMASTREAM_BUFFER_H
#define DMASTREAM_BUFFER_H

#include <dmastream/list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Caller's storage, starts zeroed. May be moved while nobody uses it. The fields are the library's. */
struct dma_buffer {
	struct dma_list list; /* its array is `piece`, wherever the buffer is: it says NULL */
	struct dma_piece piece;
};

/* Maps len bytes at an address of the kernel's linear map, borrowed: the caller keeps them alive until the release, and
 * behind a deferred domain until the next dma_domain_flush(). dir: enum dma_dir. Includes a sync to the device of the
 * whole range for to-device and bidirectional buffers. *b must be empty.
 * Returns: 0, or an error, and *b is empty as before.
 * Errors: DMA_EINVAL (len is 0, *b is not empty, dir is outside its range, dev is NULL or zeroed, or dma_init() has not
 * been called); DMA_EFAULT (the memory is not in the linear map, as a stack that is mapped elsewhere, or is not RAM);
 * DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_ENOTSUP (the buffer is more than the device
 * takes in one piece, it cannot be aligned, the device needs uncached copies and the machine has no uncached memory, or
 * the host's linear map is not one offset: then use dma_buffer_map_segment()); DMA_EBUSY (interrupts are off, and
 * memory beyond the linear map, or a bounce of more than 16 pages, is needed); DMA_ENOMEM (the host has no frames,
 * kernel addresses or table pages now, or with interrupts off a reserve is empty: dma_buffer_reserve(),
 * dma_host_info()); DMA_ENOSPC (no device address is left that meets mask, alignment and boundary); DMA_EIO (the
 * hypervisor did not share a bounce of a confidential VM); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer:
 * the IOMMU is given up then, and the lender keeps the memory: dma_stream_map()).
 * Context: any; with interrupts off it draws on the reserves of bounces and table pages.
 * Example:
 *     struct dma_buffer command = {0};
 *
 *     error = dma_buffer_map(&command, &dev, DMA_TO_DEVICE, request, sizeof(*request));
 *     if (!error)
 *             submit(dma_buffer_daddr(&command));
 * See: dma_buffer_map_segment(), dma_buffer_release(), dma_buffer_reserve(), dma_device_line(). */
DMA_MUST_CHECK int dma_buffer_map(struct dma_buffer *b, struct dma_device *dev, unsigned dir, void *memory, size_t len);

/* The same for len bytes of a segment, off bytes from its start. On success, and only then, takes over the caller's
 * reference to all of the segment and empties *seg; it is dropped at release. (To keep it, map a clone, or what
 * dma_segment_borrow() gives.)
 * Returns: 0, or an error: *b is empty and *seg is as it was.
 * Errors: DMA_EINVAL (the range does not fit, and as dma_buffer_map()); DMA_ENODEV, DMA_ENOTSUP, DMA_EBUSY, DMA_ENOMEM,
 * DMA_ENOSPC, DMA_EIO, DMA_ETIMEDOUT (as dma_buffer_map()).
 * Context: any; with interrupts off it draws on the reserves of bounces and table pages.
 * See: dma_buffer_map(), dma_segment_borrow(), dma_segment_clone(), dma_buffer_release(). */
DMA_MUST_CHECK int dma_buffer_map_segment(struct dma_buffer *b, struct dma_device *dev, unsigned dir,
					  struct dma_segment *seg, size_t off, size_t len);

/* Ends the device's access and gives what was bounced, and the reference to a segment, back. Does not sync: what the
 * device wrote since the last sync may be lost. An empty buffer stays empty.
 * Returns: nothing.
 * Errors: none: it cannot fail. Where the hardware does, the memory is quarantined (dma_stats()).
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * See: dma_buffer_map(), dma_buffer_sync_from_device(), dma_domain_flush(). */
void dma_buffer_release(struct dma_buffer *b);

/* Where the device finds the first byte / bytes.
 * Returns: the address or the size; for an empty buffer DMA_ADDRESS_NONE, or the size 0.
 * Errors: none.
 * Context: any.
 * See: dma_buffer_map(). */
dma_daddr_t dma_buffer_daddr(const struct dma_buffer *b);
static inline size_t dma_buffer_size(const struct dma_buffer *b)
{
	return b->list.nbytes;
}

/* What dma_buffer_sync_to_device() and _from_device() call if the fast path does not apply: the same promises. */
DMA_MUST_CHECK int dma_buffer_sync_to_device_slow(const struct dma_buffer *b, size_t off, size_t len);
DMA_MUST_CHECK int dma_buffer_sync_from_device_slow(const struct dma_buffer *b, size_t off, size_t len);

/* Hands the range over to the device / takes it back, as dma_stream_sync_to_device() and dma_stream_sync_from_device().
 * Returns: 0, or an error, and nothing has been handed over.
 * Errors: DMA_EINVAL (the range does not fit, or *b is empty); DMA_EACCES (against the direction).
 * Context: any.
 * See: dma_buffer_map(), dma_buffer_read_bytes(), dma_buffer_write_bytes(). */
DMA_MUST_CHECK static inline int dma_buffer_sync_to_device(const struct dma_buffer *b, size_t off, size_t len)
{
	if (!dma_within(b->list.to_device_end, off, len))
		return dma_buffer_sync_to_device_slow(b, off, len);
	dma_publish();
	return 0;
}

DMA_MUST_CHECK static inline int dma_buffer_sync_from_device(const struct dma_buffer *b, size_t off, size_t len)
{
	if (!dma_within(b->list.from_device_end, off, len))
		return dma_buffer_sync_from_device_slow(b, off, len);
	dma_consume();
	return 0;
}

/* Arms the range again: the device may write there from now on, as after a map. The order of the steps is that of
 * dma_stream_rearm(): completion, sync from the device, read, rearm, post.
 * Returns: 0, or an error, and nothing has been done.
 * Errors: DMA_EINVAL (the range does not fit, or *b is empty); DMA_EACCES (a to-device buffer).
 * Context: any.
 * See: dma_stream_rearm(), dma_buffer_sync_from_device(), dma_barrier(). */
DMA_MUST_CHECK int dma_buffer_rearm(const struct dma_buffer *b, size_t off, size_t len);

/* Copies len bytes at off out of / into the buffer. Where len is 0, the other pointer may be NULL.
 * Returns: 0, or an error, and nothing has been copied.
 * Errors: DMA_EINVAL (the range does not fit, or *b is empty); DMA_EACCES (reading a to-device buffer, writing a
 * from-device buffer).
 * Context: any.
 * See: dma_buffer_sync_from_device(), dma_buffer_sync_to_device(). */
DMA_MUST_CHECK int dma_buffer_read_bytes(const struct dma_buffer *b, size_t off, void *dst, size_t len);
DMA_MUST_CHECK int dma_buffer_write_bytes(const struct dma_buffer *b, size_t off, const void *src, size_t len);

/* Copies from off bytes on out of the buffer until the writer is full, or into it until the reader is at its end, and
 * moves the cursor there. The two must not overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, or *b is empty); DMA_EACCES (reading a to-device
 * buffer, writing a from-device buffer).
 * Context: any.
 * See: dma_buffer_read_bytes(), dma_buffer_write_bytes(), dma_reader_of(), dma_writer_of(). */
DMA_MUST_CHECK static inline int dma_buffer_read(const struct dma_buffer *b, size_t off, struct dma_writer *w)
{
	int error = dma_buffer_read_bytes(b, off, dma_writer_at(w), w->left);

	if (!error)
		w->left = 0;
	return error;
}

DMA_MUST_CHECK static inline int dma_buffer_write(const struct dma_buffer *b, size_t off, struct dma_reader *r)
{
	int error = dma_buffer_write_bytes(b, off, dma_reader_at(r), r->left);

	if (!error)
		r->left = 0;
	return error;
}

/* A cursor over the whole buffer; it must not outlive it.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (*b is empty); DMA_EACCES (a reader of a to-device buffer, a writer of a from-device buffer).
 * Context: any.
 * See: dma_buffer_read_bytes(), dma_buffer_write_bytes(), dma_reader_read_bytes(), dma_writer_write_bytes(). */
DMA_MUST_CHECK int dma_buffer_reader(const struct dma_buffer *b, struct dma_reader *r);
DMA_MUST_CHECK int dma_buffer_writer(const struct dma_buffer *b, struct dma_writer *w);

/* Makes sure that `count` buffers, or pieces of lists, of up to nbytes each can be bounced for this device with
 * interrupts off, and keeps that many: what was taken is filled up by dma_reclaim() and by maps with interrupts on. A
 * map that finds the reserve empty is DMA_ENOMEM, and counted (dma_stats(): reserve_empty). Where nothing of a buffer
 * can ever be bounced, it does nothing. Devices of one kind share a reserve: the largest count of each size holds. It
 * lasts until dma_fini().
 * Returns: 0, or an error, and what is there stays.
 * Errors: DMA_EINVAL (nbytes is 0, or beyond 15 pages where such a buffer bounces whole; dev is zeroed); DMA_EBUSY
 * (interrupts are off); DMA_ENOTSUP (the device needs uncached copies and the machine has no uncached memory);
 * DMA_ENOMEM, DMA_EIO, DMA_ETIMEDOUT (as dma_buffer_map()).
 * Context: interrupts on.
 * See: dma_buffer_map(), dma_list_map(), dma_reclaim(), dma_host_info(). */
DMA_MUST_CHECK int dma_buffer_reserve(struct dma_device *dev, size_t nbytes, unsigned count);

#ifdef __cplusplus
}
#endif
#endif
