/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bounces that lists and buffers take (src/stream/bounce.c): no block is given to two, who gets one sees its record as
 * the last owner left it, and none is lost.
 */
#include "../../src/stream/bounce.h"
#include "programs.h"
#include "world.h"

static struct dma_device dev;
static unsigned char owned[WORLD_FRAMES]; /* the harness's books */
static uint32_t soiled[WORLD_FRAMES];

static struct dma_owed_node *take(void)
{
	int error;
	struct dma_owed_node *node = dma_bounce_get_ready(&dev, 1);
	unsigned frame;

	if (!node)
		node = dma_bounce_get(&dev, 0, 1, &error);
	if (!node)
		return NULL;
	frame = world_frame(node->owed.paddr);
	explore_check(!owned[frame]++, "a block is given to two");
	explore_check(!soiled[frame] || dma_bounce_dirty(node).to == soiled[frame],
		      "what its last use left is not known");
	return node;
}

static void give(struct dma_owed_node *node)
{
	unsigned frame = world_frame(node->owed.paddr);

	owned[frame]--;
	soiled[frame] = soiled[frame] % 1024 + 8;
	dma_bounce_soil(node, 0, soiled[frame]);
	dma_bounce_put(node);
}

static void takes_and_gives(void)
{
	struct dma_owed_node *node = take();

	explore_check(node != NULL, "no block although memory is plenty");
	give(node);
}

static void takes_two(void)
{
	struct dma_owed_node *a = take(), *b = take();

	explore_check(a && b, "no block although memory is plenty");
	give(a);
	give(b);
}

static void in_an_interrupt(void)
{
	takes_and_gives(); /* of the reserve */
}

/* The harness's world keeps frames that come back for the run: forget what was soiled. */
static void frame_goes(unsigned frame)
{
	soiled[frame] = 0;
}

static void start_cold(void)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};

	world_start(2);
	world_on_free(frame_goes);
	explore_ignore(owned, sizeof(owned));
	explore_ignore(soiled, sizeof(soiled));
	explore_check(dma_device_init(&dev, &config) == 0, "dma_device_init");
}

static void start(void)
{
	start_cold();
	takes_two();
}

static void finish(void)
{
	explore_check(dma_device_fini(&dev) == 0 && dma_fini() == 0 && world_frames_out() == 0, "memory is lost");
}

const struct explore_program bounce_two = {
	.name = "bounce: two CPUs take and give",
	.start = start,
	.cpu = {takes_two, takes_and_gives},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program bounce_cold = {
	.name = "bounce: two CPUs come first",
	.start = start_cold,
	.cpu = {takes_and_gives, takes_and_gives},
	.finish = finish,
	.preemptions = 1,
};
const struct explore_program bounce_interrupt = {
	.name = "bounce: an interrupt takes of the reserve",
	.start = start,
	.cpu = {takes_two},
	.interrupt = in_an_interrupt,
	.finish = finish,
	.preemptions = 2,
};
