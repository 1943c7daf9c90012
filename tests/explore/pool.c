/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pools (src/stream/pool*.c, include/dmastream/pool.h): no block is given to two, who gets one sees what its last owner
 * wrote, none is lost, and of two puts of one block one is refused.
 */
#include "programs.h"
#include "world.h"
#include <dmastream/pool.h>

#define BLOCK  256u
#define BLOCKS (WORLD_FRAMES * DMA_PAGE_SIZE / BLOCK)

static struct dma_device dev;
static struct dma_pool pool;

/* The harness's books, which no event touches: who has a block, and what was written into it last. */
static unsigned char owned[BLOCKS];
static uint64_t newest[BLOCKS];
/* In place of a block's first word: plain words. */
static uint64_t entry[BLOCKS];

static struct dma_block *early[DMA_MAGAZINE_SLOTS + 4];

static unsigned index_of(const struct dma_block *block)
{
	return (unsigned)(((uintptr_t)block->slice.cpu - world_base) / BLOCK);
}

static struct dma_block *take(void)
{
	struct dma_block *block;
	unsigned i;

	if (dma_pool_get(&pool, &block) != 0)
		return NULL;
	i = index_of(block);
	explore_check(i < BLOCKS && !owned[i]++, "a block is given to two");
	explore_check(entry[i] == newest[i], "a store of the last owner has not arrived");
	explore_check(dma_slice_lives(&block->slice), "a block is handed out that does not live");
	entry[i] = ++newest[i];
	return block;
}

static void give(struct dma_block *block)
{
	unsigned i = index_of(block);

	owned[i]--;
	entry[i] = ++newest[i];
	explore_check(dma_pool_put(&pool, block) == 0, "a put is refused");
}

static void start_pool(unsigned cpus, size_t blocks, size_t reserve, size_t most)
{
	const struct dma_device_config device = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	const struct dma_pool_config config = {.name = "pool",
					       .dir = DMA_BIDIRECTIONAL,
					       .block_size = BLOCK,
					       .align = BLOCK,
					       .blocks = blocks,
					       .reserve = reserve,
					       .most = most};

	world_start(cpus);
	explore_ignore(owned, sizeof(owned));
	explore_ignore(newest, sizeof(newest));
	explore_check(dma_device_init(&dev, &device) == 0 && dma_pool_create(&pool, &dev, &config) == 0, "init");
}

static void finish(void)
{
	explore_check(dma_pool_destroy(&pool) == 0, "a block is lost");
	explore_check(dma_device_fini(&dev) == 0 && world_frames_out() == 0 && dma_fini() == 0, "memory is lost");
}

static void take_early(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		early[i] = take();
		explore_check(early[i] != NULL, "no block although there are plenty");
	}
}

static void give_early(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		give(early[i]);
}

/* ---- What CPUs do ---- */

static void takes_and_gives(void)
{
	struct dma_block *block = take();

	explore_check(block != NULL, "no block although there are plenty");
	give(block);
}

static void takes_two(void)
{
	struct dma_block *a = take(), *b = take();

	explore_check(a && b, "no block although there are plenty");
	give(a);
	give(b);
}

static void tries(void)
{
	struct dma_block *block = take();

	if (block)
		give(block);
}

static void start_two(void)
{
	start_pool(2, 16, 0, 0);
	take_early(2);
	give_early(2);
}

static void start_one(void)
{
	start_pool(1, 16, 0, 0);
	take_early(2);
	give_early(2);
}

const struct explore_program pool_two = {
	.name = "pool: two CPUs get and put",
	.start = start_two,
	.cpu = {takes_two, takes_and_gives},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program pool_one_magazine = {
	.name = "pool: two CPUs with one magazine",
	.start = start_one,
	.cpu = {takes_two, takes_and_gives},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program pool_interrupt = {
	.name = "pool: an interrupt gets and puts",
	.start = start_one,
	.cpu = {takes_two},
	.interrupt = tries,
	.finish = finish,
	.preemptions = 3,
};

/* ---- One block: CPUs take it from each other, or find none ---- */

static void start_last(void)
{
	start_pool(2, 1, 0, 1);
}

const struct explore_program pool_last = {
	.name = "pool: two CPUs want the only block",
	.start = start_last,
	.cpu = {tries, tries},
	.finish = finish,
	.preemptions = 2,
};

/* ---- A reserve for callers with interrupts off: while it is short, puts go there ---- */

static void start_reserve(void)
{
	start_pool(1, 1, 1, 2);
}

static void takes_of_the_reserve(void)
{
	struct dma_block *block = take();

	explore_check(block != NULL, "the reserve is empty although nobody has taken of it");
	give(block);
}

static void finish_reserve(void)
{
	explore_check(pool.nfree >= 1 && pool.puts == &pool.own, "the reserve is short although all blocks are back");
	finish();
}

const struct explore_program pool_reserve = {
	.name = "pool: an interrupt lives on the reserve",
	.start = start_reserve,
	.cpu = {tries},
	.interrupt = takes_of_the_reserve,
	.finish = finish_reserve,
	.preemptions = 2,
};

/* ---- A magazine that is full goes back to the chunks in part ---- */

static void start_full(void)
{
	start_pool(1, 48, 0, 0);
	take_early(DMA_MAGAZINE_SLOTS + 3);
	give_early(DMA_MAGAZINE_SLOTS);
}

static void gives_one(void)
{
	give(early[DMA_MAGAZINE_SLOTS]);
}

static void gives_two(void)
{
	give(early[DMA_MAGAZINE_SLOTS + 1]);
	give(early[DMA_MAGAZINE_SLOTS + 2]);
}

const struct explore_program pool_full = {
	.name = "pool: two CPUs put into a magazine that is full",
	.start = start_full,
	.cpu = {gives_one, gives_two},
	.finish = finish,
	.preemptions = 2,
};

/* ---- One block is put twice ---- */

static unsigned accepted;

static void start_twice(void)
{
	start_two();
	explore_ignore(&accepted, sizeof(accepted));
	take_early(1);
	owned[index_of(early[0])] = 0;
}

static void puts(void)
{
	accepted += dma_pool_put(&pool, early[0]) == 0;
}

static void finish_twice(void)
{
	explore_check(accepted == 1, "of two puts not one is refused");
	finish();
}

const struct explore_program pool_twice = {
	.name = "pool: two CPUs put one block",
	.start = start_twice,
	.cpu = {puts, puts},
	.finish = finish_twice,
	.preemptions = 2,
};

/* ---- Memory goes back while blocks are taken ---- */

static void start_large(void)
{
	start_pool(2, 1, 0, 0);
	take_early(18); /* two chunks */
	give_early(18);
}

static void reclaims(void)
{
	(void)dma_reclaim();
}

const struct explore_program pool_reclaimed = {
	.name = "pool: memory goes back while a CPU gets and puts",
	.start = start_large,
	.cpu = {takes_and_gives, reclaims},
	.finish = finish,
	.preemptions = 2,
};

/* ---- A pool grows on one CPU, and another one takes what that has put into the magazine ---- */

#define OF_A_CHUNK (DMA_PAGE_SIZE / BLOCK)

static void start_empty(void)
{
	start_pool(1, 1, 0, 0);
	take_early(OF_A_CHUNK);
}

static void gives_and_takes(void)
{
	give(early[0]);
	takes_and_gives();
}

static void finish_empty(void)
{
	give_early(OF_A_CHUNK);
	finish();
}

static void finish_grown(void)
{
	for (unsigned i = 1; i < OF_A_CHUNK; i++)
		give(early[i]);
	finish();
}

const struct explore_program pool_grows = {
	.name = "pool: two CPUs with one magazine, and it grows",
	.start = start_empty,
	.cpu = {takes_and_gives, gives_and_takes},
	.finish = finish_grown,
	.preemptions = 2,
};
const struct explore_program pool_empty = {
	.name = "pool: two CPUs with one magazine find it empty",
	.start = start_empty,
	.cpu = {takes_and_gives, takes_and_gives},
	.finish = finish_empty,
	.preemptions = 2,
};
