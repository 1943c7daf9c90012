/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The words above the bits (src/iommu/iova/iova_runs.c): what they say in the end is what the bits say, and a CPU that
 * was stopped before it told them makes no other CPU make books for ever.
 */
#include "addresses.h"

static void start_two(void)
{
	addresses_start(2);
	addresses_take_and_give(1);
	addresses_take_and_give(3);
}

/* All of a chunk: the first one has a page that is reserved, so each CPU needs one more. */
static void takes_a_chunk(void)
{
	const struct dma_iova_request request = {.npages = DMA_IOVA_CHUNK_PAGES, .last = UINT64_MAX};
	uint64_t daddr;
	uint32_t generation;

	explore_check(dma_iova_alloc(&addresses_space, &request, &daddr, &generation) == 0,
		      "no address although there are plenty");
	explore_check(dma_load(&addresses_space.grown) <= 3, "a CPU makes more books than it needs");
	dma_iova_free(&addresses_space, daddr, DMA_IOVA_CHUNK_PAGES);
}

const struct explore_program addresses_grow_whole = {
	.name = "addresses: two CPUs want a whole chunk each",
	.start = start_two,
	.cpu = {takes_a_chunk, takes_a_chunk},
	.finish = addresses_finish,
	.preemptions = 1,
};

/* ---- A page is claimed again before the words above it say that it was freed ---- */

static uint64_t held[2], again;

/* Two neighbours are taken, and the stack holds a range of another size. */
static void start_held(void)
{
	addresses_start(1);
	addresses_no_stacks();
	held[0] = addresses_take(1);
	held[1] = addresses_take(1);
	explore_check(held[0] && held[1] == held[0] + 1, "two pages are no neighbours");
	addresses_take_and_give(3);
}

static void gives_first(void)
{
	addresses_give_to_the_bitmap(held[0], 1);
}

static void takes_and_gives_second(void)
{
	again = addresses_take(1);
	addresses_give_to_the_bitmap(held[1], 1);
}

static void finish_again(void)
{
	addresses_chunk_is_right(addresses_space.group[0]->chunk[0]);
	addresses_give(again, 1);
	addresses_finish();
}

const struct explore_program addresses_again = {
	.name = "addresses: a page is claimed again while it is freed",
	.start = start_held,
	.cpu = {gives_first, takes_and_gives_second},
	.finish = finish_again,
	.preemptions = 1,
};
