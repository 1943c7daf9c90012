/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A split virtqueue (virtio 1.3, 2.7) in its plainest form: no indirect descriptors, no event index, no interrupts. It
 * knows nothing of IOMMUs or of a transport.
 *
 *	descriptors   size x 16 bytes   written once: the driver of the queue says what each one is
 *	available     6 + 2 x size      ours: heads of the chains that the device may take
 *	used          6 + 8 x size      the device's: heads that it has done with, and how much it wrote
 *
 * The caller's lock holds around every call.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_RING_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_RING_H

#include <dmastream/types.h>

enum {
	DMA_VIRTQ_NEXT = 1,  /* the chain goes on */
	DMA_VIRTQ_WRITE = 2, /* the device writes */
};

struct dma_virtq {
	char *ring; /* the descriptors; the rest lies behind them */
	dma_paddr_t paddr;
	uint16_t size;		 /* a power of two, at most DMA_VIRTQ_MOST */
	uint16_t offered, taken; /* counts, modulo 2^16 */
	uint16_t told;		 /* offered, when the device was last notified */
};

enum { DMA_VIRTQ_MOST = 128 }; /* all of it within 4 KiB */

static inline size_t dma_virtq_available(const struct dma_virtq *q)
{
	return (size_t)16 * q->size;
}

static inline size_t dma_virtq_used(const struct dma_virtq *q)
{
	return (dma_virtq_available(q) + 6 + (size_t)2 * q->size + 3) & ~(size_t)3;
}

/* An empty queue of `size` in 4 KiB of zeros at `ring`. */
void dma_virtq_init(struct dma_virtq *q, void *ring, dma_paddr_t paddr, unsigned size);
/* next: of a chain that goes on, else 0. */
void dma_virtq_describe(struct dma_virtq *q, unsigned index, uint64_t paddr, uint32_t nbytes, unsigned flags,
			unsigned next);
/* Changes how much of the descriptor's memory is used. */
void dma_virtq_resize(struct dma_virtq *q, unsigned index, uint32_t nbytes);
/* Gives the chain that begins there to the device. */
void dma_virtq_offer(struct dma_virtq *q, unsigned head);
/* True if the device has to be notified of what was offered since the last time. The caller then does so. */
bool dma_virtq_notify(struct dma_virtq *q);
/* The next chain that the device has done with: 1; 0: there is none; -1: the device counts what it never got. */
int dma_virtq_take(struct dma_virtq *q, uint32_t *head, uint32_t *nbytes);

#endif
