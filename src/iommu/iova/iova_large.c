/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ranges that a word does not hold: claimed word by word, rolled back if another CPU was faster. And clearing bits, of any range.
 */
#include "../../base/state.h"
#include "iova_bits.h"
#include <dmastream/errors.h>

/* The first taken page of a range, or its end. */
static uint64_t first_taken(const struct dma_iova *v, uint64_t page, uint64_t end)
{
	while (page < end) {
		unsigned bit = (unsigned)(page % 64);
		uint64_t count = end - page < 64 - bit ? end - page : 64 - bit;
		uint64_t taken = dma_load(dma_iova_word(v, page / 64)) & bits(bit, count);

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
		uint64_t clear = ~dma_load(dma_iova_word(v, page / 64)) & bits(bit, 64 - bit);

		if (clear)
			return page - bit + (unsigned)__builtin_ctzll(clear);
		page += 64 - bit;
	}
	return end;
}

/* Bits of one word are free again. */
static inline void give_bits(struct dma_iova_chunk *chunk, uint64_t word, uint64_t mask)
{
	uint64_t *at = &chunk->words[word % DMA_IOVA_CHUNK_WORDS];
	uint64_t block = (uint64_t)1 << word / BLOCK_WORDS % CHUNK_BLOCKS;

	if (mask == ~(uint64_t)0)
		__atomic_store_n(at, 0, __ATOMIC_SEQ_CST); /* all of it is the caller's */
	else
		(void)__atomic_fetch_and(at, ~mask, __ATOMIC_SEQ_CST);
	if (dma_unlikely(__atomic_load_n(&chunk->full, __ATOMIC_SEQ_CST) & block))
		(void)__atomic_fetch_and(&chunk->full, ~block, __ATOMIC_SEQ_CST);
}

static __attribute__((noinline)) void give_pieces(struct dma_iova *v, uint64_t page, uint64_t end)
{
	while (page < end) {
		struct dma_iova_chunk *chunk = dma_iova_chunk(v, page / DMA_IOVA_CHUNK_PAGES);
		unsigned bit = (unsigned)(page % 64);
		uint64_t count = end - page < 64 - bit ? end - page : 64 - bit;

		give_bits(chunk, page / 64, bits(bit, count));
		page += count;
	}
}

void dma_iova_give_word(struct dma_iova *v, uint64_t word, uint64_t pages)
{
	give_bits(dma_iova_chunk(v, word / DMA_IOVA_CHUNK_WORDS), word, pages);
}

void dma_iova_give_back(struct dma_iova *v, uint64_t page, uint64_t end)
{
	struct dma_iova_chunk *chunk;
	uint64_t *word;

	if (page >= end || (page | end) % 64 != 0 || (page ^ (end - 1)) >= DMA_IOVA_BLOCK_PAGES) {
		give_pieces(v, page, end);
		return;
	}
	/* Whole words of a block: the last one looks at `full` for all. */
	chunk = dma_iova_chunk(v, page / DMA_IOVA_CHUNK_PAGES);
	word = &chunk->words[page / 64 % DMA_IOVA_CHUNK_WORDS];
	for (uint64_t at = page + 64; at < end; at += 64)
		__atomic_store_n(word++, 0, __ATOMIC_RELEASE);
	give_bits(chunk, end / 64 - 1, ~(uint64_t)0);
}

/* All of the range, or nothing. */
static bool claim(struct dma_iova *v, uint64_t page, uint64_t npages)
{
	uint64_t end = page + npages;

	for (uint64_t at = page; at < end;) {
		unsigned bit = (unsigned)(at % 64);
		uint64_t count = end - at < 64 - bit ? end - at : 64 - bit;
		uint64_t want = bits(bit, count), *word = dma_iova_word(v, at / 64), taken = dma_load(word);

		do {
			if (taken & want) {
				dma_iova_give_back(v, page, at);
				return false;
			}
		} while (!dma_swap_if(word, &taken, taken | want));
		at += count;
	}
	return true;
}

/* The next page from this one on where a range may begin. */
static uint64_t fit(const struct dma_iova_wish *w, uint64_t page)
{
	page = (page + w->align - 1) & ~(w->align - 1);
	if (w->boundary && (page & (w->boundary - 1)) + w->npages > w->boundary) {
		page = (page + w->boundary - 1) & ~(w->boundary - 1);
		page = (page + w->align - 1) & ~(w->align - 1);
	}
	return page;
}

static bool take_between(struct dma_iova *v, const struct dma_iova_wish *w, uint64_t page, uint64_t end,
			 uint64_t *found)
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

int dma_iova_take_large(struct dma_iova *v, const struct dma_iova_wish *wish, uint64_t *cursor, uint64_t *page)
{
	struct dma_iova_wish whole_words = *wish;

	if (whole_words.align < natural(wish->npages))
		whole_words.align = natural(wish->npages);
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

/* Whole words within the block that the page lies in, up to page `last`. */
static inline bool whole_words(uint64_t page, size_t npages, uint64_t last)
{
	return (page | npages) % 64 == 0 && page + npages <= last >> DMA_PAGE_SHIFT &&
	       page % DMA_IOVA_BLOCK_PAGES + npages <= DMA_IOVA_BLOCK_PAGES;
}

/* How many words of the range are the caller's now: all, or those before one that is not clear. */
static inline size_t claim_words(struct dma_iova *v, uint64_t page, size_t npages)
{
	uint64_t *word = dma_iova_word(v, page / 64);
	size_t n = 0;

	for (; n < npages / 64; n++) {
		uint64_t none = 0;

		if (!__atomic_compare_exchange_n(&word[n], &none, ~(uint64_t)0, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			break;
	}
	return n;
}

/* Right behind a range that was not clear as a whole; words of it are given back. */
static dma_cold uint64_t claim_behind(struct dma_iova *v, struct dma_iova_cpu *cpu, size_t npages, uint64_t last,
				      uint64_t page, size_t words)
{
	dma_iova_give_back(v, page, page + words * 64);
	page += npages;
	if (!whole_words(page, npages, last) ||
	    page >= __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE) * DMA_IOVA_CHUNK_PAGES)
		return 0;
	words = claim_words(v, page, npages);
	if (words < npages / 64) {
		dma_iova_give_back(v, page, page + words * 64);
		return 0;
	}
	__atomic_store_n(&cpu->cursor[DMA_IOVA_LARGE], page, __ATOMIC_RELEASE);
	return page;
}

/* The cursor's block has words: a range was found there. What lies in them beyond the space is taken. */
uint64_t dma_iova_claim_again(struct dma_iova *v, struct dma_iova_cpu *cpu, size_t npages, uint64_t last)
{
	uint64_t page = dma_load_acquire(&cpu->cursor[DMA_IOVA_LARGE]);
	size_t words;

	if (!page || !whole_words(page, npages, last))
		return 0;
	words = claim_words(v, page, npages);
	return dma_likely(words == npages / 64) ? page : claim_behind(v, cpu, npages, last, page, words);
}

int dma_iova_take_block(struct dma_iova *v, uint64_t *from, uint64_t *daddr)
{
	uint64_t end = __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE) * DMA_IOVA_CHUNK_PAGES;
	uint64_t page = (*from + DMA_IOVA_BLOCK_PAGES - 1) & ~(uint64_t)(DMA_IOVA_BLOCK_PAGES - 1);

	if (page == 0)
		(void)dma_iova_drain(v);
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
