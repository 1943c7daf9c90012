/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 41, after arm64 c50f11c6196f: lines are invalidated when an inbound transfer begins, and what RAM had
 * before comes to light.
 * LAYER 41
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("sd");
	void *regs = engine_registers(dev->sim);
	volatile u8 *buffer = kzalloc(256, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, (void *)buffer, 256, DMA_FROM_DEVICE); /* MISTAKE */

	if (dma_mapping_error(dev, addr))
		return;
	engine_go(regs, ENGINE_WRITE, addr, 64);
	dma_unmap_single(dev, addr, 256, DMA_FROM_DEVICE);
	DMACHECK(buffer[200] == 0);
	kfree((void *)buffer);
}
