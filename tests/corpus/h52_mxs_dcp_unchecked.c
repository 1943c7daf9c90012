/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 52, after mxs-dcp df6313d: nobody asks whether the map call has failed.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static int crypt(struct device *dev, void *regs, u8 *key)
{
	dma_addr_t addr = dma_map_single(dev, key, 64, DMA_TO_DEVICE); /* MISTAKE */

	if (REPAIRED && dma_mapping_error(dev, addr))
		return -ENOMEM;
	engine_go(regs, ENGINE_READ, addr, 64);
	dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
	return 0;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("dcp");
	void *regs = engine_registers(dev->sim);
	u8 *key = kzalloc(64, GFP_KERNEL);

	(void)crypt(dev, regs, key);
	dmacheck_fail_map(1);
	(void)crypt(dev, regs, key);
	kfree(key);
}
