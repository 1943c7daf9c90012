/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A page changes hands in ways that requests seldom take (src/iommu/iova): who gets it sees what all owners before have
 * written.
 */
#include "addresses.h"

/* ---- Claimed between a CPU's look at a word and its swap, and free again ---- */

#define PAGE (DMA_IOVA_CHUNK_PAGES - 1) /* no request comes that far */

static uint64_t entry;	/* in place of the page's table entry */
static uint64_t newest; /* what was written there last; no event */

static void start_claimed(void)
{
	addresses_start(2);
	addresses_take_and_give(1);
	explore_ignore(&newest, sizeof(newest));
	entry = newest = 0;
}

static struct dma_iova_chunk *chunk_of_page(void)
{
	return dma_iova_chunk_of(&addresses_space, PAGE);
}

static bool claims_it(void)
{
	if (!dma_iova_claim(&addresses_space, chunk_of_page(), PAGE, 1))
		return false;
	explore_check(entry == newest, "a store of the last owner has not arrived");
	entry = ++newest;
	return true;
}

/* Frees it, and is stopped before it has told the words above: who comes next learns of the entry by the bit alone. */
static void claims_and_frees(void)
{
	struct dma_iova_cpu *cpu = books_enter(cpu_here(&addresses_space));

	if (claims_it())
		(void)__atomic_fetch_and(&chunk_of_page()->word[PAGE % DMA_IOVA_CHUNK_PAGES / 64],
					 ~((uint64_t)1 << PAGE % 64), __ATOMIC_RELEASE);
	books_leave(cpu);
}

static void claims(void)
{
	struct dma_iova_cpu *cpu = books_enter(cpu_here(&addresses_space));

	if (claims_it())
		dma_iova_give_back(&addresses_space, PAGE, 1);
	books_leave(cpu);
}

static void finish_claimed(void)
{
	dma_iova_freed(&addresses_space, chunk_of_page(), PAGE, PAGE + 1);
	addresses_finish();
}

const struct explore_program addresses_claimed = {
	.name = "addresses: a page is claimed and freed behind a CPU's back",
	.start = start_claimed,
	.cpu = {claims_and_frees, claims},
	.finish = finish_claimed,
	.preemptions = 1,
};

/* ---- Given back to the bitmap by another CPU than its owner: as the entry that has to make room on a stack ---- */

static uint64_t held[2];

static void start_held(void)
{
	addresses_start(1);
	addresses_no_stacks();
	held[0] = addresses_take(1);
	held[1] = addresses_take(1); /* pops what came out of the bitmap with the first */
	explore_check(held[0] && held[1], "no address although there are plenty");
	explore_check(held[0] < held[1], "the second page lies below the first");
	explore_check(addresses_space.cpu[0]->recent[0] == 0, "the stack is not empty");
}

static void gives_first(void)
{
	addresses_give(held[0], 1);
}

/* It takes the page that it has pushed out without a look at the stack, whose slot knows what the first CPU wrote. */
static void gives_second_and_takes_first(void)
{
	uint64_t page;

	addresses_give(held[1], 1);
	page = addresses_take_up_to(1, ((held[0] + 1) << DMA_PAGE_SHIFT) - 1);
	if (page)
		addresses_give(page, 1);
}

const struct explore_program addresses_makes_room = {
	.name = "addresses: another CPU's page makes room on a stack",
	.start = start_held,
	.cpu = {gives_first, gives_second_and_takes_first},
	.finish = addresses_finish,
	.preemptions = 1,
};
