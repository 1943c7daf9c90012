/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 54, after ath10k d4166b8b3365: unmapped in another direction than it was mapped.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("ath10k");
	void *regs = engine_registers(dev->sim);
	u8 *reply = kzalloc(256, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, reply, 256, DMA_FROM_DEVICE);

	if (dma_mapping_error(dev, addr))
		return;
	engine_go(regs, ENGINE_WRITE, addr, 256);
	dma_unmap_single(dev, addr, 256, REPAIRED ? DMA_FROM_DEVICE : DMA_TO_DEVICE); /* MISTAKE */
	DMACHECK(READ_ONCE(reply[1]) == 0x12);
	kfree(reply);
}
