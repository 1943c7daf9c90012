/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the virtio network card (Virtual I/O Device 1.2, 5.1): virtio_start.c brings it up, virtio_net.c has it at
 * work until it ends, virtio_frames.c is what goes through its two queues.
 */
#ifndef DRIVERS_VIRTIO_NET_H
#define DRIVERS_VIRTIO_NET_H

#include <dmastream/deadline.h>

#include "../net.h"
#include "virtio.h"

enum {
	NET_QUEUE_MOST = 256,
	NET_SEGMENTS = 30,	/* pieces of a frame, at most */
	NET_BLOCK_BYTES = 2048, /* a receive buffer: header and frame */
};

/* 5.1.3 */
#define NET_F_CSUM	 ((uint64_t)1 << 0)
#define NET_F_GUEST_CSUM ((uint64_t)1 << 1)
#define NET_F_MAC	 ((uint64_t)1 << 5)
#define NET_F_HOST_TSO4	 ((uint64_t)1 << 11)
#define NET_F_HOST_TSO6	 ((uint64_t)1 << 12)

/* 5.1.6: before each frame, both ways. */
enum { HDR_NEEDS_CSUM = 1, HDR_DATA_VALID = 2 };
enum { GSO_NONE = 0, GSO_TCPV4 = 1, GSO_TCPV6 = 4 };
struct net_header {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t header_bytes;
	uint16_t segment_bytes;
	uint16_t checksum_start;
	uint16_t checksum_offset;
	uint16_t buffers;
};
enum { NET_HDR_BYTES = 12, NET_HDR_BLOCK = 64 };

struct virtio_net {
	struct net net; /* first */
	struct virtio device;
	bool open;
	bool interrupts;    /* of both queues: messages 0 and 1 */
	unsigned nmessages; /* that have a handler */
	int status;	    /* 0, or what has ended the card; changed once, atomically */
	bool ended;	    /* nothing is under way any more */
	unsigned serving;   /* CPUs that tell callers of frames */
	uint64_t last_look; /* dma_host_time_ns() */
	/* Receive. A lock for each queue, which hold alone. */
	struct dma_lock receive_lock;
	struct virtq receive;
	struct dma_pool buffers;
	struct dma_block *posted[NET_QUEUE_MOST]; /* by token */
	uint16_t free_posts[NET_QUEUE_MOST], nfree_posts;
	/* Send. */
	struct dma_lock send_lock;
	struct virtq sends;
	struct dma_stopwatch running; /* while somebody looks after the card (hazard 72) */
	struct dma_pool headers;
	struct virtio_net_slot {
		struct net_send *send; /* NULL: free */
		uint64_t started;      /* ns of `running` */
		struct dma_block *header;
	} slots[NET_QUEUE_MOST];
	uint16_t free_slots[NET_QUEUE_MOST], nfree_slots;
};

/* ---- virtio_start.c ---- */

/* Brings up the card that n->device.pci names [5.1.5]; its interrupts go to that CPU and the next.
 * Returns: 0, or an error, and nothing is left of it; n->device.why says in words what was wrong.
 * Errors: DMA_EIO (its address is none of a card); any other (as virtio_open(), virtio_negotiate(), virtio_config(),
 * virtio_attach(), virtq_open(), dma_pool_create() and virtio_go()).
 * Context: interrupts on.
 * See: net_give_back(), net_open(). */
DMA_MUST_CHECK int net_start(struct virtio_net *n, unsigned cpu);

/* Gives everything back that was taken, whatever there is of it. The card has been halted.
 * Returns: 0, or an error, and all but the interrupts stays as it is until the next call.
 * Errors: DMA_EBUSY (packets are out, memory is mapped for the card, or interrupts are off).
 * Context: interrupts on.
 * See: net_start(), virtio_halt(). */
DMA_MUST_CHECK int net_give_back(struct virtio_net *n);

/* ---- virtio_net.c: what the two messages call ---- */

/* Message 0, of the receive queue / message 1, of the send queue: takes what has come off it, and tells the callers.
 * Returns: nothing.
 * Errors: none: an error ends the card.
 * Context: any.
 * See: net_start(). */
void net_on_received(void *net);
void net_on_sent(void *net);

/* ---- virtio_frames.c: under the lock of the queue ---- */

/*
 * Fewer than a CPU keeps of a pool's blocks (31): a batch's gets and puts take none from, and give none to, the chunks.
 */
enum { NET_BATCH = 16 };

struct net_harvest {
	unsigned count;
	int error;	 /* that ends the card, */
	const char *why; /* and what it is */
	union {
		struct net_packet packets[NET_BATCH];
		struct net_send *sends[NET_BATCH];
	};
};

/* Posts as many receive buffers as there is room for, and tells the device [5.1.6.3]. Where the pool is empty it posts
 * fewer, and counts that: refills_short.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: net_reap_received(). */
void net_fill(struct virtio_net *n);

/* Takes a batch of received frames / of sent ones off its queue: at most NET_BATCH. *h has how many there are already,
 * and is added to. Nothing that came with a lie, or after the IOMMU blocked an access, is believed: h->error ends the
 * card, and h->why says why.
 * Returns: nothing; *h has the frames, or DMA_EIO as its error.
 * Errors: none.
 * Context: any.
 * See: virtq_take(), virtio_blocked(), net_fill(). */
void net_reap_received(struct virtio_net *n, struct net_harvest *h);
void net_reap_sent(struct virtio_net *n, struct net_harvest *h);

/* Puts a frame and the header before it into the send queue [5.1.6.2], and tells the device.
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EBUSY (as many frames as the card's depth are under way); DMA_EINVAL (a length, a checksum's place or the
 * headers of segments are outside the frame, or the list is shorter than the frame, or of more pieces than the card
 * takes); DMA_ENOTSUP (an offload that was not negotiated); any other (as dma_pool_get() and virtq_add()).
 * Context: any.
 * See: net_reap_sent(). */
DMA_MUST_CHECK int net_start_send(struct virtio_net *n, struct net_send *send);

#endif
