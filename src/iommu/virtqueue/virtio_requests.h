/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Requests in flight: submitted by any number of CPUs and their interrupt handlers, answered by a virtio device in any
 * order. A request is a chain of two parts: what the device reads, and what it writes, of which one byte is its
 * verdict: 0 is "done".
 *
 * Whoever holds the lock takes what the device has answered, for all: the verdict goes to the structure on the stack of
 * the CPU that waits, and the slot is free again at once. So nobody who was interrupted keeps a slot that others wait
 * for.
 *
 * Submitting notifies nobody: the next wait does, for all that was submitted. A device that does not answer within the
 * time for one request, or answers what it was not asked, is given up for good: whoever waits is told so at once from
 * then on.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_REQUESTS_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_REQUESTS_H

#include "virtio_function.h"
#include <dmastream/platform.h>

enum {
	DMA_VIRTIO_SLOTS = DMA_VIRTQ_MOST / 2, /* two descriptors each */
	DMA_VIRTIO_SLOT_BYTES = 64,
	DMA_VIRTIO_REQUESTS_BYTES = DMA_VIRTQ_BYTES + DMA_VIRTIO_SLOTS * DMA_VIRTIO_SLOT_BYTES,
	DMA_VIRTIO_TAIL_BYTES = 4,     /* the least that the device writes: the verdict, and what is reserved */
	DMA_VIRTIO_NOT_WRITTEN = 0xff, /* ours: the device returned the request untouched */
};

/* Some requests that one caller waits for, on its stack. */
struct dma_virtio_wait {
	unsigned left;	 /* not answered yet: lock held */
	uint8_t verdict; /* of the first that failed; 0 */
};

struct dma_virtio_slot {
	struct dma_virtio_wait *wait; /* who waits for it */
	void *what;		      /* else: what `answered` is told */
	char *request, *verdict;      /* its memory */
	uint32_t position;
};

struct dma_virtio_requests {
	const struct dma_virtio_function *function;
	/* A request that nobody waits for has that verdict. Lock held. */
	void (*answered)(void *what, uint8_t verdict);
	/* Once. The lock may be held. */
	void (*given_up)(void *owner, const char *why);
	void *owner;
	struct dma_lock lock;
	struct dma_virtq queue;
	uint8_t slots;	    /* of those that are alike; the one behind them is the large one */
	uint8_t failed;	    /* given up: changed atomically */
	uint32_t submitted; /* requests so far, modulo 2^32: written with the lock held */
	uint64_t busy;	    /* slots that are in flight */
	struct dma_virtio_slot slot[DMA_VIRTIO_SLOTS];
};

/* Of a queue of at least 4 entries that was found. memory: zeros, DMA_VIRTIO_REQUESTS_BYTES for the ring and all slots
 * but the large one, and behind them that one's: what the device reads of it, then what it writes, the verdict
 * DMA_VIRTIO_TAIL_BYTES before the end. One caller at a time uses that slot. */
void dma_virtio_requests_init(struct dma_virtio_requests *r, char *memory, dma_paddr_t paddr, uint32_t readable,
			      uint32_t writable);

/* The four that follow are called in any context; no lock is held. Submits a request of nbytes in whole words. wait
 * NULL: nobody waits for it. That the device has been given up is said by the next wait, or settling. */
void dma_virtio_submit(struct dma_virtio_requests *r, const uint64_t *words, unsigned nbytes,
		       struct dma_virtio_wait *wait, void *what);

/* 0, or DMA_ETIMEDOUT: the device has been given up. */

/* Waits for what was submitted with it. Always called: the answers go there. */
int dma_virtio_wait(struct dma_virtio_requests *r, struct dma_virtio_wait *wait);
/* One request, and its verdict; in the large slot, where it says so. */
int dma_virtio_run(struct dma_virtio_requests *r, const uint64_t *words, unsigned nbytes, bool large, uint8_t *verdict);
/* When it returns 0, everything that was submitted before is answered. */
int dma_virtio_settle(struct dma_virtio_requests *r);
void dma_virtio_give_up(struct dma_virtio_requests *r, const char *why);

#endif
