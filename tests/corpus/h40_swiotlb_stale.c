/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 40, after swiotlb ddbd89deb7d3, aa6f8dcbab47, bddac7c1e02b: the device writes less than was mapped, and
 * the rest comes back as somebody else's bytes.
 * LAYER 40
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("usb");
	void *regs = engine_registers(dev->sim);
	volatile u8 *buffer = kzalloc(256, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, (void *)buffer, 256, DMA_FROM_DEVICE);

	if (dma_mapping_error(dev, addr))
		return;
	engine_go(regs, ENGINE_WRITE, addr, 64);
	dma_sync_single_for_cpu(dev, addr, 64, DMA_FROM_DEVICE); /* a driver that polls */
	DMACHECK(buffer[63] == 0x50);
	dma_sync_single_for_device(dev, addr, 64, DMA_FROM_DEVICE);
	dma_unmap_single(dev, addr, 256, DMA_FROM_DEVICE);
	DMACHECK(buffer[63] == 0x50);
	DMACHECK(buffer[200] == 0); /* MISTAKE */
	kfree((void *)buffer);
}
