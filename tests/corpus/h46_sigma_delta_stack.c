/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 46, after ad_sigma_delta 0fb6ee8 and max7301 abf221d2f51b: a transfer from a variable on the stack.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static int set_register(struct device *dev, void *regs, u8 reg, u8 value, u8 *safe)
{
	u8 message[2] = {reg, value};
	u8 *tx = REPAIRED ? safe : message;
	dma_addr_t addr;

	memcpy(tx, message, sizeof(message));
	addr = dma_map_single(dev, tx, sizeof(message), DMA_TO_DEVICE); /* MISTAKE */
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;
	engine_go(regs, ENGINE_READ, addr, sizeof(message));
	dma_unmap_single(dev, addr, sizeof(message), DMA_TO_DEVICE);
	return 0;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("spi");
	u8 *safe = kmalloc(2, GFP_KERNEL);

	(void)set_register(dev, engine_registers(dev->sim), 4, 1, safe);
	kfree(safe);
}
