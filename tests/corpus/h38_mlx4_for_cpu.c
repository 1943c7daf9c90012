/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 38, after mlx4 e727f5cde90d: a table is changed and synced for the CPU, where for the device is due.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static void write_entries(struct device *dev, u64 *table, dma_addr_t addr, unsigned n)
{
	dma_sync_single_for_cpu(dev, addr, n * sizeof(*table), DMA_TO_DEVICE);
	for (unsigned i = 0; i < n; i++)
		table[i] = cpu_to_be64(0x1000 * i | 1); /* MISTAKE */
	if (REPAIRED)
		dma_sync_single_for_device(dev, addr, n * sizeof(*table), DMA_TO_DEVICE);
	else
		dma_sync_single_for_cpu(dev, addr, n * sizeof(*table), DMA_TO_DEVICE);
}

void dmacheck_main(void)
{
	struct device *dev = dmacheck_linux_device("mlx4");
	void *regs = engine_registers(dev->sim);
	u64 *table = kzalloc(512, GFP_KERNEL);
	dma_addr_t addr = dma_map_single(dev, table, 512, DMA_TO_DEVICE);

	if (dma_mapping_error(dev, addr))
		return;
	write_entries(dev, table, addr, 16);
	engine_go(regs, ENGINE_READ, addr, 128);
	dma_unmap_single(dev, addr, 512, DMA_TO_DEVICE);
	kfree(table);
}
