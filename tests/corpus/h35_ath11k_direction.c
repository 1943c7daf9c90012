/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 35, after ath11k 86a03dad0f5a: a buffer that was mapped for what the firmware writes is used to tell it
 * something.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("ath11k");
	void *regs = engine_registers(dev->sim);
	enum dma_data_direction dir = REPAIRED ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	u32 *request = kzalloc(64, GFP_KERNEL);
	dma_addr_t addr;

	request[0] = 0x1234;
	addr = dma_map_single(dev, request, 64, dir); /* MISTAKE */
	if (dma_mapping_error(dev, addr))
		goto out;
	engine_go(regs, ENGINE_READ, addr, 64);
	dma_unmap_single(dev, addr, 64, dir);
out:
	kfree(request);
}
