/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Readers and writers: cursors with an end.
 *
 * They start from ordinary memory here, from streams and coherent memory in stream.h and coherent.h.
 *
 * Throughout: a device may change the bytes under a cursor at any time, so every byte is loaded once, and nothing is
 * decided by loading it again. A length that does not fit is DMA_EINVAL, and then nothing is moved. Source and
 * destination must not overlap (as for memcpy); where a length is 0, pointers may be NULL. All accesses alias every
 * type.
 */
#ifndef DMASTREAM_CURSOR_H
#define DMASTREAM_CURSOR_H

#include <dmastream/arch.h>
#include <dmastream/checked.h>
#include <dmastream/errors.h>
#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A cursor's position is end - left: so only one field changes as it moves on, and the subtraction that moves it also
 * shows that a length does not fit. The fields are the library's; read them through the functions. */
struct dma_reader {
	const unsigned char *end;
	size_t left; /* bytes */
};

struct dma_writer {
	unsigned char *end;
	size_t left; /* bytes */
};

/* The cursor's position. It is computed with integers, since an empty cursor may have a NULL pointer, and C does not
 * allow NULL + 0.
 * Returns: the address of the next byte; any value for a cursor with nothing left.
 * Errors: none.
 * Context: any.
 * See: dma_reader_remain(), dma_writer_remain(). */
static inline const unsigned char *dma_reader_at(const struct dma_reader *r)
{
	return DMA_ADDRESS(const unsigned char *, DMA_ADDRESS(uintptr_t, r->end) - r->left);
}

static inline unsigned char *dma_writer_at(const struct dma_writer *w)
{
	return DMA_ADDRESS(unsigned char *, DMA_ADDRESS(uintptr_t, w->end) - w->left);
}

/* A cursor over ordinary memory of nbytes; mem may be NULL if that is 0. The memory must outlive the cursor.
 * Returns: the cursor, at the first byte.
 * Errors: none.
 * Context: any.
 * Example:
 *     struct dma_reader r = dma_reader_of(packet, length);
 *
 *     if (dma_reader_read_val(&r, &header))
 *             return drop(packet);   // too short
 * See: dma_stream_reader(), dma_stream_writer(), dma_coherent_reader(), dma_coherent_writer(). */
static inline struct dma_reader dma_reader_of(const void *mem, size_t nbytes)
{
	struct dma_reader r;
	r.end = DMA_ADDRESS(const unsigned char *, DMA_ADDRESS(uintptr_t, mem) + nbytes);
	r.left = nbytes;
	return r;
}

static inline struct dma_writer dma_writer_of(void *mem, size_t nbytes)
{
	struct dma_writer w;
	w.end = DMA_ADDRESS(unsigned char *, DMA_ADDRESS(uintptr_t, mem) + nbytes);
	w.left = nbytes;
	return w;
}

/* What is left of the cursor.
 * Returns: bytes, 0 at the end.
 * Errors: none.
 * Context: any.
 * See: dma_reader_skip(), dma_writer_skip(), dma_reader_limit(), dma_writer_limit(). */
static inline size_t dma_reader_remain(const struct dma_reader *r)
{
	return r->left;
}

static inline size_t dma_writer_remain(const struct dma_writer *w)
{
	return w->left;
}

/* Moves on by n bytes without touching them.
 * Returns: 0, or an error, and the cursor has not moved.
 * Errors: DMA_EINVAL (fewer than n bytes are left).
 * Context: any.
 * See: dma_reader_remain(), dma_writer_remain(). */
DMA_MUST_CHECK static inline int dma_reader_skip(struct dma_reader *r, size_t n)
{
	if (n > r->left)
		return DMA_EINVAL;
	r->left -= n;
	return 0;
}

DMA_MUST_CHECK static inline int dma_writer_skip(struct dma_writer *w, size_t n)
{
	if (n > w->left)
		return DMA_EINVAL;
	w->left -= n;
	return 0;
}

/* Ends the cursor after n more bytes; an n beyond what is left changes nothing.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: dma_reader_remain(), dma_writer_remain(). */
static inline void dma_reader_limit(struct dma_reader *r, size_t n)
{
	if (n >= r->left)
		return;
	r->end -= r->left - n;
	r->left = n;
}

static inline void dma_writer_limit(struct dma_writer *w, size_t n)
{
	if (n >= w->left)
		return;
	w->end -= w->left - n;
	w->left = n;
}

/* Copies n bytes out of the cursor to dst, or from src into the cursor, and moves it on. Every byte is loaded once.
 * The memory at the other end must not overlap; it may be NULL if n is 0.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (fewer than n bytes are left).
 * Context: any.
 * See: dma_reader_read(), dma_writer_write(), dma_reader_read_val(), dma_writer_write_val(). */
DMA_MUST_CHECK static inline int dma_reader_read_bytes(struct dma_reader *r, void *dst, size_t n)
{
	const unsigned char *src = dma_reader_at(r);
	size_t left;

	dma_arch_now(src);
	if (__builtin_expect(__builtin_sub_overflow(r->left, n, &left), 0))
		return DMA_EINVAL;
	r->left = left;
	dma_arch_copy(dst, src, n);
	return 0;
}

DMA_MUST_CHECK static inline int dma_writer_write_bytes(struct dma_writer *w, const void *src, size_t n)
{
	unsigned char *dst = dma_writer_at(w);
	size_t left;

	dma_arch_now(dst);
	if (__builtin_expect(__builtin_sub_overflow(w->left, n, &left), 0))
		return DMA_EINVAL;
	w->left = left;
	dma_arch_copy(dst, src, n);
	return 0;
}

/* Copies from the reader to the writer as many bytes as both have left, and moves both on. The two names are one
 * operation, so that a call can be written in the direction of the data. The memory of the two must not overlap.
 * Returns: how many bytes were moved; 0 if either has none left.
 * Errors: none.
 * Context: any.
 * Example:
 *     struct dma_writer w;
 *
 *     error = dma_stream_writer(&stream, &w);
 *     if (!error)
 *             sent += dma_reader_read(&payload, &w);
 * See: dma_reader_read_bytes(), dma_writer_write_bytes(). */
static inline size_t dma_reader_read(struct dma_reader *r, struct dma_writer *w)
{
	size_t n = r->left < w->left ? r->left : w->left;

	if (n == 0)
		return 0; /* an empty cursor may point nowhere */
	dma_arch_copy(dma_writer_at(w), dma_reader_at(r), n);
	r->left -= n;
	w->left -= n;
	return n;
}

static inline size_t dma_writer_write(struct dma_writer *w, struct dma_reader *r)
{
	return dma_reader_read(r, w);
}

/* Writes n bytes of that value and moves the cursor on.
 * Returns: 0, or an error, and nothing has been written and the cursor has not moved.
 * Errors: DMA_EINVAL (fewer than n bytes are left).
 * Context: any.
 * See: dma_writer_write_bytes(), dma_writer_remain(). */
DMA_MUST_CHECK static inline int dma_writer_fill(struct dma_writer *w, unsigned char value, size_t n)
{
	if (n > w->left)
		return DMA_EINVAL;
	if (n == 0)
		return 0;
	dma_arch_fill(dma_writer_at(w), value, n);
	w->left -= n;
	return 0;
}

/* Whether one access of nbytes at a number that is `at` modulo 8 can be made at once: 0, DMA_EINVAL, DMA_ENOTSUP. */
static inline int dma_access_once(uintptr_t at, size_t nbytes)
{
	if ((nbytes != 1 && nbytes != 2 && nbytes != 4 && nbytes != 8) || at % nbytes)
		return DMA_EINVAL;
	return nbytes > sizeof(uintptr_t) ? DMA_ENOTSUP : 0; /* two accesses */
}

/* The caller's object, of any type and alignment. */
static inline void dma_access_store_value(void *value, uint64_t loaded, size_t nbytes)
{
	const uint8_t one = DMA_CAST(uint8_t, loaded);
	const uint16_t two = DMA_CAST(uint16_t, loaded);
	const uint32_t four = DMA_CAST(uint32_t, loaded);

	switch (nbytes) {
	case 1:
		__builtin_memcpy(value, &one, 1);
		break;
	case 2:
		__builtin_memcpy(value, &two, 2);
		break;
	case 4:
		__builtin_memcpy(value, &four, 4);
		break;
	default:
		__builtin_memcpy(value, &loaded, 8);
		break;
	}
}

static inline uint64_t dma_access_load_value(const void *value, size_t nbytes)
{
	uint8_t one;
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (nbytes) {
	case 1:
		__builtin_memcpy(&one, value, 1);
		return one;
	case 2:
		__builtin_memcpy(&two, value, 2);
		return two;
	case 4:
		__builtin_memcpy(&four, value, 4);
		return four;
	default:
		__builtin_memcpy(&eight, value, 8);
		return eight;
	}
}

/* One load from the cursor, or store into it, that the hardware does not tear, of nbytes (1, 2, 4 or 8); the cursor
 * moves on. It must stand at a multiple of nbytes. value points to an object of that many bytes, of any type and
 * alignment.
 * Returns: 0, or an error, and neither side has changed and the cursor has not moved.
 * Errors: DMA_EINVAL (nbytes is another number, the cursor stands at no multiple of it, or fewer bytes are left);
 * DMA_ENOTSUP (nbytes is 8 where addresses have 32 bits).
 * Context: any.
 * See: dma_reader_read_bytes(), dma_writer_write_bytes(), dma_stream_read_once(), dma_coherent_read_once(). */
DMA_MUST_CHECK int dma_reader_read_once(struct dma_reader *r, void *value, size_t nbytes);
DMA_MUST_CHECK int dma_writer_write_once(struct dma_writer *w, const void *value, size_t nbytes);

/* Copies one object, *value of any TYPE, out of the cursor, byte for byte (no alignment asked), and moves the cursor
 * on.
 * Macro: int MACRO(struct dma_reader *r, TYPE *value);
 * Returns: 0, or an error, and neither *value nor the cursor has changed.
 * Errors: DMA_EINVAL (fewer bytes are left than the object has).
 * Context: any.
 * Example:
 *     struct header header;
 *
 *     if (dma_reader_read_val(&r, &header))
 *             return DMA_EINVAL;     // the packet ends within its header
 * See: dma_reader_read_bytes(), dma_reader_of(). */
#define dma_reader_read_val(r, p) dma_reader_read_bytes((r), (p), DMA_VALUE_SIZE(p))

/* Copies one object, *value of any TYPE, into the cursor, byte for byte (no alignment asked), and moves the cursor
 * on.
 * Macro: int MACRO(struct dma_writer *w, const TYPE *value);
 * Returns: 0, or an error, and nothing has been written and the cursor has not moved.
 * Errors: DMA_EINVAL (fewer bytes are left than the object has).
 * Context: any.
 * See: dma_writer_write_bytes(), dma_writer_of(). */
#define dma_writer_write_val(w, p) dma_writer_write_bytes((w), (p), DMA_VALUE_SIZE(p))

#ifdef __cplusplus
}
#endif
#endif
