/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The network job: this machine answers ARP and ICMP echoes, echoes UDP, and receives a stream, while tools/netpeer on
 * the host sends, and compares what comes back.
 *
 *   net_app.c     options, the card, the order of beginning and end
 *   net_ip.c      frames: what is looked at, and what is answered
 *   net_reply.c   answers: memory for them, by copy or in place, sent and taken back
 *   net_stream.c  the stream: datagrams in order, acknowledged
 *   net_report.c  results
 *
 * It is the smallest IPv4 that this needs: one address, no routes, no fragments; an answer goes to where the question
 * came from. Options: seconds (10: ended so long after the last frame), in_place (on; off: port 8 is
 * answered as port 7 is, and nothing is mapped for a frame).
 */
#ifndef NET_APP_H
#define NET_APP_H

#include <dmastream/dmastream.h>

#include "net.h"
#include "text.h"

enum {
	APP_REPLIES = 256, /* answers under way */
	APP_BLOCK = 2048,  /* bytes of a frame's memory */
	PORT_ECHO = 7,	   /* answered from memory that the frame is copied to */
	PORT_IN_PLACE = 8, /* answered with the payload where it was received: a list of two pieces */
	PORT_STREAM = 9,
	PORT_QUIT = 10,
};

struct app;

/* An answer: its headers, or all of it, in a block of the send pool; with `in_place` the payload in the block in which
 * it was received. */
struct reply {
	struct net_send send; /* first */
	struct app *app;
	struct reply *next; /* of the free ones */
	struct dma_block *block;
	struct dma_list list;
	struct dma_piece pieces[2];
	struct net_packet packet; /* in_place: given back when it was sent */
	bool in_place;
};

struct app_counts {
	uint64_t arps, pings, echoes, in_place, copied_instead, stream_packets, stream_bytes;
	uint64_t dropped;    /* frames that are not for us, broken, or not understood */
	uint64_t unanswered; /* questions for whose answer there was no memory or no room */
	uint64_t syncs_to_device, syncs_from_device, maps, unmaps;
};

/* What was received in order, and a sum over it (FNV-1a, 64 bits). */
struct app_stream {
	struct dma_lock lock;
	uint32_t expected; /* number of the next datagram */
	uint64_t nbytes, sum;
};

struct app {
	struct net *net;
	struct dma_pool frames; /* to-device blocks */
	struct dma_lock lock;	/* of the free answers */
	struct reply *free;
	struct reply replies[APP_REPLIES];
	struct app_stream stream;
	struct app_counts counts; /* changed atomically: frames are received on several CPUs */
	uint64_t last_frame;	  /* ns */
	bool quit;
	bool in_place; /* port 8 is answered so */
	uint64_t nanoseconds, ticks, faults, frames_leaked;
	struct dma_stats stats;
	char error[200];
};

static inline void app_count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* The first error counts; returns it. */
int app_fail(struct app *app, int error, const char *what);

/* net_ip.c: net->received. */
void app_received(struct net *net, const struct net_packet *packet);

/* net_reply.c. All of them give up quietly, and count, where there is no memory. */
int app_replies_open(struct app *app);
int app_replies_close(struct app *app);
/* Sends a copy of that frame. */
void app_reply(struct app *app, const unsigned char *frame, size_t nbytes);
/* Sends `header_bytes` of new headers, then what follows them in the packet, where it is. The packet is the reply's
 * from then on. False: it cannot be done here, and nothing has changed. */
bool app_reply_in_place(struct app *app, const struct net_packet *packet, const unsigned char *headers,
			size_t header_bytes, size_t nbytes);

/* net_stream.c: a datagram of the stream; gives the bytes of its answer, which is written to `answer`; 0: none. */
size_t app_stream_take(struct app *app, const unsigned char *data, size_t nbytes, unsigned char answer[24]);

void app_report(const struct app *app);

#endif
