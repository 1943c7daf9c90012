/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Typed handles: the direction in the type, so that a wrong call does not compile.
 *
 *     struct dma_stream_from_device s = {0};
 *
 *     error = dma_stream_map(&s, &dev, 0, &seg);          // the handle knows its direction
 *     error = dma_stream_sync_from_device(&s, 0, len);    // fine
 *     error = dma_stream_sync_to_device(&s, 0, len);      // does not compile
 *
 * Every name of stream.h takes a pointer to a typed handle as well as one to struct dma_stream: chosen with _Generic in
 * C11, by overloads in C++, at no cost at run time. What differs on a typed handle:
 *
 *   alloc, alloc_uninit, map     how is 0 or DMA_SPLITTABLE; the handle's own direction may be ORed to it, another one
 *                                is DMA_EINVAL
 *   split                        the tail is a handle of the same type
 *   to device                    no sync_from_device, rearm, reader, read, read_bytes, read_val, read_once
 *   from device                  no alloc, sync_to_device, writer, write, write_bytes, write_val, write_once, fill
 *
 * Whoever needs the core under a handle (a table of streams of all directions) uses its member `stream`, which checks
 * at run time. A source file that defines functions of these names, as the core's own, includes stream.h alone.
 */
#ifndef DMASTREAM_TYPED_H
#define DMASTREAM_TYPED_H

#include <dmastream/batch.h>
#include <dmastream/checked.h>
#include <dmastream/coherent.h>
#include <dmastream/framewalk.h>
#include <dmastream/segment.h>
#include <dmastream/stream.h>

/* As struct dma_stream: caller's storage, starts zeroed, may be moved, zeroed again by release. */
struct dma_stream_to_device {
	struct dma_stream stream;
};

struct dma_stream_from_device {
	struct dma_stream stream;
};

struct dma_stream_bidirectional {
	struct dma_stream stream;
};

/* The direction that a typed handle passes to the core: its own, or 0 (no direction) if the caller named another
 * one. */
static inline unsigned dma_typed_how(unsigned how, unsigned dir)
{
	unsigned named = how & ~DMA_SPLITTABLE;

	return named == 0 || named == dir ? dir | (how & DMA_SPLITTABLE) : 0;
}

#ifndef __cplusplus

/* ---- C: the core under a handle, by the handle's type -------------------------------------------------- */

static inline struct dma_stream *dma_typed_core(struct dma_stream *s)
{
	return s;
}

static inline struct dma_stream *dma_typed_to(struct dma_stream_to_device *s)
{
	return &s->stream;
}

static inline struct dma_stream *dma_typed_from(struct dma_stream_from_device *s)
{
	return &s->stream;
}

static inline struct dma_stream *dma_typed_both(struct dma_stream_bidirectional *s)
{
	return &s->stream;
}

static inline const struct dma_stream *dma_typed_const_core(const struct dma_stream *s)
{
	return s;
}

static inline const struct dma_stream *dma_typed_const_to(const struct dma_stream_to_device *s)
{
	return &s->stream;
}

static inline const struct dma_stream *dma_typed_const_from(const struct dma_stream_from_device *s)
{
	return &s->stream;
}

static inline const struct dma_stream *dma_typed_const_both(const struct dma_stream_bidirectional *s)
{
	return &s->stream;
}

static inline unsigned dma_typed_how_core(unsigned how)
{
	return how;
}

static inline unsigned dma_typed_how_to(unsigned how)
{
	return dma_typed_how(how, DMA_TO_DEVICE);
}

static inline unsigned dma_typed_how_from(unsigned how)
{
	return dma_typed_how(how, DMA_FROM_DEVICE);
}

static inline unsigned dma_typed_how_both(unsigned how)
{
	return dma_typed_how(how, DMA_BIDIRECTIONAL);
}

/* A wrong call becomes a call of one of these. They take no argument and get one, so that the compiler's message
 * contains their name. */
const struct dma_stream *dma_wrong_sync_from_device_of_a_to_device_stream(void);
const struct dma_stream *dma_wrong_sync_to_device_of_a_from_device_stream(void);
const struct dma_stream *dma_wrong_rearm_of_a_to_device_stream(void);
const struct dma_stream *dma_wrong_reading_a_to_device_stream(void);
const struct dma_stream *dma_wrong_writing_a_from_device_stream(void);
struct dma_stream *dma_wrong_alloc_of_a_from_device_stream_use_alloc_uninit(void);
struct dma_stream *dma_wrong_split_into_a_tail_of_another_type(void);

/* clang-format off */
#define DMA_TYPED(s, to, from)                              \
	_Generic((s),                                       \
		struct dma_stream *: dma_typed_core,        \
		struct dma_stream_to_device *: (to),        \
		struct dma_stream_from_device *: (from),    \
		struct dma_stream_bidirectional *: dma_typed_both)(s)

#define DMA_TYPED_CONST(s, to, from)                                          \
	_Generic((s),                                                         \
		struct dma_stream *: dma_typed_const_core,                    \
		const struct dma_stream *: dma_typed_const_core,              \
		struct dma_stream_to_device *: (to),                          \
		const struct dma_stream_to_device *: (to),                    \
		struct dma_stream_from_device *: (from),                      \
		const struct dma_stream_from_device *: (from),                \
		struct dma_stream_bidirectional *: dma_typed_const_both,      \
		const struct dma_stream_bidirectional *: dma_typed_const_both)(s)

#define DMA_TYPED_HOW(s, how)                                          \
	_Generic((s),                                                  \
		struct dma_stream *: dma_typed_how_core,               \
		struct dma_stream_to_device *: dma_typed_how_to,       \
		struct dma_stream_from_device *: dma_typed_how_from,   \
		struct dma_stream_bidirectional *: dma_typed_how_both)(how)

#define DMA_TYPED_TAIL_IF(tail, type, convert) \
	_Generic((tail), type *: (convert), /* NOLINT(bugprone-macro-parentheses): type is one */ \
		 default: dma_wrong_split_into_a_tail_of_another_type)

#define DMA_TYPED_TAIL(s, tail) \
	_Generic((s), \
		struct dma_stream *: DMA_TYPED_TAIL_IF(tail, struct dma_stream, dma_typed_core), \
		struct dma_stream_to_device *: DMA_TYPED_TAIL_IF(tail, struct dma_stream_to_device, dma_typed_to), \
		struct dma_stream_from_device *: DMA_TYPED_TAIL_IF(tail, struct dma_stream_from_device, \
								   dma_typed_from), \
		struct dma_stream_bidirectional *: DMA_TYPED_TAIL_IF(tail, struct dma_stream_bidirectional, \
								     dma_typed_both))(tail)
/* clang-format on */

#define DMA_TYPED_ANY(s)	  DMA_TYPED(s, dma_typed_to, dma_typed_from)
#define DMA_TYPED_CONST_ANY(s)	  DMA_TYPED_CONST(s, dma_typed_const_to, dma_typed_const_from)
#define DMA_TYPED_READ(s, wrong)  DMA_TYPED_CONST(s, wrong, dma_typed_const_from)
#define DMA_TYPED_WRITE(s, wrong) DMA_TYPED_CONST(s, dma_typed_const_to, wrong)

/* ---- C: the names of stream.h ---------------------------------------------------------------------------- */

#define dma_stream_alloc(s, dev, how, npages)                                                                          \
	dma_stream_alloc(DMA_TYPED(s, dma_typed_to, dma_wrong_alloc_of_a_from_device_stream_use_alloc_uninit), (dev),  \
			 DMA_TYPED_HOW(s, how), DMA_PAGES_TOLD(npages))
#define dma_stream_alloc_uninit(s, dev, how, npages)                                                                   \
	dma_stream_alloc_uninit(DMA_TYPED_ANY(s), (dev), DMA_TYPED_HOW(s, how), DMA_PAGES_TOLD(npages))
#define dma_stream_map(s, dev, how, seg) dma_stream_map(DMA_TYPED_ANY(s), (dev), DMA_TYPED_HOW(s, how), (seg))
#define dma_stream_split(s, off, tail)	 dma_stream_split(DMA_TYPED_ANY(s), (off), DMA_TYPED_TAIL(s, tail))
#define dma_stream_release(s)		 dma_stream_release(DMA_TYPED_ANY(s))

#define dma_stream_sync_to_device(s, off, len)                                                                         \
	dma_stream_sync_to_device(DMA_TYPED_WRITE(s, dma_wrong_sync_to_device_of_a_from_device_stream), (off), (len))
#define dma_stream_sync_from_device(s, off, len)                                                                       \
	dma_stream_sync_from_device(DMA_TYPED_READ(s, dma_wrong_sync_from_device_of_a_to_device_stream), (off), (len))

#define dma_stream_rearm(s, off, len)                                                                                  \
	dma_stream_rearm(DMA_TYPED_READ(s, dma_wrong_rearm_of_a_to_device_stream), (off), (len))

#define dma_frames_of_stream(s)		    dma_frames_of_stream(DMA_TYPED_CONST_ANY(s))
#define dma_stream_device(s)		    dma_stream_device(DMA_TYPED_CONST_ANY(s))
#define dma_stream_direction(s)		    dma_stream_direction(DMA_TYPED_CONST_ANY(s))
#define dma_stream_can_read(s)		    dma_stream_can_read(DMA_TYPED_CONST_ANY(s))
#define dma_stream_can_write(s)		    dma_stream_can_write(DMA_TYPED_CONST_ANY(s))
#define dma_stream_bounces(s)		    dma_stream_bounces(DMA_TYPED_CONST_ANY(s))
#define dma_stream_describe(s, buf, nbytes) dma_stream_describe(DMA_TYPED_CONST_ANY(s), (buf), (nbytes))

#define dma_stream_paddr(s) dma_stream_paddr(DMA_TYPED_CONST_ANY(s))
#define dma_stream_daddr(s) dma_stream_daddr(DMA_TYPED_CONST_ANY(s))
#define dma_stream_size(s)  dma_stream_size(DMA_TYPED_CONST_ANY(s))

#define dma_stream_reader(s, r) dma_stream_reader(DMA_TYPED_READ(s, dma_wrong_reading_a_to_device_stream), (r))
#define dma_stream_read_bytes(s, off, dst, len)                                                                        \
	dma_stream_read_bytes(DMA_TYPED_READ(s, dma_wrong_reading_a_to_device_stream), (off), (dst), (len))
#define dma_stream_read(s, off, w) dma_stream_read(DMA_TYPED_READ(s, dma_wrong_reading_a_to_device_stream), (off), (w))
#define dma_stream_read_once(s, off, value, nbytes)                                                                    \
	dma_stream_read_once(DMA_TYPED_READ(s, dma_wrong_reading_a_to_device_stream), (off), (value), (nbytes))

#define dma_stream_writer(s, w) dma_stream_writer(DMA_TYPED_WRITE(s, dma_wrong_writing_a_from_device_stream), (w))
#define dma_stream_write_bytes(s, off, src, len)                                                                       \
	dma_stream_write_bytes(DMA_TYPED_WRITE(s, dma_wrong_writing_a_from_device_stream), (off), (src), (len))
#define dma_stream_write(s, off, r)                                                                                    \
	dma_stream_write(DMA_TYPED_WRITE(s, dma_wrong_writing_a_from_device_stream), (off), (r))
#define dma_stream_write_once(s, off, value, nbytes)                                                                   \
	dma_stream_write_once(DMA_TYPED_WRITE(s, dma_wrong_writing_a_from_device_stream), (off), (value), (nbytes))
#define dma_stream_fill(s, off, value, len)                                                                            \
	dma_stream_fill(DMA_TYPED_WRITE(s, dma_wrong_writing_a_from_device_stream), (off), (value), (len))

#else /* __cplusplus */

/* ---- C++: overloads --------------------------------------------------------------------------------------- */

extern "C++" {

#define DMA_TYPED_ALL(type, dir)                                                                                       \
	DMA_MUST_CHECK inline int dma_stream_alloc_uninit(type *s, dma_device *dev, unsigned how, size_t npages)       \
	{                                                                                                              \
		return dma_stream_alloc_uninit(&s->stream, dev, dma_typed_how(how, dir), npages);                      \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_map(type *s, dma_device *dev, unsigned how, dma_segment *seg)             \
	{                                                                                                              \
		return dma_stream_map(&s->stream, dev, dma_typed_how(how, dir), seg);                                  \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_split(type *s, size_t off, type *tail)                                    \
	{                                                                                                              \
		return dma_stream_split(&s->stream, off, &tail->stream);                                               \
	}                                                                                                              \
	inline void dma_stream_release(type *s)                                                                        \
	{                                                                                                              \
		dma_stream_release(&s->stream);                                                                        \
	}                                                                                                              \
	inline dma_paddr_t dma_stream_paddr(const type *s)                                                             \
	{                                                                                                              \
		return dma_stream_paddr(&s->stream);                                                                   \
	}                                                                                                              \
	inline dma_daddr_t dma_stream_daddr(const type *s)                                                             \
	{                                                                                                              \
		return dma_stream_daddr(&s->stream);                                                                   \
	}                                                                                                              \
	inline size_t dma_stream_size(const type *s)                                                                   \
	{                                                                                                              \
		return dma_stream_size(&s->stream);                                                                    \
	}                                                                                                              \
	inline dma_frames dma_frames_of_stream(const type *s)                                                          \
	{                                                                                                              \
		return dma_frames_of_stream(&s->stream);                                                               \
	}                                                                                                              \
	inline dma_device *dma_stream_device(const type *s)                                                            \
	{                                                                                                              \
		return dma_stream_device(&s->stream);                                                                  \
	}                                                                                                              \
	inline unsigned dma_stream_direction(const type *s)                                                            \
	{                                                                                                              \
		return dma_stream_direction(&s->stream);                                                               \
	}                                                                                                              \
	inline bool dma_stream_can_read(const type *s)                                                                 \
	{                                                                                                              \
		return dma_stream_can_read(&s->stream);                                                                \
	}                                                                                                              \
	inline bool dma_stream_can_write(const type *s)                                                                \
	{                                                                                                              \
		return dma_stream_can_write(&s->stream);                                                               \
	}                                                                                                              \
	inline bool dma_stream_bounces(const type *s)                                                                  \
	{                                                                                                              \
		return dma_stream_bounces(&s->stream);                                                                 \
	}                                                                                                              \
	inline size_t dma_stream_describe(const type *s, char *buf, size_t nbytes)                                     \
	{                                                                                                              \
		return dma_stream_describe(&s->stream, buf, nbytes);                                                   \
	}

#define DMA_TYPED_WRITTEN_BY_CPU(type, dir)                                                                            \
	DMA_MUST_CHECK inline int dma_stream_alloc(type *s, dma_device *dev, unsigned how, size_t npages)              \
	{                                                                                                              \
		return dma_stream_alloc(&s->stream, dev, dma_typed_how(how, dir), npages);                             \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_sync_to_device(const type *s, size_t off, size_t len)                     \
	{                                                                                                              \
		return dma_stream_sync_to_device(&s->stream, off, len);                                                \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_writer(const type *s, dma_writer *w)                                      \
	{                                                                                                              \
		return dma_stream_writer(&s->stream, w);                                                               \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_write_bytes(const type *s, size_t off, const void *src, size_t len)       \
	{                                                                                                              \
		return dma_stream_write_bytes(&s->stream, off, src, len);                                              \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_write(const type *s, size_t off, dma_reader *r)                           \
	{                                                                                                              \
		return dma_stream_write(&s->stream, off, r);                                                           \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_write_once(const type *s, size_t off, const void *value, size_t nbytes)   \
	{                                                                                                              \
		return dma_stream_write_once(&s->stream, off, value, nbytes);                                          \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_fill(const type *s, size_t off, unsigned char value, size_t len)          \
	{                                                                                                              \
		return dma_stream_fill(&s->stream, off, value, len);                                                   \
	}

#define DMA_TYPED_READ_BY_CPU(type)                                                                                    \
	DMA_MUST_CHECK inline int dma_stream_sync_from_device(const type *s, size_t off, size_t len)                   \
	{                                                                                                              \
		return dma_stream_sync_from_device(&s->stream, off, len);                                              \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_reader(const type *s, dma_reader *r)                                      \
	{                                                                                                              \
		return dma_stream_reader(&s->stream, r);                                                               \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_read_bytes(const type *s, size_t off, void *dst, size_t len)              \
	{                                                                                                              \
		return dma_stream_read_bytes(&s->stream, off, dst, len);                                               \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_rearm(const type *s, size_t off, size_t len)                              \
	{                                                                                                              \
		return dma_stream_rearm(&s->stream, off, len);                                                         \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_read(const type *s, size_t off, dma_writer *w)                            \
	{                                                                                                              \
		return dma_stream_read(&s->stream, off, w);                                                            \
	}                                                                                                              \
	DMA_MUST_CHECK inline int dma_stream_read_once(const type *s, size_t off, void *value, size_t nbytes)          \
	{                                                                                                              \
		return dma_stream_read_once(&s->stream, off, value, nbytes);                                           \
	}

DMA_TYPED_ALL(dma_stream_to_device, DMA_TO_DEVICE)
DMA_TYPED_ALL(dma_stream_from_device, DMA_FROM_DEVICE)
DMA_TYPED_ALL(dma_stream_bidirectional, DMA_BIDIRECTIONAL)
DMA_TYPED_WRITTEN_BY_CPU(dma_stream_to_device, DMA_TO_DEVICE)
DMA_TYPED_WRITTEN_BY_CPU(dma_stream_bidirectional, DMA_BIDIRECTIONAL)
DMA_TYPED_READ_BY_CPU(dma_stream_from_device)
DMA_TYPED_READ_BY_CPU(dma_stream_bidirectional)

#undef DMA_TYPED_ALL
#undef DMA_TYPED_WRITTEN_BY_CPU
#undef DMA_TYPED_READ_BY_CPU

/* What does not compile. */
int dma_stream_sync_from_device(const dma_stream_to_device *s, size_t off, size_t len) = delete;
int dma_stream_reader(const dma_stream_to_device *s, dma_reader *r) = delete;
int dma_stream_read_bytes(const dma_stream_to_device *s, size_t off, void *dst, size_t len) = delete;
int dma_stream_rearm(const dma_stream_to_device *s, size_t off, size_t len) = delete;
int dma_stream_read(const dma_stream_to_device *s, size_t off, dma_writer *w) = delete;
int dma_stream_read_once(const dma_stream_to_device *s, size_t off, void *value, size_t nbytes) = delete;
int dma_stream_alloc(dma_stream_from_device *s, dma_device *dev, unsigned how, size_t npages) = delete;
int dma_stream_sync_to_device(const dma_stream_from_device *s, size_t off, size_t len) = delete;
int dma_stream_writer(const dma_stream_from_device *s, dma_writer *w) = delete;
int dma_stream_write_bytes(const dma_stream_from_device *s, size_t off, const void *src, size_t len) = delete;
int dma_stream_write(const dma_stream_from_device *s, size_t off, dma_reader *r) = delete;
int dma_stream_write_once(const dma_stream_from_device *s, size_t off, const void *value, size_t nbytes) = delete;
int dma_stream_fill(const dma_stream_from_device *s, size_t off, unsigned char value, size_t len) = delete;

} /* extern "C++" */

#define dma_stream_alloc(s, dev, how, npages)	     dma_stream_alloc((s), (dev), (how), DMA_PAGES_TOLD(npages))
#define dma_stream_alloc_uninit(s, dev, how, npages) dma_stream_alloc_uninit((s), (dev), (how), DMA_PAGES_TOLD(npages))

#endif

/* ---- Pages, in both languages (checked.h) ----------------------------------------------------------------- */

#define dma_coherent_alloc(c, dev, flags, npages) dma_coherent_alloc((c), (dev), (flags), DMA_PAGES_TOLD(npages))
#define dma_coherent_alloc_uninit(c, dev, flags, npages)                                                               \
	dma_coherent_alloc_uninit((c), (dev), (flags), DMA_PAGES_TOLD(npages))
#define dma_arena_create(arena, dev, dir, npages) dma_arena_create((arena), (dev), (dir), DMA_PAGES_TOLD(npages))
#define dma_segment_alloc(seg, npages, max_paddr, align)                                                               \
	dma_segment_alloc((seg), DMA_PAGES_TOLD(npages), (max_paddr), (align))
#define dma_segment_alloc_zeroed(seg, npages, max_paddr, align)                                                        \
	dma_segment_alloc_zeroed((seg), DMA_PAGES_TOLD(npages), (max_paddr), (align))
#define dma_segment_adopt(seg, paddr, npages)  dma_segment_adopt((seg), (paddr), DMA_PAGES_TOLD(npages))
#define dma_segment_borrow(seg, paddr, npages) dma_segment_borrow((seg), (paddr), DMA_PAGES_TOLD(npages))
#define dma_segment_slice(seg, first, npages, slice)                                                                   \
	dma_segment_slice((seg), DMA_PAGE_COUNT(first), DMA_PAGE_COUNT(npages), (slice))
#define dma_segment_split(seg, at, tail) dma_segment_split((seg), DMA_PAGE_COUNT(at), (tail))

/* ---- Entries, in both languages (checked.h) --------------------------------------------------------------- */

static inline __attribute__((always_inline)) int
dma_typed_batch_to_device(const struct dma_range *const ranges DMA_ENTRIES_OF, size_t n)
{
	return dma_typed_entries(n, __builtin_object_size(ranges, 1), sizeof(*ranges)) == n
		       ? dma_batch_sync_to_device(ranges, n)
		       : DMA_EINVAL;
}

static inline __attribute__((always_inline)) int
dma_typed_batch_from_device(const struct dma_range *const ranges DMA_ENTRIES_OF, size_t n)
{
	return dma_typed_entries(n, __builtin_object_size(ranges, 1), sizeof(*ranges)) == n
		       ? dma_batch_sync_from_device(ranges, n)
		       : DMA_EINVAL;
}

static inline __attribute__((always_inline)) void
dma_typed_batch_release(struct dma_stream *const *const streams DMA_ENTRIES_OF, size_t n)
{
	dma_batch_release(streams, dma_typed_entries(n, __builtin_object_size(streams, 1), sizeof(void *)));
}

/* A compound literal with commas is an argument like any other. */
#define dma_batch_sync_to_device(...)	dma_typed_batch_to_device(__VA_ARGS__)
#define dma_batch_sync_from_device(...) dma_typed_batch_from_device(__VA_ARGS__)
#define dma_batch_release(...)		dma_typed_batch_release(__VA_ARGS__)

#endif
