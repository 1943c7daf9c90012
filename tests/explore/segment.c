/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Segments (src/memory/run.c): several CPUs clone, slice, split and drop handles of the same frames. A frame goes back
 * exactly when its last handle has dropped it: never earlier, never twice, never not.
 */
#include "programs.h"
#include "world.h"

static struct dma_segment whole, copy, part[3];

static unsigned first_of(const struct dma_segment *seg)
{
	return (unsigned)((seg->paddr.raw - world_base) >> DMA_PAGE_SHIFT);
}

static void drop(struct dma_segment *seg)
{
	world_unuse(first_of(seg), (unsigned)seg->npages);
	dma_segment_drop(seg);
}

static void start(void)
{
	world_start(3);
	explore_check(dma_segment_alloc(&whole, 4, UINT64_MAX, 0) == 0, "alloc");
	explore_check(dma_segment_clone(&whole, &copy) == 0, "clone");
	world_use(0, 4);
	world_use(0, 4);
}

static void finish(void)
{
	explore_check(world_frames_out() == 0, "a frame is lost");
	explore_check(dma_fini() == 0, "a node is lost");
}

/* ---- One drops the whole, the other cuts its copy ---- */

static void drops_whole(void)
{
	drop(&whole);
}

static void slices_copy(void)
{
	struct dma_segment mine = {0};

	explore_check(dma_segment_slice(&copy, 1, 2, &mine) == 0, "slice");
	world_use(1, 2);
	drop(&copy);
	drop(&mine);
}

static void splits_copy(void)
{
	struct dma_segment tail = {0};

	explore_check(dma_segment_split(&copy, 2, &tail) == 0, "split");
	drop(&copy);
	drop(&tail);
}

/* The cut made the tail's count. Whoever drops the tail learns only through that count what holders did that dropped
 * the whole before the cut. */
static void drops_tail_first(void)
{
	struct dma_segment tail = {0};

	explore_check(dma_segment_split(&copy, 2, &tail) == 0, "split");
	drop(&tail);
	drop(&copy);
}

static void clones_and_drops(void)
{
	struct dma_segment more = {0};

	explore_check(dma_segment_clone(&whole, &more) == 0, "clone");
	world_use(0, 4);
	drop(&whole);
	drop(&more);
}

const struct explore_program segment_slice_and_drop = {
	.name = "segment: slice a copy, drop the whole",
	.start = start,
	.cpu = {drops_whole, slices_copy},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program segment_split_and_drop = {
	.name = "segment: split a copy, drop the whole",
	.start = start,
	.cpu = {drops_whole, splits_copy},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program segment_tail_first = {
	.name = "segment: split a copy, its tail goes first",
	.start = start,
	.cpu = {drops_whole, drops_tail_first},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program segment_split_and_clone = {
	.name = "segment: split a copy, clone the whole",
	.start = start,
	.cpu = {clones_and_drops, splits_copy},
	.finish = finish,
	.preemptions = 3,
};

/* ---- Three handles of frames that nobody cuts: no lock, but for who finds the count changed under it ---- */

static void start_three(void)
{
	start();
	explore_check(dma_segment_clone(&whole, &part[0]) == 0, "clone");
	world_use(0, 4);
}

static void drops_copy(void)
{
	drop(&copy);
}

/* ---- Parts of one split on three CPUs ---- */

static void start_parts(void)
{
	start();
	explore_check(dma_segment_slice(&whole, 0, 2, &part[0]) == 0 &&
			      dma_segment_slice(&whole, 1, 2, &part[1]) == 0 &&
			      dma_segment_slice(&whole, 2, 2, &part[2]) == 0,
		      "slice");
	world_use(0, 2);
	world_use(1, 2);
	world_use(2, 2);
	drop(&whole);
	drop(&copy);
}

static void drops_part_0(void)
{
	drop(&part[0]);
}

const struct explore_program segment_three_drops = {
	.name = "segment: three drop the same",
	.start = start_three,
	.cpu = {drops_whole, drops_copy, drops_part_0},
	.finish = finish,
	.preemptions = 3,
};

static void drops_part_1(void)
{
	drop(&part[1]);
}

static void cuts_part_2(void)
{
	struct dma_segment tail = {0};

	explore_check(dma_segment_split(&part[2], 1, &tail) == 0, "split");
	drop(&tail);
	drop(&part[2]);
}

const struct explore_program segment_three_parts = {
	.name = "segment: overlapping parts on three CPUs",
	.start = start_parts,
	.cpu = {drops_part_0, drops_part_1, cuts_part_2},
	.finish = finish,
	.preemptions = 2,
};

/* ---- In an interrupt ---- */

static void interrupt_drops(void)
{
	drop(&whole);
}

const struct explore_program segment_interrupt = {
	.name = "segment: split, dropped in an interrupt",
	.start = start,
	.cpu = {splits_copy},
	.interrupt = interrupt_drops,
	.preemptions = 2,
};

/* ---- A part is sliced once more, under the lock, while another handle of it is dropped without ---- */

static void start_part(void)
{
	start();
	explore_check(dma_segment_slice(&whole, 1, 2, &part[0]) == 0, "slice");
	world_use(1, 2);
}

static void slices_again(void)
{
	struct dma_segment mine = {0};

	explore_check(dma_segment_slice(&whole, 1, 2, &mine) == 0, "slice");
	world_use(1, 2);
	drop(&mine);
	drop(&whole);
	drop(&copy);
}

const struct explore_program segment_slice_again = {
	.name = "segment: a part is sliced again, and dropped",
	.start = start_part,
	.cpu = {slices_again, drops_part_0},
	.finish = finish,
	.preemptions = 3,
};
