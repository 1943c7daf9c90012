/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Virtio devices behind PCI (Virtual I/O Device, version 1.2), and their queues.
 *
 *   virtio_pci.c     where the registers are; reset, features, configuration, the end
 *   virtio_queue.c   what both layouts of queues share: chains, their identifiers, answers that are lies
 *   virtio_split.c   split queues: [2.7]
 *   virtio_packed.c  packed queues: [2.8]
 *   virtio_blk.h     a disk (block.h): [5.2]
 *   virtio_net.h     a network card (net.h): [5.1]
 *
 * What a device says is read once, and compared with what the driver knows by itself: chains in flight, their lengths
 * and the free descriptors stand in memory that no device reaches (hazards 58, 59 and 62).
 */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include <dmastream/coherent.h>
#include <dmastream/device.h>
#include <dmastream/pool.h>
#include <dmastream/ring.h>

#include "../bus.h"
#include "virtio_device.h"

/* ---- Devices: virtio_pci.c --------------------------------------------------------------------------- */

enum { VIRTIO_BARS = 6 };

struct virtio_bar {
	volatile void *regs; /* NULL: not mapped */
	size_t nbytes;	     /* that are mapped */
	uint64_t whole;	     /* that there are */
};

struct virtio {
	struct bus_pci pci;
	struct dma_device dma; /* after virtio_attach() */
	struct virtio_bar bars[VIRTIO_BARS];
	volatile char *structures[VIRTIO_STRUCTURES]; /* by enum virtio_structure; NULL: the device has none */
	size_t nbytes[VIRTIO_STRUCTURES];
	uint32_t notify_step;
	uint64_t features; /* what was negotiated */
	uint64_t faults;   /* of the IOMMU, when the device was attached */
	bool attached;
	bool halted;
	const char *why; /* of the last error: words that live for ever */
};

/* The nth virtio device of that kind on the bus. 0, DMA_ENODEV. */
int virtio_nth(unsigned kind, unsigned nth, struct bus_pci *out);

/* Maps the device's registers, resets it, and acknowledges it [3.1.1, steps 1 to 3]. It reaches no memory yet. v->pci
 * is set. 0; DMA_ENOTSUP (it has no modern structures), DMA_EIO, DMA_ENOMEM, DMA_ETIMEDOUT (it does not reset). */
DMA_MUST_CHECK int virtio_open(struct virtio *v);
/* What the device offers. */
uint64_t virtio_offered(const struct virtio *v);
/* Accepts what the device offers of `wanted` and of what the queues can do [3.1.1, steps 4 to 6]. v->features says what
 * that is. 0; DMA_ENOTSUP (it is older than version 1, or refuses what it offers). */
DMA_MUST_CHECK int virtio_negotiate(struct virtio *v, uint64_t wanted);
/* Reads nbytes of the device's configuration, all from one state of it [2.5.1], by accesses of the width that [4.1.3.1]
 * asks for: that of the field, 4 for one of 64 bits. 0; DMA_EIO (it is shorter, or never
 * holds still). */
DMA_MUST_CHECK int virtio_config(struct virtio *v, size_t offset, void *to, size_t nbytes, unsigned width);
/* Puts the device behind its IOMMU, if there is one, and lets it reach memory. 0; DMA_ENOTSUP (an IOMMU, or a window
 * of addresses, is in front of a device that does not obey it: it did not offer VIRTIO_F_ACCESS_PLATFORM [6.1]); the
 * errors of bus_pci_dma_init(). */
DMA_MUST_CHECK int virtio_attach(struct virtio *v, struct dma_device_config *config);
/* The device may work: [3.1.1, step 8]. 0, DMA_EIO (it says that it cannot). */
DMA_MUST_CHECK int virtio_go(struct virtio *v);
/* NULL, or why the device cannot be used any more. */
const char *virtio_sick(const struct virtio *v);
/* True if an IOMMU has blocked an access of the device since virtio_attach(). */
bool virtio_blocked(const struct virtio *v);
/* Resets the device, after which it reaches no memory; where it does not answer, or has lied, its access is ended. */
void virtio_halt(struct virtio *v, bool orderly);
/* Gives back what virtio_open() and virtio_attach() took. 0, or DMA_EBUSY (something of it is still mapped). */
DMA_MUST_CHECK int virtio_close(struct virtio *v);

uint32_t virtio_read(const struct virtio *v, unsigned reg, unsigned nbytes);
void virtio_write(const struct virtio *v, unsigned reg, unsigned nbytes, uint32_t value);
/* v->why = why; returns error. */
int virtio_fail(struct virtio *v, int error, const char *why);

/* ---- Queues ----------------------------------------------------------------------------------------- */

enum {
	VIRTQ_SIZE = 256, /* entries at most */
	VIRTQ_PARTS = 64, /* of one chain, at most */
};

/* A stretch of memory that the device reads or writes. */
struct virtq_part {
	dma_daddr_t daddr;
	uint32_t nbytes;
};

/* What the driver knows of a chain, by the identifier under which the device knows it. */
struct virtq_chain {
	uint32_t writable; /* bytes that the device may write */
	uint16_t token;	   /* the caller's */
	uint16_t ndescriptors;
	bool busy;
	struct dma_block *table; /* its indirect table, or NULL */
};

DMA_RING(virtq_packed_ring, volatile struct virtq_packed_descriptor);

struct virtq;
struct virtq_layout {
	int (*open)(struct virtq *q);
	void (*close)(struct virtq *q);
	/* Device addresses of the three areas: [4.1.4.3.2] */
	dma_daddr_t (*area)(const struct virtq *q, unsigned which);
	/* Writes a chain under that identifier; the first nread parts are read by the device, the others written. */
	void (*add)(struct virtq *q, unsigned id, const struct virtq_part *parts, unsigned nread, unsigned nparts);
	/* Makes what was added visible. True if the device wants to be notified. */
	bool (*offer)(struct virtq *q);
	/* The next answer: 1, 0 (none), DMA_EIO with v->why. */
	int (*next)(struct virtq *q, uint32_t *id, uint32_t *nbytes);
	/* Its identifier and descriptors are free again. */
	void (*finish)(struct virtq *q, unsigned id);
	void (*wake)(struct virtq *q, bool on);
	bool (*more)(const struct virtq *q);
};

struct virtq {
	struct virtio *device;
	const struct virtq_layout *layout;
	uint16_t index, size;
	bool events;		 /* VIRTIO_F_EVENT_INDEX */
	volatile void *doorbell; /* 16 bits: [4.1.5.2] */
	uint16_t nfree;		 /* descriptors */
	uint16_t nchains;	 /* in flight */
	/* Lists in our own memory. Split: of free descriptors, and of each chain's; packed: of free identifiers. */
	uint16_t free;
	uint16_t next[VIRTQ_SIZE];
	struct virtq_chain chains[VIRTQ_SIZE];
	struct dma_pool tables; /* indirect tables, where negotiated */
	uint64_t notifications;
	/* split: descriptors, the driver's area and the device's in one piece of memory */
	struct dma_coherent memory;
	volatile struct virtq_descriptor *descriptors;
	volatile struct virtq_available *available;
	volatile struct virtq_used *used;
	uint16_t added, told, taken; /* counts, modulo 2^16 */
	/* packed: the ring; the two words of events are in `memory` */
	struct virtq_packed_ring ring;
	volatile uint32_t *suppression[2]; /* packed: the words of events, the driver's and the device's */
	uint16_t fresh;			   /* entries filled since the device was last notified */
};

extern const struct virtq_layout virtq_split, virtq_packed;

/* Makes queue `index`, of up to `most` entries, whose used buffers interrupt with that message (VIRTIO_NO_VECTOR:
 * polled), and tells the device of it. 0; DMA_ENODEV (the device has no such queue), DMA_EIO, DMA_ENOTSUP; the errors
 * of dma_coherent_alloc() and dma_pool_create(). */
DMA_MUST_CHECK int virtq_open(struct virtio *v, struct virtq *q, unsigned index, unsigned most, unsigned message);
/* How many entries it would have. A chain is no longer than its queue: [2.7.5.3.1]. */
unsigned virtq_size(const struct virtio *v, unsigned index, unsigned most);
/* Gives its memory back. The device has been halted. */
void virtq_close(struct virtq *q);

/* Entries that chains of `nparts` each take, and so how many of them fit. */
unsigned virtq_room(const struct virtq *q, unsigned nparts);

/* Adds a chain of 1 to VIRTQ_PARTS parts: first those that the device reads, then those that it writes. It is shown to
 * the device by virtq_kick(). 0; DMA_EBUSY (no room), DMA_EINVAL. The caller's lock is held, as for all of these. */
DMA_MUST_CHECK int virtq_add(struct virtq *q, const struct virtq_part *parts, unsigned nread, unsigned nparts,
			     unsigned token);
/* Shows all that was added to the device, and notifies it if it wants that. */
void virtq_kick(struct virtq *q);
/* The next chain that the device has done with: 1, its token, and how many bytes the device says it wrote, never more
 * than it may. 0: none. DMA_EIO: the device lies; v->why says how, and the queue is not to be used any more. */
DMA_MUST_CHECK int virtq_take(struct virtq *q, unsigned *token, uint32_t *nbytes);
/* Asks for an interrupt at the next used chain, then looks: true if one has come meanwhile (hazard 69). */
bool virtq_listen(struct virtq *q);

#endif
