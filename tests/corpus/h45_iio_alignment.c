/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 45, after iio 444e38927d9a and scsi 90addc6b3c9c: a buffer is aligned to a line smaller than the largest
 * of the machines.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

struct state {
	u32 config;
	u8 rx[8] __aligned(REPAIRED ? ARCH_DMA_MINALIGN : 32);
	u8 end[0] __aligned(REPAIRED ? ARCH_DMA_MINALIGN : 32);
	u32 samples;
};

static u8 sample(struct device *dev, void *regs, struct state *s)
{
	dma_addr_t addr = dma_map_single(dev, s->rx, sizeof(s->rx), DMA_FROM_DEVICE); /* MISTAKE */

	if (dma_mapping_error(dev, addr))
		return 0;
	engine_start(regs, ENGINE_WRITE, addr, sizeof(s->rx));
	s->samples++; /* MISTAKE: its line is the device's */
	while (!engine_done(regs))
		cpu_relax();
	dma_unmap_single(dev, addr, sizeof(s->rx), DMA_FROM_DEVICE);
	return READ_ONCE(s->rx[0]);
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("adc");
	void *regs = engine_registers(dev->sim);
	struct state *s = kzalloc(sizeof(*s), GFP_KERNEL);

	s->config = 7;
	for (unsigned i = 0; i < 4; i++)
		DMACHECK(sample(dev, regs, s) == 0x11 || !REPAIRED);
	DMACHECK(s->samples == 4 || !REPAIRED);
	kfree(s);
}
