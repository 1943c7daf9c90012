/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A driver that gives the device two pages, one after the other: each driver that includes it is wrong by another
 * mistake of the layer below it.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static dma_addr_t give(struct device *dev, void *regs, u8 *buffer)
{
	dma_addr_t addr = dma_map_single(dev, buffer, 4096, DMA_TO_DEVICE); /* MISTAKE map */

	if (!dma_mapping_error(dev, addr))
		engine_go(regs, ENGINE_READ, addr, 64);
	return addr;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device(DEVICE);
	void *regs = engine_registers(dev->sim);
	u8 *one = (u8 *)get_zeroed_page(GFP_KERNEL), *two = (u8 *)get_zeroed_page(GFP_KERNEL);
	dma_addr_t addr;

	addr = give(dev, regs, one);
	if (dma_mapping_error(dev, addr))
		return;
	dma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE); /* MISTAKE unmap */
	addr = give(dev, regs, two);
	dma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE); /* MISTAKE unmap */
	free_page((unsigned long)one);
	free_page((unsigned long)two);
}
