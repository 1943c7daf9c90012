/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A split virtqueue (virtio 1.3, 2.7) in its plainest form: no indirect descriptors, no event index, no interrupts.
 *
 *	descriptors   size x 16 bytes   the driver of the queue says what each one is
 *	available     6 + 2 x size      ours: heads of the chains that the device may take
 *	used          6 + 8 x size      the device's: heads that it has done with, and how much it wrote
 *
 * The caller's lock holds around every call.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTQ_H
#define DMASTREAM_SRC_IOMMU_VIRTQ_H

#include <dmastream/arch.h>
#include <dmastream/barrier.h>
#include <dmastream/types.h>

enum {
	DMA_VIRTQ_MOST = 128,	/* entries */
	DMA_VIRTQ_BYTES = 4096, /* all of them lie within */
	DMA_VIRTQ_NEXT = 1,	/* the chain goes on */
	DMA_VIRTQ_WRITE = 2,	/* the device writes */
	DMA_VIRTQ_QUIET = 1,	/* in the first word of either ring: no interrupts, no notifications */
};

struct dma_virtq {
	char *ring; /* the descriptors, in 4 KiB that were zeros; the rest lies behind them */
	dma_paddr_t paddr;
	volatile char *doorbell;
	uint16_t index;		 /* among the device's queues */
	uint16_t size;		 /* a power of two, at most DMA_VIRTQ_MOST */
	uint16_t offered, taken; /* counts, modulo 2^16 */
	uint16_t told;		 /* offered, when the device was last notified */
};

static inline size_t dma_virtq_available(const struct dma_virtq *q)
{
	return (size_t)16 * q->size;
}

static inline size_t dma_virtq_used(const struct dma_virtq *q)
{
	return (dma_virtq_available(q) + 6 + (size_t)2 * q->size + 3) & ~(size_t)3;
}

/* next: of a chain that goes on, else 0. */
static inline void dma_virtq_describe(const struct dma_virtq *q, unsigned index, uint64_t paddr, uint32_t nbytes,
				      unsigned flags, unsigned next)
{
	char *descriptor = q->ring + (size_t)16 * index;

	dma_arch_write_once(descriptor, paddr, 8);
	dma_arch_write_once(descriptor + 8, nbytes | (uint64_t)flags << 32 | (uint64_t)next << 48, 8);
}

/* Changes how much of the descriptor's memory is used. */
static inline void dma_virtq_resize(const struct dma_virtq *q, unsigned index, uint32_t nbytes)
{
	dma_arch_write_once(q->ring + (size_t)16 * index + 8, nbytes, 4);
}

/* Gives the chain that begins there to the device. */
static inline void dma_virtq_offer(struct dma_virtq *q, unsigned head)
{
	char *available = q->ring + dma_virtq_available(q);

	dma_arch_write_once(available + 4 + (size_t)2 * (q->offered & (q->size - 1u)), head, 2);
	dma_publish(); /* the chain before the index that gives it away (2.7.13.3.1) */
	dma_arch_write_once(available + 2, ++q->offered, 2);
}

/* True if the device has to be notified of what was offered since the last time. The caller then does so. */
static inline bool dma_virtq_notify(struct dma_virtq *q)
{
	if (q->told == q->offered)
		return false;
	q->told = q->offered;
	dma_barrier(); /* the index, then the device's word on notifications (2.7.13.4.1; hazard 69) */
	return !(dma_arch_read_once(q->ring + dma_virtq_used(q), 2) & DMA_VIRTQ_QUIET);
}

/* How many chains the device has done with, as it says. */
static inline uint16_t dma_virtq_waiting(const struct dma_virtq *q)
{
	return (uint16_t)(dma_arch_read_once(q->ring + dma_virtq_used(q) + 2, 2) - q->taken);
}

/* The next chain that the device has done with: 1; 0: there is none; -1: the device counts what it never got. */
static inline int dma_virtq_take(struct dma_virtq *q, uint32_t *head, uint32_t *nbytes)
{
	uint16_t waiting = dma_virtq_waiting(q);
	const char *element;

	if (!waiting)
		return 0;
	if (waiting > (uint16_t)(q->offered - q->taken))
		return -1;
	dma_consume();
	element = q->ring + dma_virtq_used(q) + 4 + (size_t)8 * (q->taken & (q->size - 1u));
	*head = (uint32_t)dma_arch_read_once(element, 4);
	*nbytes = (uint32_t)dma_arch_read_once(element + 4, 4);
	q->taken++;
	return 1;
}

#endif
