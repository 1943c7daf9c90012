/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The harness's books of the space that the programs of addresses*.c use: no address is given to two; who gets one sees
 * all that its last owner wrote, as the owner of the table entries must; none is lost.
 */
#include "addresses.h"

/* The harness's books are of the first pages of each quarter of a few chunks: CPUs that grow the space at the same time
 * may make a chunk each, if the second looks before the first has told the levels above its own, and a CPU that sees a
 * chunk grow quarter by quarter takes what it sees. */
#define NEAR   QUARTER_PAGES /* of the first quarter, all */
#define FAR    1024u	     /* of the others */
#define CHUNK  (NEAR + (QUARTERS - 1) * FAR)
#define CHUNKS 3u
#define PAGES  (CHUNK * CHUNKS)

struct dma_iova addresses_space;

/* The harness's books, which no event touches: who has a page, and what was written there last. Each run of each
 * program begins with a copy of all globals, so they are no wider than need be. */
static unsigned char owned[PAGES];
static uint32_t newest[PAGES];
/* In place of the entries of the first page of each range: plain words. */
static uint64_t entry[PAGES];

void addresses_start_with(unsigned cpus, uint64_t end_page)
{
	world_start(cpus);
	explore_ignore(owned, sizeof(owned));
	explore_ignore(newest, sizeof(newest));
	explore_check(dma_iova_init(&addresses_space, end_page) == 0, "dma_iova_init");
}

void addresses_start(unsigned cpus)
{
	addresses_start_with(cpus, UINT64_C(1) << 27);
}

static uint64_t index_of(uint64_t page)
{
	uint64_t quarter = page / QUARTER_PAGES % QUARTERS, within = page % QUARTER_PAGES;

	return page / DMA_IOVA_CHUNK_PAGES * CHUNK + (quarter ? NEAR + (quarter - 1) * FAR : 0) + within;
}

static uint64_t page_of(uint64_t index)
{
	uint64_t chunk = index / CHUNK * DMA_IOVA_CHUNK_PAGES, within = index % CHUNK;

	if (within < NEAR)
		return chunk + within;
	within -= NEAR;
	return chunk + (1 + within / FAR) * QUARTER_PAGES + within % FAR;
}

static bool is_far_away(uint64_t page, uint64_t npages)
{
	return page == 0 || page / DMA_IOVA_CHUNK_PAGES >= CHUNKS ||
	       page % QUARTER_PAGES + npages > (page % DMA_IOVA_CHUNK_PAGES < NEAR ? NEAR : FAR);
}

/* Gives back its index in the books; 0: none. */
uint64_t addresses_take_up_to(size_t npages, uint64_t last)
{
	const struct dma_iova_request request = {.npages = npages, .last = last};
	uint64_t daddr, page;
	uint32_t generation;

	if (dma_iova_alloc(&addresses_space, &request, &daddr, &generation) != 0)
		return 0;
	page = daddr >> DMA_PAGE_SHIFT;
	explore_check(!is_far_away(page, npages), "an address far away");
	page = index_of(page);
	for (uint64_t i = page; i < page + npages; i++)
		explore_check(!owned[i]++, "an address is given to two");
	explore_check(entry[page] == newest[page], "a store of the last owner has not arrived");
	entry[page] = ++newest[page];
	return page;
}

uint64_t addresses_take(size_t npages)
{
	return addresses_take_up_to(npages, UINT64_MAX);
}

void addresses_give(uint64_t page, size_t npages)
{
	for (uint64_t i = page; i < page + npages; i++)
		owned[i]--;
	entry[page] = ++newest[page];
	dma_iova_free(&addresses_space, page_of(page) << DMA_PAGE_SHIFT, npages);
}

void addresses_give_to_the_bitmap(uint64_t page, size_t npages)
{
	for (uint64_t i = page; i < page + npages; i++)
		owned[i]--;
	entry[page] = ++newest[page];
	dma_iova_give_back(&addresses_space, page_of(page), npages);
}

void addresses_take_and_give(size_t npages)
{
	uint64_t page = addresses_take(npages);

	explore_check(page != 0, "no address although there are plenty");
	addresses_give(page, npages);
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

void addresses_chunk_is_right(const struct dma_iova_chunk *chunk)
{
	bool right = run_longest(chunk->run) == longest(chunk, 0, DMA_IOVA_CHUNK_PAGES);

	for (unsigned i = 0; i < CHUNK_BLOCKS; i++)
		right = right &&
			run_longest(chunk->block[i]) == longest(chunk, i * DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES);
	for (unsigned i = 0; i < QUARTERS; i++)
		right = right && run_longest(chunk->quarter[i]) == longest(chunk, i * QUARTER_PAGES, QUARTER_PAGES);
	explore_check(right, "a run is not what the bits say");
	explore_check((addresses_space.group[0]->lane[chunk->index / 4] >> 16 * (chunk->index % 4) & 0xffff) ==
			      run_longest(chunk->run),
		      "a lane is not what its chunk says");
}

void addresses_finish(void)
{
	uint64_t best = 0, whole = 0, most = 0;

	explore_check(addresses_space.grown <= CHUNKS, "CPUs make more books than they need");
	for (uint64_t i = 0; i < addresses_space.grown; i++) {
		const struct dma_iova_chunk *chunk = addresses_space.group[0]->chunk[i];

		addresses_chunk_is_right(chunk);
		best = run_longest(chunk->run) > best ? run_longest(chunk->run) : best;
		whole = run_longest(chunk->run) == DMA_IOVA_CHUNK_PAGES ? whole + 1 : 0;
		most = whole > most ? whole : most;
	}
	explore_check(!addresses_space.grown || run_longest(addresses_space.group[0]->whole) == most,
		      "a group does not know its whole chunks");
	explore_check(!addresses_space.grown || (run_longest(addresses_space.group[0]->group_run) == best &&
						 (addresses_space.lane[0] & 0xffff) == best),
		      "a group is not what its chunks say");
	explore_check(dma_iova_used(&addresses_space) == 1, "an address is lost"); /* page 0 is reserved */
	(void)dma_iova_trim(&addresses_space);
	explore_check(addresses_space.grown == 0, "books are not given back");
	dma_iova_fini(&addresses_space);
	explore_check(dma_fini() == 0, "a page is lost");
}

/* Stacks of one range each: what is freed soon goes back into the bitmap. */
void addresses_no_stacks(void)
{
	for (unsigned i = 0; i < addresses_space.cpus; i++)
		addresses_space.cpu[i]->mask = 0;
}
