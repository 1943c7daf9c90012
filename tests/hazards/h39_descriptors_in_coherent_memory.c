/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 39: descriptors whose ownership is passed by a bit in them live in coherent memory: uncached if the
 * device does not snoop, whatever maintenance there is.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_coherent ring = {{0}};
	uint32_t descriptor = 0x80000001, seen = 0;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, 1) == 0);
	hazard_quietly(false);
	SIM_CHECK(dma_coherent_write_once(&ring, 64, &descriptor, 4) == 0);
	dma_publish();
	SIM_CHECK(sim_device_read(dev.sim, dma_daddr(dma_coherent_daddr(&ring).raw + 64), &seen, 4) == 0 &&
		  seen == descriptor);
	seen = 1;
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_coherent_daddr(&ring).raw + 64), &seen, 4) == 0);
	dma_consume();
	SIM_CHECK(dma_coherent_read_once(&ring, 64, &descriptor, 4) == 0 && descriptor == 1);
	hazard_quietly(true);
	dma_coherent_release(&ring);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent"},
	.scenario = scenario,
};
