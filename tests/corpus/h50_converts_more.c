/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 50, after 4a37f3d: more is converted than the range.
 * LAYER 50
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static dma_addr_t give(struct device *dev, void *regs, u8 *buffer)
{
	dma_addr_t addr = dma_map_single(dev, buffer, 4096, DMA_TO_DEVICE); /* MISTAKE */

	if (!dma_mapping_error(dev, addr))
		engine_go(regs, ENGINE_READ, addr, 64);
	return addr;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("virtio");
	void *regs = engine_registers(dev->sim);
	u8 *one = (u8 *)get_zeroed_page(GFP_KERNEL), *two = (u8 *)get_zeroed_page(GFP_KERNEL);
	dma_addr_t addr;

	addr = give(dev, regs, one);
	if (dma_mapping_error(dev, addr))
		return;
	dma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE);
	addr = give(dev, regs, two);
	dma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE);
	free_page((unsigned long)one);
	free_page((unsigned long)two);
}
