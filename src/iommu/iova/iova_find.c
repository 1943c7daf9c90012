/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Searches go down to a chunk and a block that have a free run of the length, and then look at bits. What is found is
 * claimed by compare and swap, word by word, and given back if another CPU was faster.
 */
#include "iova_books.h"

#define SLOTS 4u /* slots that are taken out of a word at once, at most */

_Static_assert(DMA_IOVA_SLOT_PAGES *SLOTS == 64, "slots of one word");

/* Bits that are multiples of 1 << i. */
static const uint64_t multiples[] = {
	~(uint64_t)0,
	0x5555555555555555ull,
	0x1111111111111111ull,
	0x0101010101010101ull,
	0x0001000100010001ull,
	0x0000000100000001ull,
	1,
};

static inline uint64_t multiples_of(uint64_t power)
{
	return multiples[__builtin_ctzll(power)];
}

uint64_t dma_iova_fit(const struct dma_iova_constraints *c, uint64_t page)
{
	page = (page + c->align - 1) & ~(c->align - 1);
	if (c->boundary && (page & (c->boundary - 1)) + c->npages > c->boundary) {
		page = (page + c->boundary - 1) & ~(c->boundary - 1);
		page = (page + c->align - 1) & ~(c->align - 1);
	}
	return page;
}

/* A bit for each page of a word at which alignment and boundary let a range begin. */
static inline uint64_t aligned_bits(const struct dma_iova_constraints *c)
{
	uint64_t ok = c->align <= 64 ? multiples_of(c->align) : 1;

	return c->boundary && c->boundary < 64 ? ok & multiples_of(c->boundary) * bits(0, c->boundary - c->npages + 1)
					       : ok;
}

/* Of these bits, those that are right in the word that begins at page `first`, and whose range ends at or below the
 * limit. */
static inline uint64_t allowed(const struct dma_iova_constraints *c, uint64_t first, uint64_t ok)
{
	if (c->align > 64 && first & (c->align - 1))
		return 0;
	if (first + 64 > c->limit)
		ok &= first + c->npages > c->limit ? 0 : bits(0, c->limit - first - c->npages + 1);
	return ok;
}

/* ---- Claiming ---- */

/* The swaps are relaxed: dma_iova_changed() reads every word of the range again, sequentially consistently, and so
 * takes over what the last owners released, which the swaps hand on. */
bool dma_iova_claim(struct dma_iova *v, struct dma_iova_chunk *chunk, uint64_t page, uint64_t npages)
{
	uint64_t end = page + npages, at = page;

	while (at < end) {
		unsigned bit = (unsigned)(at % 64);
		uint64_t count = end - at < 64 - bit ? end - at : 64 - bit;
		uint64_t want = bits(bit, count), *word = &chunk->word[(at - chunk->first) / 64], taken = see(word);

		do {
			if (taken & want) {
				if (at > page)
					dma_iova_give_back(v, page, at - page);
				return false;
			}
		} while (!dma_swap_if_relaxed(word, &taken, taken | want));
		at += count;
	}
	dma_iova_changed(v, chunk, page, end);
	return true;
}

/* Length of the free run around a page of a word; RUN_UNKNOWN: the run reaches an end of the word and may go on. */
static uint64_t run_around(uint64_t taken, unsigned bit)
{
	uint64_t below = taken & (((uint64_t)1 << bit) - 1), above = taken & ~(((uint64_t)2 << bit) - 1);

	return below && above ? (uint64_t)__builtin_ctzll(above) + (unsigned)__builtin_clzll(below) - 64 : RUN_UNKNOWN;
}

/* Claims a range that begins at a bit of `ok` in one word. With `more`, claims every free slot among the SLOTS around
 * it, too, and reports those that the caller did not ask for in *more. */
static uint64_t claim_in_word(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned index,
			      const struct dma_iova_constraints *c, uint64_t ok, uint64_t *more)
{
	uint64_t *word = &chunk->word[index], taken = see(word), can, want;
	unsigned bit, slots = (unsigned)c->align * SLOTS;

	do {
		can = starts(taken, c->npages) & ok;
		if (!can)
			return 0;
		bit = (unsigned)__builtin_ctzll(can);
		if (more)
			can &= bits(bit & ~(slots - 1), slots);
		want = more ? can * bits(0, c->npages) : bits(bit, c->npages); /* slots do not overlap */
	} while (!dma_swap_if_acquire(word, &taken, taken | want));
	dma_iova_claimed(v, chunk, index, more ? RUN_UNKNOWN : run_around(taken, bit));
	if (more)
		*more = can & (can - 1);
	return chunk->first + index * 64u + bit;
}

/* ---- One block, one chunk ---- */

uint64_t dma_iova_search_block(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned block,
			       const struct dma_iova_constraints *c, uint64_t *more)
{
	uint64_t first = chunk->first + block * (uint64_t)DMA_IOVA_BLOCK_PAGES, run = 0, ok = aligned_bits(c);

	for (unsigned i = 0; i < BLOCK_WORDS && first < c->limit; i++, first += 64) {
		unsigned index = block * BLOCK_WORDS + i;
		uint64_t taken = see(&chunk->word[index]), page, lead;

		if (taken == ~(uint64_t)0) {
			run = 0;
			continue;
		}
		lead = taken ? (unsigned)__builtin_ctzll(taken) : 64;
		if (run && run + lead >= c->npages) { /* a run that began in an earlier word */
			page = dma_iova_fit(c, first - run);
			if (page + c->npages <= first + lead && page + c->npages <= c->limit &&
			    dma_iova_claim(v, chunk, page, c->npages))
				return page;
		}
		if (c->npages <= 64) {
			uint64_t here = allowed(c, first, ok);

			page = here ? claim_in_word(v, chunk, index, c, here, more) : 0;
			if (page)
				return page;
		}
		run = taken ? (unsigned)__builtin_clzll(taken) : run + 64;
	}
	return 0;
}

/* Looks for a run that lies in several blocks. */
static uint64_t search_across(struct dma_iova *v, struct dma_iova_chunk *chunk, const struct dma_iova_constraints *c)
{
	uint64_t first = chunk->first, run = 0;

	for (unsigned block = 0; block < CHUNK_BLOCKS && first < c->limit; block++, first += DMA_IOVA_BLOCK_PAGES) {
		uint64_t one = see(&chunk->block[block]);

		if (run && run + run_first(one) >= c->npages) {
			uint64_t page = dma_iova_fit(c, first - run);

			if (page + c->npages <= first + run_first(one) && page + c->npages <= c->limit &&
			    dma_iova_claim(v, chunk, page, c->npages))
				return page;
		}
		if (run_longest(one) == DMA_IOVA_BLOCK_PAGES)
			run += DMA_IOVA_BLOCK_PAGES;
		else
			run = c->align < DMA_IOVA_BLOCK_PAGES ? run_last(one) : 0; /* it begins with a block */
	}
	return 0;
}

static uint64_t search_chunk(struct dma_iova *v, struct dma_iova_chunk *chunk, const struct dma_iova_constraints *c,
			     uint64_t need, uint32_t avoid, unsigned *tries, uint64_t *more)
{
	uint64_t least = need < DMA_IOVA_BLOCK_PAGES ? need : DMA_IOVA_BLOCK_PAGES;

	uint64_t blocks = (c->limit - chunk->first + DMA_IOVA_BLOCK_PAGES - 1) / DMA_IOVA_BLOCK_PAGES;

	if (c->npages > DMA_IOVA_BLOCK_PAGES)
		blocks = 0;
	for (unsigned block = 0; block < CHUNK_BLOCKS && block < blocks; block++) {
		uint64_t page, one;

		if (block % QUARTER_BLOCKS == 0 &&
		    run_longest(see(&chunk->quarter[block / QUARTER_BLOCKS])) < c->npages) {
			block += QUARTER_BLOCKS - 1;
			continue;
		}
		one = see(&chunk->block[block]);
		if ((c->align < DMA_IOVA_BLOCK_PAGES ? run_longest(one) < least : run_first(one) < c->npages) ||
		    avoid >> block & 1)
			continue;
		page = dma_iova_search_block(v, chunk, block, c, more);
		if (page)
			return page;
		if (--*tries == 0)
			return 0;
	}
	return search_across(v, chunk, c);
}

uint64_t dma_iova_search(struct dma_iova *v, const struct dma_iova_constraints *c, uint64_t need, bool avoid_busy,
			 unsigned tries, uint64_t *more)
{
	if (need > DMA_IOVA_CHUNK_PAGES)
		need = DMA_IOVA_CHUNK_PAGES;
	if (c->npages > DMA_IOVA_BLOCK_PAGES)
		avoid_busy = false;
	for (uint64_t i = dma_iova_next_chunk(v, 0, need); i < DMA_IOVA_CHUNKS && tries > 0;
	     i = dma_iova_next_chunk(v, i + 1, need)) {
		struct dma_iova_chunk *chunk = chunk_at(v, i);
		uint32_t avoid;
		uint64_t page;

		if (!chunk)
			continue;
		if (chunk->first + c->npages > c->limit)
			break;
		avoid = avoid_busy ? __atomic_load_n(&chunk->busy, __ATOMIC_RELAXED) : 0;
		page = search_chunk(v, chunk, c, need, avoid, &tries, more);
		if (page)
			return page;
		if (!avoid && tries > 0)
			tries--;
	}
	return 0;
}
