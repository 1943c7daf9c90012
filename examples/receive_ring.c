/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A receive ring of 256 entries, refilled in the interrupt handler from a pool: nothing is mapped or allocated there.
 * Where no block is left, the full one goes back into the ring and its frame is dropped.
 */
#include "receive_ring.h"

/* Into the head entry, behind which the head moves on. */
static void post(struct nic *nic, struct dma_block_from_device *block)
{
	volatile struct nic_descriptor *entry = dma_ring_head_entry(&nic->ring);

	nic->block[dma_ring_head(&nic->ring)] = block;
	entry->daddr = dma_block_daddr(block).raw;
	entry->length = NIC_FRAME;
	dma_barrier(); /* the entry before its owner; and whatever the CPU read of the block comes first */
	entry->owner = NIC_DEVICE;
	dma_ring_follow(&nic->ring);
}

int nic_open(struct nic *nic, struct dma_device *dma)
{
	const struct dma_pool_config frames = {
		.name = "nic receive", .block_size = NIC_FRAME, .blocks = NIC_RING, .reserve = NIC_RING / 4};
	struct dma_block_from_device *block;
	int error = dma_ring_alloc(&nic->ring, dma, NIC_RING);

	if (!error)
		error = dma_pool_create(&nic->pool, dma, &frames);
	for (unsigned i = 0; i < NIC_RING && !error; i++) {
		error = dma_pool_get(&nic->pool, &block);
		if (!error)
			post(nic, block);
	}
	if (error)
		nic_close(nic);
	return error;
}

void nic_close(struct nic *nic)
{
	for (unsigned i = 0; i < NIC_RING; i++)
		if (nic->block[i])
			(void)dma_pool_put(&nic->pool, nic->block[i]);
	(void)!dma_pool_destroy(&nic->pool);
	dma_ring_release(&nic->ring);
}

void nic_interrupt(struct nic *nic)
{
	dma_barrier(); /* behind the acknowledgement, so that no entry that came before it is missed */
	while (dma_ring_head_entry(&nic->ring)->owner != NIC_DEVICE) {
		struct dma_block_from_device *full = nic->block[dma_ring_head(&nic->ring)], *next;
		uint32_t length;

		dma_consume();
		length = dma_ring_head_entry(&nic->ring)->length;
		if (dma_slice_sync_from_device(&full->slice, 0, length) || dma_pool_get(&nic->pool, &next))
			next = full; /* a length that is a lie, or no block left: the frame is dropped */
		else
			nic_deliver(nic, full, length);
		post(nic, next);
	}
}
