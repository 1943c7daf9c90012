/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams: DMA memory of whole pages with a direction, for one device, explicitly synced.
 *
 * The life of a stream: alloc or map; then, as often as needed, the CPU touches it and syncs to the device, the device
 * works, the CPU syncs from the device and touches it again (stream_access.h); release. typed.h puts the direction in
 * the type; this is the core under it, which checks at run time.
 *
 * Throughout: ranges are (off, len) in bytes from the start of the stream. len == 0 is fine up to and including off ==
 * size. What reaches past the end, or overflows, is DMA_EINVAL, and nothing is touched. An empty stream (zeroed, or
 * released) is DMA_EINVAL for everything but alloc, map and release. Any number of CPUs may sync and access ranges of
 * one stream that do not overlap at once; making, splitting and releasing it needs it alone. Different streams, also of
 * the same memory or device, never need each other. A typed handle (typed.h) may be passed in place of the stream.
 *
 * What drivers get wrong, and what happens then. The simulated machine reports all of it, on machines where it does no
 * harm, too, and says what to do:
 *
 *   no sync from the device before reading, or one of too few bytes: the CPU sees old bytes
 *   a write after the sync to the device: the device sees old bytes
 *   a release before the sync from the device, then a read of the memory: what the device wrote is lost where the
 *       stream bounces. Release does not sync (Linux's dma_unmap_single() does)
 *   a bidirectional stream that bounces, synced to the device as a whole while the device has written a part: that part
 *       is lost; sync the range that the CPU wrote, and take back first what the device wrote. The same the other way
 *       round: a sync from the device goes over what the CPU wrote and did not sync
 *   a handle that is copied, and both released: the second release gives away memory of somebody else. A handle that
 *       moves is zeroed where it was
 *   bytes where pages are meant: DMA_PAGES(nbytes) (checked.h); split takes bytes here and pages in segment.h
 *   the address of an empty stream: DMA_ADDRESS_NONE, with which a device fails
 */
#ifndef DMASTREAM_STREAM_H
#define DMASTREAM_STREAM_H

#include <dmastream/barrier.h>
#include <dmastream/stream_access.h>
#include <dmastream/stream_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Made and unmade ------------------------------------------------------------------------------- */

/* Allocates npages of memory within the device's mask that device and CPU share without copying. Both see zeros. dir:
 * DMA_TO_DEVICE or DMA_BIDIRECTIONAL, may be ORed with DMA_SPLITTABLE. *s must be empty.
 * Returns: 0, or an error, and *s is empty as before.
 * Errors: DMA_EINVAL (npages is 0, dir is outside its range, *s is not empty, dev is NULL or zeroed, or dma_init()
 * has not been called); DMA_EACCES (dir is DMA_FROM_DEVICE: nobody would see the zeros, use
 * dma_stream_alloc_uninit()); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_EBUSY
 * (interrupts are off); DMA_ENOTSUP (the device needs uncached memory and the machine has none, or npages are more
 * than the device takes in one piece: boundary, max_segment_size); DMA_ENOMEM (the host has no frames, kernel
 * addresses or table pages now, or no frame meets the device's limits); DMA_ENOSPC (no device address is left that
 * meets mask, alignment and boundary); DMA_EIO (the hypervisor did not share the pages of a confidential VM, and the
 * page in doubt is quarantined); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer: the IOMMU is given up
 * then, and frames that the device may reach are quarantined).
 * Context: interrupts on.
 * Example:
 *     struct dma_stream s = {0};
 *
 *     error = dma_stream_alloc(&s, &dev, DMA_TO_DEVICE, 1);
 *     if (!error)
 *             error = dma_stream_write_bytes(&s, 0, packet, length);
 *     if (!error)
 *             error = dma_stream_sync_to_device(&s, 0, length);
 *     if (!error)
 *             post(dma_stream_daddr(&s), length);
 * See: dma_stream_alloc_uninit(), dma_stream_map(), dma_stream_release(), dma_stream_sync_to_device(). */
DMA_MUST_CHECK int dma_stream_alloc(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages);

/* Allocates as dma_stream_alloc() does, unscrubbed, for any direction. The contents are still zeros for an untrusted
 * device and in a confidential VM, where stale bytes would be published.
 * Returns: 0, or an error, and *s is empty as before.
 * Errors: DMA_EINVAL (npages is 0, dir is outside its range, *s is not empty, dev is NULL or zeroed, or dma_init()
 * has not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_EBUSY (interrupts
 * are off); DMA_ENOTSUP (the device needs uncached memory and the machine has none, or npages are more than the
 * device takes in one piece: boundary, max_segment_size); DMA_ENOMEM (the host has no frames, kernel addresses or
 * table pages now, or no frame meets the device's limits); DMA_ENOSPC (no device address is left that meets mask,
 * alignment and boundary); DMA_EIO (the hypervisor did not share the pages of a confidential VM, and the page in
 * doubt is quarantined); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer: the IOMMU is given up then, and
 * frames that the device may reach are quarantined).
 * Context: interrupts on.
 * Example:
 *     struct dma_stream s = {0};
 *
 *     error = dma_stream_alloc_uninit(&s, &dev, DMA_FROM_DEVICE, 1);
 *     if (!error)
 *             post(dma_stream_daddr(&s), dma_stream_size(&s));
 * See: dma_stream_alloc(), dma_stream_map(), dma_stream_release(), dma_stream_sync_from_device(). */
DMA_MUST_CHECK int dma_stream_alloc_uninit(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages);

/* Makes a stream of existing memory. Only on success it takes over the caller's reference and empties *seg; other
 * references stay valid. The same frames may be mapped again, for this or another device. For to-device and
 * bidirectional streams, map includes a sync of the whole range to the device; for every stream, no cache holds a dirty
 * line of the device view on return. The device sees the caller's frames, or a copy of them (a bounce) in a
 * confidential VM, beyond the device's reach (windows, mask, alignment, boundary), or where caches could not be
 * maintained. dir: enum dma_dir, may be ORed with DMA_SPLITTABLE. *s must be empty.
 *
 * DMA_ETIMEDOUT means that the IOMMU did not say whether the device can reach the frames. Unless the frames were
 * bounced, they are quarantined then (dma_stats()): the library keeps a reference of its own for ever, so that they
 * never go back to the host, whoever drops theirs. The caller may still read them and drops its reference as usual.
 * Borrowed frames have no such reference: their lender must not use them for anything else until the device has been
 * reset or removed.
 * Returns: 0, or an error: *s is empty and *seg is as it was.
 * Errors: DMA_EINVAL (*seg is empty, dir is outside its range, *s is not empty, dev is NULL or zeroed, or dma_init()
 * has not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_ENOTSUP (the segment
 * is more than the device takes in one piece: boundary, max_segment_size; or a device that does not snoop needs an
 * uncached copy and the machine has no uncached memory); DMA_EBUSY (interrupts are off, and a bounce or a kernel
 * mapping is needed); DMA_ENOMEM (the host has no frames, kernel addresses or table pages now, with interrupts off
 * the library's reserve of table pages is empty, or no frame for the bounce meets the device's limits); DMA_ENOSPC
 * (no device address is left that meets mask, alignment and boundary); DMA_EIO (the hypervisor did not share the
 * bounce of a confidential VM); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer: the IOMMU is given up
 * then, and the frames are quarantined as said above).
 * Context: interrupts on; any, if the stream needs neither a bounce nor a kernel mapping. Behind an IOMMU it then takes
 * table pages from the library's reserve.
 * Example:
 *     struct dma_stream s = {0};
 *
 *     error = dma_stream_map(&s, &dev, DMA_FROM_DEVICE, &seg);
 *     if (error)
 *             return error;          // seg is still ours
 *     post(dma_stream_daddr(&s), dma_stream_size(&s));
 * See: dma_stream_release(), dma_segment_alloc(), dma_segment_borrow(), dma_stream_sync_from_device(). */
DMA_MUST_CHECK static inline int dma_stream_map(struct dma_stream *s, struct dma_device *dev, unsigned dir,
						struct dma_segment *seg);

/* Cuts the stream at off bytes: *s keeps what is below, *tail (empty before) gets the rest. No address changes; both
 * live and are released alone from then on, in any order, on any CPU.
 * Returns: 0, or an error, and neither has changed.
 * Errors: DMA_EINVAL (off is no multiple of a page and of the device's min_align, or not strictly inside, *tail is
 * not empty, or *s is); DMA_ENOTSUP (the domain cannot unmap a part and the stream was not made DMA_SPLITTABLE);
 * DMA_ENOMEM (no page for what the second part needs, or with interrupts off the reserve is empty); DMA_ETIMEDOUT
 * (the IOMMU did not answer, and has been given up).
 * Context: any; with interrupts off it draws on the reserve (dma_host_info()).
 * See: dma_stream_release(), dma_segment_split(), dma_coherent_split(). */
DMA_MUST_CHECK int dma_stream_split(struct dma_stream *s, size_t off, struct dma_stream *tail);

/* Ends the device's access, then gives the memory back and zeroes *s; an empty stream stays empty. Does not sync: what
 * the device wrote since the last sync is lost. The caller has quiesced the device. Never allocates: where the hardware
 * fails, the memory is quarantined, not reused (dma_stats()). Behind a deferred domain a trusted device's access ends
 * later, and memory that the library frees waits for that. Memory that others still refer to stays within the device's
 * reach until then: dma_domain_flush() ends that at once.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * See: dma_stream_alloc(), dma_stream_map(), dma_domain_flush(), dma_reclaim(). */
static inline void dma_stream_release(struct dma_stream *s);

/* The slow paths of map and release, with the same promises and errors. */
DMA_MUST_CHECK int dma_stream_map_slow(struct dma_stream *s, struct dma_device *dev, unsigned dir,
				       struct dma_segment *seg);
DMA_MUST_CHECK int dma_stream_map_beyond(struct dma_stream *s, struct dma_device *dev, unsigned dir,
					 struct dma_segment *seg, uint64_t last); /* arguments that have been checked */
void dma_stream_release_slow(struct dma_stream *s);
void dma_stream_forget_slow(struct dma_stream *s); /* zeroes the handle, and that is all */

/* Takes a holder off npages of counted frames (segment.c). */
void dma_run_drop(struct dma_run *run, size_t npages);

static inline int dma_stream_map(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg)
{
#if !DMA_CONFIG_INLINE
	return dma_stream_map_slow(s, dev, dir, seg);
#else
	const struct dma_segment moved = *seg;
	uint64_t pages = moved.npages; /* 64 bits on every host, for an empty segment's sake */
	uint64_t size = pages << DMA_PAGE_SHIFT;
	/* The last byte of the frames, or a little beyond it, which at worst costs the slow path; all ones for an empty
	 * segment, which is beyond every limit. */
	uint64_t last = (moved.paddr.raw + (size - 1)) | (size - 1);

	if (__builtin_expect(s->dev || !dev || dir - 1 > DMA_BIDIRECTIONAL - 1, 0))
		return dma_stream_map_slow(s, dev, dir, seg);
	/* direct_last is 0 for a zeroed or blocked device, and where anything but a barrier is due. */
	if (__builtin_expect(last > __atomic_load_n(&dev->direct_last, __ATOMIC_RELAXED), 0))
		return dma_stream_map_beyond(s, dev, dir, seg, last);
	seg->paddr = dma_paddr(0);
	seg->npages = 0;
	seg->run = DMA_NULL;
	s->seg = moved;
	s->dev = dev;
	s->cpu = DMA_ADDRESS(unsigned char *, dev->linear_base + DMA_CAST(uintptr_t, moved.paddr.raw));
	s->daddr = dma_daddr(moved.paddr.raw + dev->direct_delta);
	s->dir = DMA_CAST(uint16_t, dir);
	s->place = DMA_PLACE_PLAIN;
	s->to_device_end = dir & DMA_TO_DEVICE ? dma_segment_size(&moved) + 1 : 0;
	s->from_device_end = dir & DMA_FROM_DEVICE ? dma_segment_size(&moved) + 1 : 0;
	dma_ledger_begin(dev, s->daddr, false);
	dma_arch_stream_begins(dev, s->cpu, moved.paddr.raw, moved.paddr.raw, s->daddr.raw, dma_segment_size(&moved),
			       dir);
	dma_publish();
	return 0;
#endif
}

static inline void dma_stream_release(struct dma_stream *s)
{
	if (__builtin_expect(!DMA_CONFIG_INLINE || s->place != DMA_PLACE_PLAIN, 0)) {
		dma_stream_release_slow(s);
		return;
	}
	if (!dma_arch_stream_ends(s->cpu, s->seg.paddr.raw, s->seg.paddr.raw, s->daddr.raw,
				  dma_segment_size(&s->seg))) {
		dma_stream_forget_slow(s);
		return;
	}
	dma_ledger_end(s->dev, s->daddr, false);
	if (s->seg.run)
		dma_run_drop(s->seg.run, s->seg.npages);
	s->dev = DMA_NULL;
	s->cpu = DMA_NULL;
	s->daddr = dma_daddr(0);
	s->seg.paddr = dma_paddr(0);
	s->seg.npages = 0;
	s->seg.run = DMA_NULL;
	s->dir = 0;
	s->place = 0;
	s->to_device_end = 0;
	s->from_device_end = 0;
}

/* ---- Handing over ------------------------------------------------------------------------------------ */

/* The slow paths of the two syncs below, for streams that need more than a barrier, with the same promises and errors.
 * Any context. */
DMA_MUST_CHECK int dma_stream_sync_to_device_slow(const struct dma_stream *s, size_t off, size_t len);
DMA_MUST_CHECK int dma_stream_sync_from_device_slow(const struct dma_stream *s, size_t off, size_t len);

/* Hands the range to the device: a device that sees a doorbell or a ring entry written after this call also sees every
 * byte that the CPU wrote to the range before it.
 * Returns: 0, or an error, and nothing has been handed over.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (a from-device stream).
 * Context: any.
 * Example:
 *     error = dma_stream_write_bytes(&s, 0, packet, length);
 *     if (!error)
 *             error = dma_stream_sync_to_device(&s, 0, length);
 *     if (!error)
 *             ring_doorbell();
 * See: dma_stream_sync_from_device(), dma_stream_write_bytes(), dma_publish(). */
DMA_MUST_CHECK static inline int dma_stream_sync_to_device(const struct dma_stream *s, size_t off, size_t len)
{
	if (!dma_within(s->to_device_end, off, len) || !dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw))
		return dma_stream_sync_to_device_slow(s, off, len);
	dma_arch_stream_synced(s->cpu + off, len, DMA_TO_DEVICE);
	dma_publish();
	return 0;
}

/* Takes the range back from the device: after it, the CPU sees every byte that the device wrote before the
 * completion that the CPU has seen.
 * Returns: 0, or an error, and nothing has been taken back.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (a to-device stream).
 * Context: any.
 * Example:
 *     error = dma_stream_sync_from_device(&s, 0, length);
 *     if (!error)
 *             error = dma_stream_read_bytes(&s, 0, packet, length);
 * See: dma_stream_sync_to_device(), dma_stream_read_bytes(), dma_consume(). */
DMA_MUST_CHECK static inline int dma_stream_sync_from_device(const struct dma_stream *s, size_t off, size_t len)
{
	if (!dma_within(s->from_device_end, off, len) || !dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw))
		return dma_stream_sync_from_device_slow(s, off, len);
	dma_consume();
	dma_arch_stream_synced(s->cpu + off, len, DMA_FROM_DEVICE);
	return 0;
}

/* Arms the range again: the device may write there from now on, as after map, and the stream stays mapped. A receive
 * ring goes round so, at the cost of a barrier in place of release and map, whether the stream bounces, is maintained
 * or neither. In this order:
 *
 *   1. see the completion                               the device has done with the buffer
 *   2. dma_stream_sync_from_device() of what it wrote   by the length in the completion, checked (hazard 58)
 *   3. read it                                          or hand it on, and come back here when that is over
 *   4. dma_stream_rearm() of what it may write next     what was not taken back in step 2 is given up here
 *   5. the ring's entry, dma_publish(), the doorbell
 *
 * Every read of step 3 is over before the device can write (a full barrier), and no dirty line of the CPU's can fall
 * on what it writes. Bytes that the device does not write next time come back as the last transfer left them where the
 * stream bounces, and as the CPU sees them elsewhere: read no more than the completion tells. A bidirectional stream
 * into which the CPU wrote for the device is synced to the device besides.
 * Returns: 0, or an error, and nothing has been done.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (a to-device stream).
 * Context: any.
 * Example:
 *     error = dma_stream_sync_from_device(&s, 0, length);
 *     if (!error)
 *             error = dma_stream_read_bytes(&s, 0, packet, length);
 *     if (!error)
 *             error = dma_stream_rearm(&s, 0, dma_stream_size(&s));
 *     if (!error)
 *             post(dma_stream_daddr(&s), dma_stream_size(&s));
 * See: dma_stream_sync_from_device(), dma_stream_map(), dma_barrier(). */
DMA_MUST_CHECK int dma_stream_rearm(const struct dma_stream *s, size_t off, size_t len);

/* ---- Where it is ------------------------------------------------------------------------------------------ */

/* Where the device view begins, as the CPU's bus (paddr) and as the device (daddr) see it, and its size in bytes.
 * Returns: the address or the size; for an empty stream DMA_ADDRESS_NONE, or the size 0.
 * Errors: none.
 * Context: any.
 * See: dma_stream_alloc(), dma_stream_map(). */
dma_paddr_t dma_stream_paddr(const struct dma_stream *s);
static inline dma_daddr_t dma_stream_daddr(const struct dma_stream *s)
{
	return s->dev ? s->daddr : dma_daddr(DMA_ADDRESS_NONE);
}

static inline size_t dma_stream_size(const struct dma_stream *s)
{
	return dma_segment_size(&s->seg);
}

/* ---- What it is ------------------------------------------------------------------------------------------- */

/* The device that the stream is for, and the direction of its data.
 * Returns: the device, NULL for an empty stream; an enum dma_dir, 0 for an empty stream.
 * Errors: none.
 * Context: any.
 * See: dma_stream_can_read(), dma_stream_describe(). */
static inline struct dma_device *dma_stream_device(const struct dma_stream *s)
{
	return s->dev;
}

static inline unsigned dma_stream_direction(const struct dma_stream *s)
{
	return s->dir & DMA_BIDIRECTIONAL;
}

/* Whether the CPU may read / write the stream.
 * Returns: true if it may; false for an empty stream.
 * Errors: none.
 * Context: any.
 * See: dma_stream_check_read(), dma_stream_check_write(), dma_stream_direction(). */
static inline bool dma_stream_can_read(const struct dma_stream *s)
{
	return (s->dir & DMA_FROM_DEVICE) != 0;
}

static inline bool dma_stream_can_write(const struct dma_stream *s)
{
	return (s->dir & DMA_TO_DEVICE) != 0;
}

/* Whether the device has a copy, so that each sync copies.
 * Returns: true if it has; false for an empty stream.
 * Errors: none.
 * Context: any.
 * See: dma_device_bounces(), dma_stream_map(). */
bool dma_stream_bounces(const struct dma_stream *s);

/* Writes one line about the stream, for a log: the device, the direction, the size in bytes, where the device and the
 * CPU's bus have it, and what its syncs do.
 *
 *     nic0: from device, 0x2000 bytes at 0xffffe000 (paddr 0x1c4000), bounced, behind an IOMMU
 *
 * Returns: the length of the line without its terminating zero; if that is nbytes or more, the line was cut there.
 * Where nbytes is 0, buf may be NULL.
 * Errors: none; an empty stream is described, too.
 * Context: any.
 * See: dma_stream_device(), dma_stream_direction(), dma_stream_daddr(). */
size_t dma_stream_describe(const struct dma_stream *s, char *buf, size_t nbytes);

#ifdef __cplusplus
}
#endif
#endif
