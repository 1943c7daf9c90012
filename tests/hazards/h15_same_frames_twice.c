/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 15: the same frames may be mapped twice, for one device or two, and live as long as the last of them.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device a, b;
	struct dma_segment seg = {0}, copy = {0};
	struct dma_stream first = {0}, second = {0};

	(void)unused;
	core_open(&a);
	core_open(&b);
	hazard_quietly(true);
	if (!core_segment(&seg, 1, 1) || !SIM_CHECK(dma_segment_clone(&seg, &copy) == 0))
		return;
	SIM_CHECK(dma_stream_map(&first, &a.dma, DMA_FROM_DEVICE, &seg) == 0);
	SIM_CHECK(dma_stream_map(&second, &b.dma, DMA_TO_DEVICE, &copy) == 0);
	hazard_quietly(false);
	core_receive(&a, &first, 64, 8, 4);
	hazard_quietly(true);
	dma_stream_release(&first);
	hazard_quietly(false);
	core_send(&b, &second, 128, 8, 5);
	hazard_quietly(true);
	dma_stream_release(&second);
	core_close(&a);
	core_close(&b);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
