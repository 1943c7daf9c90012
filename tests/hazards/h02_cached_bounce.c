/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 2: where the CPU has cache maintenance, a bounce for a device that does not snoop is cached, and then
 * maintained.
 */
#include "hazard.h"

#include "../../src/memory/placement.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, true, 1))
		return;
	hazard_quietly(false);
	SIM_CHECK((s.place & DMA_PLACE_UNCACHED) == 0);
	core_send(&dev, &s, 100, 8, 2);
	core_receive(&dev, &s, 200, 8, 3);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent,cvm", "low=1,high=1,noncoherent,mask=32"},
	.scenario = scenario,
};
