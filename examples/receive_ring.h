/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the receive ring's driver, its device and its user know of each other.
 */
#ifndef EXAMPLES_RECEIVE_RING_H
#define EXAMPLES_RECEIVE_RING_H

#include <dmastream/dmastream.h>

#define NIC_RING  256u
#define NIC_FRAME 2048u /* bytes of the largest frame */

struct nic_descriptor {
	uint64_t daddr;
	uint32_t length;
	uint32_t owner;
};

#define NIC_LENGTH offsetof(struct nic_descriptor, length)
#define NIC_OWNER  offsetof(struct nic_descriptor, owner)
#define NIC_DEVICE 1u /* the device may fill it; 0: the CPU may read it */

DMA_RING(nic_ring, volatile struct nic_descriptor);

struct nic { /* starts zeroed */
	struct nic_ring ring;
	struct dma_pool_from_device pool;
	struct dma_block_from_device *block[NIC_RING]; /* of each entry */
};

int nic_open(struct nic *nic, struct dma_device *dma);
void nic_close(struct nic *nic); /* the device has been stopped */
void nic_interrupt(struct nic *nic);

/* The user's: it reads the frame, and puts the block back into the pool when it is done. */
void nic_deliver(struct nic *nic, struct dma_block_from_device *frame, size_t length);

#endif
