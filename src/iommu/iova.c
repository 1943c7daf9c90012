/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Taking bits and giving them back.
 *
 * Who clears a bit looks at its block's `full` afterwards, who sets `full` looks at the block's words afterwards, both in one total
 * order: so `full` cannot stay over a block with a clear bit.
 */
#include "iova.h"
#include "../state.h"
#include <dmastream/errors.h>

#define BLOCK_WORDS  (DMA_IOVA_BLOCK_PAGES / 64)
#define CHUNK_BLOCKS (DMA_IOVA_CHUNK_WORDS / BLOCK_WORDS)

_Static_assert(CHUNK_BLOCKS == 64, "a word has a bit for each block of a chunk");

/* A request in pages. */
struct wish {
	uint64_t npages;
	uint64_t limit;	   /* first page that may not be used */
	uint64_t boundary; /* 0: none */
	uint64_t align;	   /* 1: none */
};

static inline uint64_t *word_at(const struct dma_iova *v, uint64_t word)
{
	return &dma_iova_chunk(v, word / DMA_IOVA_CHUNK_WORDS)->words[word % DMA_IOVA_CHUNK_WORDS];
}

/* Bits [first, first + count) of a word, 1 <= count <= 64 - first. */
static inline uint64_t bits(unsigned first, uint64_t count)
{
	return (~(uint64_t)0 >> (64 - count)) << first;
}

/* ---- Up to 64 pages: within a word ---- */

/* Bits at which count clear ones begin. */
static uint64_t starts(uint64_t taken, uint64_t count)
{
	uint64_t free = ~taken;

	for (uint64_t have = 1; have < count;) {
		uint64_t more = count - have < have ? count - have : have;

		free &= free >> more;
		have += more;
	}
	return count > 1 ? free & bits(0, 65 - count) : free;
}

/* Bits at which a range may begin as far as alignment, boundary and limit go. */
static uint64_t allowed(const struct wish *w, uint64_t first_page)
{
	uint64_t ok = 0;

	for (unsigned bit = 0; bit < 64 && first_page + bit + w->npages <= w->limit; bit++) {
		uint64_t page = first_page + bit;

		if ((page & (w->align - 1)) == 0 &&
		    (!w->boundary || (page & (w->boundary - 1)) + w->npages <= w->boundary))
			ok |= (uint64_t)1 << bit;
	}
	return ok;
}

static bool take_in_word(const struct dma_iova *v, const struct wish *w, uint64_t word, bool plain, uint64_t *page)
{
	uint64_t *at = word_at(v, word), taken = dma_load(at);
	uint64_t ok = plain && word * 64 + 64 <= w->limit ? ~(uint64_t)0 : allowed(w, word * 64);

	for (;;) {
		uint64_t can = starts(taken, w->npages) & ok;
		unsigned bit;

		if (!can)
			return false;
		bit = (unsigned)__builtin_ctzll(can);
		if (dma_swap_if(at, &taken, taken | bits(bit, w->npages))) {
			*page = word * 64 + bit;
			return true;
		}
	}
}

/* All words of a block, from one of them on. */
static bool take_in_block(const struct dma_iova *v, const struct wish *w, uint64_t word, bool plain, uint64_t *page)
{
	uint64_t first = word & ~(uint64_t)(BLOCK_WORDS - 1);

	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		if (take_in_word(v, w, first + (word + i) % BLOCK_WORDS, plain, page))
			return true;
	return false;
}

static bool block_full(const uint64_t *words)
{
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		if (__atomic_load_n(&words[i], __ATOMIC_SEQ_CST) != ~(uint64_t)0)
			return false;
	return true;
}

static void note_full(struct dma_iova_chunk *chunk, unsigned block)
{
	const uint64_t *words = &chunk->words[block * BLOCK_WORDS];
	uint64_t bit = (uint64_t)1 << block;

	if (!block_full(words))
		return;
	(void)__atomic_fetch_or(&chunk->full, bit, __ATOMIC_SEQ_CST);
	if (!block_full(words))
		(void)__atomic_fetch_and(&chunk->full, ~bit, __ATOMIC_SEQ_CST);
}

/* Looks for a block with room among those that no CPU allocates from, or among all. *cursor moves to where it was found. */
static bool take_anywhere(struct dma_iova *v, const struct wish *w, bool plain, bool all, uint64_t *cursor,
			  uint64_t *page)
{
	uint64_t grown = __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE);

	for (uint64_t c = 0; c < grown && c * DMA_IOVA_CHUNK_PAGES < w->limit; c++) {
		struct dma_iova_chunk *chunk = dma_iova_chunk(v, c);
		uint64_t candidates = ~(dma_load(&chunk->full) | (all ? 0 : dma_load(&chunk->busy)));

		for (; candidates; candidates &= candidates - 1) {
			unsigned block = (unsigned)__builtin_ctzll(candidates);
			uint64_t word = c * DMA_IOVA_CHUNK_WORDS + block * BLOCK_WORDS;
			uint64_t old;

			if (!take_in_block(v, w, word, plain, page)) {
				note_full(chunk, block);
				continue;
			}
			old = dma_load(cursor);
			if (old--)
				(void)__atomic_fetch_and(&dma_iova_chunk(v, old / DMA_IOVA_CHUNK_WORDS)->busy,
							 ~((uint64_t)1 << old / BLOCK_WORDS % CHUNK_BLOCKS),
							 __ATOMIC_RELAXED);
			(void)__atomic_fetch_or(&chunk->busy, (uint64_t)1 << block, __ATOMIC_RELAXED);
			__atomic_store_n(cursor, *page / 64 + 1, __ATOMIC_RELEASE);
			return true;
		}
	}
	return false;
}

static dma_cold int take_small(struct dma_iova *v, const struct wish *w, uint64_t *cursor, uint64_t *page)
{
	bool plain = w->align == 1 && w->boundary == 0;
	uint64_t next = dma_load_acquire(cursor);

	if (next && take_in_block(v, w, next - 1, plain, page)) {
		__atomic_store_n(cursor, *page / 64 + 1, __ATOMIC_RELEASE);
		return 0;
	}
	for (;;) {
		int error;

		if (take_anywhere(v, w, plain, false, cursor, page))
			return 0;
		if (v->grown * DMA_IOVA_CHUNK_PAGES >= w->limit)
			return take_anywhere(v, w, plain, true, cursor, page) ? 0 : DMA_ENOSPC;
		error = dma_iova_grow(v);
		if (error)
			return take_anywhere(v, w, plain, true, cursor, page) ? 0 : error;
	}
}

/* ---- More: claimed word by word ---- */

/* The first taken page of a range, or its end. */
static uint64_t first_taken(const struct dma_iova *v, uint64_t page, uint64_t end)
{
	while (page < end) {
		unsigned bit = (unsigned)(page % 64);
		uint64_t count = end - page < 64 - bit ? end - page : 64 - bit;
		uint64_t taken = dma_load(word_at(v, page / 64)) & bits(bit, count);

		if (taken)
			return page - bit + (unsigned)__builtin_ctzll(taken);
		page += count;
	}
	return end;
}

/* The first clear page from a taken one on, below end. */
static uint64_t first_clear(const struct dma_iova *v, uint64_t page, uint64_t end)
{
	while (page < end) {
		unsigned bit = (unsigned)(page % 64);
		uint64_t clear = ~dma_load(word_at(v, page / 64)) & bits(bit, 64 - bit);

		if (clear)
			return page - bit + (unsigned)__builtin_ctzll(clear);
		page += 64 - bit;
	}
	return end;
}

static void give_back(struct dma_iova *v, uint64_t page, uint64_t end)
{
	while (page < end) {
		uint64_t word = page / 64;
		struct dma_iova_chunk *chunk = dma_iova_chunk(v, word / DMA_IOVA_CHUNK_WORDS);
		uint64_t *at = &chunk->words[word % DMA_IOVA_CHUNK_WORDS];
		uint64_t block = (uint64_t)1 << word / BLOCK_WORDS % CHUNK_BLOCKS;
		unsigned bit = (unsigned)(page % 64);
		uint64_t count = end - page < 64 - bit ? end - page : 64 - bit;

		if (count == 64)
			__atomic_store_n(at, 0, __ATOMIC_SEQ_CST); /* all of it is the caller's */
		else
			(void)__atomic_fetch_and(at, ~bits(bit, count), __ATOMIC_SEQ_CST);
		if (dma_unlikely(__atomic_load_n(&chunk->full, __ATOMIC_SEQ_CST) & block))
			(void)__atomic_fetch_and(&chunk->full, ~block, __ATOMIC_SEQ_CST);
		page += count;
	}
}

/* All of the range, or nothing. */
static bool claim(struct dma_iova *v, uint64_t page, uint64_t npages)
{
	uint64_t end = page + npages;

	for (uint64_t at = page; at < end;) {
		unsigned bit = (unsigned)(at % 64);
		uint64_t count = end - at < 64 - bit ? end - at : 64 - bit;
		uint64_t want = bits(bit, count), *word = word_at(v, at / 64), taken = dma_load(word);

		do {
			if (taken & want) {
				give_back(v, page, at);
				return false;
			}
		} while (!dma_swap_if(word, &taken, taken | want));
		at += count;
	}
	return true;
}

/* The next page from this one on where a range may begin. */
static uint64_t fit(const struct wish *w, uint64_t page)
{
	page = (page + w->align - 1) & ~(w->align - 1);
	if (w->boundary && (page & (w->boundary - 1)) + w->npages > w->boundary) {
		page = (page + w->boundary - 1) & ~(w->boundary - 1);
		page = (page + w->align - 1) & ~(w->align - 1);
	}
	return page;
}

static bool take_between(struct dma_iova *v, const struct wish *w, uint64_t page, uint64_t end, uint64_t *found)
{
	for (page = fit(w, page); page < end && w->npages <= end - page; page = fit(w, page)) {
		uint64_t taken = first_taken(v, page, page + w->npages);

		if (taken < page + w->npages) {
			page = first_clear(v, taken, end);
		} else if (claim(v, page, w->npages)) {
			*found = page;
			return true;
		} /* else look again: somebody was faster */
	}
	return false;
}

static int take_large(struct dma_iova *v, const struct wish *wish, uint64_t *cursor, uint64_t *page)
{
	struct wish whole_words = *wish;

	if (whole_words.align < 64)
		whole_words.align = 64;
	for (;;) {
		uint64_t end = __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE) * DMA_IOVA_CHUNK_PAGES;
		uint64_t from = dma_load_acquire(cursor);
		bool last = end >= wish->limit;
		int error;

		if (last)
			end = wish->limit;
		if (take_between(v, &whole_words, from, end, page) || take_between(v, &whole_words, 0, end, page) ||
		    (whole_words.align != wish->align && take_between(v, wish, 0, end, page))) {
			__atomic_store_n(cursor, *page, __ATOMIC_RELEASE);
			return 0;
		}
		error = last ? DMA_ENOSPC : dma_iova_grow(v);
		if (error)
			return error;
	}
}

/* ---- Public ---- */

static dma_cold int alloc_slow(struct dma_iova *v, const struct dma_iova_request *r, struct dma_iova_cpu *cpu,
			       uint64_t *page)
{
	struct wish w = {.npages = r->npages, .boundary = r->boundary >> DMA_PAGE_SHIFT, .align = 1};
	uint64_t skip = 0;
	int error;

	if (r->npages == 0 || r->like % DMA_PAGE_SIZE)
		return DMA_EINVAL;
	if (r->npages >= DMA_IOVA_LIMIT)
		return DMA_ENOSPC;
	w.limit = (r->last >> DMA_PAGE_SHIFT) + (r->last % DMA_PAGE_SIZE == DMA_PAGE_SIZE - 1);
	if (w.limit > v->end)
		w.limit = v->end;
	if (r->align > DMA_PAGE_SIZE) {
		w.align = r->align >> DMA_PAGE_SHIFT;
		skip = r->like >> DMA_PAGE_SHIFT & (w.align - 1);
	}
	if (w.boundary && w.npages > w.boundary)
		w.boundary = 0;
	if (w.boundary && w.npages + skip > w.boundary) { /* not both: the boundary is the device's need */
		w.align = 1;
		skip = 0;
	}
	if (r->npages + skip <= 64 && w.align <= 64) {
		unsigned class = r->npages == 1 ? DMA_IOVA_SINGLE : r->npages <= 8 ? DMA_IOVA_FEW : DMA_IOVA_MANY;

		w.npages += skip;
		error = take_small(v, &w, &cpu->cursor[class], page);
	} else {
		w.npages += skip;
		error = take_large(v, &w, &cpu->cursor[DMA_IOVA_LARGE], page);
	}
	if (error)
		return error;
	if (skip)
		give_back(v, *page, *page + skip);
	*page += skip;
	return 0;
}

int dma_iova_alloc(struct dma_iova *v, const struct dma_iova_request *r, uint64_t *daddr, uint32_t *generation)
{
	unsigned number = dma_host_cpu();
	struct dma_iova_cpu *cpu = &v->cpu[number < v->cpus ? number : number % v->cpus];
	uint64_t page, next = dma_load_acquire(&cpu->cursor[DMA_IOVA_SINGLE]), count = dma_load(&cpu->generation) + 1;

	dma_store(&cpu->generation, count); /* racy: an increment may be lost */
	*generation = (uint32_t)count;
	/* The short way: one page out of the word that gave the last one. */
	if (dma_likely(r->npages == 1 && r->align <= DMA_PAGE_SIZE && next &&
		       next << (DMA_PAGE_SHIFT + 6) <= r->last)) {
		uint64_t *at = word_at(v, next - 1), taken = dma_load(at);

		if (dma_likely(~taken)) {
			unsigned bit = (unsigned)__builtin_ctzll(~taken);

			if (dma_likely(dma_swap_if(at, &taken, taken | (uint64_t)1 << bit))) {
				*daddr = ((next - 1) * 64 + bit) << DMA_PAGE_SHIFT;
				return 0;
			}
		}
	}
	int error = alloc_slow(v, r, cpu, &page);

	if (error)
		return error;
	*daddr = page << DMA_PAGE_SHIFT;
	return 0;
}

void dma_iova_free(struct dma_iova *v, uint64_t daddr, size_t npages)
{
	uint64_t page = daddr >> DMA_PAGE_SHIFT;

	give_back(v, page, page + npages);
}

int dma_iova_take_block(struct dma_iova *v, uint64_t *from, uint64_t *daddr)
{
	uint64_t end = __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE) * DMA_IOVA_CHUNK_PAGES;
	uint64_t page = (*from + DMA_IOVA_BLOCK_PAGES - 1) & ~(uint64_t)(DMA_IOVA_BLOCK_PAGES - 1);

	for (; page < end; page += DMA_IOVA_BLOCK_PAGES) {
		if (first_taken(v, page, page + DMA_IOVA_BLOCK_PAGES) != page + DMA_IOVA_BLOCK_PAGES ||
		    !claim(v, page, DMA_IOVA_BLOCK_PAGES))
			continue;
		*from = page + DMA_IOVA_BLOCK_PAGES;
		*daddr = page << DMA_PAGE_SHIFT;
		return 0;
	}
	return DMA_ENOSPC;
}

uint64_t dma_iova_used(const struct dma_iova *v)
{
	uint64_t used = 0;

	for (uint64_t c = 0; c < DMA_IOVA_LIMIT / DMA_IOVA_CHUNK_PAGES; c++) {
		const uint64_t *words;

		if (!v->directory[c / DMA_IOVA_DIRECTORY_CHUNKS]) {
			c |= DMA_IOVA_DIRECTORY_CHUNKS - 1;
			continue;
		}
		words = dma_iova_chunk(v, c)->words;
		for (uint64_t page = 0; words && page < DMA_IOVA_CHUNK_PAGES; page++)
			if (c * DMA_IOVA_CHUNK_PAGES + page < v->end)
				used += words[page / 64] >> page % 64 & 1;
	}
	return used;
}
