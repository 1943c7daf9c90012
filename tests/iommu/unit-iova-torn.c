/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Torn spaces against a naive model: an array of bytes, searched from its beginning. What the model has room for is
 * had, and what it has no room for is refused, whatever the pattern; the levels above the bitmap say exactly what lies
 * below them.
 */
#include "../../src/iommu/iova/iova_books.h"
#include "addresses.h"
#include "choose.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES (3 * CHUNK + 777)

static unsigned char owner[PAGES]; /* 1: somebody's */
static struct dma_iova v;

/* ---- The model ---- */

/* A range that the request may have begins at a page: the rules of iova.h. */
static bool may_begin(const struct dma_iova_request *r, uint64_t page)
{
	uint64_t chunk = page / CHUNK, last = (page + r->npages) * PAGE - 1;

	if (r->npages <= CHUNK ? (page + r->npages - 1) / CHUNK != chunk : page % CHUNK != 0)
		return false;
	if (last > r->last || page + r->npages > v.end)
		return false;
	if (r->align > PAGE && (page * PAGE - r->like) % r->align)
		return false;
	return !r->boundary || r->npages * PAGE > r->boundary || page * PAGE / r->boundary == last / r->boundary;
}

static bool model_has_room(const struct dma_iova_request *r)
{
	uint64_t run = 0;

	for (uint64_t page = 1; page < v.end; page++) {
		run = owner[page] ? 0 : run + 1;
		for (uint64_t first = page + 1 - r->npages; run >= r->npages && first + r->npages == page + 1; first++)
			if (may_begin(r, first))
				return true;
	}
	return false;
}

static uint64_t longest_free(uint64_t first, uint64_t npages)
{
	uint64_t run = 0, longest = 0;

	for (uint64_t page = first; page < first + npages; page++) {
		run = page >= v.end || owner[page] ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void set(uint64_t page, uint64_t npages, unsigned char value)
{
	for (uint64_t i = 0; i < npages; i++) {
		assert_int_equal(owner[page + i], !value);
		owner[page + i] = value;
	}
}

/* Every level against the model, with the stacks empty. */
static void levels_are_true(void)
{
	uint64_t highest = 0;

	(void)dma_iova_drain(&v);
	for (uint64_t i = 0; i < v.grown; i++) {
		struct dma_iova_chunk *chunk = chunk_at(&v, i);

		highest = run_longest(chunk->run) > highest ? run_longest(chunk->run) : highest;

		for (unsigned block = 0; block < CHUNK_BLOCKS; block++)
			assert_int_equal(
				run_longest(chunk->block[block]),
				longest_free(chunk->first + block * DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES));
		for (unsigned quarter = 0; quarter < QUARTERS; quarter++)
			assert_int_equal(run_longest(chunk->quarter[quarter]),
					 longest_free(chunk->first + quarter * QUARTER_PAGES, QUARTER_PAGES));
		assert_int_equal(run_longest(chunk->run), longest_free(chunk->first, CHUNK));
		assert_int_equal(v.group[0]->lane[i / 4] >> i % 4 * 16 & 0xffff, run_longest(chunk->run));
	}
	assert_int_equal(v.lane[0] & 0xffff, highest);
}

static bool ask(struct dma_iova_request r, bool exact)
{
	uint32_t generation;
	uint64_t daddr;
	int error = dma_iova_alloc(&v, &r, &daddr, &generation);

	if (error) {
		assert_int_equal(error, DMA_ENOSPC);
		assert_true(!exact || !model_has_room(&r));
		return false;
	}
	if (r.boundary && r.boundary < r.npages * PAGE)
		r.boundary = 0;
	assert_true(r.like || may_begin(&r, daddr / PAGE));
	set(daddr / PAGE, r.npages, 1);
	return true;
}

static void release(uint64_t page, uint64_t npages)
{
	set(page, npages, 0);
	give(&v, page, npages);
}

/* All of it taken, page after page: how is the caller's to say. */
static void fill(uint64_t end)
{
	const struct dma_iova_request one = {.npages = 1, .last = UINT64_MAX};

	memset(owner, 0, sizeof(owner));
	owner[0] = 1;
	start(&v, end);
	while (ask(one, false))
		;
	for (uint64_t page = 0; page < end; page++)
		assert_int_equal(owner[page], 1);
}

static void finish(void)
{
	dma_iova_fini(&v);
	assert_true(host_stop());
}

/* ---- Patterns ---- */

/* Of every `period` pages the first `length` are free, from an offset on. Nothing longer is had; all of it is, in
 * pieces of any size. */
static void combs(void **state)
{
	static const struct {
		uint64_t offset, length, period;
	} comb[] = {{2, 1, 2},	   {1, 2, 3},	   {508, 8, 512},    {61, 5, 64},	 {63, 2, 64},
		    {40, 63, 127}, {500, 30, 512}, {510, 700, 1500}, {16000, 900, CHUNK}};

	(void)state;
	for (unsigned k = 0; k < sizeof(comb) / sizeof(comb[0]); k++) {
		fill(PAGES);
		for (uint64_t page = comb[k].offset; page + comb[k].length <= PAGES; page += comb[k].period)
			if (page / CHUNK == (page + comb[k].length - 1) / CHUNK) {
				if (comb[k].length > 1) /* two halves, that join */
					release(page, comb[k].length / 2);
				release(page + comb[k].length / 2, comb[k].length - comb[k].length / 2);
			}
		levels_are_true();
		for (uint64_t n = comb[k].length + 1; n < comb[k].length + 700; n += 97)
			assert_false(ask((struct dma_iova_request){.npages = n, .last = UINT64_MAX}, true));
		levels_are_true();
		for (uint64_t n = comb[k].length; n > 0; n = n * 2 / 3) {
			const struct dma_iova_request r = {.npages = n, .last = UINT64_MAX};

			for (unsigned i = 0; i < 300 && ask(r, i % 50 == 0 || n == comb[k].length); i++)
				;
		}
		levels_are_true();
		finish();
	}
}

/* Just one place, somewhere: it is found, and only by what fits. */
static void needles(void **state)
{
	static const uint64_t at[] = {1, 63, 64, 511, 512, 1000, 4095, 15700, CHUNK, 2 * CHUNK - 600, 3 * CHUNK + 5};
	static const uint64_t lengths[] = {1, 2, 7, 63, 64, 65, 127, 300, 512, 513, 590};

	(void)state;
	fill(PAGES);
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		for (unsigned k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
			struct dma_iova_request r = {.npages = lengths[k] + 1, .last = UINT64_MAX};

			release(at[i], lengths[k]);
			assert_false(ask(r, true));
			r.npages = lengths[k];
			r.last = (at[i] + lengths[k]) * PAGE - 2;
			assert_false(ask(r, true));
			r.last++;
			assert_true(ask(r, true));
		}
	levels_are_true();
	finish();
}

/* A random walk of everything, with every kind of constraint; with none but a size and a mask the answer is the
 * model's. */
static void random_walk(void **state)
{
	uint64_t seed = 11;
	unsigned had = 0, refused = 0;

	(void)state;
	memset(owner, 0, sizeof(owner));
	owner[0] = 1;
	start(&v, PAGES);
	for (unsigned i = 0; i < 12000; i++) {
		static const uint64_t most[] = {1, 4, 20, 64, 200, 600, 3000, CHUNK + 100};
		struct dma_iova_request r = {.npages = 1 + next_random(&seed) % most[next_random(&seed) % 8],
					     .last = UINT64_MAX};
		uint64_t page = 1 + next_random(&seed) % (PAGES - 1), count = 1 + next_random(&seed) % 300;
		bool plain = true;

		if (next_random(&seed) % 4 == 0)
			r.last = (1 + next_random(&seed) % PAGES) * PAGE - 1;
		if (next_random(&seed) % 8 == 0) {
			r.align = PAGE << next_random(&seed) % 12;
			plain = false;
		}
		if (next_random(&seed) % 8 == 0) {
			r.boundary = PAGE << next_random(&seed) % 12;
			plain = false;
		}
		if (ask(r, plain && i % 16 == 0))
			had++;
		else
			refused++;
		/* About as much goes back. */
		for (unsigned tries = 0; tries < 3; tries++, page = 1 + next_random(&seed) % (PAGES - 1)) {
			uint64_t first = page;

			while (page < PAGES && owner[page] && page - first < count)
				page++;
			if (page > first)
				release(first, page - first);
		}
		if (i % 1500 == 0)
			levels_are_true();
	}
	assert_true(had > 3000 && refused > 100);
	levels_are_true();
	finish();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(combs),
		cmocka_unit_test(needles),
		cmocka_unit_test(random_walk),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
