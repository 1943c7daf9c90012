/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A network card, whatever its driver. Frames begin with the Ethernet header, without preamble and checksum.
 *
 * Received frames are handed up in the block of the card's pool that the device wrote them to; whoever gets one gives
 * it back. Frames to be sent are lists that are mapped for the card, or lie at one device address: the caller's memory,
 * which is the device's until the frame is done.
 *
 * The life of a card: net_open(); send and poll; stop, after which the device touches no memory any more; the caller
 * gives packets back and releases its memory; close. Several CPUs may use one card at once.
 */
#ifndef DRIVERS_NET_H
#define DRIVERS_NET_H

#include <dmastream/list.h>
#include <dmastream/pool.h>

enum {
	NET_HEADER_BYTES = 14, /* of Ethernet */
	NET_FRAME_BYTES = 1514,
};

enum net_offload {
	NET_SENDS_CHECKSUMS = 1,  /* the card can fill in a checksum of TCP or UDP */
	NET_SENDS_SEGMENTS = 2,	  /* the card can cut a TCP frame of up to 64 KiB into segments, over IPv4 */
	NET_SENDS_SEGMENTS_6 = 4, /* and over IPv6 */
	NET_CHECKS = 8,		  /* it looks at the checksums of what it receives */
};

/* A frame that was received: `nbytes` at `offset` of the block, synced and ready to be read. */
struct net_packet {
	struct dma_block *block;
	size_t offset;
	size_t nbytes;
	bool checked; /* the card found the checksum right, or the frame came from nearby and needs none */
};

struct net_send {
	/* Where the frame is: a list that is mapped for the card, or `nbytes` at daddr. */
	const struct dma_list *list;
	dma_daddr_t daddr;
	size_t nbytes; /* NET_HEADER_BYTES to NET_FRAME_BYTES; with segment_bytes to 65549 */
	/* With NET_SENDS_CHECKSUMS: the checksum over all from checksum_start on is put at checksum_start +
	 * checksum_offset, where the sum of the pseudo header stands. 0, 0: none. */
	uint16_t checksum_start, checksum_offset;
	/* With NET_SENDS_SEGMENTS: bytes of payload in each segment, and of all headers before it. 0: one frame. */
	uint16_t segment_bytes, header_bytes;
	bool ipv6;
	/* Called once, when the memory is the caller's again; as block_request's. NULL: nobody is told. */
	void (*complete)(struct net_send *send);
	void *context; /* the caller's */
	int status;    /* 0, or the error that ended the card */
};

struct net;

struct net_ops {
	/* Starts it. The struct and its memory stay where they are until `complete`. 0, DMA_EBUSY (the queue is full),
	 * DMA_EINVAL (length, or more pieces than the card takes), DMA_ENOTSUP (an offload that the card has not),
	 * DMA_ENODEV (the card failed or was stopped before). Any context, `received` and `complete` included. */
	int (*send)(struct net *net, struct net_send *send);
	/* Calls net->received for what has come, and `complete` for what was sent; gives how many of both there were.
	 * Or the error that has ended the card, whoever met it: DMA_EIO (an answer that makes no sense, a fault of the
	 * IOMMU), DMA_ENODEV (stopped). Then nothing is under way any more. Not in an interrupt handler. */
	int (*poll)(struct net *net);
	/* Gives a received packet's block back to the card. Any context. */
	void (*give)(struct net *net, const struct net_packet *packet);
	/* Stops the device; it no longer touches memory when this returns. Sends under way end with DMA_ENODEV.
	 * Again: nothing. Not in an interrupt handler. */
	void (*stop)(struct net *net);
	/* Stops it and gives everything back. 0, or DMA_EBUSY while packets are out or memory is mapped for it:
	 * then it is stopped, and close may be called again. Interrupts on. */
	int (*close)(struct net *net);
	uint64_t (*faults)(const struct net *net); /* as bus_pci_faults() */
};

struct net_counts {
	uint64_t received, sent;	     /* frames */
	uint64_t received_bytes, sent_bytes; /* of frames, without the card's own headers */
	uint64_t short_frames;		     /* that were dropped: less than an Ethernet header */
	uint64_t refills_short;		     /* times that the ring of receive buffers could not be filled */
	uint64_t interrupts;		     /* frames, received or sent, that an interrupt handler found */
	uint64_t notifications;		     /* doorbells that were rung; known after close */
};

struct net {
	const struct net_ops *ops;
	struct dma_device *dma; /* map what is sent for it */
	unsigned char mac[6];
	unsigned offloads; /* enum net_offload */
	unsigned depth;	   /* sends that can be under way */
	unsigned segments; /* pieces of a list, at most */
	/* Called for each frame by whoever found it, an interrupt handler or poll(). It may send and give; it must not
	 * poll, stop or close. Set it with net_listen(). */
	void (*received)(struct net *net, const struct net_packet *packet);
	void *context;
	struct net_counts counts;
	char name[24];
	char error[160]; /* what went wrong last, one line; "" if nothing */
};

struct text;

/* Opens the index-th network card of the machine, from 0 on, in bus order, out of the driver's pool of a few. Until
 * net_listen() frames are dropped.
 * Returns: 0 and *net, or an error; then *why says in words what failed.
 * Errors: DMA_ENODEV (there is none of that index); DMA_ENOMEM (the pool is empty, or the host has no memory); any
 * other (as the driver says: for virtio, net_start() of virtio/virtio_net.h).
 * Context: interrupts on.
 * See: net_listen(). */
int net_open(unsigned index, struct net **net, struct text *why);

/* From now on each received frame is given to received(net, packet), and net->context is `context`. NULL: frames are
 * dropped.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * See: net_open(). */
void net_listen(struct net *net, void (*received)(struct net *net, const struct net_packet *packet), void *context);

#endif
