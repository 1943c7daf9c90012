/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 81: a buffer in the middle of a borrowed page, synced by its range, beside bytes of somebody else's who goes
 * on writing them. A driver that lays its buffers out by dma_device_line() loses none, and the device's bytes arrive.
 */
#include "hazard.h"

#define BUFFER 28 /* bytes, in no line by themselves */

static void scenario(void *unused)
{
	size_t at = PAGE / 2, line, next;
	unsigned char seen[BUFFER];
	struct core_device dev;
	struct dma_stream s = {0};
	unsigned char *page;

	(void)unused;
	core_open(&dev);
	hazard_quietly(true);
	if (!core_stream(&s, &dev, DMA_FROM_DEVICE, 1, true, 1))
		return;
	page = s.cpu;
	line = dma_device_line(&dev.dma);
	next = at + (BUFFER + line - 1) / line * line;
	hazard_quietly(false);
	core_pattern(seen, 5, 0, BUFFER);
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + at), seen, BUFFER) == 0);
	dma_arch_write_once(page + next, 7, 1); /* the neighbour, who knows nothing of all this */
	memset(seen, 0, sizeof(seen));
	SIM_CHECK(dma_stream_sync_from_device(&s, at, BUFFER) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, at, seen, BUFFER) == 0);
	SIM_CHECK(core_is_pattern(seen, 5, 0, BUFFER));
	SIM_CHECK(dma_arch_read_once(page + next, 1) == 7);
	hazard_quietly(true);
	dma_stream_release(&s);
	core_close(&dev);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,noncoherent", "low=1,high=1,noncoherent,line=32,step=32,align=128", "low=1,high=1"},
	.scenario = scenario,
};
