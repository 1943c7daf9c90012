/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Taking bits and giving them back.
 *
 * Who clears a bit looks at its block's `full` afterwards, who sets `full` looks at the block's words afterwards, both in one total
 * order: so `full` cannot stay over a block with a clear bit.
 */
#include "../../base/state.h"
#include "iova_bits.h"
#include <dmastream/errors.h>

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

static inline unsigned log2_of(uint64_t power)
{
	return (unsigned)__builtin_ctzll(power);
}

/* Bits at which a range may begin as far as alignment, boundary and limit go. */
static uint64_t allowed(const struct dma_iova_wish *w, uint64_t first_page)
{
	uint64_t ok = multiples[log2_of(w->align)];

	if (first_page + 64 > w->limit)
		ok = first_page + w->npages > w->limit ? 0 : ok & bits(0, w->limit - first_page - w->npages + 1);
	if (w->boundary && w->boundary < 64)
		for (unsigned bit = 0; bit < 64; bit++)
			if ((bit & (w->boundary - 1)) + w->npages > w->boundary)
				ok &= ~((uint64_t)1 << bit);
	return ok;
}

/* What is free in the half of a word with the first free page. *page: the first of the half. */
static bool take_in_half(uint64_t *at, uint64_t ok, uint64_t word, uint32_t *singles, uint64_t *page)
{
	uint64_t taken = dma_load(at), want;
	unsigned half;

	do {
		if (!(~taken & ok))
			return false;
		half = (unsigned)__builtin_ctzll(~taken & ok) & 32u;
		want = ~taken & ok & bits(half, 32);
	} while (!dma_swap_if(at, &taken, taken | want));
	*singles = (uint32_t)(want >> half);
	*page = word * 64 + half;
	return true;
}

static bool take_in_word(const struct dma_iova *v, const struct dma_iova_wish *w, uint64_t word, uint64_t *page)
{
	uint64_t *at = dma_iova_word(v, word), taken = dma_load(at), ok = allowed(w, word * 64);

	if (w->singles)
		return take_in_half(at, ok, word, w->singles, page);
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
static bool take_in_block(const struct dma_iova *v, const struct dma_iova_wish *w, uint64_t word, uint64_t *page)
{
	uint64_t first = word & ~(uint64_t)(BLOCK_WORDS - 1);

	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		if (take_in_word(v, w, first + (word + i) % BLOCK_WORDS, page))
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
static bool take_anywhere(struct dma_iova *v, const struct dma_iova_wish *w, bool all, uint64_t *cursor, uint64_t *page)
{
	uint64_t grown = __atomic_load_n(&v->grown, __ATOMIC_ACQUIRE);

	for (uint64_t c = 0; c < grown && c * DMA_IOVA_CHUNK_PAGES < w->limit; c++) {
		struct dma_iova_chunk *chunk = dma_iova_chunk(v, c);
		uint64_t candidates = ~(dma_load(&chunk->full) | (all ? 0 : dma_load(&chunk->busy)));

		for (; candidates; candidates &= candidates - 1) {
			unsigned block = (unsigned)__builtin_ctzll(candidates);
			uint64_t word = c * DMA_IOVA_CHUNK_WORDS + block * BLOCK_WORDS;
			uint64_t old;

			/* Two CPUs that look at the same time do not settle on one. */
			if (!all &&
			    __atomic_fetch_or(&chunk->busy, (uint64_t)1 << block, __ATOMIC_RELAXED) >> block & 1)
				continue;
			if (!take_in_block(v, w, word, page)) {
				if (!all)
					(void)__atomic_fetch_and(&chunk->busy, ~((uint64_t)1 << block),
								 __ATOMIC_RELAXED);
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

static dma_cold int take_small(struct dma_iova *v, const struct dma_iova_wish *w, uint64_t *cursor, uint64_t *page)
{
	uint64_t next = dma_load_acquire(cursor);

	if (next && take_in_block(v, w, next - 1, page)) {
		__atomic_store_n(cursor, *page / 64 + 1, __ATOMIC_RELEASE);
		return 0;
	}
	for (;;) {
		int error;

		if (take_anywhere(v, w, false, cursor, page))
			return 0;
		if (v->grown * DMA_IOVA_CHUNK_PAGES >= w->limit)
			return take_anywhere(v, w, true, cursor, page) ? 0 : DMA_ENOSPC;
		error = dma_iova_grow(v);
		if (error)
			return take_anywhere(v, w, true, cursor, page) ? 0 : error;
	}
}

/* ---- Single pages ---- */

/* 32 pages from a first one on, by their bits, are free again. */
static void give_singles(struct dma_iova *v, uint64_t first, uint32_t singles)
{
	if (singles)
		dma_iova_give_word(v, first / 64, (uint64_t)singles << first % 64);
}

static int take_single(struct dma_iova *v, const struct dma_iova_wish *w, struct dma_iova_cpu *cpu, uint64_t *page)
{
	uint64_t have = dma_load(&cpu->singles);
	uint32_t singles = 0;
	struct dma_iova_wish more = *w;
	int error;

	if ((uint32_t)have) /* out of this device's reach, or somebody was faster */
		return take_small(v, w, &cpu->cursor[DMA_IOVA_SINGLE], page);
	more.singles = &singles;
	error = take_small(v, &more, &cpu->cursor[DMA_IOVA_SINGLE], page);
	if (error)
		return error;
	if (!__atomic_compare_exchange_n(&cpu->singles, &have, *page / 32 << 32 | (singles & (singles - 1)), false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		give_singles(v, *page, singles & (singles - 1));
	*page += (unsigned)__builtin_ctz(singles);
	return 0;
}

bool dma_iova_drain(struct dma_iova *v)
{
	bool some = false;

	for (uint32_t i = 0; i < v->cpus; i++) {
		uint64_t singles = __atomic_exchange_n(&v->cpu[i].singles, 0, __ATOMIC_ACQ_REL);

		uint64_t kept = __atomic_exchange_n(&v->cpu[i].kept, 0, __ATOMIC_ACQ_REL), page = kept & ~(uint64_t)63;

		give_singles(v, (singles >> 32) * 32, (uint32_t)singles);
		dma_iova_give_back(v, page, page + kept % 64 * 64);
		some = some || (uint32_t)singles || kept;
	}
	return some;
}

/* ---- Public ---- */

static dma_cold int alloc_slow(struct dma_iova *v, const struct dma_iova_request *r, struct dma_iova_cpu *cpu,
			       uint64_t *page)
{
	struct dma_iova_wish w = {.npages = r->npages, .boundary = r->boundary >> DMA_PAGE_SHIFT, .align = 1};
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
	w.npages += skip;
	if (w.npages == 1 && w.align == 1) {
		error = take_single(v, &w, cpu, page);
	} else if (w.npages <= 64 && w.align <= 64) {
		unsigned class = r->npages <= 8 ? DMA_IOVA_FEW : DMA_IOVA_MANY;
		struct dma_iova_wish aligned = w;

		if (aligned.align < natural(w.npages))
			aligned.align = natural(w.npages);
		error = take_small(v, &aligned, &cpu->cursor[class], page);
		if (error && aligned.align != w.align)
			error = take_small(v, &w, &cpu->cursor[class], page);
	} else {
		error = dma_iova_take_large(v, &w, &cpu->cursor[DMA_IOVA_LARGE], page);
	}
	if (error)
		return error;
	if (skip)
		dma_iova_give_back(v, *page, *page + skip);
	*page += skip;
	return 0;
}

uint64_t dma_iova_take_again(struct dma_iova *v, struct dma_iova_cpu *cpu, size_t npages, uint64_t last)
{
	uint64_t next = dma_load_acquire(&cpu->cursor[npages <= 8 ? DMA_IOVA_FEW : DMA_IOVA_MANY]), *at, taken, can;
	unsigned bit;

	/* A page too strict where the mask ends inside a page. */
	if (!next || next * 64 > last >> DMA_PAGE_SHIFT)
		return 0;
	at = dma_iova_word(v, next - 1);
	taken = dma_load(at);
	can = starts(taken, npages) & multiples[log2_of(natural(npages))];
	if (!can)
		return 0;
	bit = (unsigned)__builtin_ctzll(can);
	return dma_swap_if(at, &taken, taken | bits(bit, npages)) ? (next - 1) * 64 + bit : 0;
}

static bool take_again(struct dma_iova *v, const struct dma_iova_request *r, struct dma_iova_cpu *cpu, uint64_t *page)
{
	if (r->npages == 0 || r->align > DMA_PAGE_SIZE || (r->boundary && r->npages > 1))
		return false;
	if (r->npages == 1)
		return dma_iova_take_page(cpu, r->last, page);
	*page = r->npages <= 64 ? dma_iova_take_again(v, cpu, r->npages, r->last)
				: dma_iova_claim_again(v, cpu, r->npages, r->last);
	return *page != 0;
}

int dma_iova_alloc(struct dma_iova *v, const struct dma_iova_request *r, uint64_t *daddr, uint32_t *generation)
{
	unsigned number = dma_host_cpu();
	struct dma_iova_cpu *cpu = &v->cpu[number < v->cpus ? number : number % v->cpus];
	uint64_t page;
	int error;

	*generation = dma_iova_generation(cpu);
	if (!take_again(v, r, cpu, &page)) {
		error = alloc_slow(v, r, cpu, &page);
		for (uint32_t i = 0; dma_unlikely(error) && error != DMA_EINVAL && i < v->cpus && dma_iova_drain(v);
		     i++)
			error = alloc_slow(v, r, cpu, &page); /* again, while other CPUs take ahead meanwhile */
		if (error)
			return error;
	}
	*daddr = page << DMA_PAGE_SHIFT;
	return 0;
}

void dma_iova_free(struct dma_iova *v, uint64_t daddr, size_t npages)
{
	uint64_t page = daddr >> DMA_PAGE_SHIFT;

	dma_iova_give_back(v, page, page + npages);
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
	/* What is taken ahead or kept is not allocated. */
	for (uint32_t i = 0; i < v->cpus; i++) {
		for (uint32_t singles = (uint32_t)dma_load(&v->cpu[i].singles); singles; singles &= singles - 1)
			used--;
		used -= dma_load(&v->cpu[i].kept) % 64 * 64;
	}
	return used;
}
