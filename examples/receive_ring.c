/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A receive ring of 256 entries, refilled in the interrupt handler from a pool: nothing is mapped or allocated there.
 * Where no block is left, the full one goes back into the ring and its frame is dropped.
 */
#include "receive_ring.h"

static int post(struct nic *nic, unsigned i, struct dma_block *block)
{
	const struct nic_descriptor empty = {.daddr = dma_block_daddr(block).raw, .length = NIC_FRAME};
	const uint32_t owner = NIC_DEVICE;
	int error = dma_coherent_write_bytes(&nic->ring, i * sizeof(empty), &empty, NIC_OWNER);

	nic->block[i] = block;
	dma_barrier(); /* the entry before its owner; and whatever the CPU read of the block comes first */
	return error ? error : dma_coherent_write_once(&nic->ring, i * sizeof(empty) + NIC_OWNER, &owner, 4);
}

int nic_open(struct nic *nic, struct dma_device *dma)
{
	const struct dma_pool_config frames = {.name = "nic receive",
					       .dir = DMA_FROM_DEVICE,
					       .block_size = NIC_FRAME,
					       .blocks = NIC_RING,
					       .reserve = NIC_RING / 4};
	struct dma_block *block;
	int error = dma_coherent_alloc(&nic->ring, dma, 0, NIC_RING * sizeof(struct nic_descriptor) / DMA_PAGE_SIZE);

	if (!error)
		error = dma_pool_create(&nic->pool, dma, &frames);
	for (unsigned i = 0; i < NIC_RING && !error; i++) {
		error = dma_pool_get(&nic->pool, &block);
		if (!error)
			error = post(nic, i, block);
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
	dma_coherent_release(&nic->ring);
}

int nic_interrupt(struct nic *nic)
{
	dma_barrier(); /* behind the acknowledgement, so that no entry that came before it is missed */
	for (;; nic->head = (nic->head + 1) % NIC_RING) {
		size_t at = nic->head * sizeof(struct nic_descriptor);
		struct dma_block *full = nic->block[nic->head], *next;
		uint32_t owner, length;
		int error = dma_coherent_read_once(&nic->ring, at + NIC_OWNER, &owner, 4);

		if (error || owner == NIC_DEVICE)
			return error;
		dma_consume();
		error = dma_coherent_read_once(&nic->ring, at + NIC_LENGTH, &length, 4);
		if (error || dma_slice_sync_from_device(&full->slice, 0, length) || dma_pool_get(&nic->pool, &next))
			next = full; /* a length that is a lie, or no block left: the frame is dropped */
		else
			nic_deliver(nic, full, length);
		error = post(nic, nic->head, next);
		if (error)
			return error;
	}
}
