/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Counted streams (src/stream/counted.c): the last put releases the stream, once, and what all holders did with it
 * comes before that.
 */
#include "programs.h"
#include "world.h"
#include <dmastream/counted.h>

static struct dma_device dev;
static struct dma_counted_stream counted;
static uint64_t last_use[3]; /* of each holder's: plain words */
static unsigned holders, released;

static void gone(struct dma_counted_stream *c)
{
	released++;
	explore_check(c == &counted && !c->stream.dev, "gone, and the stream is there");
	for (unsigned i = 0; i < holders; i++)
		explore_check(last_use[i] == 1, "the stream goes before a holder's last use of it");
}

static void start_with(unsigned n)
{
	const struct dma_device_config config = {
		.name = "device", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	world_start(3);
	explore_ignore(&released, sizeof(released));
	explore_ignore(&holders, sizeof(holders));
	holders = n;
	explore_check(dma_device_init(&dev, &config) == 0 && dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0 &&
			      dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg) == 0 &&
			      dma_counted_stream_init(&counted, &s, gone) == 0,
		      "init");
	while (dma_counted_stream_holders(&counted) < n)
		explore_check(dma_counted_stream_get(&counted) == 0, "get");
}

static void start_two(void)
{
	start_with(2);
}

static void start_three(void)
{
	start_with(3);
}

static void finish(void)
{
	explore_check(released == 1, "a stream is released twice, or never");
	explore_check(dma_counted_stream_holders(&counted) == 0, "somebody holds what has gone");
	explore_check(dma_device_fini(&dev) == 0 && world_frames_out() == 0 && dma_fini() == 0, "something is lost");
}

static void puts(unsigned i)
{
	last_use[i] = 1;
	(void)dma_counted_stream_put(&counted);
}

static void puts_0(void)
{
	puts(0);
}

static void puts_1(void)
{
	puts(1);
}

static void puts_2(void)
{
	puts(2);
}

/* Takes one more for somebody else, and drops both. */
static void gets_and_puts(void)
{
	explore_check(dma_counted_stream_get(&counted) == 0, "a holder cannot get another reference");
	(void)dma_counted_stream_put(&counted);
	puts(0);
}

const struct explore_program counted_two = {
	.name = "counted: two CPUs put",
	.start = start_two,
	.cpu = {puts_0, puts_1},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program counted_three = {
	.name = "counted: three CPUs put",
	.start = start_three,
	.cpu = {puts_0, puts_1, puts_2},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program counted_get = {
	.name = "counted: one CPU gets and puts, another puts",
	.start = start_two,
	.cpu = {gets_and_puts, puts_1},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program counted_interrupt = {
	.name = "counted: an interrupt puts",
	.start = start_two,
	.cpu = {gets_and_puts},
	.interrupt = puts_1,
	.preemptions = 3,
};
