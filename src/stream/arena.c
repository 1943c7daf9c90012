/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arenas. An extent is a stream and a count of its bytes that are gone; whoever moves the count on has the bytes
 * between. The newest extent serves; those before it wait for the reset.
 */
#include "../base/state.h"
#include "stream_own.h"
#include <dmastream/arena.h>
#include <dmastream/errors.h>

#define FALLBACK_PAGES ((size_t)4) /* of a further stream, or as many as the slice needs */

/* Records of further extents, in a page of the host. They are kept until the arena goes. */
struct dma_extent_page {
	struct dma_extent_page *next;
	size_t taken;
	struct dma_extent extents[];
};

#define PER_PAGE ((DMA_PAGE_SIZE - sizeof(struct dma_extent_page)) / sizeof(struct dma_extent))

static struct dma_lock *lock_of(struct dma_arena *arena)
{
	return (struct dma_lock *)(void *)&arena->lock;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

static int slice_whole(struct dma_extent *extent)
{
	return dma_stream_slice(&extent->stream, 0, dma_stream_size(&extent->stream), &extent->whole);
}

static int alloc_stream(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages)
{
	return dir == DMA_FROM_DEVICE ? dma_stream_alloc_uninit(s, dev, dir, npages)
				      : dma_stream_alloc(s, dev, dir, npages);
}

/* ---- Made ---- */

int dma_arena_adopt(struct dma_arena *arena, struct dma_stream *s)
{
	struct dma_stream stream = *s;
	struct dma_slice whole;
	int error;

	if (!s->dev || arena->dev)
		return DMA_EINVAL;
	error = dma_stream_slice(&stream, 0, dma_stream_size(&stream), &whole);
	if (error)
		return error;
	dma_stream_renew_slices(&stream, &whole);
	*arena = (struct dma_arena){.dev = stream.dev, .first = {.whole = whole, .stream = stream}};
	arena->current = &arena->first;
	dma_arch_handle_begins(arena->dev, (uintptr_t)arena, 0, sizeof(*arena));
	*s = (struct dma_stream){0};
	return 0;
}

int dma_arena_create(struct dma_arena *arena, struct dma_device *dev, unsigned dir, size_t npages)
{
	struct dma_stream stream = {0};
	int error;

	if (arena->dev)
		return DMA_EINVAL;
	error = alloc_stream(&stream, dev, dir, npages);
	if (error)
		return error;
	error = dma_arena_adopt(arena, &stream);
	if (error)
		dma_stream_release(&stream);
	return error;
}

/* ---- Alloc ---- */

/* Takes len bytes of an extent, beginning at a multiple of unit: *at. False: the extent has not that many left. */
static bool take(struct dma_extent *extent, size_t len, size_t unit, size_t *at)
{
	size_t size = dma_slice_size(&extent->whole);
	uintptr_t used = __atomic_load_n(&extent->used, __ATOMIC_RELAXED);

	do {
		*at = round_up(used, unit);
		if (*at > size || len > size - *at)
			return false;
	} while (!__atomic_compare_exchange_n(&extent->used, &used, *at + len, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

/* An empty record; NULL: the host has no page. Interrupts on. */
static struct dma_extent *new_record(struct dma_arena *arena)
{
	struct dma_extent *extent = NULL;
	struct dma_extent_page *spare = NULL;

	for (;;) {
		uintptr_t irq = dma_host_lock(lock_of(arena));
		struct dma_extent_page *page = arena->records;

		while (page && page->taken == PER_PAGE)
			page = page->next;
		if (!page && spare) {
			page = spare;
			spare = NULL;
			page->next = arena->records;
			arena->records = page;
		}
		if (page)
			extent = &page->extents[page->taken++];
		dma_host_unlock(lock_of(arena), irq);
		if (extent || spare)
			break;
		spare = dma_host_page_alloc();
		if (!spare)
			return NULL;
		dma_add(&dma_state.stats.pages_own, 1);
		spare->taken = 0;
	}
	if (spare) {
		dma_host_page_free(spare);
		dma_sub(&dma_state.stats.pages_own, 1);
	}
	return extent;
}

/* A further stream, the first len bytes of which are the caller's. A record that a failure leaves unused is found by
 * the next reset. */
static int add_extent(struct dma_arena *arena, size_t len, struct dma_extent **out)
{
	size_t least = round_up(len, DMA_PAGE_SIZE) >> DMA_PAGE_SHIFT;
	size_t npages = least > FALLBACK_PAGES ? least : FALLBACK_PAGES;
	unsigned dir = arena->first.stream.dir & DMA_BIDIRECTIONAL;
	struct dma_stream stream = {0};
	struct dma_extent *extent;
	uintptr_t irq;
	int error;

	if (!dma_host_interrupts_on())
		return DMA_EBUSY;
	error = alloc_stream(&stream, arena->dev, dir, npages);
	if ((error == DMA_ENOMEM || error == DMA_ENOTSUP) && npages > least)
		error = alloc_stream(&stream, arena->dev, dir, least);
	if (error)
		return error;
	extent = new_record(arena);
	if (!extent) {
		dma_stream_release(&stream);
		return DMA_ENOMEM;
	}
	*extent = (struct dma_extent){.stream = stream, .used = len};
	error = slice_whole(extent);
	if (error) {
		dma_stream_release(&extent->stream);
		return error;
	}
	irq = dma_host_lock(lock_of(arena));
	extent->next = arena->current;
	__atomic_store_n(&arena->current, extent, __ATOMIC_RELEASE);
	__atomic_store_n(&arena->fallbacks, arena->fallbacks + 1, __ATOMIC_RELAXED);
	dma_host_unlock(lock_of(arena), irq);
	*out = extent;
	return 0;
}

int dma_arena_alloc(struct dma_arena *arena, size_t nbytes, size_t align, struct dma_slice *slice)
{
	struct dma_extent *extent;
	size_t unit, len, at;
	int error;

	if (!arena->dev || nbytes == 0 || align == 0 || (align & (align - 1)) != 0 || align > DMA_PAGE_SIZE ||
	    nbytes > SIZE_MAX / 2 || !dma_arch_handle_lives(arena->dev, (uintptr_t)arena, sizeof(*arena)))
		return DMA_EINVAL;
	unit = dma_slice_align(arena->dev);
	len = arena->dev->coherent ? nbytes : round_up(nbytes, dma_state.host.line_align);
	if (unit < align)
		unit = align;
	extent = __atomic_load_n(&arena->current, __ATOMIC_ACQUIRE);
	if (!take(extent, len, unit, &at)) {
		error = add_extent(arena, len, &extent);
		if (error)
			return error;
		at = 0;
	}
	return dma_slice_slice(&extent->whole, at, len, slice);
}

size_t dma_arena_used(const struct dma_arena *arena)
{
	size_t used = 0;

	for (const struct dma_extent *e = __atomic_load_n(&arena->current, __ATOMIC_ACQUIRE); e; e = e->next)
		used += __atomic_load_n(&e->used, __ATOMIC_RELAXED);
	return used;
}

/* ---- Given back ---- */

/* An arena stays where it was made: extents lead to its first one. A copy leads to that of the original, and once that
 * was destroyed, to nothing: its first slice says so before anything is followed. */
static bool is_original(const struct dma_arena *arena)
{
	const struct dma_extent *extent = arena->current;

	if (dma_slice_lives(&arena->first.whole)) {
		while (extent->next)
			extent = extent->next;
		if (extent == &arena->first)
			return true;
	}
	dma_log("dmastream: misuse: an arena is reset or destroyed that was copied, moved or destroyed before; keep "
		"one, "
		"where dma_arena_create() made it");
	return false;
}

static void release_fallbacks(struct dma_arena *arena)
{
	struct dma_extent *extent = arena->current;

	for (; extent != &arena->first; extent = extent->next)
		dma_stream_release(&extent->stream);
	arena->current = &arena->first;
	for (struct dma_extent_page *page = arena->records; page; page = page->next)
		page->taken = 0;
}

void dma_arena_reset(struct dma_arena *arena)
{
	if (!arena->dev || !is_original(arena))
		return;
	release_fallbacks(arena);
	dma_stream_renew_slices(&arena->first.stream, &arena->first.whole);
	arena->first.used = 0;
}

int dma_arena_destroy(struct dma_arena *arena)
{
	struct dma_extent_page *page, *next;

	if (!arena->dev)
		return 0;
	if (!is_original(arena))
		return DMA_EINVAL;
	if (arena->records && !dma_host_interrupts_on())
		return DMA_EBUSY;
	(void)dma_arch_handle_ends(arena->dev, (uintptr_t)arena, 0, sizeof(*arena));
	release_fallbacks(arena);
	for (page = arena->records; page; page = next) {
		next = page->next;
		dma_host_page_free(page);
		dma_sub(&dma_state.stats.pages_own, 1);
	}
	dma_stream_release(&arena->first.stream);
	*arena = (struct dma_arena){0};
	return 0;
}
