/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses (src/iommu/iova): CPUs take and free ranges of one space. None is given to two; who gets one sees
 * all that its last owner wrote, as the owner of the table entries must; none is lost; books that are freed are not
 * looked into.
 */
#include "../../src/iommu/iova/iova_books.h"
#include "programs.h"
#include "world.h"

/* The harness's books are of the first NEAR pages of a few chunks: CPUs that grow the space at the same time may make
 * one each, if the second looks before the first has told the levels above its own. Both are found and used from then
 * on. */
#define NEAR   4096u
#define CHUNKS 3u
#define PAGES  (NEAR * CHUNKS)

static struct dma_iova space;

/* The harness's books, which no event touches: who has a page, and what was written there last. */
static unsigned char owned[PAGES];
static uint64_t newest[PAGES];
/* In place of the entries of the first page of each range: plain words. */
static uint64_t entry[PAGES];

static void start_with(unsigned cpus, uint64_t end_page)
{
	world_start(cpus);
	explore_ignore(owned, sizeof(owned));
	explore_ignore(newest, sizeof(newest));
	explore_check(dma_iova_init(&space, end_page) == 0, "dma_iova_init");
}

static void start_on(unsigned cpus)
{
	start_with(cpus, UINT64_C(1) << 27);
}

static uint64_t index_of(uint64_t page)
{
	return page / DMA_IOVA_CHUNK_PAGES * NEAR + page % DMA_IOVA_CHUNK_PAGES;
}

static uint64_t page_of(uint64_t index)
{
	return index / NEAR * DMA_IOVA_CHUNK_PAGES + index % NEAR;
}

/* Gives back its index in the books; 0: none. */
static uint64_t take(size_t npages)
{
	const struct dma_iova_request request = {.npages = npages, .last = UINT64_MAX};
	uint64_t daddr, page;
	uint32_t generation;

	if (dma_iova_alloc(&space, &request, &daddr, &generation) != 0)
		return 0;
	page = daddr >> DMA_PAGE_SHIFT;
	explore_check(page > 0 && page % DMA_IOVA_CHUNK_PAGES + npages <= NEAR && page / DMA_IOVA_CHUNK_PAGES < CHUNKS,
		      "an address far away");
	page = index_of(page);
	for (uint64_t i = page; i < page + npages; i++)
		explore_check(!owned[i]++, "an address is given to two");
	explore_check(entry[page] == newest[page], "a store of the last owner has not arrived");
	entry[page] = ++newest[page];
	return page;
}

static void give(uint64_t page, size_t npages)
{
	for (uint64_t i = page; i < page + npages; i++)
		owned[i]--;
	entry[page] = ++newest[page];
	dma_iova_free(&space, page_of(page) << DMA_PAGE_SHIFT, npages);
}

static void take_and_give(size_t npages)
{
	uint64_t page = take(npages);

	explore_check(page != 0, "no address although there are plenty");
	give(page, npages);
}

static uint64_t longest(const struct dma_iova_chunk *chunk, unsigned first, unsigned npages)
{
	uint64_t best = 0, run = 0;

	for (unsigned page = first; page < first + npages; page++) {
		run = chunk->word[page / 64] >> page % 64 & 1 ? 0 : run + 1;
		best = run > best ? run : best;
	}
	return best;
}

static void chunk_is_right(const struct dma_iova_chunk *chunk)
{
	bool right = run_longest(chunk->run) == longest(chunk, 0, DMA_IOVA_CHUNK_PAGES);

	for (unsigned i = 0; i < CHUNK_BLOCKS; i++)
		right = right &&
			run_longest(chunk->block[i]) == longest(chunk, i * DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES);
	for (unsigned i = 0; i < QUARTERS; i++)
		right = right && run_longest(chunk->quarter[i]) == longest(chunk, i * QUARTER_PAGES, QUARTER_PAGES);
	explore_check(right, "a run is not what the bits say");
	explore_check((space.group[0]->lane[chunk->index / 4] >> 16 * (chunk->index % 4) & 0xffff) ==
			      run_longest(chunk->run),
		      "a lane is not what its chunk says");
}

static void finish(void)
{
	uint64_t best = 0;

	for (uint64_t i = 0; i < space.grown; i++) {
		const struct dma_iova_chunk *chunk = space.group[0]->chunk[i];

		chunk_is_right(chunk);
		best = run_longest(chunk->run) > best ? run_longest(chunk->run) : best;
	}
	explore_check(!space.grown ||
			      (run_longest(space.group[0]->group_run) == best && (space.lane[0] & 0xffff) == best),
		      "a group is not what its chunks say");
	explore_check(dma_iova_used(&space) == 1, "an address is lost"); /* page 0 is reserved */
	(void)dma_iova_trim(&space);
	explore_check(space.grown == 0, "books are not given back");
	dma_iova_fini(&space);
	explore_check(dma_fini() == 0, "a page is lost");
}

/* The books are there, and the stacks hold what was freed last. */
static void warm(void)
{
	take_and_give(1);
	take_and_give(3);
}

static void start_two(void)
{
	start_on(2);
	warm();
}

static void start_one_stack(void)
{
	start_on(1);
	warm();
}

static void start_cold(void)
{
	start_on(2);
}

static void start_three_cold(void)
{
	start_on(3);
}

/* Stacks of one range each: what is freed soon goes back into the bitmap. */
static void no_stacks(void)
{
	for (unsigned i = 0; i < space.cpus; i++)
		space.cpu[i]->mask = 0;
}

static void start_short_stacks(void)
{
	start_on(2);
	no_stacks();
	warm();
}

static void start_one_short_stack(void)
{
	start_on(1);
	no_stacks();
	warm();
}

/* One page, or one range of 520: CPUs take it from each other, and may find none. */
static void start_one_page(void)
{
	start_with(2, 2);
	no_stacks();
	take_and_give(1);
}

static void start_one_range(void)
{
	start_with(2, 1 + 520);
	take_and_give(520);
}

/* ---- What CPUs do ---- */

static void try_to_take(size_t npages)
{
	uint64_t page = take(npages);

	if (page)
		give(page, npages);
}

static void tries_one(void)
{
	try_to_take(1);
}

static void tries_520(void)
{
	try_to_take(520);
}

static void one_page(void)
{
	take_and_give(1);
}

static void two_pages_at_once(void)
{
	uint64_t a = take(1), b = take(1);

	explore_check(a && b, "no address although there are plenty");
	give(a, 1);
	give(b, 1);
}

static void three_pages(void)
{
	take_and_give(3);
}

static void many_pages(void)
{
	take_and_give(64);
	take_and_give(520);
}

static void trims(void)
{
	(void)dma_iova_trim(&space);
}

/* Looks at all books, whoever has what. */
static void looks_at_all(void)
{
	(void)dma_iova_is_empty(&space);
}

const struct explore_program addresses_two = {
	.name = "addresses: two CPUs",
	.start = start_two,
	.cpu = {two_pages_at_once, three_pages},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program addresses_one_stack = {
	.name = "addresses: two CPUs with one stack",
	.start = start_one_stack,
	.cpu = {two_pages_at_once, one_page},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program addresses_three = {
	.name = "addresses: three CPUs with one stack",
	.start = start_one_stack,
	.cpu = {one_page, one_page, one_page},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_sizes = {
	.name = "addresses: 3 pages, 64 and 520",
	.start = start_two,
	.cpu = {three_pages, many_pages},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_grow = {
	.name = "addresses: books grow",
	.start = start_cold,
	.cpu = {one_page, three_pages},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_trim = {
	.name = "addresses: books are given back",
	.start = start_two,
	.cpu = {one_page, trims},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_looked_at = {
	.name = "addresses: books are given back while a CPU looks",
	.start = start_two,
	.cpu = {looks_at_all, trims},
	.finish = finish,
	.preemptions = 1,
	.old_reads = 2,
};
const struct explore_program addresses_interrupt = {
	.name = "addresses: an interrupt",
	.start = start_one_stack,
	.cpu = {two_pages_at_once},
	.interrupt = tries_one,
	.finish = finish,
	.preemptions = 2,
};

/* ---- What is freed goes back into the bitmap, and to whom it had not belonged ---- */

const struct explore_program addresses_short_stacks = {
	.name = "addresses: stacks are full",
	.start = start_short_stacks,
	.cpu = {two_pages_at_once, one_page},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_short_stack = {
	.name = "addresses: two CPUs with one stack, which is full",
	.start = start_one_short_stack,
	.cpu = {two_pages_at_once, one_page},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_one_page = {
	.name = "addresses: two CPUs want the only page",
	.start = start_one_page,
	.cpu = {tries_one, tries_one},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_one_range = {
	.name = "addresses: two CPUs want the only range",
	.start = start_one_range,
	.cpu = {tries_520, tries_520},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program addresses_trim_short = {
	.name = "addresses: books are given back, stacks are full",
	.start = start_short_stacks,
	.cpu = {two_pages_at_once, trims},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_grow_three = {
	.name = "addresses: books grow on three CPUs",
	.start = start_three_cold,
	.cpu = {one_page, one_page, one_page},
	.finish = finish,
	.preemptions = 1,
};
