/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 82: what may be called with interrupts off draws on a reserve that is full from the start, and that a worker
 * fills again; running dry is counted. Nothing but dma_init() has run before the first interrupt here.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "hazard.h"

#define FRAMES 200

static void scenario(void *unused)
{
	struct dma_segment seg[FRAMES] = {{dma_paddr(0), 0, NULL}}, last = {0};
	struct dma_stats stats;
	unsigned n = 0, before;
	dma_paddr_t frames, one;

	(void)unused;
	hazard_quietly(true);
	SIM_CHECK(dma_host_frames_alloc(FRAMES, UINT64_MAX, PAGE, &frames) == 0);
	sim_interrupts(false);
	while (n < FRAMES && !dma_segment_adopt(&seg[n], dma_paddr(frames.raw + n * PAGE), 1))
		n++;
	SIM_CHECK(n >= 64 && n < FRAMES);
	dma_stats(&stats);
	SIM_CHECK(stats.reserve_empty == 1);
	sim_interrupts(true);
	SIM_CHECK(dma_reclaim() == 0);
	sim_interrupts(false);
	for (before = n; n < FRAMES && !dma_segment_adopt(&seg[n], dma_paddr(frames.raw + n * PAGE), 1);)
		n++;
	SIM_CHECK(n >= before + 64 || n == FRAMES);
	sim_interrupts(true);
	/* Any call that needs an object fills it, too. */
	SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, PAGE, &one) == 0 && dma_segment_adopt(&last, one, 1) == 0);
	sim_interrupts(false);
	for (before = n; n < FRAMES && n < before + 64; n++)
		SIM_CHECK(dma_segment_adopt(&seg[n], dma_paddr(frames.raw + n * PAGE), 1) == 0);
	sim_interrupts(true);
	dma_segment_drop(&last);
	if (n < FRAMES)
		dma_host_frames_free(dma_paddr(frames.raw + n * PAGE), FRAMES - n);
	while (n > 0)
		dma_segment_drop(&seg[--n]);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1"},
	.scenario = scenario,
};
