/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The model of a NIC (nic_new()), driven as Linux's drivers do it: what is sent comes back, and is read in place of
 * buffers that stay mapped, without a sync.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/slab.h>

#define RING   8u
#define BUFFER 2048
#define OWNED  0x80000000u /* the card's */

struct descriptor {
	__le64 addr;
	__le32 length, flags;
};

static struct nic {
	struct device *dev;
	struct descriptor *tx, *rx; /* RING each */
	dma_addr_t tx_ring, rx_ring, tx_addr[RING], rx_addr[RING];
	u8 *tx_buffer[RING], *rx_buffer[RING];
	void __iomem *regs;
	unsigned sent, done, received, interrupts;
} nic;

static void give(struct descriptor *d, dma_addr_t addr, u32 length)
{
	d->addr = cpu_to_le64(addr);
	d->length = cpu_to_le32(length);
	dma_wmb();
	WRITE_ONCE(d->flags, cpu_to_le32(OWNED));
}

static int nic_open(void)
{
	nic.tx = dma_alloc_coherent(nic.dev, RING * sizeof(*nic.tx), &nic.tx_ring, GFP_KERNEL);
	nic.rx = dma_alloc_coherent(nic.dev, RING * sizeof(*nic.rx), &nic.rx_ring, GFP_KERNEL);
	if (!nic.tx || !nic.rx)
		return -ENOMEM;
	for (unsigned i = 0; i < RING; i++) {
		nic.tx_buffer[i] = kmalloc(BUFFER, GFP_KERNEL);
		nic.rx_buffer[i] = kmalloc(BUFFER, GFP_KERNEL);
		if (!nic.tx_buffer[i] || !nic.rx_buffer[i])
			return -ENOMEM;
		nic.rx_addr[i] = dma_map_single(nic.dev, nic.rx_buffer[i], BUFFER, DMA_FROM_DEVICE);
		if (dma_mapping_error(nic.dev, nic.rx_addr[i]))
			return -ENOMEM;
		give(&nic.rx[i], nic.rx_addr[i], BUFFER);
	}
	return 0;
}

static void nic_close(void)
{
	for (unsigned i = 0; i < RING; i++) {
		dma_unmap_single(nic.dev, nic.rx_addr[i], BUFFER, DMA_FROM_DEVICE);
		kfree(nic.rx_buffer[i]);
		kfree(nic.tx_buffer[i]);
	}
	dma_free_coherent(nic.dev, RING * sizeof(*nic.tx), nic.tx, nic.tx_ring);
	dma_free_coherent(nic.dev, RING * sizeof(*nic.rx), nic.rx, nic.rx_ring);
}

static int send(unsigned n)
{
	unsigned i = nic.sent % RING;

	memset(nic.tx_buffer[i], (int)nic.sent & 0xff, n);
	nic.tx_addr[i] = dma_map_single(nic.dev, nic.tx_buffer[i], n, DMA_TO_DEVICE);
	if (dma_mapping_error(nic.dev, nic.tx_addr[i]))
		return -ENOMEM;
	give(&nic.tx[i], nic.tx_addr[i], n);
	nic.sent++;
	writel(1, nic.regs);
	return 0;
}

static void take_sent(void)
{
	for (; nic.done < nic.sent; nic.done++) {
		struct descriptor *d = &nic.tx[nic.done % RING];

		if (le32_to_cpu(READ_ONCE(d->flags)) & OWNED)
			return;
		dma_rmb();
		dma_unmap_single(nic.dev, nic.tx_addr[nic.done % RING], le32_to_cpu(d->length), DMA_TO_DEVICE);
	}
}

static void take_received(void)
{
	for (;; nic.received++) {
		unsigned i = nic.received % RING, n;
		u8 last;

		if (le32_to_cpu(READ_ONCE(nic.rx[i].flags)) & OWNED)
			return;
		dma_rmb();
		n = le32_to_cpu(nic.rx[i].length);
		if (REPAIRED)
			dma_sync_single_for_cpu(nic.dev, nic.rx_addr[i], n, DMA_FROM_DEVICE);
		last = READ_ONCE(nic.rx_buffer[i][n - 1]); /* MISTAKE */
		DMACHECK(n == 60 + nic.received && (!REPAIRED || last == (nic.received & 0xff)));
		if (REPAIRED)
			dma_sync_single_for_device(nic.dev, nic.rx_addr[i], n, DMA_FROM_DEVICE);
		give(&nic.rx[i], nic.rx_addr[i], BUFFER);
	}
}

static irqreturn_t interrupt(int irq, void *dev)
{
	(void)irq, (void)dev;
	nic.interrupts++;
	take_sent();
	take_received();
	return IRQ_HANDLED;
}

static void doorbell(void *model, uint64_t at, uint64_t value, unsigned nbytes)
{
	(void)at, (void)value, (void)nbytes;
	nic_doorbell(model);
}

void dmacheck_main(void)
{
	const struct ring_layout tx = {.entry = sizeof(struct descriptor),
				       .addr = {0, 8},
				       .length = {8, 4},
				       .flags = {12, 4},
				       .owned = OWNED,
				       .owned_value = OWNED,
				       .clear = OWNED};
	struct ring_layout rx = tx;
	struct nic_model *model;

	rx.done = rx.length;
	rx.to_memory = true;
	nic.dev = dmacheck_linux_device("nic0");
	model = nic_new(nic.dev->sim, &tx, &rx);
	nic.regs = dmacheck_registers(0x1000, NULL, doorbell, model);
	DMACHECK(request_irq(1, interrupt, 0, "nic0", &nic) == 0);
	if (nic_open())
		return;
	nic_rings(model, nic.tx_ring, RING, nic.rx_ring, RING);
	for (unsigned i = 0; i < 20; i++) {
		DMACHECK(send(60 + i) == 0);
		for (unsigned turns = 0; nic.sent - nic.done == RING && turns < 1000; turns++)
			cpu_relax();
	}
	for (unsigned turns = 0; nic.received < nic.sent && turns < 1000; turns++)
		cpu_relax();
	DMACHECK(nic.done == 20 && nic.received == 20 && nic.interrupts > 0);
	free_irq(1, &nic);
	nic_close();
}
