/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 8: where memory must be uncached and the machine cannot do that, the answer is an error, never a
 * cached mapping.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_coherent c = {{0}};

	(void)unused;
	core_open(&dev);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 1) == DMA_ENOTSUP);
	hazard_quietly(true);
	dma_coherent_release(&c);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent,nosync,nouncached", "low=1,high=1,noncoherent,nouncached"},
	.scenario = scenario,
};
