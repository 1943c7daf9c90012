/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Structures for device addresses, side by side: what replacing one of `live` ranges at random costs, addresses alone.
 * Three that were not chosen are here as far as that takes, without threads, partial frees by others, masks or
 * growing; the fourth is src/iommu/iova.
 */
#include "../../src/base/state.h"
#include "../../src/iommu/iova/iova.h"
#include "growth.h"
#include <dmastream/dmastream.h>
#include <dmastream/errors.h>

#define MOST_PAGES  ((uint64_t)1 << 26) /* 256 GiB */
#define WORDS	    (MOST_PAGES / 64)
#define ORDERS	    10u
#define MAX_SAMPLES 20000u
#define MAX_LIVE    130000u

struct range {
	uint64_t page;
	size_t npages;
};

struct candidate {
	const char *name;
	uint64_t (*take)(size_t npages); /* 0: no room */
	void (*give)(uint64_t page, size_t npages);
};

static uint64_t pages;	 /* of the space, a power of two */
static uint64_t *bitmap; /* of the one that is measured: 8 MiB, and twice as much for levels above it */
static uint32_t sample[MAX_SAMPLES];
static struct range live[MAX_LIVE];

static unsigned order_of(size_t npages)
{
	return npages == 1 ? 0 : 64u - (unsigned)__builtin_clzll(npages - 1);
}

static void clear(void)
{
	for (uint64_t i = 0; i < 3 * WORDS; i++)
		bitmap[i] = 0;
}

/* ---- A bitmap with a cursor for each class of sizes: next fit ---- */

static uint64_t cursor[ORDERS + 1];

static bool set_bits(uint64_t page, size_t npages, bool value)
{
	for (uint64_t at = page; at < page + npages;) {
		unsigned bit = (unsigned)(at % 64);
		uint64_t rest = page + npages - at, count = rest < 64 - bit ? rest : 64 - bit;
		uint64_t mask = ~(uint64_t)0 >> (64 - count) << bit;

		bitmap[at / 64] = value ? bitmap[at / 64] | mask : bitmap[at / 64] & ~mask;
		at += count;
	}
	return true;
}

/* The first taken page of a range, or its end. */
static uint64_t first_taken(uint64_t page, uint64_t end)
{
	while (page < end) {
		uint64_t word = bitmap[page / 64] >> page % 64;

		if (word)
			return page + (unsigned)__builtin_ctzll(word);
		page = (page | 63) + 1;
	}
	return end;
}

static uint64_t bitmap_take(size_t npages)
{
	uint64_t slot = (uint64_t)1 << order_of(npages), *from = &cursor[order_of(npages)];

	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t page = *from; page + slot <= pages; page += slot) {
			if (page == 0 || first_taken(page, page + npages) < page + npages)
				continue;
			*from = page;
			(void)set_bits(page, npages, true);
			return page;
		}
		*from = 0;
	}
	return 0;
}

static void bitmap_give(uint64_t page, size_t npages)
{
	(void)set_bits(page, npages, false);
}

/* ---- A buddy bitmap: free blocks of each order, with three levels of "some below" above each ---- */

/* For each order, bits of blocks; then a bit for 64 of them, and so on: all in one array, highest order last. */
static uint64_t *buddy_level(unsigned order, unsigned height)
{
	uint64_t *at = bitmap;

	for (unsigned o = 0; o <= ORDERS; o++) {
		uint64_t words = (WORDS >> o) + 1;

		for (unsigned h = 0; h < 4; h++) {
			if (o == order && h == height)
				return at;
			at += words;
			words = words / 64 + 1;
		}
	}
	return NULL;
}

static uint64_t *buddy[ORDERS + 1][4];

static void buddy_set(unsigned order, uint64_t block)
{
	for (unsigned h = 0; h < 4; h++, block /= 64) {
		uint64_t *word = &buddy[order][h][block / 64], old = *word;

		*word = old | (uint64_t)1 << block % 64;
		if (old)
			return;
	}
}

static void buddy_clear(unsigned order, uint64_t block)
{
	for (unsigned h = 0; h < 4; h++, block /= 64) {
		uint64_t *word = &buddy[order][h][block / 64];

		*word &= ~((uint64_t)1 << block % 64);
		if (*word)
			return;
	}
}

static bool buddy_is(unsigned order, uint64_t block)
{
	return buddy[order][0][block / 64] >> block % 64 & 1;
}

static uint64_t buddy_first(unsigned order)
{
	uint64_t at = 0, words = ((WORDS >> order) >> 18) + 1;

	while (at < words && !buddy[order][3][at])
		at++;
	if (at == words)
		return UINT64_MAX;
	for (unsigned h = 4; h-- > 0;)
		at = at * 64 + (unsigned)__builtin_ctzll(buddy[order][h][at]);
	return at;
}

static uint64_t buddy_take(size_t npages)
{
	unsigned want = order_of(npages), order = want;
	uint64_t block = UINT64_MAX;

	for (; order <= ORDERS && block == UINT64_MAX; order++)
		block = buddy_first(order);
	if (block == UINT64_MAX)
		return 0;
	buddy_clear(--order, block);
	for (; order > want; order--, block *= 2)
		buddy_set(order - 1, block * 2 + 1);
	return block << want;
}

static void buddy_give(uint64_t page, size_t npages)
{
	unsigned order = order_of(npages);
	uint64_t block = page >> order;

	for (; order < ORDERS && buddy_is(order, block ^ 1); order++, block /= 2)
		buddy_clear(order, block ^ 1);
	buddy_set(order, block);
}

static void buddy_start(void)
{
	for (unsigned order = 0; order <= ORDERS; order++)
		for (unsigned h = 0; h < 4; h++)
			buddy[order][h] = buddy_level(order, h);
	for (uint64_t block = 1; block < pages >> ORDERS; block++)
		buddy_set(ORDERS, block);
}

/* ---- What was chosen, with and without its stacks ---- */

static struct dma_iova chosen;

static uint64_t chosen_take(size_t npages)
{
	const struct dma_iova_request request = {.npages = npages, .last = UINT64_MAX};
	uint32_t generation;
	uint64_t daddr;

	return dma_iova_alloc(&chosen, &request, &daddr, &generation) ? 0 : daddr >> DMA_PAGE_SHIFT;
}

static void chosen_give(uint64_t page, size_t npages)
{
	dma_iova_free(&chosen, page << DMA_PAGE_SHIFT, npages);
}

static void runs_give(uint64_t page, size_t npages)
{
	dma_iova_give_old(&chosen, page << DMA_PAGE_SHIFT | npages);
}

static const struct candidate candidates[] = {{"a bitmap with cursors", bitmap_take, bitmap_give},
					      {"a buddy bitmap", buddy_take, buddy_give},
					      {"runs, no stacks", chosen_take, runs_give},
					      {"runs and stacks", chosen_take, chosen_give}};

/* ---- Measuring ---- */

static size_t pages_of(uint64_t size, uint64_t *seed)
{
	return size ? (size_t)size : 1 + next_random(seed) % (next_random(seed) % 16 ? 20 : 500);
}

static void measure(unsigned which, uint64_t size, uint64_t n)
{
	const struct candidate *one = &candidates[which];
	uint64_t seed = 88172645463325252ull, overhead = reading_cost(), samples = 0, refused = 0;

	clear();
	for (unsigned i = 0; i <= ORDERS; i++)
		cursor[i] = 0;
	if (which == 1)
		buddy_start();
	if (which >= 2 && !must("addresses", dma_iova_init(&chosen, pages)))
		return;
	for (uint64_t i = 0; i < n; i++) {
		live[i].npages = pages_of(size, &seed);
		live[i].page = one->take(live[i].npages);
		refused += !live[i].page;
	}
	for (uint64_t i = 0; i < 2 * n + MAX_SAMPLES; i++) {
		struct range *r = &live[next_random(&seed) % n];
		size_t npages = pages_of(size, &seed);
		uint64_t ticks = bus_ticks();

		if (r->page)
			one->give(r->page, r->npages);
		r->page = one->take(npages);
		ticks = bus_ticks() - ticks;
		r->npages = npages;
		refused += !r->page;
		if (i >= 2 * n)
			sample[samples++] = (uint32_t)(ticks > overhead ? ticks - overhead : 0);
	}
	begin_line(one->name);
	put_field("size", size);
	put_field("live", n);
	put_samples(sample, samples);
	put_field("refused", refused);
	end_line();
	for (uint64_t i = 0; which >= 2 && i < n; i++)
		if (live[i].page)
			one->give(live[i].page, live[i].npages);
	if (which >= 2)
		dma_iova_fini(&chosen);
}

int app_main(void)
{
	struct list sizes = list_option("sizes", "1,5,64,0"), lives = list_option("lives", "100,10000,100000");
	dma_paddr_t paddr;

	if (!must("the library", dma_init()) ||
	    !must("memory",
		  dma_host_frames_alloc((size_t)(3 * WORDS * 8 / DMA_PAGE_SIZE), UINT64_MAX, DMA_PAGE_SIZE, &paddr)))
		return 1;
	pages = (uint64_t)1 << number_option("space", "26");
	bitmap = dma_host_linear(paddr, 3 * WORDS * 8);
	for (unsigned s = 0; s < sizes.n; s++)
		for (unsigned which = 0; which < sizeof(candidates) / sizeof(candidates[0]); which++)
			for (unsigned l = 0; l < lives.n && !failed; l++)
				if (lives.at[l] <= MAX_LIVE)
					measure(which, sizes.at[s], lives.at[l]);
	return failed;
}
