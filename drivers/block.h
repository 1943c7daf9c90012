/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A disk, whatever its driver: requests name device addresses, so that the caller decides what is mapped for which
 * disk.
 *
 * The life of a disk: block_open(); submit and poll; stop, after which the device touches no memory any more; the
 * caller releases its streams; close.
 *
 * Several CPUs may submit to one disk and poll it at once. Where the bus can tell drivers of interrupts, requests
 * complete in an interrupt handler, on any CPU; poll is then needed only for time limits, every now and then.
 */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include <dmastream/list.h>

enum block_op {
	BLOCK_READ,  /* disk to memory: the stream is from-device */
	BLOCK_WRITE, /* memory to disk: the stream is to-device */
	BLOCK_FLUSH, /* everything written before is on stable storage; no memory, no range */
};

struct block_request {
	enum block_op op;
	uint64_t lba;
	uint32_t nblocks; /* 1 to max_blocks; 0 for flush */
	/* Where nblocks * block_size bytes are: a list that is mapped for the disk, of at least as many; or, without
	 * one, contiguous device addresses from daddr on. Each stretch begins at a multiple of 4. Pieces of a list meet
	 * at page boundaries, or the disk has DMA_EINVAL for them. */
	const struct dma_list *list;
	dma_daddr_t daddr;
	/* Called once, when the request is done, by whoever found out: in an interrupt handler with interrupts off, in
	 * poll() or in stop(). It may release streams, submit, and reuse or free the request, which is the driver's
	 * until then; it must not poll, stop or close. NULL: the caller looks at block_done(). */
	void (*complete)(struct block_request *request);
	void *context; /* the caller's */
	/* filled by the driver */
	int status;    /* 0 or a DMA_E… code, valid once done */
	bool done;     /* read it with block_done() */
	uint16_t slot; /* the driver's while in flight */
};

struct block;

struct block_ops {
	/* Starts it. The request stays where it is until done. 0, DMA_EBUSY (queue full: poll), DMA_EINVAL (range,
	 * size, alignment), DMA_ENODEV (the disk failed or was stopped before). */
	int (*submit)(struct block *disk, struct block_request *request);
	/* Finishes what has completed and was not finished by an interrupt, and returns how many requests that was; or
	 * the error that has ended the disk, whoever met it: DMA_ETIMEDOUT (a request is older than the driver's
	 * limit), DMA_EIO (a completion that makes no sense, a fault of the IOMMU, a controller that reports its own
	 * failure), DMA_ENODEV (stopped). Then every request in flight is done, with that status, after the device has
	 * been stopped. A request that fails alone is done with DMA_EIO, and the disk lives on. */
	int (*poll)(struct block *disk);
	/* Stops the device; it no longer touches memory when this returns. Requests in flight end with DMA_ENODEV.
	 * Again: nothing. */
	void (*stop)(struct block *disk);
	/* Stops it and gives everything back. 0, or DMA_EBUSY while streams of the device live: then only the stop is
	 * done. */
	int (*close)(struct block *disk);
	/* As bus_pci_faults(): accesses of this disk that an IOMMU blocked. */
	uint64_t (*faults)(const struct block *disk);
};

struct block {
	const struct block_ops *ops;
	struct dma_device *dma; /* map streams for it */
	uint64_t nblocks;
	uint32_t block_size; /* bytes, a power of two, 512 to 4096 */
	uint32_t max_blocks; /* in one request, at least a page's */
	unsigned depth;	     /* requests that can be in flight */
	bool read_only;
	uint64_t interrupts; /* requests that were finished in an interrupt handler */
	char name[24];
	char model[41];	 /* what the disk calls its kind; "" if it does not say */
	char error[160]; /* what went wrong last, one line for the operator; "" if nothing */
};

struct text;

/* Opens the index-th disk of the machine (in bus order, whatever drives it), out of the driver's pool of a few. 0;
 * DMA_ENODEV (there is none of that index), DMA_ENOMEM (pool empty), or the driver's error; then *why says in words
 * what failed. */
int block_open(unsigned index, struct block **disk, struct text *why);

struct bus_pci;

/* A driver: the nth function on the bus that it drives, in bus order (0, or DMA_ENODEV), and how to open that. */
struct block_driver {
	int (*find)(unsigned nth, struct bus_pci *out);
	int (*open)(unsigned nth, struct block **disk, struct text *why);
};

extern const struct block_driver nvme_block_driver;
extern const struct block_driver virtio_block_driver;
extern const struct block_driver simblk_block_driver;

/* Is it done? What it read is then there to be synced. */
static inline bool block_done(const struct block_request *request)
{
	return __atomic_load_n(&request->done, __ATOMIC_ACQUIRE);
}

/* Ends a request, which is the caller's from then on. Without locks. For drivers. */
void block_complete(struct block_request *request, int status);

struct dma_lock;

/* How a disk ends while several CPUs use it. For drivers. */
struct block_ending {
	/* no request may be started any more; whoever set it ends the disk; changed atomically under the driver's
	 * lock, read under it, or atomically */
	bool stopped;
	bool ended;	  /* and has done so */
	int status;	  /* the error that ended it */
	unsigned serving; /* CPUs that tell callers of completions; counted up under the lock */
};
/* True: the caller is the first, stops the device, ends what is in flight and calls block_ended(). False: another one
 * was, and has done that when this returns. Without the lock. */
bool block_end(struct block_ending *e, struct dma_lock *lock, int status);
void block_ended(struct block_ending *e);
/* Waits until nobody tells a caller of a completion any more. */
void block_wait_served(const struct block_ending *e);
/* What poll() returns: if that is the error which has ended the disk, each request is done first, and told, whoever is
 * about it. Not in an interrupt handler, which may have interrupted that one. */
int block_polled(const struct block_ending *e, int result);

/* disk->error = "NAME: WHAT". For drivers. */
void block_report(struct block *disk, const char *what);

/* disk->error = "NAME: read of N blocks at M failed: WHY". For drivers. */
void block_report_request(struct block *disk, const struct block_request *request, const char *why);

/* 0 if the request is one that this disk can do, else DMA_EINVAL. For drivers. */
int block_check(const struct block *disk, const struct block_request *request);

#endif
