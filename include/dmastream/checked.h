/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arguments that would compile and mean something else: refused by the compiler, with what is wrong in its complaint.
 *
 *   where pages are counted    a direction (DMA_TO_DEVICE …), so that direction and pages cannot change places; a
 *                              constant multiple of DMA_PAGE_SIZE up to 16 Mi, which is a number of bytes: DMA_PAGES()
 *                              makes pages of it
 *   where a value is meant     an array, of which one element would be copied (&array is all of it); a pointer to
 *                              void, which has no size; a pointer to a pointer, which would itself be overwritten, not
 *                              what it points to
 *   where entries are counted  more of them than the caller's array has (a sizeof() in place of their number). Seen
 *                              when the compiler optimizes, and wherever it knows the array; a variable number beyond
 *                              such an array is refused when the program runs (dma_list_init(), batch.h). Of an array
 *                              that came as a pointer nothing is known: there the number is the caller's word
 *
 * What no compiler can see: a variable, or a small constant, that counts bytes where pages are meant. The simulated
 * machine reports memory of 16 pages or more, when it is released, of which only as many bytes were used, and coherent
 * memory of 64 pages or more that nobody used. Say DMA_PAGES(nbytes), and neither is reported.
 */
#ifndef DMASTREAM_CHECKED_H
#define DMASTREAM_CHECKED_H

#include <dmastream/arch.h>
#include <dmastream/types.h>

/* How many pages hold so many bytes: for every argument that counts pages.
 * Macro: unsigned long long MACRO(size_t nbytes);
 * Returns: the number of pages, rounded up.
 * Errors: none.
 * Context: any.
 * Example:
 *     error = dma_coherent_alloc(&ring, &dev, 0, DMA_PAGES(256 * sizeof(struct descriptor)));
 * See: dma_coherent_alloc(), dma_stream_alloc(), dma_segment_alloc(). */
#define DMA_PAGES(nbytes)                                                                                              \
	(DMA_CAST(unsigned long long, ((nbytes) >> DMA_PAGE_SHIFT) + (((nbytes) & (DMA_PAGE_SIZE - 1)) != 0)))

/* Odd ones may be many pages, larger ones are refused at run time: they are more memory than there is. */
#define DMA_LIKE_BYTES(n)                                                                                              \
	(DMA_CAST(size_t, n) >= DMA_PAGE_SIZE && DMA_CAST(size_t, n) <= 1u << 24 &&                                    \
	 DMA_CAST(size_t, n) % DMA_PAGE_SIZE == 0)

/* ---- Entries of a caller's array -------------------------------------------------------------------------- */

#if defined(__has_attribute)
#if __has_attribute(error)
#define DMA_REFUSED(why) __attribute__((error(why)))
#endif
#endif
#ifndef DMA_REFUSED
#define DMA_REFUSED(why)
#endif

/* Of a parameter that is a caller's array: clang looks at it where the call is, gcc needs no word. */
#ifdef __clang__
#define DMA_ENTRIES_OF __attribute__((pass_object_size(1)))
#else
#define DMA_ENTRIES_OF
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Nowhere defined: a call that is still there when the compiler is done stops the build. */
void dma_wrong_more_entries_than_the_array_has(void)
	DMA_REFUSED("more entries than the array has: pass their number, sizeof(array) / sizeof(*array), not bytes");

/* How many of `n` entries of `size` bytes are in an array of `known` bytes (SIZE_MAX: nothing is known of it). Inlined
 * always, so that the compiler knows the caller's array. */
static inline __attribute__((always_inline)) size_t dma_typed_entries(size_t n, size_t known, size_t size)
{
	if (known == SIZE_MAX || n <= known / size)
		return n;
	if (__builtin_constant_p(n))
		dma_wrong_more_entries_than_the_array_has();
	return known / size;
}

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus

/* They take no argument and get one. */
size_t dma_wrong_bytes_where_pages_are_meant_use_DMA_PAGES(void);
size_t dma_wrong_a_direction_where_pages_are_meant(void);

static inline size_t dma_typed_page_count(size_t npages)
{
	return npages;
}

static inline size_t dma_typed_page_count_of_bytes(unsigned long long npages)
{
	return npages <= SIZE_MAX ? (size_t)npages : SIZE_MAX;
}

/* A cast of an integer to void * is a null pointer constant if the integer is a constant 0, and only then has the
 * conditional the type of its other branch (C11 6.3.2.3, 6.5.15). */
/* clang-format off */
#define DMA_PAGE_COUNT(n)                                                              \
	_Generic((n),                                                                  \
		unsigned char: dma_wrong_a_direction_where_pages_are_meant,            \
		unsigned long long: dma_typed_page_count_of_bytes,                     \
		default: _Generic(1 ? (void *)(uintptr_t)!DMA_LIKE_BYTES(n) : (int *)0, \
			int *: dma_wrong_bytes_where_pages_are_meant_use_DMA_PAGES,    \
			default: dma_typed_page_count))(n)
/* clang-format on */

/* The same where memory is allocated or becomes a segment, of which the machine is told. */
static inline size_t dma_typed_pages_plain(size_t npages)
{
	dma_arch_pages_plain(npages);
	return npages;
}

static inline size_t dma_typed_pages_said(size_t npages)
{
	dma_arch_pages_plain(0);
	return npages;
}

#define DMA_PAGES_TOLD(n)                                                                                              \
	_Generic((n), unsigned long long : dma_typed_pages_said, default : dma_typed_pages_plain)(DMA_PAGE_COUNT(n))

/* An array decays behind a comma, everything else keeps its type there. */
#define DMA_IS_ARRAY(x)	  (!__builtin_types_compatible_p(__typeof__(x), __typeof__(((void)0, (x)))))
#define DMA_IS_POINTER(x) (__builtin_classify_type(((void)0, (x))) == 5 && !DMA_IS_ARRAY(x))

/* sizeof(*(p)) of a value that can be copied as one. */
#define DMA_VALUE_SIZE(p)                                                                                              \
	(sizeof(*(p)) +                                                                                                \
	 0 * sizeof(struct {                                                                                           \
		 char dma_value;                                                                                       \
		 _Static_assert(!DMA_IS_ARRAY(p), "an array where a value is meant: only one element would be "        \
						  "copied; pass its address, or copy bytes");                          \
		 _Static_assert(!__builtin_types_compatible_p(__typeof__(*(p)), void),                                 \
				"a pointer to void has no value: copy bytes");                                         \
		 _Static_assert(!DMA_IS_POINTER(*(p)), "a pointer where a value is meant: it would itself be "         \
						       "copied, not what it points to");                               \
	 }))

#else

extern "C++" {

template <bool bytes, typename T> struct dma_typed_page_counted {
	static_assert(!bytes, "dma_wrong_bytes_where_pages_are_meant_use_DMA_PAGES");
	static size_t count(T npages)
	{
		return static_cast<size_t>(npages);
	}
};

template <bool bytes> struct dma_typed_page_counted<bytes, unsigned long long> {
	static size_t count(unsigned long long npages)
	{
		return npages <= SIZE_MAX ? static_cast<size_t>(npages) : SIZE_MAX;
	}
};

template <bool bytes> struct dma_typed_page_counted<bytes, dma_dir> {
	static_assert(!bytes && bytes, "dma_wrong_a_direction_where_pages_are_meant");
	static size_t count(dma_dir npages);
};

template <bool bytes, typename T> inline size_t dma_typed_page_count(T npages)
{
	return dma_typed_page_counted<bytes, T>::count(npages);
}

#define DMA_PAGE_COUNT(n) (dma_typed_page_count<(__builtin_constant_p(n) ? DMA_LIKE_BYTES(n) : false)>(n))

template <typename T> struct dma_typed_said {
	static const bool plain = true;
};

template <> struct dma_typed_said<unsigned long long> {
	static const bool plain = false;
};

template <bool bytes, typename T> inline size_t dma_typed_pages_told(T npages)
{
	const size_t count = dma_typed_page_counted<bytes, T>::count(npages);

	dma_arch_pages_plain(dma_typed_said<T>::plain ? count : 0);
	return count;
}

#define DMA_PAGES_TOLD(n) (dma_typed_pages_told<(__builtin_constant_p(n) ? DMA_LIKE_BYTES(n) : false)>(n))

template <typename P> struct dma_typed_value_of;

template <typename T> struct dma_typed_value_of<T *> {
	static const size_t size = sizeof(T);
};

template <> struct dma_typed_value_of<void *> {
};

template <> struct dma_typed_value_of<const void *> {
};

template <typename T> struct dma_typed_value_of<T **> {
	static_assert(!sizeof(T *),
		      "a pointer where a value is meant: it would itself be copied, not what it points to");
};

template <typename T, size_t n> struct dma_typed_value_of<T[n]> {
	static_assert(!n, "an array where a value is meant: only one element would be copied; pass its address");
};

template <typename P> struct dma_typed_value_of<const P> : dma_typed_value_of<P> {
};

template <typename P> struct dma_typed_value_of<P &> : dma_typed_value_of<P> {
};

#define DMA_VALUE_SIZE(p) (dma_typed_value_of<__typeof__(p)>::size)

} /* extern "C++" */

#endif
#endif
