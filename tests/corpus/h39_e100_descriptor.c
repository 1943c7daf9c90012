/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 39, after e100 303d67c28831: a receive descriptor in streaming memory is taken to look at its status, and
 * never given back.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

struct rfd {
	u32 status, count;
	u8 data[248];
};

/* Not complete yet: it is the device's to write again. */
static u32 look(struct device *dev, struct rfd *rfd, dma_addr_t addr)
{
	u32 status;

	dma_sync_single_for_cpu(dev, addr, sizeof(*rfd), DMA_BIDIRECTIONAL);
	status = READ_ONCE(rfd->status);
	if (REPAIRED)
		dma_sync_single_for_device(dev, addr, sizeof(*rfd), DMA_BIDIRECTIONAL);
	return status;
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("e100");
	void *regs = engine_registers(dev->sim);
	struct rfd *rfd = kzalloc(sizeof(*rfd), GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, rfd, sizeof(*rfd), DMA_BIDIRECTIONAL);

	if (dma_mapping_error(dev, addr))
		return;
	DMACHECK(look(dev, rfd, addr) == 0);
	engine_go(regs, ENGINE_WRITE, addr, 8); /* MISTAKE */
	DMACHECK(look(dev, rfd, addr) == 0x14131211);
	dma_unmap_single(dev, addr, sizeof(*rfd), DMA_BIDIRECTIONAL);
	kfree(rfd);
}
