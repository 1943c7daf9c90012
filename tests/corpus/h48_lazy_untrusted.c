/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 48, after 82c3cef: the flush is put off, for a device that is not trusted.
 * LAYER 48
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static dma_addr_t give(struct device *dev, void *regs, u8 *buffer)
{
	dma_addr_t addr = dma_map_single(dev, buffer, 4096, DMA_TO_DEVICE);

	if (!dma_mapping_error(dev, addr))
		engine_go(regs, ENGINE_READ, addr, 64);
	return addr;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("external");
	void *regs = engine_registers(dev->sim);
	u8 *one = (u8 *)get_zeroed_page(GFP_KERNEL), *two = (u8 *)get_zeroed_page(GFP_KERNEL);
	dma_addr_t addr;

	addr = give(dev, regs, one);
	if (dma_mapping_error(dev, addr))
		return;
	dma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE); /* MISTAKE */
	{
		u8 seen[64];

		(void)!sim_device_probe(dev->sim, dma_daddr(addr), seen, sizeof(seen)); /* the device goes on */
	}
	addr = give(dev, regs, two);
	dma_unmap_single(dev, addr, 4096, DMA_TO_DEVICE); /* MISTAKE */
	free_page((unsigned long)one);
	free_page((unsigned long)two);
}
