/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reserved ranges, which are holes in the space: sorted, in leaves of a page (the first few in the space itself), so
 * that one is found by a search, however many there are. A chunk that is reserved as a whole gets neither books nor an
 * index, so that the levels above are as large as what is in use, whatever the width of the space. For that each hole
 * knows how many such chunks lie before it.
 */
#include "../../base/own_page.h"
#include "iova_books.h"
#include <dmastream/errors.h>

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

/* ---- Finding one ---- */

/* How holes are ordered: by their first page, or by the index that the chunk behind their beginning would have. */
static uint64_t by_page(const struct dma_iova_leaf *leaf, uint32_t i)
{
	(void)leaf;
	return leaf->hole[i].first;
}

static uint64_t by_index(const struct dma_iova_leaf *leaf, uint32_t i)
{
	return wide_first(&leaf->hole[i]) - leaf->before - leaf->hole[i].before;
}

/* How many holes of the leaf that is returned are not beyond `value`; those of the leaves before it are not, those of
 * the leaves behind it are. */
static inline uint32_t place_of(struct dma_iova_leaf **leaf, uint64_t value,
				uint64_t (*order)(const struct dma_iova_leaf *, uint32_t))
{
	uint32_t low = 0, high;

	while ((*leaf)->next && order((*leaf)->next, 0) <= value)
		*leaf = (*leaf)->next;
	for (high = (*leaf)->n; low < high;) {
		uint32_t middle = (low + high) / 2;

		if (order(*leaf, middle) <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct dma_iova_hole *dma_iova_hole_next(struct dma_iova_place *at)
{
	if (at->i < at->leaf->n)
		return &at->leaf->hole[at->i++];
	if (!at->leaf->next)
		return NULL;
	at->leaf = at->leaf->next;
	at->i = 1;
	return &at->leaf->hole[0];
}

const struct dma_iova_hole *dma_iova_hole_from(const struct dma_iova *v, uint64_t page, struct dma_iova_place *at)
{
	struct dma_iova_leaf *leaf = (struct dma_iova_leaf *)(uintptr_t)&v->holes;
	uint32_t i = place_of(&leaf, page, by_page);

	if (i > 0 && page - leaf->hole[i - 1].first < leaf->hole[i - 1].npages)
		i--;
	*at = (struct dma_iova_place){leaf, i};
	return dma_iova_hole_next(at);
}

/* ---- Chunks without an index ---- */

/* Page 0 is a hole, so that there is one at or before every address.
 *
 * From the number of a chunk (its address / 64 MiB) to its index, which leaves out chunks that are reserved as a whole;
 * for such a chunk, the index of the next one that is not. */
static uint64_t index_of(struct dma_iova *v, uint64_t number)
{
	struct dma_iova_leaf *leaf = &v->holes;
	uint32_t i = place_of(&leaf, number * DMA_IOVA_CHUNK_PAGES, by_page);
	const struct dma_iova_hole *hole = &leaf->hole[i - 1];
	uint64_t inside = number - wide_first(hole), count = wide_count(hole);

	return number - leaf->before - hole->before - (inside < count ? inside : count);
}

uint64_t dma_iova_number_of(struct dma_iova *v, uint64_t index)
{
	struct dma_iova_leaf *leaf = &v->holes;
	uint32_t i = place_of(&leaf, index, by_index);

	return index + leaf->before + leaf->hole[i - 1].before + wide_count(&leaf->hole[i - 1]);
}

struct dma_iova_chunk *dma_iova_chunk_of(struct dma_iova *v, uint64_t page)
{
	uint64_t index = v->wide ? index_of(v, page / DMA_IOVA_CHUNK_PAGES) : page / DMA_IOVA_CHUNK_PAGES;

	return index < dma_load(&v->grown) ? chunk_at(v, index) : NULL;
}

uint64_t dma_iova_index_of(struct dma_iova *v, uint64_t page)
{
	return index_of(v, page / DMA_IOVA_CHUNK_PAGES);
}

/* ---- Adding one ---- */

static void move_up(struct dma_iova_leaf *leaf, uint32_t from, uint32_t by)
{
	for (uint32_t i = leaf->n; i-- > from;)
		leaf->hole[i + by] = leaf->hole[i];
}

/* A leaf behind a full one, with its last `n` holes. */
static struct dma_iova_leaf *spill(struct dma_iova_leaf *full, uint32_t n)
{
	struct dma_iova_leaf *leaf = full->next;
	uint32_t left = full->n - n;
	uint64_t before;

	if (!leaf || leaf->n + n >= leaf->most) {
		leaf = dma_own_page_alloc();
		if (!leaf)
			return NULL;
		*leaf = (struct dma_iova_leaf){.next = full->next, .most = HOLES_OF_A_PAGE, .hole = (void *)(leaf + 1)};
		full->next = leaf;
		leaf->before = full->before + full->hole[full->n - 1].before + wide_count(&full->hole[full->n - 1]);
	}
	if (n == 0)
		return leaf;
	before = leaf->before - full->before - full->hole[left].before; /* chunks in what moves */
	move_up(leaf, 0, n);
	for (uint32_t i = 0; i < n; i++) {
		leaf->hole[i] = full->hole[left + i];
		leaf->hole[i].before -= full->hole[left].before;
	}
	leaf->n += n;
	for (uint32_t i = n; i < leaf->n; i++)
		leaf->hole[i].before += before;
	leaf->before -= before;
	full->n = left;
	return leaf;
}

static int add_hole(struct dma_iova *v, uint64_t first, uint64_t npages)
{
	struct dma_iova_leaf *leaf = &v->holes;
	uint32_t i = place_of(&leaf, first, by_page);
	struct dma_iova_hole new = {.first = first, .npages = npages};

	if (leaf->n == leaf->most) {
		uint32_t moved = i < leaf->n ? leaf->n / 2 : 0;
		struct dma_iova_leaf *next = spill(leaf, moved);

		if (!next)
			return DMA_ENOMEM;
		if (i > leaf->n || moved == 0) {
			i -= leaf->n;
			leaf = next;
		}
	}
	if (i > 0)
		new.before = leaf->hole[i - 1].before + wide_count(&leaf->hole[i - 1]);
	move_up(leaf, i, 1);
	leaf->hole[i] = new;
	leaf->n++;
	v->reserved += npages;
	if (wide_count(&new) == 0)
		return 0;
	v->wide = true;
	while (++i < leaf->n)
		leaf->hole[i].before += wide_count(&new);
	while ((leaf = leaf->next) != NULL)
		leaf->before += wide_count(&new);
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
		struct dma_iova_place at;
		const struct dma_iova_hole *hole = dma_iova_hole_from(v, page, &at);
		uint64_t stop = hole && hole->first < end ? hole->first : end;

		if (hole && hole->first <= page) {
			page = hole->first + hole->npages;
			continue;
		}
		if (add_hole(v, page, stop - page))
			return DMA_ENOMEM;
		page = stop;
	}
	return 0;
}

void dma_iova_holes_init(struct dma_iova *v)
{
	v->holes = (struct dma_iova_leaf){.most = DMA_IOVA_HOLES, .hole = v->hole};
}

void dma_iova_holes_free(struct dma_iova *v)
{
	while (v->holes.next) {
		struct dma_iova_leaf *leaf = v->holes.next;

		v->holes.next = leaf->next;
		dma_own_page_free(leaf);
	}
}
