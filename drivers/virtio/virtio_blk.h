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
	unsigned block_shift;  /* block_size is 1 << block_shift bytes, 9 to 12 */
	unsigned max_segments; /* of a request's memory, 1 to BLK_SEGMENTS */
	uint32_t max_bytes;    /* of a segment: a multiple of 512, 1 MiB at most */
	bool open;
	struct dma_lock lock; /* over the queue, `ending`, the error line */
	uint64_t stable;      /* slots of flushes that the device need not be asked for */
	struct block_ending ending;
	bool interrupts;
	uint64_t timeout;   /* ns that a request may take */
	uint64_t last_look; /* dma_host_time_ns() */
};

/* What was taken off the queue under the lock, and is to be told to the callers without it. */
struct blk_harvest {
	unsigned count;
	struct block_request *requests[INFLIGHT_MAX];
	int statuses[INFLIGHT_MAX];
	int error; /* that ends the disk */
};

/* ---- virtio_request.c: under the lock ------------------------------------------------------------------------- */

/* Puts a request into the queue, under the slot that inflight_take() gave it: a header, the data, a status byte
 * [5.2.6]. virtq_kick() shows it to the device. A flush that the device need not be asked for [5.2.6.2] is noted in
 * d->stable.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (the memory is more pieces than max_segments, or a list shorter than the request); any other (as
 * dma_pool_get() and virtq_add()).
 * Context: any.
 * See: blk_reap(), virtq_kick(). */
DMA_MUST_CHECK int blk_add(struct virtio_blk *d, struct block_request *request, unsigned slot);

/* Takes the answers that are there off the queue. None of them is believed where an IOMMU blocked an access, or one of
 * them is a lie: then the requests stay in flight, and h->error ends the disk. *h is added to.
 * Returns: nothing; *h has the requests and a status for each, or DMA_EIO as its error.
 * Errors: none.
 * Context: any.
 * See: blk_add(), virtq_take(), virtio_blocked(). */
void blk_reap(struct virtio_blk *d, struct blk_harvest *h);

/* Gives the slot's header back to its pool, if there is one.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: blk_add(). */
void blk_put_header(struct virtio_blk *d, unsigned slot);

#endif
