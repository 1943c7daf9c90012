/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 42, after iommu/dma 06e620345d54: cache maintenance goes to the original, not to the bounce that the
 * device reads.
 * LAYER 42
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("mmc");
	void *regs = engine_registers(dev->sim);
	u8 *buffer = kzalloc(512, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, buffer, 512, DMA_BIDIRECTIONAL); /* MISTAKE */

	if (dma_mapping_error(dev, addr))
		return;
	dma_sync_single_for_cpu(dev, addr, 512, DMA_BIDIRECTIONAL);
	memset(buffer + 256, 0x5a, 64);
	dma_sync_single_for_device(dev, addr + 256, 64, DMA_BIDIRECTIONAL); /* MISTAKE */
	engine_go(regs, ENGINE_READ, addr + 256, 64);
	DMACHECK(engine_data()[5] == 0x5a);
	dma_sync_single_for_device(dev, addr, 512, DMA_BIDIRECTIONAL);
	engine_go(regs, ENGINE_WRITE, addr + 256, 64);
	dma_sync_single_for_cpu(dev, addr + 256, 64, DMA_BIDIRECTIONAL); /* MISTAKE */
	DMACHECK(*(volatile u8 *)(buffer + 256) == 0x11);
	dma_unmap_single(dev, addr, 512, DMA_BIDIRECTIONAL);
	kfree(buffer);
}
