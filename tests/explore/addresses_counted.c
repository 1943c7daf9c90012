/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a CPU that only looks finds (src/iommu/iova): books that grow meanwhile are whole when it comes to them, and
 * what another CPU has swept off the stacks is in the bitmap once that sweep has ended.
 */
#include "../../src/base/state.h"
#include "addresses.h"

/* Pages of the first chunk beside page 0, which is reserved. */
#define FIRST (DMA_IOVA_CHUNK_PAGES - 1)

static uint64_t first_chunk; /* its address, while all of it is taken */

static uint64_t take_raw(uint64_t npages, uint64_t last)
{
	const struct dma_iova_request request = {.npages = npages, .last = last};
	uint64_t daddr = 0;
	uint32_t generation;

	explore_check(dma_iova_alloc(&addresses_space, &request, &daddr, &generation) == 0,
		      "no address although there are plenty");
	return daddr;
}

/* The page of the books that come is a new one, in which nothing has arrived yet, not the spare of the start. */
static void no_spare(void)
{
	dma_host_page_free(addresses_space.spare);
	dma_sub(&dma_state.stats.pages_own, 1);
	addresses_space.spare = NULL;
}

static void start_cold(void)
{
	addresses_start(2);
	first_chunk = 0;
	no_spare();
}

/* The next page needs a second chunk, whose pointer lies in the first one's page. */
static void start_first_taken(void)
{
	addresses_start(2);
	first_chunk = take_raw(FIRST, ((FIRST + 1) << DMA_PAGE_SHIFT) - 1);
	explore_check(first_chunk == DMA_PAGE_SIZE, "the first chunk is not taken");
	no_spare();
}

static void takes_one(void)
{
	dma_iova_free(&addresses_space, take_raw(1, UINT64_MAX), 1);
}

/* The other CPU takes one page, and up to a word's pages for its stack, meanwhile. */
static void counts(void)
{
	uint64_t held = 1 + (first_chunk ? FIRST : 0), used = dma_iova_used(&addresses_space);

	explore_check(used + 64 - held <= 128, "books are counted before they are there");
}

static void finish(void)
{
	if (first_chunk)
		dma_iova_free(&addresses_space, first_chunk, FIRST);
	addresses_finish();
}

const struct explore_program addresses_counted = {
	.name = "addresses: counted while books grow",
	.start = start_cold,
	.cpu = {takes_one, counts},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program addresses_counted_second = {
	.name = "addresses: counted while a second chunk comes",
	.start = start_first_taken,
	.cpu = {takes_one, counts},
	.finish = finish,
	.preemptions = 1,
};

/* ---- Taken out, and put back because somebody is inside ---- */

static void start_three_cold(void)
{
	addresses_start(3);
	first_chunk = 0;
	no_spare();
}

static void trims(void)
{
	(void)dma_iova_trim(&addresses_space);
}

/* Who trims holds all pages for a moment, so a count says nothing here. */
static void finds(void)
{
	struct dma_iova_cpu *cpu = books_enter(cpu_here(&addresses_space));
	const struct dma_iova_chunk *chunk = dma_iova_chunk_of(&addresses_space, 1);

	explore_check(!chunk || chunk->first == 0, "books are found before they are there");
	books_leave(cpu);
}

const struct explore_program addresses_restored = {
	.name = "addresses: found after another CPU has put them back",
	.start = start_three_cold,
	.cpu = {takes_one, trims, finds},
	.finish = finish,
	.preemptions = 1,
};

/* ---- Swept by another CPU ---- */

static void start_on_a_stack(void)
{
	addresses_start(2);
	addresses_take_and_give(1);
}

static void sweeps(void)
{
	struct dma_iova_cpu *cpu = books_enter(cpu_here(&addresses_space));

	(void)dma_iova_drain(&addresses_space);
	books_leave(cpu);
}

/* No sweep is needed: then the last one has ended, and page 0 alone is taken. */
static void looks_behind_a_sweep(void)
{
	struct dma_iova_cpu *cpu = books_enter(cpu_here(&addresses_space));

	/* `swept` alone: a drain that returns false may also have swept, and found nothing. */
	if (dma_load(&addresses_space.swept) != 0 && !dma_iova_drain(&addresses_space))
		explore_check(dma_iova_used(&addresses_space) == 1, "a sweep has ended before what it freed is there");
	books_leave(cpu);
}

const struct explore_program addresses_swept = {
	.name = "addresses: a CPU relies on another one's sweep",
	.start = start_on_a_stack,
	.cpu = {sweeps, looks_behind_a_sweep},
	.finish = addresses_finish,
	.preemptions = 1,
	.old_reads = 2,
};

/* ---- Pushes over marks are counted, each of them: else the last one is taken for swept ---- */

static void start_swept(void)
{
	addresses_start(1);
	addresses_take_and_give(1);
	sweeps();
}

static void takes_sweeps_and_takes(void)
{
	addresses_take_and_give(1);
	sweeps();
	addresses_take_and_give(1);
}

static void takes_and_gives(void)
{
	addresses_take_and_give(1);
}

const struct explore_program addresses_marks = {
	.name = "addresses: two CPUs push over marks",
	.start = start_swept,
	.cpu = {takes_and_gives, takes_sweeps_and_takes},
	.finish = addresses_finish,
	.preemptions = 1,
};
