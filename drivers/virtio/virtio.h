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
	uint32_t notify_step; /* bytes from one queue's doorbell to the next's [4.1.4.4] */
	uint64_t features;    /* what was negotiated */
	uint64_t faults;      /* of the IOMMU, when the device was attached */
	bool attached;	      /* `dma` is ready */
	bool halted;
	const char *why; /* of the last error: words that live for ever */
};

/*
 * The life of a device: virtio_open(), virtio_negotiate(), virtio_config(), virtio_attach(), virtq_open() for each
 * queue, virtio_go(); at the end virtio_halt(), virtq_close() and virtio_close(). After an error of any call behind
 * virtio_open() the caller goes on with virtio_halt(). Where a call fails, v->why says in words what was wrong.
 */

/* Finds a device by its kind: VIRTIO_KIND_NET or VIRTIO_KIND_BLOCK; modern and transitional functions [4.1.2.1] count
 * together, in bus order, from 0 on.
 * Returns: 0 and *out, or an error, and *out has not changed.
 * Errors: DMA_ENODEV (there are no more than nth of them).
 * Context: any.
 * See: virtio_open(). */
int virtio_nth(unsigned kind, unsigned nth, struct bus_pci *out);

/* Finds and maps the device's registers by its capabilities [4.1.4], resets it, and acknowledges it [3.1.1, steps 1 to
 * 3]. v->pci is set, and the rest of *v is zeros. The device reaches no memory yet.
 * Returns: 0, or an error, and nothing is mapped.
 * Errors: DMA_ENOTSUP (its capabilities name no common configuration and no doorbells that can be mapped, as those of a
 * device older than version 1); DMA_ETIMEDOUT (it has not reset within a second).
 * Context: interrupts on.
 * See: virtio_negotiate(), virtio_close(). */
DMA_MUST_CHECK int virtio_open(struct virtio *v);

/* What the device offers [2.2].
 * Returns: a bit for each feature, VIRTIO_F_… and the kind's own.
 * Errors: none.
 * Context: any; not by two callers of one device at once.
 * See: virtio_negotiate(). */
uint64_t virtio_offered(const struct virtio *v);

/* Accepts what the device offers of `wanted` and of what the queues can do: VIRTIO_F_… of virtio_device.h [3.1.1, steps
 * 4 to 6]. v->features says what that is.
 * Returns: 0, or an error.
 * Errors: DMA_ENOTSUP (it does not offer VIRTIO_F_VERSION_1 [6.1], or refuses what it offers).
 * Context: any, once, behind virtio_open().
 * See: virtio_offered(), virtio_config(). */
DMA_MUST_CHECK int virtio_negotiate(struct virtio *v, uint64_t wanted);

/* Reads nbytes of the device's configuration, offset bytes from its start, all from one state of it [2.5.1]. Each
 * access has `width` bytes, 1, 2 or 4, as [4.1.3.1] asks for: those of the field, and 4 for a field of 64 bits. offset
 * and nbytes are multiples of it.
 * Returns: 0 and the bytes, little-endian, or an error, and the bytes at `to` are not to be used.
 * Errors: DMA_EIO (the configuration is shorter than that, or has changed under a thousand reads).
 * Context: any; by one caller of a device at a time.
 * See: virtio_negotiate(). */
DMA_MUST_CHECK int virtio_config(struct virtio *v, size_t offset, void *to, size_t nbytes, unsigned width);

/* Puts the device behind its IOMMU, if there is one, and lets it reach memory: v->dma is ready. *config has name, mask
 * and limits, as bus_pci_dma_init() takes them.
 * Returns: 0, or an error.
 * Errors: DMA_ENOTSUP (the device did not offer VIRTIO_F_ACCESS_PLATFORM [6.1], and there is an IOMMU or a window of
 * addresses in front of it, or it does not snoop, or this is a confidential VM); any other (as dma_host_info() and
 * bus_pci_dma_init()).
 * Context: interrupts on.
 * See: virtio_negotiate(), virtq_open(), virtio_close(). */
DMA_MUST_CHECK int virtio_attach(struct virtio *v, struct dma_device_config *config);

/* Lets the device work [3.1.1, step 8]: its queues are open.
 * Returns: 0, or an error.
 * Errors: DMA_EIO (it says that it cannot: virtio_sick()).
 * Context: any.
 * See: virtq_open(), virtio_halt(). */
DMA_MUST_CHECK int virtio_go(struct virtio *v);

/* Looks at the device's status [2.1].
 * Returns: NULL, or why the device cannot be used any more, in words that live for ever.
 * Errors: none.
 * Context: any; behind virtio_go().
 * See: virtio_halt(). */
const char *virtio_sick(const struct virtio *v);

/* Asks the IOMMU, once answers were seen and before one of them is believed (hazard 61).
 * Returns: true if it has blocked an access of the device since virtio_attach().
 * Errors: none.
 * Context: any.
 * See: virtq_take(). */
bool virtio_blocked(const struct virtio *v);

/* Resets the device, which gets a second for it [2.4], and switches bus mastering off. Unless `orderly` says that it
 * has done nothing wrong, its status says FAILED before that [3.1.1]. Unless it has reset, and `orderly` says so, its
 * access to memory is ended, too (dma_device_block()). It reaches no
 * memory any more when this returns. The second call does nothing.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: any.
 * See: virtq_close(), virtio_close(). */
void virtio_halt(struct virtio *v, bool orderly);

/* Gives back what virtio_open() and virtio_attach() took. The device has been halted, and its queues are closed.
 * Returns: 0, or an error, and nothing has been given back.
 * Errors: DMA_EBUSY (memory is still mapped for the device, or interrupts are off).
 * Context: interrupts on.
 * See: virtio_halt(), virtq_close(). */
DMA_MUST_CHECK int virtio_close(struct virtio *v);

/* Reads / writes a register of the common configuration [4.1.4.3]: reg is an offset of enum virtio_common, nbytes the
 * register's own width, 1, 2 or 4.
 * Returns: the value / nothing.
 * Errors: none.
 * Context: any.
 * See: virtio_open(). */
uint32_t virtio_read(const struct virtio *v, unsigned reg, unsigned nbytes);
void virtio_write(const struct virtio *v, unsigned reg, unsigned nbytes, uint32_t value);

/* Notes why something failed, for whoever reports it: v->why = why, words that live for ever.
 * Returns: error.
 * Errors: any code (that it is given).
 * Context: any; by several CPUs at once.
 * See: virtio_sick(). */
int virtio_fail(struct virtio *v, int error, const char *why);

/* ---- Queues ----------------------------------------------------------------------------------------- */

enum {
	VIRTQ_SIZE = 256, /* entries at most */
	VIRTQ_PARTS = 64, /* of one chain, at most */
};

/* A stretch of memory that the device reads or writes. */
struct virtq_part {
	dma_daddr_t daddr;
	uint32_t nbytes; /* not 0 */
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
	uint16_t index, size;	 /* size: entries, a power of two */
	bool events;		 /* VIRTIO_F_EVENT_INDEX */
	volatile void *doorbell; /* 16 bits: [4.1.5.2] */
	uint16_t nfree;		 /* descriptors */
	uint16_t nchains;	 /* in flight */
	/* Lists in our own memory. Split: of free descriptors, and of each chain's; packed: of free identifiers. */
	uint16_t free;
	uint16_t next[VIRTQ_SIZE];
	struct virtq_chain chains[VIRTQ_SIZE];
	struct dma_pool tables; /* indirect tables, where negotiated */
	uint64_t notifications; /* doorbells that were rung */
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

/* Split queues [2.7]. */
extern const struct virtq_layout virtq_split;
/* Packed queues [2.8]. */
extern const struct virtq_layout virtq_packed;

/*
 * virtq_add(), virtq_kick(), virtq_take() and virtq_listen() of one queue are called under one lock of the caller's, in
 * any context.
 */

/* Makes queue number `index` of the device, and tells the device of it [4.1.5.1.3]: of up to `most` entries (2 and
 * more; VIRTQ_SIZE at most), and with that message for an interrupt at a used buffer (VIRTIO_NO_VECTOR: it is polled).
 * The device is attached and does not work yet.
 * Returns: 0, or an error, and nothing is left of the queue.
 * Errors: DMA_ENODEV (the device has no such queue, or one of less than two entries); DMA_EIO (its doorbell lies
 * outside of the registers [4.1.4.4], it is at work already, or it accepts no interrupt [4.1.5.1.2.1]); any other (as
 * dma_coherent_alloc(), dma_ring_alloc() and dma_pool_create()).
 * Context: interrupts on.
 * See: virtio_attach(), virtio_go(), virtq_close(). */
DMA_MUST_CHECK int virtq_open(struct virtio *v, struct virtq *q, unsigned index, unsigned most, unsigned message);

/* How many entries virtq_open() would give that queue. A chain is no longer than its queue: [2.7.5.3.1].
 * Returns: a power of two, or 0: the device has no such queue.
 * Errors: none.
 * Context: any; not by two callers of one device at once.
 * See: virtq_open(). */
unsigned virtq_size(const struct virtio *v, unsigned index, unsigned most);

/* Gives the queue's memory back, of chains that were never answered, too. The device has been halted. For a queue that
 * is not open it does nothing.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: interrupts on.
 * See: virtio_halt(), virtq_open(). */
void virtq_close(struct virtq *q);

/* How many chains of `nparts` parts, 1 to VIRTQ_PARTS, fit at once: one an entry with indirect tables [2.7.5.3].
 * Returns: the number; 0: the queue is too short for one.
 * Errors: none.
 * Context: any.
 * See: virtq_add(). */
unsigned virtq_room(const struct virtq *q, unsigned nparts);

/* Adds a chain of 1 to VIRTQ_PARTS parts: first `nread` that the device reads, then those that it writes [2.7.4.2]. The
 * token, 0 to 65535, comes back with the answer. virtq_kick() shows the chain to the device.
 * Returns: 0, or an error, and the queue has not changed.
 * Errors: DMA_EBUSY (there is no room: take answers first); DMA_EINVAL (nparts is 0, beyond VIRTQ_PARTS, or beyond the
 * queue's size, nread is beyond nparts, a part has 0 bytes, or the device may write 4 GiB or more); any other (as
 * dma_pool_get(): there is no indirect table).
 * Context: any.
 * See: virtq_kick(), virtq_take(), virtq_room(). */
DMA_MUST_CHECK int virtq_add(struct virtq *q, const struct virtq_part *parts, unsigned nread, unsigned nparts,
			     unsigned token);

/* Shows all that was added to the device, and notifies it if it wants that [2.7.13.3, 2.7.13.4].
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: virtq_add(). */
void virtq_kick(struct virtq *q);

/* The next chain that the device has done with [2.7.14, 2.8.22]. Its answer is compared with what the driver knows by
 * itself before it is believed; the IOMMU's faults (virtio_blocked()) are for the caller to look at.
 * Returns: 1, the chain's token, and how many bytes the device says it wrote, never more than it may; 0: there is none;
 * or an error.
 * Errors: DMA_EIO (the device lies: v->why says how, and the queue is not to be used any more).
 * Context: any.
 * See: virtio_blocked(), virtio_halt(), virtq_listen(). */
DMA_MUST_CHECK int virtq_take(struct virtq *q, unsigned *token, uint32_t *nbytes);

/* Asks for an interrupt at the next used chain [2.7.7, 2.7.10, 2.8.10], then looks: a chain that came between the last
 * look and the request has no interrupt (hazard 69).
 * Returns: true if one has come meanwhile, so that the caller takes it, and listens again.
 * Errors: none.
 * Context: any.
 * See: virtq_take(). */
bool virtq_listen(struct virtq *q);

#endif
