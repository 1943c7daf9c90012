/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 19: one access of a length that the compiler knows, for which nothing is called, is an error all the same
 * where it is misaligned or reaches past the end.
 */
#include "hazard.h"

static void scenario(void *unused)
{
	struct core_device dev;
	struct dma_coherent ring = {0};
	uint32_t value = 5;
	uint64_t wide = 5;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, 1) == 0))
		return;
	hazard_quietly(false);
	SIM_CHECK(dma_coherent_read_once(&ring, 2, &value, sizeof(value)) == DMA_EINVAL && value == 5);
	SIM_CHECK(dma_coherent_write_once(&ring, 6, &value, sizeof(value)) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_read_once(&ring, 4, &wide, sizeof(wide)) == DMA_EINVAL && wide == 5);
	SIM_CHECK(dma_coherent_write_once(&ring, PAGE - 4, &wide, sizeof(wide)) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_read_once(&ring, PAGE, &value, sizeof(value)) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_write_once(&ring, PAGE - 4, &value, sizeof(value)) == 0);
	value = 0;
	SIM_CHECK(dma_coherent_read_once(&ring, PAGE - 4, &value, sizeof(value)) == 0 && value == 5);
	hazard_quietly(true);
	dma_coherent_release(&ring);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
