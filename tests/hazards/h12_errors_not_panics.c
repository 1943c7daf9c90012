/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazards 12, 52 and 53: whatever the host refuses, at whichever call, is an error; nothing leaks and nothing
 * is used that was not given.
 */
#include "hazard.h"

static int attempt(void *unused)
{
	struct core_device dev;
	struct dma_stream s = {0};
	int error;

	(void)unused;
	core_open(&dev);
	error = dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 2);
	dma_stream_release(&s);
	core_close(&dev);
	return error;
}

const struct hazard hazard = {
	.machines = {"low=1,high=1,cvm", "low=1,high=1,mask=32"},
	.attempt = attempt,
};
