/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Typed slices: the direction in the type, as typed.h has it for streams, so that a wrong call does not compile.
 *
 *     struct dma_stream_from_device s;
 *     struct dma_slice_from_device packet;
 *
 *     error = dma_stream_slice(&s, 0, 2048, &packet);
 *     error = dma_slice_sync_from_device(&packet, 0, length);   // fine
 *     error = dma_slice_write_bytes(&packet, 0, frame, length); // does not compile
 *
 * Every name of slice.h takes a pointer to a typed slice as well as one to struct dma_slice: chosen with _Generic in
 * C11, by overloads in C++. What differs on a typed slice:
 *
 *   made from        a stream or slice of the same direction; from a bidirectional one, which it narrows to its own
 *                    direction; from a core stream or slice only struct dma_slice is made
 *   to device        no sync_from_device, rearm, reader, read_bytes, read_val, read, read_once
 *   from device      no sync_to_device, writer, write_bytes, write_val, write, write_once, fill
 *
 * Whoever needs the core under a handle uses its member `slice`, which checks at run time.
 */
#ifndef DMASTREAM_TYPEDSLICE_H
#define DMASTREAM_TYPEDSLICE_H

#include <dmastream/slice.h>
#include <dmastream/typed.h>

/* As struct dma_slice: caller's storage, may be copied. */
struct dma_slice_to_device {
	struct dma_slice slice;
};

struct dma_slice_from_device {
	struct dma_slice slice;
};

struct dma_slice_bidirectional {
	struct dma_slice slice;
};

/* Takes the directions that are not in dir (0: all are) from the slice; hands the error on. */
static inline int dma_typed_narrow(int error, struct dma_slice *slice, unsigned dir)
{
	if (error || dir == 0)
		return error;
	slice->dir = DMA_CAST(uint16_t, slice->dir & dir);
	if (!(dir & DMA_TO_DEVICE))
		slice->to_device_end = 0;
	if (!(dir & DMA_FROM_DEVICE))
		slice->from_device_end = 0;
	return 0;
}

#ifndef __cplusplus

/* ---- C: the core under a handle, by the handle's type -------------------------------------------------- */

static inline struct dma_slice *dma_typed_slice_core(struct dma_slice *s)
{
	return s;
}

static inline struct dma_slice *dma_typed_slice_to(struct dma_slice_to_device *s)
{
	return &s->slice;
}

static inline struct dma_slice *dma_typed_slice_from(struct dma_slice_from_device *s)
{
	return &s->slice;
}

static inline struct dma_slice *dma_typed_slice_both(struct dma_slice_bidirectional *s)
{
	return &s->slice;
}

static inline const struct dma_slice *dma_typed_const_slice_core(const struct dma_slice *s)
{
	return s;
}

static inline const struct dma_slice *dma_typed_const_slice_to(const struct dma_slice_to_device *s)
{
	return &s->slice;
}

static inline const struct dma_slice *dma_typed_const_slice_from(const struct dma_slice_from_device *s)
{
	return &s->slice;
}

static inline const struct dma_slice *dma_typed_const_slice_both(const struct dma_slice_bidirectional *s)
{
	return &s->slice;
}

static inline int dma_typed_stream_slice(struct dma_stream *s, size_t off, size_t len, struct dma_slice *slice,
					 unsigned dir)
{
	return dma_typed_narrow(dma_stream_slice(s, off, len, slice), slice, dir);
}

static inline int dma_typed_slice_slice(const struct dma_slice *outer, size_t off, size_t len, struct dma_slice *inner,
					unsigned dir)
{
	return dma_typed_narrow(dma_slice_slice(outer, off, len, inner), inner, dir);
}

/* What a wrong call turns into. They take no argument and get one, so the compiler's complaint has their name in it. */
const struct dma_slice *dma_wrong_sync_from_device_of_a_to_device_slice(void);
const struct dma_slice *dma_wrong_sync_to_device_of_a_from_device_slice(void);
const struct dma_slice *dma_wrong_rearm_of_a_to_device_slice(void);
const struct dma_slice *dma_wrong_reading_a_to_device_slice(void);
const struct dma_slice *dma_wrong_writing_a_from_device_slice(void);
struct dma_slice *dma_wrong_slice_has_another_direction(void);

/* clang-format off */
#define DMA_TYPED_SLICE(s, to, from)                                            \
	_Generic((s),                                                           \
		struct dma_slice *: dma_typed_const_slice_core,                 \
		const struct dma_slice *: dma_typed_const_slice_core,           \
		struct dma_slice_to_device *: (to),                             \
		const struct dma_slice_to_device *: (to),                       \
		struct dma_slice_from_device *: (from),                         \
		const struct dma_slice_from_device *: (from),                   \
		struct dma_slice_bidirectional *: dma_typed_const_slice_both,   \
		const struct dma_slice_bidirectional *: dma_typed_const_slice_both)(s)

#define DMA_TYPED_SLICE_DIR(s)                                                  \
	_Generic((s),                                                           \
		struct dma_slice *: 0u,                                         \
		struct dma_slice_to_device *: (unsigned)DMA_TO_DEVICE,          \
		struct dma_slice_from_device *: (unsigned)DMA_FROM_DEVICE,      \
		struct dma_slice_bidirectional *: (unsigned)DMA_BIDIRECTIONAL)

/* The slice that is made, by its type: what each of the three typed ones turns into. */
#define DMA_TYPED_SLICE_OUT(s, to, from, both)                                  \
	_Generic((s),                                                           \
		struct dma_slice *: dma_typed_slice_core,                       \
		struct dma_slice_to_device *: (to),                             \
		struct dma_slice_from_device *: (from),                         \
		struct dma_slice_bidirectional *: (both))

#define DMA_TYPED_SLICE_OF_CORE(s)                                              \
	DMA_TYPED_SLICE_OUT(s, dma_wrong_slice_has_another_direction,           \
			    dma_wrong_slice_has_another_direction, dma_wrong_slice_has_another_direction)
#define DMA_TYPED_SLICE_OF_TO(s)                                                \
	DMA_TYPED_SLICE_OUT(s, dma_typed_slice_to, dma_wrong_slice_has_another_direction, \
			    dma_wrong_slice_has_another_direction)
#define DMA_TYPED_SLICE_OF_FROM(s)                                              \
	DMA_TYPED_SLICE_OUT(s, dma_wrong_slice_has_another_direction, dma_typed_slice_from, \
			    dma_wrong_slice_has_another_direction)
#define DMA_TYPED_SLICE_OF_BOTH(s)                                              \
	DMA_TYPED_SLICE_OUT(s, dma_typed_slice_to, dma_typed_slice_from, dma_typed_slice_both)

#define DMA_TYPED_SLICE_OF_STREAM(stream, s)                                    \
	_Generic((stream),                                                      \
		struct dma_stream *: DMA_TYPED_SLICE_OF_CORE(s),                \
		struct dma_stream_to_device *: DMA_TYPED_SLICE_OF_TO(s),        \
		struct dma_stream_from_device *: DMA_TYPED_SLICE_OF_FROM(s),    \
		struct dma_stream_bidirectional *: DMA_TYPED_SLICE_OF_BOTH(s))(s)

#define DMA_TYPED_SLICE_OF_SLICE(outer, s)                                      \
	_Generic((outer),                                                       \
		struct dma_slice *: DMA_TYPED_SLICE_OF_CORE(s),                 \
		const struct dma_slice *: DMA_TYPED_SLICE_OF_CORE(s),           \
		struct dma_slice_to_device *: DMA_TYPED_SLICE_OF_TO(s),         \
		const struct dma_slice_to_device *: DMA_TYPED_SLICE_OF_TO(s),   \
		struct dma_slice_from_device *: DMA_TYPED_SLICE_OF_FROM(s),     \
		const struct dma_slice_from_device *: DMA_TYPED_SLICE_OF_FROM(s), \
		struct dma_slice_bidirectional *: DMA_TYPED_SLICE_OF_BOTH(s),   \
		const struct dma_slice_bidirectional *: DMA_TYPED_SLICE_OF_BOTH(s))(s)
/* clang-format on */

#define DMA_TYPED_SLICE_ANY(s)		DMA_TYPED_SLICE(s, dma_typed_const_slice_to, dma_typed_const_slice_from)
#define DMA_TYPED_SLICE_READ(s, wrong)	DMA_TYPED_SLICE(s, wrong, dma_typed_const_slice_from)
#define DMA_TYPED_SLICE_WRITE(s, wrong) DMA_TYPED_SLICE(s, dma_typed_const_slice_to, wrong)

/* ---- C: the names of slice.h ---------------------------------------------------------------------------- */

#define dma_stream_slice(s, off, len, slice)                                                                           \
	dma_typed_stream_slice(DMA_TYPED_ANY(s), (off), (len), DMA_TYPED_SLICE_OF_STREAM(s, slice),                    \
			       DMA_TYPED_SLICE_DIR(slice))
#define dma_slice_slice(outer, off, len, inner)                                                                        \
	dma_typed_slice_slice(DMA_TYPED_SLICE_ANY(outer), (off), (len), DMA_TYPED_SLICE_OF_SLICE(outer, inner),        \
			      DMA_TYPED_SLICE_DIR(inner))

#define dma_slice_sync_to_device(s, off, len)                                                                          \
	dma_slice_sync_to_device(DMA_TYPED_SLICE_WRITE(s, dma_wrong_sync_to_device_of_a_from_device_slice), (off),     \
				 (len))
#define dma_slice_sync_from_device(s, off, len)                                                                        \
	dma_slice_sync_from_device(DMA_TYPED_SLICE_READ(s, dma_wrong_sync_from_device_of_a_to_device_slice), (off),    \
				   (len))

#define dma_slice_rearm(s, off, len)                                                                                   \
	dma_slice_rearm(DMA_TYPED_SLICE_READ(s, dma_wrong_rearm_of_a_to_device_slice), (off), (len))

#define dma_slice_daddr(s) dma_slice_daddr(DMA_TYPED_SLICE_ANY(s))
#define dma_slice_paddr(s) dma_slice_paddr(DMA_TYPED_SLICE_ANY(s))
#define dma_slice_size(s)  dma_slice_size(DMA_TYPED_SLICE_ANY(s))
#define dma_slice_lives(s) dma_slice_lives(DMA_TYPED_SLICE_ANY(s))

#define dma_slice_reader(s, r) dma_slice_reader(DMA_TYPED_SLICE_READ(s, dma_wrong_reading_a_to_device_slice), (r))
#define dma_slice_read_bytes(s, off, dst, len)                                                                         \
	dma_slice_read_bytes(DMA_TYPED_SLICE_READ(s, dma_wrong_reading_a_to_device_slice), (off), (dst), (len))
#define dma_slice_read(s, off, w)                                                                                      \
	dma_slice_read(DMA_TYPED_SLICE_READ(s, dma_wrong_reading_a_to_device_slice), (off), (w))
#define dma_slice_read_once(s, off, value, nbytes)                                                                     \
	dma_slice_read_once(DMA_TYPED_SLICE_READ(s, dma_wrong_reading_a_to_device_slice), (off), (value), (nbytes))

#define dma_slice_writer(s, w) dma_slice_writer(DMA_TYPED_SLICE_WRITE(s, dma_wrong_writing_a_from_device_slice), (w))
#define dma_slice_write_bytes(s, off, src, len)                                                                        \
	dma_slice_write_bytes(DMA_TYPED_SLICE_WRITE(s, dma_wrong_writing_a_from_device_slice), (off), (src), (len))
#define dma_slice_write(s, off, r)                                                                                     \
	dma_slice_write(DMA_TYPED_SLICE_WRITE(s, dma_wrong_writing_a_from_device_slice), (off), (r))
#define dma_slice_write_once(s, off, value, nbytes)                                                                    \
	dma_slice_write_once(DMA_TYPED_SLICE_WRITE(s, dma_wrong_writing_a_from_device_slice), (off), (value), (nbytes))
#define dma_slice_fill(s, off, value, len)                                                                             \
	dma_slice_fill(DMA_TYPED_SLICE_WRITE(s, dma_wrong_writing_a_from_device_slice), (off), (value), (len))

#else /* __cplusplus */

/* ---- C++: overloads --------------------------------------------------------------------------------------- */

extern "C++" {

#define DMA_TYPED_SLICE_ALL(type)                                                                                      \
	inline dma_paddr_t dma_slice_paddr(const type *s)                                                              \
	{                                                                                                              \
		return dma_slice_paddr(&s->slice);                                                                     \
	}                                                                                                              \
	inline dma_daddr_t dma_slice_daddr(const type *s)                                                              \
	{                                                                                                              \
		return dma_slice_daddr(&s->slice);                                                                     \
	}                                                                                                              \
	inline size_t dma_slice_size(const type *s)                                                                    \
	{                                                                                                              \
		return dma_slice_size(&s->slice);                                                                      \
	}                                                                                                              \
	inline bool dma_slice_lives(const type *s)                                                                     \
	{                                                                                                              \
		return dma_slice_lives(&s->slice);                                                                     \
	}

/* `from` makes a slice of that type, narrowed to dir. */
#define DMA_TYPED_SLICE_MAKE(from, outer, type, dir)                                                                   \
	DMA_MUST_CHECK inline int dma_stream_slice(from *s, size_t off, size_t len, type *slice)                       \
	{                                                                                                              \
		return dma_typed_narrow(dma_stream_slice(&s->stream, off, len, &slice->slice), &slice->slice, dir);    \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_slice(const outer *s, size_t off, size_t len, type *inner)                 \
	{                                                                                                              \
		return dma_typed_narrow(dma_slice_slice(&s->slice, off, len, &inner->slice), &inner->slice, dir);      \
	}

/* … or of the core's. */
#define DMA_TYPED_SLICE_MAKE_CORE(from, outer)                                                                         \
	DMA_MUST_CHECK inline int dma_stream_slice(from *s, size_t off, size_t len, dma_slice *slice)                  \
	{                                                                                                              \
		return dma_stream_slice(&s->stream, off, len, slice);                                                  \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_slice(const outer *s, size_t off, size_t len, dma_slice *inner)            \
	{                                                                                                              \
		return dma_slice_slice(&s->slice, off, len, inner);                                                    \
	}

#define DMA_TYPED_SLICE_WRITTEN_BY_CPU(type)                                                                           \
	DMA_MUST_CHECK inline int dma_slice_sync_to_device(const type *s, size_t off, size_t len)                      \
	{                                                                                                              \
		return dma_slice_sync_to_device(&s->slice, off, len);                                                  \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_writer(const type *s, dma_writer *w)                                       \
	{                                                                                                              \
		return dma_slice_writer(&s->slice, w);                                                                 \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_write_bytes(const type *s, size_t off, const void *src, size_t len)        \
	{                                                                                                              \
		return dma_slice_write_bytes(&s->slice, off, src, len);                                                \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_write(const type *s, size_t off, dma_reader *r)                            \
	{                                                                                                              \
		return dma_slice_write(&s->slice, off, r);                                                             \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_write_once(const type *s, size_t off, const void *value, size_t nbytes)    \
	{                                                                                                              \
		return dma_slice_write_once(&s->slice, off, value, nbytes);                                            \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_fill(const type *s, size_t off, unsigned char value, size_t len)           \
	{                                                                                                              \
		return dma_slice_fill(&s->slice, off, value, len);                                                     \
	}

#define DMA_TYPED_SLICE_READ_BY_CPU(type)                                                                              \
	DMA_MUST_CHECK inline int dma_slice_sync_from_device(const type *s, size_t off, size_t len)                    \
	{                                                                                                              \
		return dma_slice_sync_from_device(&s->slice, off, len);                                                \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_rearm(const type *s, size_t off, size_t len)                               \
	{                                                                                                              \
		return dma_slice_rearm(&s->slice, off, len);                                                           \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_reader(const type *s, dma_reader *r)                                       \
	{                                                                                                              \
		return dma_slice_reader(&s->slice, r);                                                                 \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_read_bytes(const type *s, size_t off, void *dst, size_t len)               \
	{                                                                                                              \
		return dma_slice_read_bytes(&s->slice, off, dst, len);                                                 \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_read(const type *s, size_t off, dma_writer *w)                             \
	{                                                                                                              \
		return dma_slice_read(&s->slice, off, w);                                                              \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_slice_read_once(const type *s, size_t off, void *value, size_t nbytes)           \
	{                                                                                                              \
		return dma_slice_read_once(&s->slice, off, value, nbytes);                                             \
	}

DMA_TYPED_SLICE_ALL(dma_slice_to_device)
DMA_TYPED_SLICE_ALL(dma_slice_from_device)
DMA_TYPED_SLICE_ALL(dma_slice_bidirectional)
DMA_TYPED_SLICE_MAKE(dma_stream_to_device, dma_slice_to_device, dma_slice_to_device, DMA_TO_DEVICE)
DMA_TYPED_SLICE_MAKE(dma_stream_from_device, dma_slice_from_device, dma_slice_from_device, DMA_FROM_DEVICE)
DMA_TYPED_SLICE_MAKE(dma_stream_bidirectional, dma_slice_bidirectional, dma_slice_to_device, DMA_TO_DEVICE)
DMA_TYPED_SLICE_MAKE(dma_stream_bidirectional, dma_slice_bidirectional, dma_slice_from_device, DMA_FROM_DEVICE)
DMA_TYPED_SLICE_MAKE(dma_stream_bidirectional, dma_slice_bidirectional, dma_slice_bidirectional, DMA_BIDIRECTIONAL)
DMA_TYPED_SLICE_MAKE_CORE(dma_stream_to_device, dma_slice_to_device)
DMA_TYPED_SLICE_MAKE_CORE(dma_stream_from_device, dma_slice_from_device)
DMA_TYPED_SLICE_MAKE_CORE(dma_stream_bidirectional, dma_slice_bidirectional)
DMA_TYPED_SLICE_WRITTEN_BY_CPU(dma_slice_to_device)
DMA_TYPED_SLICE_WRITTEN_BY_CPU(dma_slice_bidirectional)
DMA_TYPED_SLICE_READ_BY_CPU(dma_slice_from_device)
DMA_TYPED_SLICE_READ_BY_CPU(dma_slice_bidirectional)

#undef DMA_TYPED_SLICE_ALL
#undef DMA_TYPED_SLICE_MAKE
#undef DMA_TYPED_SLICE_MAKE_CORE
#undef DMA_TYPED_SLICE_WRITTEN_BY_CPU
#undef DMA_TYPED_SLICE_READ_BY_CPU

/* What does not compile. */
int dma_stream_slice(dma_stream *s, size_t off, size_t len, dma_slice_to_device *slice) = delete;
int dma_stream_slice(dma_stream *s, size_t off, size_t len, dma_slice_from_device *slice) = delete;
int dma_stream_slice(dma_stream *s, size_t off, size_t len, dma_slice_bidirectional *slice) = delete;
int dma_slice_slice(const dma_slice *s, size_t off, size_t len, dma_slice_to_device *inner) = delete;
int dma_slice_slice(const dma_slice *s, size_t off, size_t len, dma_slice_from_device *inner) = delete;
int dma_slice_slice(const dma_slice *s, size_t off, size_t len, dma_slice_bidirectional *inner) = delete;
int dma_stream_slice(dma_stream_to_device *s, size_t off, size_t len, dma_slice_from_device *slice) = delete;
int dma_stream_slice(dma_stream_to_device *s, size_t off, size_t len, dma_slice_bidirectional *slice) = delete;
int dma_stream_slice(dma_stream_from_device *s, size_t off, size_t len, dma_slice_to_device *slice) = delete;
int dma_stream_slice(dma_stream_from_device *s, size_t off, size_t len, dma_slice_bidirectional *slice) = delete;
int dma_slice_slice(const dma_slice_to_device *s, size_t off, size_t len, dma_slice_from_device *inner) = delete;
int dma_slice_slice(const dma_slice_to_device *s, size_t off, size_t len, dma_slice_bidirectional *inner) = delete;
int dma_slice_slice(const dma_slice_from_device *s, size_t off, size_t len, dma_slice_to_device *inner) = delete;
int dma_slice_slice(const dma_slice_from_device *s, size_t off, size_t len, dma_slice_bidirectional *inner) = delete;
int dma_slice_sync_from_device(const dma_slice_to_device *s, size_t off, size_t len) = delete;
int dma_slice_rearm(const dma_slice_to_device *s, size_t off, size_t len) = delete;
int dma_slice_reader(const dma_slice_to_device *s, dma_reader *r) = delete;
int dma_slice_read_bytes(const dma_slice_to_device *s, size_t off, void *dst, size_t len) = delete;
int dma_slice_read(const dma_slice_to_device *s, size_t off, dma_writer *w) = delete;
int dma_slice_read_once(const dma_slice_to_device *s, size_t off, void *value, size_t nbytes) = delete;
int dma_slice_sync_to_device(const dma_slice_from_device *s, size_t off, size_t len) = delete;
int dma_slice_writer(const dma_slice_from_device *s, dma_writer *w) = delete;
int dma_slice_write_bytes(const dma_slice_from_device *s, size_t off, const void *src, size_t len) = delete;
int dma_slice_write(const dma_slice_from_device *s, size_t off, dma_reader *r) = delete;
int dma_slice_write_once(const dma_slice_from_device *s, size_t off, const void *value, size_t nbytes) = delete;
int dma_slice_fill(const dma_slice_from_device *s, size_t off, unsigned char value, size_t len) = delete;

} /* extern "C++" */

#endif
#endif
