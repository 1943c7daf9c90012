/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reserved ranges, which are holes in the space: a list, which is read when a chunk gets its books. A chunk that is
 * reserved as a whole gets neither books nor an index, so that the levels above are as large as what is in use,
 * whatever the width of the space.
 */
#include "../../base/own_page.h"
#include "iova_books.h"
#include <dmastream/errors.h>

struct dma_iova_hole *dma_iova_hole_at(struct dma_iova *v, uint32_t i)
{
	struct dma_iova_hole_page *page = v->more_holes;

	if (i < DMA_IOVA_HOLES)
		return &v->hole[i];
	for (i -= DMA_IOVA_HOLES; i >= HOLES_OF_A_PAGE; i -= (uint32_t)HOLES_OF_A_PAGE)
		page = page->next;
	return &page->hole[i];
}

/* Chunks that lie wholly in a hole: the first one, and how many. */
static uint64_t wide_first(const struct dma_iova_hole *hole)
{
	return (hole->first + DMA_IOVA_CHUNK_PAGES - 1) / DMA_IOVA_CHUNK_PAGES;
}

static uint64_t wide_count(const struct dma_iova_hole *hole)
{
	uint64_t end = (hole->first + hole->npages) / DMA_IOVA_CHUNK_PAGES;

	return end > wide_first(hole) ? end - wide_first(hole) : 0;
}

/* From the number of a chunk (its address / 64 MiB) to its index, which leaves out chunks that are reserved as a whole;
 * for such a chunk, the index of the next one that is not. */
static uint64_t index_of(struct dma_iova *v, uint64_t number)
{
	uint64_t without = 0;

	for (uint32_t i = 0; i < v->nwide; i++) {
		const struct dma_iova_hole *hole = dma_iova_hole_at(v, i);
		uint64_t first = wide_first(hole), count = wide_count(hole);

		if (number >= first)
			without += number - first < count ? number - first : count;
	}
	return number - without;
}

uint64_t dma_iova_number_of(struct dma_iova *v, uint64_t index)
{
	uint64_t number = index, next;

	for (;; number = next) {
		next = index;
		for (uint32_t i = 0; i < v->nwide; i++)
			if (wide_first(dma_iova_hole_at(v, i)) <= number)
				next += wide_count(dma_iova_hole_at(v, i));
		if (next == number)
			return number;
	}
}

struct dma_iova_chunk *dma_iova_chunk_of(struct dma_iova *v, uint64_t page)
{
	uint64_t index = v->nwide ? index_of(v, page / DMA_IOVA_CHUNK_PAGES) : page / DMA_IOVA_CHUNK_PAGES;

	return index < dma_load(&v->grown) ? chunk_at(v, index) : NULL;
}

uint64_t dma_iova_index_of(struct dma_iova *v, uint64_t page)
{
	return index_of(v, page / DMA_IOVA_CHUNK_PAGES);
}

static int add_hole(struct dma_iova *v, uint64_t first, uint64_t npages)
{
	struct dma_iova_hole *hole, *wide;

	if (v->nholes >= DMA_IOVA_HOLES && (v->nholes - DMA_IOVA_HOLES) % HOLES_OF_A_PAGE == 0) {
		struct dma_iova_hole_page **link = &v->more_holes;

		while (*link)
			link = &(*link)->next;
		*link = dma_own_page_alloc();
		if (!*link)
			return DMA_ENOMEM;
	}
	hole = dma_iova_hole_at(v, v->nholes++);
	*hole = (struct dma_iova_hole){first, npages};
	v->reserved += npages;
	if (wide_count(hole) > 0) {
		wide = dma_iova_hole_at(v, v->nwide++);
		*hole = *wide;
		*wide = (struct dma_iova_hole){first, npages};
	}
	return 0;
}

/* Adds a hole for each part of the range that no hole covers yet. */
int dma_iova_reserve(struct dma_iova *v, uint64_t first_page, uint64_t npages)
{
	uint64_t page = first_page, end = npages < v->end - first_page ? first_page + npages : v->end;

	if (first_page >= v->end)
		return 0;
	if (v->grown)
		return DMA_EBUSY;
	while (page < end) {
		uint64_t stop = end, over = 0; /* nothing is reserved up to stop; or all is, up to over */
		int error;

		for (uint32_t i = 0; i < v->nholes; i++) {
			const struct dma_iova_hole *hole = dma_iova_hole_at(v, i);

			if (hole->first <= page && page - hole->first < hole->npages)
				over = hole->first + hole->npages;
			else if (hole->first > page && hole->first < stop)
				stop = hole->first;
		}
		if (over) {
			page = over;
			continue;
		}
		error = add_hole(v, page, stop - page);
		if (error)
			return error;
		page = stop;
	}
	return 0;
}

void dma_iova_holes_free(struct dma_iova *v)
{
	while (v->more_holes) {
		struct dma_iova_hole_page *page = v->more_holes;

		v->more_holes = page->next;
		dma_own_page_free(page);
	}
}
