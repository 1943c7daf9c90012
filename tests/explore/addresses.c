/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device addresses (src/iommu/iova): CPUs take and free ranges of one space. None is given to two; who gets one sees
 * all that its last owner wrote, as the owner of the table entries must; none is lost; books that are freed are not
 * looked into.
 */
#include "../../src/iommu/iova/iova.h"
#include "programs.h"
#include "world.h"

/* The books here are of the first NEAR pages of two chunks: CPUs that grow the space at the same time may make two. */
#define PAGES  8192u
#define NEAR   (PAGES / 2)
#define CHUNKS 2u

static struct dma_iova space;

/* The harness's books, which no event touches: who has a page, and what was written there last. */
static unsigned char owned[PAGES];
static uint64_t newest[PAGES];
/* In place of the entries of the first page of each range: plain words. */
static uint64_t entry[PAGES];

static void start_on(unsigned cpus)
{
	world_start(cpus);
	explore_ignore(owned, sizeof(owned));
	explore_ignore(newest, sizeof(newest));
	explore_check(dma_iova_init(&space, UINT64_C(1) << 27) == 0, "dma_iova_init");
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

static void finish(void)
{
	explore_check(dma_iova_used(&space) == 1, "an address is lost"); /* page 0 is reserved */
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

/* ---- What CPUs do ---- */

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

static void in_interrupt(void)
{
	uint64_t page = take(1);

	if (page)
		give(page, 1);
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
	.interrupt = in_interrupt,
	.finish = finish,
	.preemptions = 2,
};
