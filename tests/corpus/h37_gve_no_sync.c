/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 37, after gve 9cfeeb576d49: a network driver that keeps its buffers mapped and copies packets in and out
 * without a sync.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

struct ring {
	struct device *dev;
	void *buffer;
	dma_addr_t addr;
	void __iomem *regs;
};

static int ring_open(struct ring *r, enum dma_data_direction dir)
{
	r->buffer = kzalloc(2048, GFP_KERNEL);
	if (!r->buffer)
		return -ENOMEM;
	r->addr = dma_map_single(r->dev, r->buffer, 2048, dir);
	if (dma_mapping_error(r->dev, r->addr)) {
		kfree(r->buffer);
		return -ENOMEM;
	}
	return 0;
}

static void ring_close(struct ring *r, enum dma_data_direction dir)
{
	dma_unmap_single(r->dev, r->addr, 2048, dir);
	kfree(r->buffer);
}

static void send(struct ring *r, const void *packet, size_t n)
{
	memcpy(r->buffer, packet, n); /* MISTAKE */
	if (REPAIRED)
		dma_sync_single_for_device(r->dev, r->addr, n, DMA_TO_DEVICE);
	engine_go(r->regs, ENGINE_READ, r->addr, n);
}

static unsigned receive(struct ring *r)
{
	engine_go(r->regs, ENGINE_WRITE, r->addr, 64);
	if (REPAIRED)
		dma_sync_single_for_cpu(r->dev, r->addr, 64, DMA_FROM_DEVICE);
	return *(u8 *)r->buffer; /* MISTAKE */
}

void dmacheck_main(void)
{
	static const char packet[100] = "a packet";
	struct ring tx = {.dev = dmacheck_linux_device("gve")}, rx = {.dev = tx.dev};

	tx.regs = rx.regs = engine_registers(tx.dev->sim);
	if (ring_open(&tx, DMA_TO_DEVICE) || ring_open(&rx, DMA_FROM_DEVICE))
		return;
	send(&tx, packet, sizeof(packet));
	DMACHECK(receive(&rx) == 0x11 || !REPAIRED);
	ring_close(&tx, DMA_TO_DEVICE);
	ring_close(&rx, DMA_FROM_DEVICE);
}
