/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 53, after caam 738459e: the first mapping stays when the second fails.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static int digest(struct device *dev, void *regs, u8 *data, u8 *result)
{
	dma_addr_t in, out;
	int ret = 0;

	in = dma_map_single(dev, data, 256, DMA_TO_DEVICE); /* MISTAKE */
	if (dma_mapping_error(dev, in))
		return -ENOMEM;
	out = dma_map_single(dev, result, 32, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, out)) {
		ret = -ENOMEM;
		if (!REPAIRED)
			return ret;
		goto unmap_in;
	}
	engine_go(regs, ENGINE_READ, in, 256);
	engine_go(regs, ENGINE_WRITE, out, 32);
	dma_unmap_single(dev, out, 32, DMA_FROM_DEVICE);
unmap_in:
	dma_unmap_single(dev, in, 256, DMA_TO_DEVICE);
	return ret;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("caam");
	void *regs = engine_registers(dev->sim);
	u8 *data = kzalloc(256, GFP_KERNEL), *result = kzalloc(32, GFP_KERNEL);

	DMACHECK(digest(dev, regs, data, result) == 0);
	dmacheck_fail_map(2);
	DMACHECK(digest(dev, regs, data, result) == -ENOMEM);
}
