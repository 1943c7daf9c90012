/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Slices: parts of a stream, each with an end, a device address, a reader, a writer and a sync of its own.
 *
 *     struct dma_slice header, payload;
 *
 *     error = dma_stream_slice(&s, 0, 64, &header);
 *     if (!error)
 *             error = dma_stream_slice(&s, 64, 1984, &payload);
 *
 * A slice holds nothing: it is made, used and forgotten, and may be copied. Whoever has a slice cannot reach a byte of
 * the stream outside of it. A slice can be cut from a slice. Several CPUs may use slices of one stream at once, where
 * the ranges do not overlap, and make them at once; each needs no other.
 *
 * The stream must outlive its slices. When it is released or split, all of its slices end: every later call on one
 * is DMA_EINVAL, touches nothing and is reported in the log ("dmastream: misuse: ..."), which the simulated machine
 * counts as a failure.
 *
 * Lines: on a device that does not snoop, a slice of a stream begins at a cache line and ends at one, so that syncing
 * it reaches no byte of a neighbour; and each begins where the device's min_align allows. dma_slice_align() says the
 * unit. Other offsets are refused.
 *
 * Throughout: ranges are (off, len) in bytes from the start of the slice. len == 0 is fine up to and including off ==
 * size. What reaches past the end, or overflows, is DMA_EINVAL, and nothing is touched. An empty slice (zeroed) is
 * DMA_EINVAL for everything. The direction is the stream's. typedslice.h puts it in the type.
 */
#ifndef DMASTREAM_SLICE_H
#define DMASTREAM_SLICE_H

#include <dmastream/coherent.h>
#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Caller's storage. The fields are the library's; read them through the functions. */
struct dma_slice {
	const uintptr_t *life; /* the library's word: `generation` while the stream lives; NULL: empty */
	uintptr_t generation;
	size_t to_device_end; /* as struct dma_stream's */
	size_t from_device_end;
	unsigned char *cpu; /* CPU view */
	dma_daddr_t daddr;  /* device view */
	size_t nbytes;
	uint16_t dir;	/* enum dma_dir */
	uint16_t place; /* src/memory/placement.h */
};

/* ---- Made ----------------------------------------------------------------------------------------------- */

/* Makes a slice of len bytes from off bytes of the stream on. What *slice was before does not matter.
 * Returns: 0, or an error, and *slice has not changed.
 * Errors: DMA_EINVAL (the range does not fit, *s is empty, or the range does not begin or end where
 * dma_slice_align() allows); DMA_ENOMEM (no page for the library's note of a first slice, with interrupts off the
 * reserve is empty, or 4095 other sliced streams of the same memory and device live).
 * Context: any; with interrupts off the first slice of a stream draws on the reserve (dma_host_info()).
 * Example:
 *     struct dma_slice packet;
 *
 *     error = dma_stream_slice(&s, i * 2048, 2048, &packet);
 *     if (!error)
 *             post(i, dma_slice_daddr(&packet), 2048);
 * See: dma_slice_slice(), dma_slice_align(), dma_coherent_slice(), dma_pool_get(), dma_arena_alloc(). */
DMA_MUST_CHECK int dma_stream_slice(struct dma_stream *s, size_t off, size_t len, struct dma_slice *slice);

/* Makes a slice of coherent memory, as dma_stream_slice() does of a stream. No line matters to coherent memory, and
 * rings have entries of any size: it begins and ends anywhere. A sync of it orders as the sync of a stream does.
 * Returns: 0, or an error, and *slice has not changed.
 * Errors: DMA_EINVAL (the range does not fit, or *c is empty); DMA_ENOMEM (no page for the library's note of a first
 * slice, or with interrupts off the reserve is empty).
 * Context: any; with interrupts off the first slice draws on the reserve (dma_host_info()).
 * See: dma_stream_slice(), dma_slice_read_once(), dma_slice_write_once(). */
DMA_MUST_CHECK int dma_coherent_slice(struct dma_coherent *c, size_t off, size_t len, struct dma_slice *slice);

/* Makes a slice of a slice: *inner cannot reach beyond *outer, whatever happens to it. They may be the same struct.
 * Returns: 0, or an error, and *inner has not changed.
 * Errors: DMA_EINVAL (the range does not fit, *outer is empty, its stream is gone, or the range does not begin or end
 * where dma_slice_align() allows).
 * Context: any.
 * See: dma_stream_slice(), dma_slice_align(). */
DMA_MUST_CHECK int dma_slice_slice(const struct dma_slice *outer, size_t off, size_t len, struct dma_slice *inner);

/* The alignment that slices of this device's streams need: offsets and lengths are multiples of it. It is the longest
 * cache line of any CPU if the device does not snoop, and 1 if it does; offsets are multiples of min_align, too.
 * Returns: bytes, a power of two: the larger of the two; 0 for a zeroed device.
 * Errors: none.
 * Context: any.
 * See: dma_stream_slice(), dma_device_line(). */
size_t dma_slice_align(const struct dma_device *dev);

/* ---- Handing over ------------------------------------------------------------------------------------ */

/* What the inline functions below call where a barrier is not all: any context, the same promises and errors. */
DMA_MUST_CHECK int dma_slice_sync_to_device_slow(const struct dma_slice *slice, size_t off, size_t len);
DMA_MUST_CHECK int dma_slice_sync_from_device_slow(const struct dma_slice *slice, size_t off, size_t len);

/* Whether the range is within the slice, and its stream lives: then `end` is all there is to look at. */
static inline bool dma_slice_within(const struct dma_slice *slice, size_t end, size_t off, size_t len)
{
	return dma_within(end, off, len) && __atomic_load_n(slice->life, __ATOMIC_RELAXED) == slice->generation;
}

/* Hands the range to the device, as dma_stream_sync_to_device() does: after it, the device sees every byte that the
 * CPU wrote before it. It reaches no byte outside of the slice.
 * Returns: 0, or an error, and nothing has been handed over.
 * Errors: DMA_EINVAL (the range does not fit, *slice is empty, or its stream is gone); DMA_EACCES (a from-device
 * stream's).
 * Context: any.
 * Example:
 *     error = dma_slice_write_bytes(&packet, 0, frame, length);
 *     if (!error)
 *             error = dma_slice_sync_to_device(&packet, 0, length);
 * See: dma_slice_sync_from_device(), dma_slice_write_bytes(), dma_stream_sync_to_device(). */
DMA_MUST_CHECK static inline int dma_slice_sync_to_device(const struct dma_slice *slice, size_t off, size_t len)
{
	if (__builtin_expect(!dma_slice_within(slice, slice->to_device_end, off, len), 0))
		return dma_slice_sync_to_device_slow(slice, off, len);
	dma_arch_stream_synced(slice->cpu + off, len, DMA_TO_DEVICE);
	dma_publish();
	return 0;
}

/* Takes the range back from the device, as dma_stream_sync_from_device() does: after it, the CPU sees every byte that
 * the device wrote before the completion that the CPU has seen. It reaches no byte outside of the slice.
 * Returns: 0, or an error, and nothing has been taken back.
 * Errors: DMA_EINVAL (the range does not fit, *slice is empty, or its stream is gone); DMA_EACCES (a to-device
 * stream's).
 * Context: any.
 * Example:
 *     error = dma_slice_sync_from_device(&packet, 0, length);
 *     if (!error)
 *             error = dma_slice_read_bytes(&packet, 0, frame, length);
 * See: dma_slice_sync_to_device(), dma_slice_read_bytes(), dma_stream_sync_from_device(). */
DMA_MUST_CHECK static inline int dma_slice_sync_from_device(const struct dma_slice *slice, size_t off, size_t len)
{
	if (__builtin_expect(!dma_slice_within(slice, slice->from_device_end, off, len), 0))
		return dma_slice_sync_from_device_slow(slice, off, len);
	dma_consume();
	dma_arch_stream_synced(slice->cpu + off, len, DMA_FROM_DEVICE);
	return 0;
}

/* Arms the range again: the device may write there from now on, as after it was made. The order of the steps is that of
 * dma_stream_rearm(): completion, sync from the device, read, rearm, post.
 * Returns: 0, or an error, and nothing has been done.
 * Errors: DMA_EINVAL (the range does not fit, *slice is empty, or its stream is gone); DMA_EACCES (a to-device slice).
 * Context: any.
 * See: dma_stream_rearm(), dma_slice_sync_from_device(), dma_barrier(). */
DMA_MUST_CHECK int dma_slice_rearm(const struct dma_slice *slice, size_t off, size_t len);

/* ---- Where it is ------------------------------------------------------------------------------------------ */

/* Where the device finds the slice, and its size in bytes.
 * Returns: the address or the size; for an empty slice DMA_ADDRESS_NONE, or the size 0.
 * Errors: none.
 * Context: any.
 * See: dma_slice_paddr(), dma_stream_slice(). */
static inline dma_daddr_t dma_slice_daddr(const struct dma_slice *slice)
{
	return slice->life ? slice->daddr : dma_daddr(DMA_ADDRESS_NONE);
}

static inline size_t dma_slice_size(const struct dma_slice *slice)
{
	return slice->nbytes;
}

/* Where the device view of the slice begins, as the CPU's bus sees it.
 * Returns: the address; DMA_ADDRESS_NONE for an empty slice and one whose stream is gone.
 * Errors: none.
 * Context: any.
 * See: dma_slice_daddr(), dma_stream_paddr(). */
dma_paddr_t dma_slice_paddr(const struct dma_slice *slice);

/* Whether the slice can be used: it is not empty, and its stream has been neither released nor split.
 * Returns: true if it can.
 * Errors: none.
 * Context: any.
 * See: dma_stream_slice(), dma_stream_release(), dma_stream_split(). */
static inline bool dma_slice_lives(const struct dma_slice *slice)
{
	return slice->life && __atomic_load_n(slice->life, __ATOMIC_RELAXED) == slice->generation;
}

/* ---- The CPU's access ------------------------------------------------------------------------------------ */
/*
 * The only ways to touch the memory. Reading a to-device slice and writing a from-device slice is DMA_EACCES; a
 * range that does not fit is DMA_EINVAL. On failure neither side has changed. Where len is 0, the other pointer may be
 * NULL. All accesses alias every type.
 */

/* A cursor over the whole slice; it must not outlive the stream.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (*slice is empty, or its stream is gone); DMA_EACCES (a reader of a to-device slice, a writer of
 * a from-device slice).
 * Context: any.
 * See: dma_reader_read_bytes(), dma_writer_write_bytes(), dma_slice_sync_to_device(),
 * dma_slice_sync_from_device(). */
DMA_MUST_CHECK int dma_slice_reader(const struct dma_slice *slice, struct dma_reader *r);
DMA_MUST_CHECK int dma_slice_writer(const struct dma_slice *slice, struct dma_writer *w);

/* Asks whether the CPU may read / write the range, without touching it.
 * Returns: 0 if it may, else the error that the access would give.
 * Errors: DMA_EINVAL (the range does not fit, *slice is empty, or its stream is gone); DMA_EACCES (reading a
 * to-device slice, writing a from-device slice).
 * Context: any.
 * See: dma_slice_read_bytes(), dma_slice_write_bytes(). */
DMA_MUST_CHECK int dma_slice_check_read(const struct dma_slice *slice, size_t off, size_t len);
DMA_MUST_CHECK int dma_slice_check_write(const struct dma_slice *slice, size_t off, size_t len);

/* Copies len bytes at off bytes out of / into the slice. Where len is 0, the other pointer may be NULL. The other
 * memory must not overlap the slice.
 * Returns: 0, or an error, and nothing has been copied.
 * Errors: DMA_EINVAL (the range does not fit, *slice is empty, or its stream is gone); DMA_EACCES (reading a
 * to-device slice, writing a from-device slice).
 * Context: any.
 * See: dma_slice_sync_from_device(), dma_slice_sync_to_device(), dma_slice_read_val(), dma_slice_write_val(). */
DMA_MUST_CHECK static inline int dma_slice_read_bytes(const struct dma_slice *slice, size_t off, void *dst, size_t len)
{
	if (__builtin_expect(!dma_slice_within(slice, slice->from_device_end, off, len), 0)) {
		int error = dma_slice_check_read(slice, off, len);

		if (error)
			return error;
	}
	dma_arch_copy(dst, slice->cpu + off, len);
	return 0;
}

DMA_MUST_CHECK static inline int dma_slice_write_bytes(const struct dma_slice *slice, size_t off, const void *src,
						       size_t len)
{
	if (__builtin_expect(!dma_slice_within(slice, slice->to_device_end, off, len), 0)) {
		int error = dma_slice_check_write(slice, off, len);

		if (error)
			return error;
	}
	dma_arch_copy(slice->cpu + off, src, len);
	return 0;
}

/* Copies one object, *value of any TYPE, from off bytes on out of the slice, byte for byte (no alignment asked): a
 * field of what a device wrote, or a structure of several.
 * Macro: int MACRO(const struct dma_slice *slice, size_t off, TYPE *value);
 * Returns: 0, or an error, and *value has not changed.
 * Errors: DMA_EINVAL (the object does not fit there, *slice is empty, or its stream is gone); DMA_EACCES (a to-device
 * slice).
 * Context: any.
 * Example:
 *     uint16_t type;
 *
 *     error = dma_slice_read_val(&packet, offsetof(struct ethernet, type), &type);
 * See: dma_slice_write_val(), dma_slice_read_bytes(), dma_slice_read_once(). */
#define dma_slice_read_val(slice, off, p) dma_slice_read_bytes((slice), (off), (p), DMA_VALUE_SIZE(p))

/* Copies one object, *value of any TYPE, into the slice from off bytes on, byte for byte (no alignment asked).
 * Macro: int MACRO(const struct dma_slice *slice, size_t off, const TYPE *value);
 * Returns: 0, or an error, and the slice has not changed.
 * Errors: DMA_EINVAL (the object does not fit there, *slice is empty, or its stream is gone); DMA_EACCES (a
 * from-device slice).
 * Context: any.
 * See: dma_slice_read_val(), dma_slice_write_bytes(), dma_slice_write_once(). */
#define dma_slice_write_val(slice, off, p) dma_slice_write_bytes((slice), (off), (p), DMA_VALUE_SIZE(p))

/* Copies from off bytes on out of the slice until the writer is full, or into the slice until the reader is at its end,
 * and moves the cursor there. The two must not overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, *slice is empty, or its stream is gone); DMA_EACCES
 * (reading a to-device slice, writing a from-device slice).
 * Context: any.
 * See: dma_slice_read_bytes(), dma_slice_write_bytes(), dma_reader_of(), dma_writer_of(). */
DMA_MUST_CHECK static inline int dma_slice_read(const struct dma_slice *slice, size_t off, struct dma_writer *w)
{
	int error = dma_slice_read_bytes(slice, off, dma_writer_at(w), w->left);

	if (!error)
		w->left = 0;
	return error;
}

DMA_MUST_CHECK static inline int dma_slice_write(const struct dma_slice *slice, size_t off, struct dma_reader *r)
{
	int error = dma_slice_write_bytes(slice, off, dma_reader_at(r), r->left);

	if (!error)
		r->left = 0;
	return error;
}

/* One load or store that the hardware does not tear, of nbytes (1, 2, 4 or 8) at off, where the address of the device
 * is a multiple of nbytes. value points to an object of that many bytes, of any type and alignment.
 * Returns: 0, or an error, and neither side has changed.
 * Errors: DMA_EINVAL (nbytes is another number, the address is no multiple of it, the range does not fit, *slice is
 * empty, or its stream is gone); DMA_ENOTSUP (nbytes is 8 where addresses have 32 bits); DMA_EACCES (reading a
 * to-device slice, writing a from-device slice).
 * Context: any.
 * See: dma_slice_read_bytes(), dma_slice_write_bytes(), dma_stream_read_once(). */
DMA_MUST_CHECK int dma_slice_read_once(const struct dma_slice *slice, size_t off, void *value, size_t nbytes);
DMA_MUST_CHECK int dma_slice_write_once(const struct dma_slice *slice, size_t off, const void *value, size_t nbytes);

/* Writes len bytes of that value from off bytes on.
 * Returns: 0, or an error, and nothing has been written.
 * Errors: DMA_EINVAL (the range does not fit, *slice is empty, or its stream is gone); DMA_EACCES (a from-device
 * slice).
 * Context: any.
 * See: dma_slice_write_bytes(), dma_slice_sync_to_device(). */
DMA_MUST_CHECK int dma_slice_fill(const struct dma_slice *slice, size_t off, unsigned char value, size_t len);

#ifdef __cplusplus
}
#endif
#endif
