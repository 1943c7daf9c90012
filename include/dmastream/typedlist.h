/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Typed lists, buffers and scattered memory: the direction in the type, as typed.h has it for streams, so that a wrong
 * call does not compile.
 *
 *     struct dma_list_to_device list;
 *     struct dma_buffer_from_device packet = {0};
 *
 *     dma_list_init(&list, pieces, 17);
 *     error = dma_list_map(&list, &dev, 0);                              // the handle knows its direction
 *     error = dma_list_read_bytes(&list, 0, bytes, 64);                  // does not compile
 *     error = dma_buffer_map(&packet, &dev, 0, memory, 2048);
 *     error = dma_buffer_sync_to_device(&packet, 0, 64);                 // does not compile
 *
 * Every name of list.h, buffer.h and scattered.h that takes a list, a buffer or scattered memory takes a pointer to a
 * typed handle as well: chosen with _Generic in C11, by overloads in C++. What differs on a typed handle:
 *
 *   map, alloc       the direction is 0, or the handle's own; another one is DMA_EINVAL
 *   to device        no sync_from_device, rearm, reader, read_bytes, read
 *   from device      no sync_to_device, writer, write_bytes, write, fill
 *
 * Whoever needs the core under a handle uses its member `list`, `buffer` or `scattered`, which checks at run time.
 */
#ifndef DMASTREAM_TYPEDLIST_H
#define DMASTREAM_TYPEDLIST_H

#include <dmastream/buffer.h>
#include <dmastream/list.h>
#include <dmastream/scattered.h>
#include <dmastream/typed.h>

/* As struct dma_list: caller's storage, prepared by dma_list_init(). */
struct dma_list_to_device {
	struct dma_list list;
};

struct dma_list_from_device {
	struct dma_list list;
};

struct dma_list_bidirectional {
	struct dma_list list;
};

/* As struct dma_buffer: caller's storage, starts zeroed. */
struct dma_buffer_to_device {
	struct dma_buffer buffer;
};

struct dma_buffer_from_device {
	struct dma_buffer buffer;
};

struct dma_buffer_bidirectional {
	struct dma_buffer buffer;
};

/* As struct dma_scattered: caller's storage, starts zeroed. */
struct dma_scattered_to_device {
	struct dma_scattered scattered;
};

struct dma_scattered_from_device {
	struct dma_scattered scattered;
};

struct dma_scattered_bidirectional {
	struct dma_scattered scattered;
};

#ifndef __cplusplus

/* ---- C: the core under a handle, by the handle's type -------------------------------------------------- */

#define DMA_TYPED_CORE(kind, suffix, type)                                                                             \
	static inline struct dma_##kind *dma_typed_##kind##_##suffix(struct type *h)                                   \
	{                                                                                                              \
		return &h->kind;                                                                                       \
	}                                                                                                              \
	static inline const struct dma_##kind *dma_typed_const_##kind##_##suffix(const struct type *h)                 \
	{                                                                                                              \
		return &h->kind;                                                                                       \
	}

/* What a wrong call turns into. They take no argument and get one, so the compiler's complaint has their name in it. */
#define DMA_TYPED_CORES(kind)                                                                                          \
	static inline struct dma_##kind *dma_typed_##kind##_core(struct dma_##kind *h)                                 \
	{                                                                                                              \
		return h;                                                                                              \
	}                                                                                                              \
	static inline const struct dma_##kind *dma_typed_const_##kind##_core(const struct dma_##kind *h)               \
	{                                                                                                              \
		return h;                                                                                              \
	}                                                                                                              \
	DMA_TYPED_CORE(kind, to, dma_##kind##_to_device)                                                               \
	DMA_TYPED_CORE(kind, from, dma_##kind##_from_device)                                                           \
	DMA_TYPED_CORE(kind, both, dma_##kind##_bidirectional)                                                         \
	const struct dma_##kind *dma_wrong_sync_from_device_of_a_to_device_##kind(void);                               \
	const struct dma_##kind *dma_wrong_sync_to_device_of_a_from_device_##kind(void);                               \
	const struct dma_##kind *dma_wrong_rearm_of_a_to_device_##kind(void);                                          \
	const struct dma_##kind *dma_wrong_reading_a_to_device_##kind(void);                                           \
	const struct dma_##kind *dma_wrong_writing_a_from_device_##kind(void)

DMA_TYPED_CORES(list);
DMA_TYPED_CORES(buffer);
DMA_TYPED_CORES(scattered);

#undef DMA_TYPED_CORES
#undef DMA_TYPED_CORE

/* clang-format off */
#define DMA_TYPED_H(kind, h)                                                    \
	_Generic((h),                                                           \
		struct dma_##kind *: dma_typed_##kind##_core,                   \
		struct dma_##kind##_to_device *: dma_typed_##kind##_to,         \
		struct dma_##kind##_from_device *: dma_typed_##kind##_from,     \
		struct dma_##kind##_bidirectional *: dma_typed_##kind##_both)(h)

#define DMA_TYPED_H_CONST(kind, h, to, from)                                    \
	_Generic((h),                                                           \
		struct dma_##kind *: dma_typed_const_##kind##_core,             \
		const struct dma_##kind *: dma_typed_const_##kind##_core,       \
		struct dma_##kind##_to_device *: (to),                          \
		const struct dma_##kind##_to_device *: (to),                    \
		struct dma_##kind##_from_device *: (from),                      \
		const struct dma_##kind##_from_device *: (from),                \
		struct dma_##kind##_bidirectional *: dma_typed_const_##kind##_both, \
		const struct dma_##kind##_bidirectional *: dma_typed_const_##kind##_both)(h)

#define DMA_TYPED_H_HOW(kind, h, how)                                           \
	_Generic((h),                                                           \
		struct dma_##kind *: dma_typed_how_core,                        \
		struct dma_##kind##_to_device *: dma_typed_how_to,              \
		struct dma_##kind##_from_device *: dma_typed_how_from,          \
		struct dma_##kind##_bidirectional *: dma_typed_how_both)(how)
/* clang-format on */

#define DMA_TYPED_H_ANY(kind, h) DMA_TYPED_H_CONST(kind, h, dma_typed_const_##kind##_to, dma_typed_const_##kind##_from)
#define DMA_TYPED_H_READ(kind, h)                                                                                      \
	DMA_TYPED_H_CONST(kind, h, dma_wrong_reading_a_to_device_##kind, dma_typed_const_##kind##_from)
#define DMA_TYPED_H_WRITE(kind, h)                                                                                     \
	DMA_TYPED_H_CONST(kind, h, dma_typed_const_##kind##_to, dma_wrong_writing_a_from_device_##kind)
#define DMA_TYPED_H_SYNC_FROM(kind, h)                                                                                 \
	DMA_TYPED_H_CONST(kind, h, dma_wrong_sync_from_device_of_a_to_device_##kind, dma_typed_const_##kind##_from)
#define DMA_TYPED_H_REARM(kind, h)                                                                                     \
	DMA_TYPED_H_CONST(kind, h, dma_wrong_rearm_of_a_to_device_##kind, dma_typed_const_##kind##_from)
#define DMA_TYPED_H_SYNC_TO(kind, h)                                                                                   \
	DMA_TYPED_H_CONST(kind, h, dma_typed_const_##kind##_to, dma_wrong_sync_to_device_of_a_from_device_##kind)

/* ---- C: the names of list.h -------------------------------------------------------------------------------- */

#define dma_list_init(l, pieces, capacity)     dma_list_init(DMA_TYPED_H(list, l), (pieces), (capacity))
#define dma_list_add(l, memory, len)	       dma_list_add(DMA_TYPED_H(list, l), (memory), (len))
#define dma_list_add_segment(l, seg, off, len) dma_list_add_segment(DMA_TYPED_H(list, l), (seg), (off), (len))
#define dma_list_own_segment(l, seg, off, len) dma_list_own_segment(DMA_TYPED_H(list, l), (seg), (off), (len))
#define dma_list_add_slice(l, slice)	       dma_list_add_slice(DMA_TYPED_H(list, l), (slice))
#define dma_list_map(l, dev, how)	       dma_list_map(DMA_TYPED_H(list, l), (dev), DMA_TYPED_H_HOW(list, l, how))
#define dma_list_unmap(l)		       dma_list_unmap(DMA_TYPED_H(list, l))
#define dma_list_release(l)		       dma_list_release(DMA_TYPED_H(list, l))
#define dma_list_size(l)		       dma_list_size(DMA_TYPED_H_ANY(list, l))
#define dma_list_entries(l)		       dma_list_entries(DMA_TYPED_H_ANY(list, l))
#define dma_list_begin(l)		       dma_list_begin(DMA_TYPED_H_ANY(list, l))
#define dma_list_sync_to_device(l, off, len)   dma_list_sync_to_device(DMA_TYPED_H_SYNC_TO(list, l), (off), (len))
#define dma_list_sync_from_device(l, off, len) dma_list_sync_from_device(DMA_TYPED_H_SYNC_FROM(list, l), (off), (len))
#define dma_list_read_bytes(l, off, dst, len)  dma_list_read_bytes(DMA_TYPED_H_READ(list, l), (off), (dst), (len))
#define dma_list_write_bytes(l, off, src, len) dma_list_write_bytes(DMA_TYPED_H_WRITE(list, l), (off), (src), (len))
#define dma_list_rearm(l, off, len)	       dma_list_rearm(DMA_TYPED_H_REARM(list, l), (off), (len))
#define dma_list_read(l, off, w)	       dma_list_read(DMA_TYPED_H_READ(list, l), (off), (w))
#define dma_list_write(l, off, r)	       dma_list_write(DMA_TYPED_H_WRITE(list, l), (off), (r))
#define dma_list_reader(l, off, r)	       dma_list_reader(DMA_TYPED_H_READ(list, l), (off), (r))
#define dma_list_writer(l, off, w)	       dma_list_writer(DMA_TYPED_H_WRITE(list, l), (off), (w))

/* ---- C: the names of buffer.h ------------------------------------------------------------------------------ */

#define dma_buffer_map(b, dev, how, memory, len)                                                                       \
	dma_buffer_map(DMA_TYPED_H(buffer, b), (dev), DMA_TYPED_H_HOW(buffer, b, how), (memory), (len))
#define dma_buffer_map_segment(b, dev, how, seg, off, len)                                                             \
	dma_buffer_map_segment(DMA_TYPED_H(buffer, b), (dev), DMA_TYPED_H_HOW(buffer, b, how), (seg), (off), (len))
#define dma_buffer_release(b)		       dma_buffer_release(DMA_TYPED_H(buffer, b))
#define dma_buffer_daddr(b)		       dma_buffer_daddr(DMA_TYPED_H_ANY(buffer, b))
#define dma_buffer_size(b)		       dma_buffer_size(DMA_TYPED_H_ANY(buffer, b))
#define dma_buffer_sync_to_device(b, off, len) dma_buffer_sync_to_device(DMA_TYPED_H_SYNC_TO(buffer, b), (off), (len))
#define dma_buffer_sync_from_device(b, off, len)                                                                       \
	dma_buffer_sync_from_device(DMA_TYPED_H_SYNC_FROM(buffer, b), (off), (len))
#define dma_buffer_read_bytes(b, off, dst, len) dma_buffer_read_bytes(DMA_TYPED_H_READ(buffer, b), (off), (dst), (len))
#define dma_buffer_write_bytes(b, off, src, len)                                                                       \
	dma_buffer_write_bytes(DMA_TYPED_H_WRITE(buffer, b), (off), (src), (len))
#define dma_buffer_rearm(b, off, len) dma_buffer_rearm(DMA_TYPED_H_REARM(buffer, b), (off), (len))
#define dma_buffer_read(b, off, w)    dma_buffer_read(DMA_TYPED_H_READ(buffer, b), (off), (w))
#define dma_buffer_write(b, off, r)   dma_buffer_write(DMA_TYPED_H_WRITE(buffer, b), (off), (r))
#define dma_buffer_reader(b, r)	      dma_buffer_reader(DMA_TYPED_H_READ(buffer, b), (r))
#define dma_buffer_writer(b, w)	      dma_buffer_writer(DMA_TYPED_H_WRITE(buffer, b), (w))

/* ---- C: the names of scattered.h --------------------------------------------------------------------------- */

#define dma_scattered_alloc(s, dev, how, npages)                                                                       \
	dma_scattered_alloc(DMA_TYPED_H(scattered, s), (dev), DMA_TYPED_H_HOW(scattered, s, how),                      \
			    DMA_PAGES_TOLD(npages))
#define dma_scattered_release(s)   dma_scattered_release(DMA_TYPED_H(scattered, s))
#define dma_scattered_daddr(s)	   dma_scattered_daddr(DMA_TYPED_H_ANY(scattered, s))
#define dma_scattered_size(s)	   dma_scattered_size(DMA_TYPED_H_ANY(scattered, s))
#define dma_frames_of_scattered(s) dma_frames_of_scattered(DMA_TYPED_H_ANY(scattered, s))
#define dma_scattered_sync_to_device(s, off, len)                                                                      \
	dma_scattered_sync_to_device(DMA_TYPED_H_SYNC_TO(scattered, s), (off), (len))
#define dma_scattered_sync_from_device(s, off, len)                                                                    \
	dma_scattered_sync_from_device(DMA_TYPED_H_SYNC_FROM(scattered, s), (off), (len))
#define dma_scattered_read_bytes(s, off, dst, len)                                                                     \
	dma_scattered_read_bytes(DMA_TYPED_H_READ(scattered, s), (off), (dst), (len))
#define dma_scattered_write_bytes(s, off, src, len)                                                                    \
	dma_scattered_write_bytes(DMA_TYPED_H_WRITE(scattered, s), (off), (src), (len))
#define dma_scattered_fill(s, off, value, len)                                                                         \
	dma_scattered_fill(DMA_TYPED_H_WRITE(scattered, s), (off), (value), (len))
#define dma_scattered_rearm(s, off, len) dma_scattered_rearm(DMA_TYPED_H_REARM(scattered, s), (off), (len))
#define dma_scattered_read(s, off, w)	 dma_scattered_read(DMA_TYPED_H_READ(scattered, s), (off), (w))
#define dma_scattered_write(s, off, r)	 dma_scattered_write(DMA_TYPED_H_WRITE(scattered, s), (off), (r))
#define dma_scattered_reader(s, off, r)	 dma_scattered_reader(DMA_TYPED_H_READ(scattered, s), (off), (r))
#define dma_scattered_writer(s, off, w)	 dma_scattered_writer(DMA_TYPED_H_WRITE(scattered, s), (off), (w))

#else /* __cplusplus */

/* ---- C++: overloads --------------------------------------------------------------------------------------- */

extern "C++" {

/* `core` is the member of the handle `type`; it forwards a call. */
#define DMA_TYPED_FORWARD(result, name, parameters, arguments)                                                         \
	inline result name parameters                                                                                  \
	{                                                                                                              \
		return name arguments;                                                                                 \
	}

#define DMA_TYPED_LIST(type, dir)                                                                                      \
	DMA_TYPED_FORWARD(void, dma_list_init, (type * l, dma_piece *const pieces DMA_ENTRIES_OF, size_t capacity),    \
			  (&l->list, pieces, capacity))                                                                \
	DMA_TYPED_FORWARD(int, dma_list_add, (type * l, void *memory, size_t len), (&l->list, memory, len))            \
	DMA_TYPED_FORWARD(int, dma_list_add_segment, (type * l, const dma_segment *seg, size_t off, size_t len),       \
			  (&l->list, seg, off, len))                                                                   \
	DMA_TYPED_FORWARD(int, dma_list_own_segment, (type * l, dma_segment * seg, size_t off, size_t len),            \
			  (&l->list, seg, off, len))                                                                   \
	DMA_TYPED_FORWARD(int, dma_list_add_slice, (type * l, const dma_slice *slice), (&l->list, slice))              \
	DMA_TYPED_FORWARD(int, dma_list_map, (type * l, dma_device * dev, unsigned how),                               \
			  (&l->list, dev, dma_typed_how(how, dir)))                                                    \
	DMA_TYPED_FORWARD(void, dma_list_unmap, (type * l), (&l->list))                                                \
	DMA_TYPED_FORWARD(void, dma_list_release, (type * l), (&l->list))                                              \
	DMA_TYPED_FORWARD(size_t, dma_list_size, (const type *l), (&l->list))                                          \
	DMA_TYPED_FORWARD(size_t, dma_list_entries, (const type *l), (&l->list))                                       \
	DMA_TYPED_FORWARD(dma_list_walk, dma_list_begin, (const type *l), (&l->list))

#define DMA_TYPED_BUFFER(type, dir)                                                                                    \
	DMA_TYPED_FORWARD(int, dma_buffer_map, (type * b, dma_device * dev, unsigned how, void *memory, size_t len),   \
			  (&b->buffer, dev, dma_typed_how(how, dir), memory, len))                                     \
	DMA_TYPED_FORWARD(int, dma_buffer_map_segment,                                                                 \
			  (type * b, dma_device * dev, unsigned how, dma_segment *seg, size_t off, size_t len),        \
			  (&b->buffer, dev, dma_typed_how(how, dir), seg, off, len))                                   \
	DMA_TYPED_FORWARD(void, dma_buffer_release, (type * b), (&b->buffer))                                          \
	DMA_TYPED_FORWARD(dma_daddr_t, dma_buffer_daddr, (const type *b), (&b->buffer))                                \
	DMA_TYPED_FORWARD(size_t, dma_buffer_size, (const type *b), (&b->buffer))

#define DMA_TYPED_SCATTERED(type, dir)                                                                                 \
	DMA_TYPED_FORWARD(int, dma_scattered_alloc, (type * s, dma_device * dev, unsigned how, size_t npages),         \
			  (&s->scattered, dev, dma_typed_how(how, dir), npages))                                       \
	DMA_TYPED_FORWARD(void, dma_scattered_release, (type * s), (&s->scattered))                                    \
	DMA_TYPED_FORWARD(dma_daddr_t, dma_scattered_daddr, (const type *s), (&s->scattered))                          \
	DMA_TYPED_FORWARD(size_t, dma_scattered_size, (const type *s), (&s->scattered))                                \
	DMA_TYPED_FORWARD(dma_scattered_frames, dma_frames_of_scattered, (const type *s), (&s->scattered))

/* What only the directions have in which the CPU writes / reads: kind is the member's name. */
#define DMA_TYPED_H_WRITTEN(kind, type)                                                                                \
	DMA_MUST_CHECK DMA_TYPED_FORWARD(int, dma_##kind##_sync_to_device, (const type *h, size_t off, size_t len),    \
					 (&h->kind, off, len)) DMA_MUST_CHECK                                          \
	DMA_TYPED_FORWARD(int, dma_##kind##_write_bytes, (const type *h, size_t off, const void *src, size_t len),     \
			  (&h->kind, off, src, len)) DMA_MUST_CHECK                                                    \
	DMA_TYPED_FORWARD(int, dma_##kind##_write, (const type *h, size_t off, dma_reader *r), (&h->kind, off, r))

#define DMA_TYPED_H_READABLE(kind, type)                                                                               \
	DMA_MUST_CHECK DMA_TYPED_FORWARD(int, dma_##kind##_sync_from_device, (const type *h, size_t off, size_t len),  \
					 (&h->kind, off, len)) DMA_MUST_CHECK                                          \
	DMA_TYPED_FORWARD(int, dma_##kind##_read_bytes, (const type *h, size_t off, void *dst, size_t len),            \
			  (&h->kind, off, dst, len)) DMA_MUST_CHECK                                                    \
	DMA_TYPED_FORWARD(int, dma_##kind##_read, (const type *h, size_t off, dma_writer *w),                          \
			  (&h->kind, off, w)) DMA_MUST_CHECK                                                           \
	DMA_TYPED_FORWARD(int, dma_##kind##_rearm, (const type *h, size_t off, size_t len), (&h->kind, off, len))

#define DMA_TYPED_H_CURSORS(writer_or_reader, cursor, name, kind, type)                                                \
	DMA_MUST_CHECK DMA_TYPED_FORWARD(int, dma_##name##_##writer_or_reader, (const type *h, size_t off, cursor *c), \
					 (&h->kind, off, c))

/* What does not compile. */
#define DMA_TYPED_H_WRONG(kind)                                                                                        \
	int dma_##kind##_sync_from_device(const dma_##kind##_to_device *h, size_t off, size_t len) = delete;           \
	int dma_##kind##_read_bytes(const dma_##kind##_to_device *h, size_t off, void *dst, size_t len) = delete;      \
	int dma_##kind##_rearm(const dma_##kind##_to_device *h, size_t off, size_t len) = delete;                      \
	int dma_##kind##_read(const dma_##kind##_to_device *h, size_t off, dma_writer *w) = delete;                    \
	int dma_##kind##_write(const dma_##kind##_from_device *h, size_t off, dma_reader *r) = delete;                 \
	int dma_##kind##_sync_to_device(const dma_##kind##_from_device *h, size_t off, size_t len) = delete;           \
	int dma_##kind##_write_bytes(const dma_##kind##_from_device *h, size_t off, const void *src, size_t len) =     \
		delete;

#define DMA_TYPED_H_KIND(kind, make)                                                                                   \
	make(dma_##kind##_to_device, DMA_TO_DEVICE) make(dma_##kind##_from_device, DMA_FROM_DEVICE)                    \
		make(dma_##kind##_bidirectional, DMA_BIDIRECTIONAL) DMA_TYPED_H_WRITTEN(kind, dma_##kind##_to_device)  \
			DMA_TYPED_H_WRITTEN(kind, dma_##kind##_bidirectional)                                          \
				DMA_TYPED_H_READABLE(kind, dma_##kind##_from_device)                                   \
					DMA_TYPED_H_READABLE(kind, dma_##kind##_bidirectional) DMA_TYPED_H_WRONG(kind)

DMA_TYPED_H_KIND(list, DMA_TYPED_LIST)
DMA_TYPED_H_KIND(buffer, DMA_TYPED_BUFFER)
DMA_TYPED_H_KIND(scattered, DMA_TYPED_SCATTERED)

DMA_TYPED_H_CURSORS(writer, dma_writer, list, list, dma_list_to_device)
DMA_TYPED_H_CURSORS(writer, dma_writer, list, list, dma_list_bidirectional)
DMA_TYPED_H_CURSORS(reader, dma_reader, list, list, dma_list_from_device)
DMA_TYPED_H_CURSORS(reader, dma_reader, list, list, dma_list_bidirectional)
DMA_TYPED_H_CURSORS(writer, dma_writer, scattered, scattered, dma_scattered_to_device)
DMA_TYPED_H_CURSORS(writer, dma_writer, scattered, scattered, dma_scattered_bidirectional)
DMA_TYPED_H_CURSORS(reader, dma_reader, scattered, scattered, dma_scattered_from_device)
DMA_TYPED_H_CURSORS(reader, dma_reader, scattered, scattered, dma_scattered_bidirectional)

#define DMA_TYPED_BUFFER_CURSOR(writer_or_reader, cursor, type)                                                        \
	DMA_MUST_CHECK DMA_TYPED_FORWARD(int, dma_buffer_##writer_or_reader, (const type *b, cursor *c),               \
					 (&b->buffer, c))

DMA_TYPED_BUFFER_CURSOR(writer, dma_writer, dma_buffer_to_device)
DMA_TYPED_BUFFER_CURSOR(writer, dma_writer, dma_buffer_bidirectional)
DMA_TYPED_BUFFER_CURSOR(reader, dma_reader, dma_buffer_from_device)
DMA_TYPED_BUFFER_CURSOR(reader, dma_reader, dma_buffer_bidirectional)

#define DMA_TYPED_FILL(type)                                                                                           \
	DMA_MUST_CHECK DMA_TYPED_FORWARD(int, dma_scattered_fill,                                                      \
					 (const type *s, size_t off, unsigned char value, size_t len),                 \
					 (&s->scattered, off, value, len))

DMA_TYPED_FILL(dma_scattered_to_device)
DMA_TYPED_FILL(dma_scattered_bidirectional)

int dma_list_reader(const dma_list_to_device *l, size_t off, dma_reader *r) = delete;
int dma_list_writer(const dma_list_from_device *l, size_t off, dma_writer *w) = delete;
int dma_buffer_reader(const dma_buffer_to_device *b, dma_reader *r) = delete;
int dma_buffer_writer(const dma_buffer_from_device *b, dma_writer *w) = delete;
int dma_scattered_reader(const dma_scattered_to_device *s, size_t off, dma_reader *r) = delete;
int dma_scattered_writer(const dma_scattered_from_device *s, size_t off, dma_writer *w) = delete;
int dma_scattered_fill(const dma_scattered_from_device *s, size_t off, unsigned char value, size_t len) = delete;

#undef DMA_TYPED_LIST
#undef DMA_TYPED_BUFFER
#undef DMA_TYPED_SCATTERED
#undef DMA_TYPED_H_WRITTEN
#undef DMA_TYPED_H_READABLE
#undef DMA_TYPED_H_CURSORS
#undef DMA_TYPED_H_WRONG
#undef DMA_TYPED_H_KIND
#undef DMA_TYPED_BUFFER_CURSOR
#undef DMA_TYPED_FILL
#undef DMA_TYPED_FORWARD

} /* extern "C++" */

#define dma_scattered_alloc(s, dev, how, npages) dma_scattered_alloc((s), (dev), (how), DMA_PAGES_TOLD(npages))

#endif
#endif
