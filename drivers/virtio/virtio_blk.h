/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the virtio disk (Virtual I/O Device 1.2, 5.2): virtio_blk.c is its life, virtio_request.c what goes through
 * its queue.
 */
#ifndef DRIVERS_VIRTIO_BLK_H
#define DRIVERS_VIRTIO_BLK_H

#include "../block.h"
#include "../inflight.h"
#include "virtio.h"

enum {
	BLK_SECTOR_SHIFT = 9,
	BLK_SEGMENTS = 30, /* pieces of a request, at most; one entry of the queue each without indirect tables */
	BLK_HEADER_BLOCK = 64,
};

#define BLK_F_FLUSH ((uint64_t)1 << 9)

struct virtio_blk {
	struct block block; /* first */
	struct virtio device;
	struct virtq queue;
	struct dma_pool headers;
	struct dma_block *header[INFLIGHT_MAX];
	struct inflight inflight;
	unsigned block_shift, max_segments;
	uint32_t max_bytes; /* of a segment */
	bool open;
	struct dma_lock lock; /* over the queue, `ending`, the error line */
	uint64_t stable;      /* slots of flushes that the device need not be asked for */
	struct block_ending ending;
	bool interrupts;
	uint64_t timeout, last_look;
};

/* What was taken off the queue under the lock, and is to be told to the callers without it. */
struct blk_harvest {
	unsigned count;
	struct block_request *requests[INFLIGHT_MAX];
	int statuses[INFLIGHT_MAX];
	int error; /* that ends the disk */
};

/* ---- virtio_request.c: under the lock ------------------------------------------------------------------------- */

/* Puts a request into the queue, under that slot. 0, or an error, and nothing has changed. */
DMA_MUST_CHECK int blk_add(struct virtio_blk *d, struct block_request *request, unsigned slot);
/* Takes the answers that are there off the queue. None of them is believed where an IOMMU blocked an access, or one of
 * them is a lie: then the requests stay in flight, and h->error ends the disk. */
void blk_reap(struct virtio_blk *d, struct blk_harvest *h);
/* The slot's header goes back to its pool, if there is one. */
void blk_put_header(struct virtio_blk *d, unsigned slot);

#endif
