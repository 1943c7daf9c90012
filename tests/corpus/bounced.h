/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A driver that syncs the middle of a buffer, which the layer below it bounces: each driver that includes it is wrong
 * by another mistake of that layer.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device(DEVICE);
	void *regs = engine_registers(dev->sim);
	u8 *buffer = kzalloc(512, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, buffer, 512, DMA_BIDIRECTIONAL); /* MISTAKE map */

	if (dma_mapping_error(dev, addr))
		return;
	dma_sync_single_for_cpu(dev, addr, 512, DMA_BIDIRECTIONAL);
	memset(buffer + 256, 0x5a, 64);
	dma_sync_single_for_device(dev, addr + 256, 64, DMA_BIDIRECTIONAL); /* MISTAKE sync */
	engine_go(regs, ENGINE_READ, addr + 256, 64);
	DMACHECK(engine_data()[5] == 0x5a);
	dma_sync_single_for_device(dev, addr, 512, DMA_BIDIRECTIONAL);
	engine_go(regs, ENGINE_WRITE, addr + 256, 64);
	dma_sync_single_for_cpu(dev, addr + 256, 64, DMA_BIDIRECTIONAL); /* MISTAKE sync */
	DMACHECK(*(volatile u8 *)(buffer + 256) == 0x11);
	dma_unmap_single(dev, addr, 512, DMA_BIDIRECTIONAL);
	kfree(buffer);
}
