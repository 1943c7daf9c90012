// SPDX-License-Identifier: MPL-2.0
// The same driver against Linux's DMA API: text to compare with, not part of any build.
#include "receive_ring.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

static int post(struct nic *nic, unsigned int i, void *frame)
{
	struct nic_descriptor *d = &nic->ring[i];
	dma_addr_t daddr = dma_map_single(nic->dev, frame, NIC_FRAME, DMA_FROM_DEVICE);

	if (dma_mapping_error(nic->dev, daddr))
		return -ENOMEM;
	nic->frame[i] = frame;
	nic->daddr[i] = daddr;
	d->daddr = cpu_to_le64(daddr);
	d->length = cpu_to_le32(NIC_FRAME);
	dma_wmb(); /* the entry before its owner */
	WRITE_ONCE(d->owner, cpu_to_le32(NIC_DEVICE));
	return 0;
}

int nic_open(struct nic *nic, struct device *dev)
{
	unsigned int i;
	void *frame;
	int error;

	nic->dev = dev;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (error)
		return error;
	nic->ring = dma_alloc_coherent(dev, NIC_RING * sizeof(*nic->ring), &nic->ring_daddr, GFP_KERNEL);
	if (!nic->ring)
		return -ENOMEM;
	for (i = 0; i < NIC_RING; i++) {
		frame = kmalloc(NIC_FRAME, GFP_KERNEL);
		error = frame ? post(nic, i, frame) : -ENOMEM;
		if (error) {
			kfree(frame);
			nic_close(nic);
			return error;
		}
	}
	return 0;
}

void nic_close(struct nic *nic)
{
	unsigned int i;

	for (i = 0; i < NIC_RING; i++) {
		if (!nic->frame[i])
			continue;
		dma_unmap_single(nic->dev, nic->daddr[i], NIC_FRAME, DMA_FROM_DEVICE);
		kfree(nic->frame[i]);
	}
	dma_free_coherent(nic->dev, NIC_RING * sizeof(*nic->ring), nic->ring, nic->ring_daddr);
}

int nic_interrupt(struct nic *nic)
{
	mb(); /* behind the acknowledgement, so that no entry that came before it is missed */
	for (;; nic->head = (nic->head + 1) % NIC_RING) {
		struct nic_descriptor *d = &nic->ring[nic->head];
		void *full = nic->frame[nic->head], *next;
		dma_addr_t daddr = nic->daddr[nic->head];
		u32 length;

		if (le32_to_cpu(READ_ONCE(d->owner)) == NIC_DEVICE)
			return 0;
		dma_rmb();
		length = le32_to_cpu(READ_ONCE(d->length));
		next = length <= NIC_FRAME ? kmalloc(NIC_FRAME, GFP_ATOMIC) : NULL;
		if (next && post(nic, nic->head, next)) {
			kfree(next);
			next = NULL;
		}
		if (next) {
			dma_unmap_single(nic->dev, daddr, NIC_FRAME, DMA_FROM_DEVICE);
			nic_deliver(nic, full, length);
			continue;
		}
		dma_sync_single_for_device(nic->dev, daddr, NIC_FRAME, DMA_FROM_DEVICE);
		d->length = cpu_to_le32(NIC_FRAME);
		dma_wmb();
		WRITE_ONCE(d->owner, cpu_to_le32(NIC_DEVICE));
	}
}
