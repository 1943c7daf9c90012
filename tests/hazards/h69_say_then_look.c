/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 69: who says "wake me" and then looks once more sees what came before, or is woken: never neither.
 */
#include "hazard.h"

#define WAKE 0
#define DONE 512 /* in another line */

static void scenario(void *unused)
{
	struct dma_coherent ring = {{0}};
	uint32_t one = 1, done = 0, wake = 0, start = 0;
	struct core_device dev;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, 1) == 0))
		return;
	SIM_CHECK(dma_coherent_write_once(&ring, WAKE, &start, 4) == 0);
	dma_barrier();
	hazard_quietly(false);
	SIM_CHECK(dma_coherent_write_once(&ring, WAKE, &one, 4) == 0);
	dma_barrier();
	SIM_CHECK(dma_coherent_read_once(&ring, DONE, &done, 4) == 0);
	/* The device, at the same moment: done, then shall I wake it? */
	SIM_CHECK(sim_device_poke(dev.sim, dma_daddr(dma_coherent_daddr(&ring).raw + DONE), &one, 4) == 0);
	SIM_CHECK(sim_device_probe(dev.sim, dma_daddr(dma_coherent_daddr(&ring).raw + WAKE), &wake, 4) == 0);
	SIM_CHECK(done || wake);
	hazard_quietly(true);
	dma_coherent_release(&ring);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
