/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 36, after ixgbe 09cfae9f13d5: half a page holds the packet, the other half is synced.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/mm.h>

static u8 receive(struct device *dev, void *regs, struct page *page, dma_addr_t addr, unsigned half)
{
	engine_go(regs, ENGINE_WRITE, addr + half, 128);
	dma_sync_single_range_for_cpu(dev, addr, REPAIRED ? half : 0, 2048, DMA_FROM_DEVICE);
	return ((volatile u8 *)page_address(page))[half]; /* MISTAKE */
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("ixgbe");
	void *regs = engine_registers(dev->sim);
	struct page *page = alloc_page(GFP_KERNEL);
	dma_addr_t addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);

	if (dma_mapping_error(dev, addr))
		return;
	for (unsigned half = 0; half < PAGE_SIZE; half += 2048)
		DMACHECK(receive(dev, regs, page, addr, half) == 0x11 || !REPAIRED);
	dma_unmap_page(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
	__free_page(page);
}
