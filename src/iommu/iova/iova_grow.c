/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where the bits of the address bitmap live: library pages, taken as the space grows, kept until its end.
 */
#include "../../base/state.h"
#include "iova.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

#define CPUS (DMA_PAGE_SIZE / sizeof(struct dma_iova_cpu))

_Static_assert(sizeof(struct dma_iova_cpu) == 128, "CPUs do not share a pair of lines");
_Static_assert(sizeof(struct dma_iova_chunk) * DMA_IOVA_DIRECTORY_CHUNKS <= DMA_PAGE_SIZE, "a directory is a page");
_Static_assert(DMA_IOVA_CHUNK_WORDS * 8 <= DMA_PAGE_SIZE, "a chunk is a page");

static void *zeroed_page(void)
{
	void *page = dma_host_interrupts_on() ? dma_host_page_alloc() : NULL;

	if (page) {
		dma_arch_fill(page, 0, DMA_PAGE_SIZE);
		dma_add(&dma_state.stats.pages_own, 1);
	}
	return page;
}

static void free_page(void *page)
{
	if (!page)
		return;
	dma_host_page_free(page);
	dma_sub(&dma_state.stats.pages_own, 1);
}

void dma_iova_refill(struct dma_iova *v)
{
	for (size_t i = 0; i < sizeof(v->spare) / sizeof(v->spare[0]); i++) {
		void *page, *extra = NULL;
		uintptr_t state;

		if (dma_likely(__atomic_load_n(&v->spare[i], __ATOMIC_RELAXED) != NULL))
			continue;
		page = zeroed_page();
		if (!page)
			return;
		state = dma_host_lock(&v->lock);
		if (v->spare[i])
			extra = page;
		else
			v->spare[i] = page;
		dma_host_unlock(&v->lock, state);
		free_page(extra);
	}
}

static void *take_spare(struct dma_iova *v)
{
	size_t i = v->spare[0] ? 0 : 1;
	void *page = v->spare[i];

	v->spare[i] = NULL;
	return page;
}

/* Makes sure that a chunk has words, out of the spares; what lies beyond the end is taken. The lock is held. */
static bool equip(struct dma_iova *v, uint64_t chunk)
{
	struct dma_iova_chunk **directory = &v->directory[chunk / DMA_IOVA_DIRECTORY_CHUNKS], *entry;
	uint64_t *words, first = chunk * DMA_IOVA_CHUNK_PAGES;

	if (!*directory) {
		void *page = take_spare(v);

		if (!page)
			return false;
		__atomic_store_n(directory, page, __ATOMIC_RELEASE);
	}
	entry = dma_iova_chunk(v, chunk);
	if (entry->words)
		return true;
	words = take_spare(v);
	if (!words)
		return false;
	for (uint64_t page = v->end > first ? v->end - first : 0; page < DMA_IOVA_CHUNK_PAGES; page++)
		words[page / 64] |= (uint64_t)1 << page % 64;
	__atomic_store_n(&entry->words, words, __ATOMIC_RELEASE);
	return true;
}

static int equip_or_refill(struct dma_iova *v, uint64_t chunk, bool growing)
{
	uint64_t grown = chunk;
	bool done;

	for (unsigned attempt = 0; attempt < 2; attempt++) {
		uintptr_t state = dma_host_lock(&v->lock);

		done = (growing && v->grown != grown) || equip(v, chunk); /* or another CPU has grown it */
		if (done && growing && v->grown == grown)
			__atomic_store_n(&v->grown, grown + 1, __ATOMIC_RELEASE);
		dma_host_unlock(&v->lock, state);
		dma_iova_refill(v);
		if (done)
			return 0;
	}
	return DMA_ENOMEM;
}

int dma_iova_grow(struct dma_iova *v)
{
	uint64_t chunk = __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE);

	if (chunk * DMA_IOVA_CHUNK_PAGES >= v->end)
		return DMA_ENOSPC;
	return equip_or_refill(v, chunk, true);
}

int dma_iova_init(struct dma_iova *v, uint64_t end_page)
{
	int error;

	if (end_page < 2 || end_page > DMA_IOVA_LIMIT)
		return DMA_EINVAL;
	*v = (struct dma_iova){
		.end = end_page,
		.cpus = dma_state.host.cpus < CPUS ? dma_state.host.cpus : (uint32_t)CPUS,
		.cpu = zeroed_page(),
	};
	if (!v->cpu)
		return DMA_ENOMEM;
	dma_iova_refill(v);
	error = dma_iova_grow(v);
	if (!error)
		error = dma_iova_reserve(v, 0, 1); /* so that no mapping is at 0 */
	if (error)
		dma_iova_fini(v);
	return error;
}

void dma_iova_fini(struct dma_iova *v)
{
	for (unsigned d = 0; d < DMA_IOVA_DIRECTORIES; d++) {
		for (unsigned c = 0; v->directory[d] && c < DMA_IOVA_DIRECTORY_CHUNKS; c++)
			free_page(v->directory[d][c].words);
		free_page(v->directory[d]);
	}
	free_page(v->spare[0]);
	free_page(v->spare[1]);
	free_page(v->cpu);
	*v = (struct dma_iova){0};
}

int dma_iova_reserve(struct dma_iova *v, uint64_t first_page, uint64_t npages)
{
	uint64_t end = npages < v->end - first_page ? first_page + npages : v->end;

	for (uint64_t page = first_page; first_page < v->end && page < end; page++) {
		uint64_t chunk = page / DMA_IOVA_CHUNK_PAGES, bit = page % DMA_IOVA_CHUNK_PAGES;

		if (page == first_page || bit == 0) {
			int error = equip_or_refill(v, chunk, false);

			if (error)
				return error;
		}
		dma_iova_chunk(v, chunk)->words[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	return 0;
}
