/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scatter-gather lists: pieces of memory, anywhere and of any length in bytes, handed to a device as one.
 *
 * The life of a list: init with an array of the caller's; add the pieces; map; walk over what the device is to be
 * told, (daddr, length) by (daddr, length); sync as with a stream, offsets counting through all pieces; release.
 * Behind an IOMMU all pieces get one range of device addresses: those that meet at page boundaries become one entry.
 * Without one they keep the addresses that they have.
 *
 *     struct dma_piece pieces[17];
 *     struct dma_list list;
 *     struct dma_list_walk walk;
 *     struct dma_list_entry entry;
 *
 *     dma_list_init(&list, pieces, 17);
 *     for (i = 0; i < 17 && !error; i++)
 *             error = dma_list_add(&list, page[i], DMA_PAGE_SIZE);
 *     if (!error)
 *             error = dma_list_map(&list, &dev, DMA_TO_DEVICE);
 *     if (error)
 *             ...
 *     for (walk = dma_list_begin(&list); dma_list_next(&walk, &entry);)
 *             descriptor(entry.daddr, entry.len);
 *
 * Edges. A piece may begin and end anywhere. The bytes beside it are safe from the device: where a piece shares a
 * cache line (the device does not snoop) or a page (it is not trusted) with bytes that are not in the list, that
 * edge is bounced, and nothing else of the piece. The rest of a bounced page is zeros. Maintenance touches the lines
 * of the pieces and no others.
 *
 * Limits. Each entry keeps the device's mask, alignment, boundary and max_segment_size, and there are at most
 * max_segments of them: pieces are joined, cut and bounced until that is true, or the list is refused.
 *
 * Whose the memory is: a piece is borrowed (the caller keeps the memory alive until the release, and behind a deferred
 * domain until the next dma_domain_flush()), or owned: the list takes over a reference, and drops it at release.
 *
 * One list is used by one caller at a time; syncs and accesses of ranges that do not overlap by any number at once.
 * A list that is not mapped is DMA_EINVAL for everything that needs the device.
 */
#ifndef DMASTREAM_LIST_H
#define DMASTREAM_LIST_H

#include <dmastream/checked.h>
#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One piece: storage of the caller's, contents the library's. */
struct dma_piece {
	dma_paddr_t paddr; /* first byte */
	size_t len;	   /* bytes, not 0 */
	/* the reference that the list owns: to so many pages from run on; NULL: borrowed */
	struct dma_run *run;
	size_t run_pages;
	/* From here on only while a list is mapped that is not plain (DMA_PLACE_PLAIN). */
	unsigned char *cpu;	    /* CPU view */
	dma_daddr_t daddr;	    /* device view of the first byte */
	struct dma_owed_node *head; /* bounce of the first head_len bytes; NULL: they are direct */
	struct dma_owed_node *tail; /* bounce of the last tail_len bytes */
	struct dma_owed_node *view; /* CPU mapping of its own, where the linear map has none */
	size_t head_len;
	size_t tail_len;
	size_t shift; /* where the first byte lies in its page of the device view */
};

/* Caller's storage. It may be moved while nobody uses it; the array of pieces stays where it is. The fields are the
 * library's; read them through the functions. */
struct dma_list {
	struct dma_piece *pieces; /* the caller's array */
	size_t capacity, npieces;
	size_t nbytes;	 /* of all pieces */
	size_t npages;	 /* that they touch */
	uint64_t last;	 /* the highest byte of all */
	uint64_t begins; /* where pieces begin, ORed: tells whether all are aligned */
	uint64_t ends;	 /* where they end, ORed */
	bool owns;	 /* a piece owns its memory */
	/* Once mapped: */
	struct dma_device *dev; /* NULL: not mapped */
	size_t to_device_end;	/* as in struct dma_stream */
	size_t from_device_end;
	dma_daddr_t daddr; /* behind an IOMMU: the range, of view_pages; else what is added to a plain list's paddrs */
	size_t view_pages;
	uint32_t tag;
	uint16_t dir;
	uint16_t place; /* src/memory/placement.h */
};

/* What a device is told of one stretch of memory. */
struct dma_list_entry {
	dma_daddr_t daddr;
	size_t len; /* bytes */
};

/* ---- Built ---- */

/* Makes an empty list of up to `capacity` pieces, which are kept in the caller's array until the list is forgotten.
 * capacity counts pieces, not bytes. Where the compiler knows the array, a constant beyond it does not compile, and a
 * variable beyond it counts as the array's own number: dma_list_add() is DMA_ENOSPC there. Of an array that is only a
 * pointer nothing is known, and a list told sizeof(array) writes behind it.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * Example:
 *     struct dma_piece pieces[17];
 *
 *     dma_list_init(&list, pieces, sizeof(pieces) / sizeof(*pieces));
 * See: dma_list_add(), dma_list_add_segment(), dma_list_own_segment(), dma_list_map(). */
static inline __attribute__((always_inline)) void
dma_list_init(struct dma_list *l, struct dma_piece *const pieces DMA_ENTRIES_OF, size_t capacity)
{
	__builtin_memset(l, 0, sizeof(*l));
	l->pieces = pieces;
	l->capacity = dma_typed_entries(capacity, __builtin_object_size(pieces, 1), sizeof(*pieces));
}

/* Adds len bytes at an address of the kernel's linear map, borrowed.
 * Returns: 0, or an error, and the list has not changed.
 * Errors: DMA_EINVAL (len is 0, the list would have more bytes than size_t counts, it is mapped, or dma_init() has not
 * been called); DMA_ENOSPC (the array is full); DMA_EFAULT (the memory is not in the linear map, as a stack that is
 * mapped elsewhere, or is not RAM); DMA_ENOTSUP (the host's linear map is not one offset: dma_host_info(); use
 * dma_list_add_segment()).
 * Context: any.
 * See: dma_list_add_segment(), dma_list_own_segment(), dma_list_map(). */
DMA_MUST_CHECK int dma_list_add(struct dma_list *l, void *memory, size_t len);

/* Adds len bytes of a segment, off bytes from its start: borrowed, the segment stays the caller's, with its reference
 * / owned, the list takes over the caller's reference to all of the segment on success, and empties *seg.
 * Returns: 0, or an error, and neither has changed.
 * Errors: DMA_EINVAL (the range does not fit, len is 0, the list is mapped, or dma_init() has not been called);
 * DMA_ENOSPC (the array is full).
 * Context: any.
 * Example:
 *     error = dma_segment_clone(&file_page, &mine);
 *     if (!error)
 *             error = dma_list_own_segment(&list, &mine, 100, 512);
 *     if (error)
 *             dma_segment_drop(&mine);     // empty, and nothing to drop, where the list has it
 * See: dma_list_add(), dma_segment_borrow(), dma_segment_clone(), dma_list_release(). */
DMA_MUST_CHECK int dma_list_add_segment(struct dma_list *l, const struct dma_segment *seg, size_t off, size_t len);
DMA_MUST_CHECK int dma_list_own_segment(struct dma_list *l, struct dma_segment *seg, size_t off, size_t len);

struct dma_slice;

/* Adds all of a slice (slice.h), borrowed: its memory, as the CPU sees it, becomes a piece of what the list's device
 * is told, which may be another device than the slice's. The stream of the slice outlives the list's mapping.
 * Returns: 0, or an error, and the list has not changed.
 * Errors: DMA_EINVAL (*slice is empty, its stream is gone, the list is mapped, or dma_init() has not been called);
 * DMA_ENOSPC (the array is full); DMA_ENOTSUP (the host's linear map is not one offset: dma_host_info()); DMA_EFAULT
 * (the slice's memory is beyond the linear map, or has a kernel mapping of its own: uncached, or shared with a
 * hypervisor).
 * Context: any.
 * See: dma_stream_slice(), dma_list_add(), dma_list_map(). */
DMA_MUST_CHECK int dma_list_add_slice(struct dma_list *l, const struct dma_slice *slice);

/* ---- Mapped ---- */

/* Maps all pieces for the device; dir: enum dma_dir. Includes a sync to the device of the whole list for to-device and
 * bidirectional lists. All or nothing: where a piece fails, those before it are unmapped again.
 *
 * After DMA_ETIMEDOUT the IOMMU has not said whether the device can reach the memory: as dma_stream_map(), the library
 * keeps references of its own to owned pieces for ever, and the lender keeps what was borrowed.
 * Returns: 0, or an error, and the list is as it was.
 * Errors: DMA_EINVAL (the list is empty or mapped, dir is outside its range, dev is NULL or zeroed, or dma_init() has
 * not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_ENOTSUP (more than
 * max_segments entries are needed, an entry cannot be aligned, or the device needs uncached copies and the machine has
 * no uncached memory); DMA_EBUSY (interrupts are off, and memory beyond the linear map, or a bounce that is larger
 * than 16 pages, is in the list); DMA_ENOMEM (the host has no frames, kernel addresses or table pages now, or with
 * interrupts off a reserve is empty: dma_buffer_reserve(), dma_host_info()); DMA_ENOSPC (no device address is left
 * that meets mask, alignment and boundary); DMA_EIO (the hypervisor did not share a bounce of a confidential VM);
 * DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer: the IOMMU is given up then).
 * Context: any; with interrupts off it draws on the reserves of bounces and table pages.
 * See: dma_list_begin(), dma_list_unmap(), dma_list_release(), dma_list_sync_to_device(), dma_buffer_reserve(). */
DMA_MUST_CHECK int dma_list_map(struct dma_list *l, struct dma_device *dev, unsigned dir);

/* Ends the device's access to all pieces, with one invalidation, and keeps them: the list can be mapped again, or
 * added to. Does not sync: what the device wrote since the last sync may be lost. A list that is not mapped stays so.
 * Returns: nothing.
 * Errors: none: it cannot fail. Where the hardware does, the memory is quarantined (dma_stats()).
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * See: dma_list_map(), dma_list_release(), dma_domain_flush(). */
void dma_list_unmap(struct dma_list *l);

/* The same, then drops the references to owned pieces and empties the list, which keeps its array.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * See: dma_list_unmap(), dma_list_init(). */
void dma_list_release(struct dma_list *l);

/* Bytes of all pieces / how many entries the device is told of.
 * Returns: the number; no entries for a list that is not mapped.
 * Errors: none.
 * Context: any.
 * See: dma_list_begin(), dma_list_sync_to_device(). */
static inline size_t dma_list_size(const struct dma_list *l)
{
	return l->nbytes;
}

size_t dma_list_entries(const struct dma_list *l);

/* Where a walk over a list's entries stands. The list is not changed meanwhile; a walk may be copied and dropped. */
struct dma_list_walk {
	const struct dma_list *list;
	const struct dma_piece *piece, *end;
	size_t done;  /* bytes of the piece that were passed */
	size_t pages; /* of the pieces before it */
};

/* A walk over the entries from the first on. / The next entry.
 * Returns: the walk; nothing to see for a list that is not mapped. / True and *entry; false behind the last one.
 * Errors: none.
 * Context: any.
 * See: dma_list_map(), dma_list_entries(). */
static inline struct dma_list_walk dma_list_begin(const struct dma_list *l)
{
	struct dma_list_walk w;

	w.list = l;
	w.piece = l->pieces;
	w.end = l->dev ? l->pieces + l->npieces : l->pieces;
	w.done = 0;
	w.pages = 0;
	return w;
}

DMA_MUST_CHECK bool dma_list_next(struct dma_list_walk *w, struct dma_list_entry *entry);

/* ---- Synced, accessed ---- */
/*
 * Offsets count bytes through all pieces. A range that spans pieces costs one barrier and one pass of maintenance: to
 * the device all copies come first, then all lines are cleaned, then one barrier; from the device a barrier, then all
 * lines are invalidated, then the copies.
 */

/* What dma_list_sync_to_device() and _from_device() call if the fast path does not apply: the same promises. */
DMA_MUST_CHECK int dma_list_sync_to_device_slow(const struct dma_list *l, size_t off, size_t len);
DMA_MUST_CHECK int dma_list_sync_from_device_slow(const struct dma_list *l, size_t off, size_t len);

/* Hands the range over to the device / takes it back, as dma_stream_sync_to_device() and
 * dma_stream_sync_from_device().
 * Returns: 0, or an error, and nothing has been handed over.
 * Errors: DMA_EINVAL (the range does not fit, or the list is not mapped); DMA_EACCES (against the direction).
 * Context: any.
 * See: dma_list_map(), dma_list_read_bytes(), dma_list_write_bytes(). */
DMA_MUST_CHECK static inline int dma_list_sync_to_device(const struct dma_list *l, size_t off, size_t len)
{
	if (!dma_within(l->to_device_end, off, len))
		return dma_list_sync_to_device_slow(l, off, len);
	dma_publish();
	return 0;
}

DMA_MUST_CHECK static inline int dma_list_sync_from_device(const struct dma_list *l, size_t off, size_t len)
{
	if (!dma_within(l->from_device_end, off, len))
		return dma_list_sync_from_device_slow(l, off, len);
	dma_consume();
	return 0;
}

/* Arms the range again: the device may write there from now on, as after a map. The order of the steps is that of
 * dma_stream_rearm(): completion, sync from the device, read, rearm, post.
 * Returns: 0, or an error, and nothing has been done.
 * Errors: DMA_EINVAL (the range does not fit, or the list is not mapped); DMA_EACCES (a to-device list).
 * Context: any.
 * See: dma_stream_rearm(), dma_list_sync_from_device(), dma_barrier(). */
DMA_MUST_CHECK int dma_list_rearm(const struct dma_list *l, size_t off, size_t len);

/* Copies len bytes at off out of / into the list. Where len is 0, the other pointer may be NULL.
 * Returns: 0, or an error, and nothing has been copied.
 * Errors: DMA_EINVAL (the range does not fit, or the list is not mapped); DMA_EACCES (reading a to-device list,
 * writing a from-device list).
 * Context: any.
 * See: dma_list_sync_from_device(), dma_list_sync_to_device(), dma_list_reader(), dma_list_writer(). */
DMA_MUST_CHECK int dma_list_read_bytes(const struct dma_list *l, size_t off, void *dst, size_t len);
DMA_MUST_CHECK int dma_list_write_bytes(const struct dma_list *l, size_t off, const void *src, size_t len);

/* Copies from off bytes on out of the list until the writer is full, or into it until the reader is at its end, and
 * moves the cursor there. The two must not overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, or the list is not mapped); DMA_EACCES (reading a
 * to-device list, writing a from-device list).
 * Context: any.
 * See: dma_list_read_bytes(), dma_list_write_bytes(), dma_reader_of(), dma_writer_of(). */
DMA_MUST_CHECK static inline int dma_list_read(const struct dma_list *l, size_t off, struct dma_writer *w)
{
	int error = dma_list_read_bytes(l, off, dma_writer_at(w), w->left);

	if (!error)
		w->left = 0;
	return error;
}

DMA_MUST_CHECK static inline int dma_list_write(const struct dma_list *l, size_t off, struct dma_reader *r)
{
	int error = dma_list_write_bytes(l, off, dma_reader_at(r), r->left);

	if (!error)
		r->left = 0;
	return error;
}

/* A cursor from off to the end of the piece that has that byte: whoever wants more makes the next one at off plus what
 * it had.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (off is not below the size, or the list is not mapped); DMA_EACCES (a reader of a to-device list,
 * a writer of a from-device list).
 * Context: any.
 * Example:
 *     for (size_t off = 0; off < dma_list_size(&list) && !error; off += dma_reader_remain(&r)) {
 *             error = dma_list_reader(&list, off, &r);
 *             if (!error)
 *                     hash(&r);            // on a copy of the cursor
 *     }
 * See: dma_list_read_bytes(), dma_list_write_bytes(), dma_reader_remain(), dma_writer_remain(). */
DMA_MUST_CHECK int dma_list_reader(const struct dma_list *l, size_t off, struct dma_reader *r);
DMA_MUST_CHECK int dma_list_writer(const struct dma_list *l, size_t off, struct dma_writer *w);

#ifdef __cplusplus
}
#endif
#endif
