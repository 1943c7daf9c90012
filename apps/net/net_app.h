/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The network job: lwIP answers ARP and ICMP echoes; here are echoes of UDP and TCP, and a stream of datagrams, while
 * tools/netpeer on the host sends, and compares what comes back.
 *
 *   net_app.c      options, the card, the order of beginning and end
 *   net_receive.c  frames from interrupt handlers to lwIP, without a copy of what they carry
 *   net_payload.c  payloads that stay in the card's memory: what lwIP has instead of a pointer
 *   net_send.c     frames of lwIP's to the card: by copy, or payloads in place
 *   net_offload.c  checksums and segments that are left to the card
 *   net_udp.c      the UDP ports, and the stream
 *   net_tcp.c      the TCP port
 *   net_report.c   results
 *
 * lwIP (NO_SYS, its raw interface) runs in the main loop alone. Interrupt handlers put what was received and what was
 * sent in two queues, which the loop empties; so nothing here but those has a lock.
 *
 * Options: seconds (10: ended so long after the last frame), in_place (on; off: what is sent is always copied, and
 * nothing is mapped for a frame), offloads (on; off: no frame is left to the card).
 */
#ifndef NET_APP_H
#define NET_APP_H

#include <dmastream/dmastream.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/udp.h>

#include "net.h"
#include "text.h"

enum {
	APP_SENDS = 256,	 /* frames being sent */
	APP_PAYLOADS = 512,	 /* that lwIP has: as many as the card has receive buffers */
	APP_BLOCK = 2048,	 /* bytes of a frame's memory */
	APP_LARGE_BLOCK = 24576, /* and of one that the card cuts into segments */
	APP_LARGE = 16,
	APP_PIECES = 30, /* of a frame's list */
	APP_UDP_PORTS = 4,
	APP_CONNECTIONS = 4,
	APP_FOR_OTHERS = 64, /* payloads that no TCP segment gets */
	PORT_ECHO = 7,	     /* UDP: answered from memory that the payload is copied to */
	PORT_IN_PLACE = 8,   /* UDP: answered with the payload where it was received: a list of two pieces */
	PORT_STREAM = 9,     /* UDP: a stream; TCP: an echo, in place */
	PORT_QUIT = 10,	     /* UDP */
};

/* The rest of a received frame behind its headers, in the block that the card wrote; lwIP holds it as a custom pbuf. */
struct app_payload {
	struct pbuf_custom custom; /* first */
	struct app_payload *next;  /* of the free ones */
	struct net_packet
		packet; /* given back when lwIP, and what is being sent, are done with it: block is NULL then */
	bool in_place;	/* it may be sent from where it is */
};

/* A frame being sent: all of it, or what is not in place, in a block of the send pool. */
struct app_send {
	struct net_send send;  /* first */
	struct app_send *next; /* of the free ones, or of those that were sent */
	struct dma_pool *pool; /* the block's */
	struct dma_block *block;
	struct dma_list list;
	struct dma_piece pieces[APP_PIECES];
	struct app_payload *payloads[APP_PIECES]; /* that the list has pieces of */
	unsigned npayloads;
};

/* A TCP connection of the echo: what was received, and is not yet acknowledged by who gets it back. */
struct app_connection {
	struct tcp_pcb *pcb; /* NULL: the slot is free */
	struct pbuf *kept;
	uint16_t written;	/* bytes of `kept` that lwIP was asked to send */
	uint16_t segment_bytes; /* of the host's longest segment; what lwIP sends may be longer (net_offload.c) */
	bool ends;		/* the host has said its last */
	bool due;		/* lwIP may have room for more */
};

struct app_counts {
	uint64_t echoes, in_place, copied_instead, stream_packets, stream_bytes, connections, tcp_bytes;
	uint64_t dropped;    /* frames that did not get to lwIP */
	uint64_t unanswered; /* frames for which there was no memory or no room */
	uint64_t syncs_to_device, syncs_from_device, maps, unmaps;
	uint64_t sums_left;	/* frames whose checksum the card filled in */
	uint64_t sums_believed; /* frames received whose checksum it has looked at */
	uint64_t cut, segments; /* frames that it cut, and into how many */
};

/* What was received in order, and a sum over it (FNV-1a, 64 bits). */
struct app_stream {
	uint32_t expected; /* number of the next datagram */
	uint64_t nbytes, sum;
};

/* From interrupt handlers to the loop. */
struct app_arrivals {
	struct dma_lock lock;
	struct net_packet packets[APP_PAYLOADS];
	unsigned first, count;
	uint64_t dropped; /* there was no room */
};

struct app {
	struct net *net;
	struct netif netif;
	struct app_arrivals arrivals;
	struct app_payload payloads[APP_PAYLOADS], *free_payloads;
	unsigned nfree_payloads;
	struct dma_pool frames, large; /* to-device blocks; the second where the card cuts frames */
	struct app_send sends[APP_SENDS], *free_sends;
	struct dma_lock sent_lock;
	struct app_send *sent; /* by the card, and not yet given back */
	struct udp_pcb *udp[APP_UDP_PORTS];
	struct tcp_pcb *listener;
	struct app_connection connections[APP_CONNECTIONS];
	struct app_stream stream;
	struct app_counts counts;
	uint64_t last_frame; /* ns */
	bool quit;
	bool in_place;	   /* payloads are sent so where they may */
	unsigned offloads; /* of enum net_offload: what the card has, or nothing */
	uint64_t nanoseconds, ticks, faults, frames_leaked;
	struct dma_stats stats;
	char error[200];
};

/* The one that runs: lwIP's hooks have no argument. */
extern struct app app;

/* The first error counts; returns it. */
int app_fail(int error, const char *what);

/* net_receive.c */
void app_received(struct net *net, const struct net_packet *packet); /* net->received */
/* Hands what has arrived to lwIP; true: there was something. */
bool app_receive(void);
bool app_has_arrivals(void);
/* Gives back what lwIP never got. */
void app_receive_close(void);

/* net_payload.c: the rest of a frame from `header_bytes` on. NULL: lwIP has all that it may have, or fewer than
 * `least` are free. */
struct pbuf *app_payload_new(const struct net_packet *packet, size_t header_bytes, unsigned least);
/* The payload that lwIP's pointer is in, and how far into its block; it may have been given back. NULL: plain
 * memory. */
struct app_payload *app_payload_at(const void *at, size_t *off);
void app_payloads_open(void);
/* Its bytes from `off` on, until the writer is full. 0, or DMA_EINVAL: there are not so many. */
int app_payload_read(const struct app_payload *payload, size_t off, struct dma_writer *w);
/* All of the chain may be sent from where it is. */
void app_payload_allow_in_place(struct pbuf *p);

/* net_send.c */
int app_sends_open(void);
int app_sends_close(void);
err_t app_send_frame(struct netif *netif, struct pbuf *p); /* netif->linkoutput */
/* Takes back what the card has sent; true: there was something. */
bool app_sends_reap(void);

/* net_offload.c */
/* lwIP makes and checks the sums that the card does not; checked: the card has looked at those of the next frame. */
void app_checksums(bool checked);
/* How long lwIP's segments are, for a host whose longest one has so many bytes. */
uint16_t app_large_segment(uint16_t segment_bytes);
/* Says in *send what the card does with a frame, and puts the sum of the pseudo header into it. 0; DMA_ENOTSUP,
 * DMA_EINVAL: it is no frame that can be sent. */
int app_leave_to_card(struct net_send *send, struct pbuf *p);

/* net_udp.c, net_tcp.c: 0, or DMA_ENOMEM */
int app_udp_open(void);
void app_udp_close(void);
int app_tcp_open(void);
void app_tcp_close(void);
/* Sends back what came since the last call. */
void app_tcp_push(void);
/* The longest segment of the connection with that address and port; 0: there is none. */
uint16_t app_tcp_segment_bytes(const unsigned char *address, unsigned port);

void app_report(void);

#endif
