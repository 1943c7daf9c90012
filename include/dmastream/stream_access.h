/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CPU's access to a stream (stream.h).
 *
 * Throughout: these are the only ways to touch the memory. Ranges are (off, len) in bytes from the start of the stream.
 * len == 0 is fine up to and including off == size; the other pointer may be NULL then. What reaches past the end, or
 * overflows, is DMA_EINVAL, and so is everything for an empty stream. Reading a to-device stream and writing a
 * from-device stream is DMA_EACCES. On failure neither side has changed. All accesses alias every type. Several
 * CPUs may touch ranges that do not overlap at once. A typed handle (typed.h) may be passed in place of the stream.
 */
#ifndef DMASTREAM_STREAM_ACCESS_H
#define DMASTREAM_STREAM_ACCESS_H

#include <dmastream/cursor.h>
#include <dmastream/stream_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A cursor over the whole stream; it must not outlive it.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (*s is empty); DMA_EACCES (a reader of a to-device stream, a writer of a from-device stream).
 * Context: any.
 * See: dma_reader_read_bytes(), dma_writer_write_bytes(), dma_stream_sync_to_device(),
 * dma_stream_sync_from_device(). */
DMA_MUST_CHECK int dma_stream_reader(const struct dma_stream *s, struct dma_reader *r);
DMA_MUST_CHECK int dma_stream_writer(const struct dma_stream *s, struct dma_writer *w);

/* Asks whether the CPU may read / write the range, without touching it.
 * Returns: 0 if it may, else the error that the access would give.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (reading a to-device stream, writing a
 * from-device stream).
 * Context: any.
 * See: dma_stream_read_bytes(), dma_stream_write_bytes(). */
DMA_MUST_CHECK int dma_stream_check_read(const struct dma_stream *s, size_t off, size_t len);
DMA_MUST_CHECK int dma_stream_check_write(const struct dma_stream *s, size_t off, size_t len);

/* Copies len bytes at off bytes out of / into the stream. Where len is 0, the other pointer may be NULL. The other
 * memory must not overlap the stream.
 * Returns: 0, or an error, and nothing has been copied.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (reading a to-device stream, writing a
 * from-device stream).
 * Context: any.
 * See: dma_stream_sync_from_device(), dma_stream_sync_to_device(), dma_stream_read_val(), dma_stream_write_val(). */
DMA_MUST_CHECK static inline int dma_stream_read_bytes(const struct dma_stream *s, size_t off, void *dst, size_t len)
{
	if (!dma_within(s->from_device_end, off, len) || !dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw)) {
		int error = dma_stream_check_read(s, off, len);

		if (error)
			return error;
	}
	dma_arch_copy(dst, s->cpu + off, len);
	return 0;
}

DMA_MUST_CHECK static inline int dma_stream_write_bytes(const struct dma_stream *s, size_t off, const void *src,
							size_t len)
{
	if (!dma_within(s->to_device_end, off, len) || !dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw)) {
		int error = dma_stream_check_write(s, off, len);

		if (error)
			return error;
	}
	dma_arch_copy(s->cpu + off, src, len);
	return 0;
}

/* Copies one object, *value of any TYPE, from off bytes on out of the stream, byte for byte (no alignment asked).
 * Macro: int MACRO(const struct dma_stream *s, size_t off, TYPE *value);
 * Returns: 0, or an error, and *value has not changed.
 * Errors: DMA_EINVAL (the object does not fit there, or *s is empty); DMA_EACCES (a to-device stream).
 * Context: any.
 * Example:
 *     struct header header;
 *
 *     error = dma_stream_read_val(&s, 0, &header);
 * See: dma_stream_write_val(), dma_stream_read_bytes(), dma_stream_sync_from_device(). */
#define dma_stream_read_val(s, off, p) dma_stream_read_bytes((s), (off), (p), DMA_VALUE_SIZE(p))

/* Copies one object, *value of any TYPE, into the stream from off bytes on, byte for byte (no alignment asked).
 * Macro: int MACRO(const struct dma_stream *s, size_t off, const TYPE *value);
 * Returns: 0, or an error, and the stream has not changed.
 * Errors: DMA_EINVAL (the object does not fit there, or *s is empty); DMA_EACCES (a from-device stream).
 * Context: any.
 * See: dma_stream_read_val(), dma_stream_write_bytes(), dma_stream_sync_to_device(). */
#define dma_stream_write_val(s, off, p) dma_stream_write_bytes((s), (off), (p), DMA_VALUE_SIZE(p))

/* Copies from off bytes on out of the stream until the writer is full, or into the stream until the reader is at its
 * end, and moves the cursor there. dma_writer_limit() and dma_reader_limit() say how much it is. The two must not
 * overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, or *s is empty); DMA_EACCES (reading a to-device
 * stream, writing a from-device stream).
 * Context: any.
 * Example:
 *     struct dma_writer w = dma_writer_of(packet, length);
 *
 *     error = dma_stream_read(&s, HEADER_SIZE, &w);
 * See: dma_stream_read_bytes(), dma_stream_write_bytes(), dma_reader_of(), dma_writer_of(). */
DMA_MUST_CHECK static inline int dma_stream_read(const struct dma_stream *s, size_t off, struct dma_writer *w)
{
	int error = dma_stream_read_bytes(s, off, dma_writer_at(w), w->left);

	if (!error)
		w->left = 0;
	return error;
}

DMA_MUST_CHECK static inline int dma_stream_write(const struct dma_stream *s, size_t off, struct dma_reader *r)
{
	int error = dma_stream_write_bytes(s, off, dma_reader_at(r), r->left);

	if (!error)
		r->left = 0;
	return error;
}

/* What dma_stream_read_once() and dma_stream_write_once() call if the fast path does not apply: the same promises. */
DMA_MUST_CHECK int dma_stream_read_once_slow(const struct dma_stream *s, size_t off, void *value, size_t nbytes);
DMA_MUST_CHECK int dma_stream_write_once_slow(const struct dma_stream *s, size_t off, const void *value, size_t nbytes);

/* One load or store that the hardware does not tear, of nbytes (1, 2, 4 or 8) at off, a multiple of nbytes. value
 * points to an object of that many bytes, of any type and alignment.
 * Returns: 0, or an error, and neither side has changed.
 * Errors: DMA_EINVAL (nbytes is another number, off is no multiple of it, the range does not fit, or *s is empty);
 * DMA_ENOTSUP (nbytes is 8 where addresses have 32 bits); DMA_EACCES (reading a to-device stream, writing a
 * from-device stream).
 * Context: any.
 * See: dma_stream_read_bytes(), dma_stream_write_bytes(), dma_coherent_read_once(). */
DMA_MUST_CHECK static inline int dma_stream_read_once(const struct dma_stream *s, size_t off, void *value,
						      size_t nbytes)
{
	/* A constant length: the compiler leaves a test of the offset's last bits, and one load. */
	if (!__builtin_constant_p(nbytes) || !dma_within(s->from_device_end, off, nbytes) ||
	    dma_access_once(off, nbytes) || !dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw))
		return dma_stream_read_once_slow(s, off, value, nbytes);
	dma_access_store_value(value, dma_arch_read_once(s->cpu + off, nbytes), nbytes);
	return 0;
}

DMA_MUST_CHECK static inline int dma_stream_write_once(const struct dma_stream *s, size_t off, const void *value,
						       size_t nbytes)
{
	if (!__builtin_constant_p(nbytes) || !dma_within(s->to_device_end, off, nbytes) ||
	    dma_access_once(off, nbytes) || !dma_arch_stream_lives(s->seg.paddr.raw, s->daddr.raw))
		return dma_stream_write_once_slow(s, off, value, nbytes);
	dma_arch_write_once(s->cpu + off, dma_access_load_value(value, nbytes), nbytes);
	return 0;
}

/* Writes len bytes of that value from off bytes on.
 * Returns: 0, or an error, and nothing has been written.
 * Errors: DMA_EINVAL (the range does not fit, or *s is empty); DMA_EACCES (a from-device stream).
 * Context: any.
 * See: dma_stream_write_bytes(), dma_stream_sync_to_device(). */
DMA_MUST_CHECK int dma_stream_fill(const struct dma_stream *s, size_t off, unsigned char value, size_t len);

#ifdef __cplusplus
}
#endif
#endif
