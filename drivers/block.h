/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A disk, whatever its driver: requests name device addresses, so that the caller decides what is mapped for which disk.
 */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include <dmastream/device.h>
#include <dmastream/types.h>

enum block_op {
	BLOCK_READ,  /* disk to memory: the stream is from-device */
	BLOCK_WRITE, /* memory to disk: the stream is to-device */
	BLOCK_FLUSH, /* everything written before is on stable storage; no memory, no range */
};

struct block_request {
	enum block_op op;
	uint64_t lba;
	uint32_t nblocks;  /* 1 to max_blocks; 0 for flush */
	dma_daddr_t daddr; /* page aligned, nblocks * block_size bytes, contiguous in the device's addresses */
	/* filled by the driver */
	int status; /* 0 or a DMA_E… code, valid once done */
	bool done;
	uint16_t slot; /* the driver's while in flight */
};

struct block;

struct block_ops {
	/* Starts it. The request stays where it is until done. 0, DMA_EBUSY (queue full: poll), DMA_EINVAL (range, size,
	 * alignment), DMA_ENODEV (the disk failed before). */
	int (*submit)(struct block *disk, struct block_request *request);
	/* Finishes what has completed and returns how many requests that was; or the error that ends the disk: DMA_ETIMEDOUT (a
	 * request is older than the driver's limit), DMA_EIO (a completion that makes no sense). Then every request in flight
	 * is done, with that status, after the device has been stopped. */
	int (*poll)(struct block *disk);
	/* Stops the device; it no longer touches memory when this returns. Requests in flight end with DMA_ENODEV. */
	void (*close)(struct block *disk);
};

struct block {
	const struct block_ops *ops;
	struct dma_device *dma; /* map streams for it */
	uint64_t nblocks;
	uint32_t block_size; /* bytes, a power of two, 512 to 4096 */
	uint32_t max_blocks; /* in one request */
	unsigned depth;      /* requests that can be in flight */
	char name[24];
	char error[160]; /* what went wrong last, one line for the operator; "" if nothing */
};

/* Opens the index-th disk of the machine (in bus order, whatever drives it). Caller's storage is the driver's pool of a few. 0;
 * DMA_ENODEV (there is none of that index); or the driver's error, explained in the log. */
int block_open(unsigned index, struct block **disk);

#endif
