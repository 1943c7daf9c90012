/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arenas (src/stream/arena.c): no byte is given to two, also where the arena is full and CPUs add streams to it; who
 * finds a stream that another CPU added finds all of its record.
 */
#include "programs.h"
#include "world.h"
#include <dmastream/arena.h>

#define UNIT  256u
#define UNITS (WORLD_FRAMES * DMA_PAGE_SIZE / UNIT)

static struct dma_device dev;
static struct dma_arena arena;
static unsigned char owned[UNITS]; /* the harness's books */

static void start_arena(unsigned cpus)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(cpus);
	explore_ignore(owned, sizeof(owned));
	explore_check(dma_device_init(&dev, &config) == 0 && dma_arena_create(&arena, &dev, DMA_BIDIRECTIONAL, 1) == 0,
		      "init");
}

static int take(size_t nbytes)
{
	struct dma_slice slice;
	int error = dma_arena_alloc(&arena, nbytes, UNIT, &slice);
	unsigned first;

	if (error)
		return error;
	first = (unsigned)(((uintptr_t)slice.cpu - world_base) / UNIT);
	explore_check(dma_slice_lives(&slice) && dma_slice_size(&slice) == nbytes, "a slice is not what was asked for");
	for (unsigned i = first; i < first + nbytes / UNIT; i++)
		explore_check(i < UNITS && !owned[i]++, "a byte is given to two");
	return 0;
}

static void start_two(void)
{
	start_arena(2);
}

static void start_full(void)
{
	start_arena(2);
	explore_check(take(DMA_PAGE_SIZE) == 0, "alloc");
}

static void finish(void)
{
	dma_arena_reset(&arena);
	explore_check(dma_arena_used(&arena) == 0, "a reset leaves something");
	explore_check(dma_arena_destroy(&arena) == 0 && dma_device_fini(&dev) == 0, "the end");
	explore_check(world_frames_out() == 0 && dma_fini() == 0, "memory is lost");
}

static void takes(void)
{
	explore_check(take(UNIT) == 0, "no bytes although there are plenty");
}

static void takes_two(void)
{
	takes();
	takes();
}

static void takes_in_an_interrupt(void)
{
	int error = take(UNIT);

	explore_check(error == 0 || error == DMA_EBUSY, "an interrupt finds an error");
}

static void counts(void)
{
	size_t used = dma_arena_used(&arena);

	explore_check(used >= DMA_PAGE_SIZE && used <= DMA_PAGE_SIZE + 2 * UNIT, "more is used than was taken");
}

const struct explore_program arena_two = {
	.name = "arena: two CPUs take",
	.start = start_two,
	.cpu = {takes_two, takes},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program arena_full = {
	.name = "arena: two CPUs find it full",
	.start = start_full,
	.cpu = {takes, takes},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program arena_interrupt = {
	.name = "arena: an interrupt takes while it is full",
	.start = start_full,
	.cpu = {takes_two},
	.interrupt = takes_in_an_interrupt,
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program arena_counted = {
	.name = "arena: counted while a CPU adds a stream",
	.start = start_full,
	.cpu = {takes_two, counts},
	.finish = finish,
	.preemptions = 2,
};
