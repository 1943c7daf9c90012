/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the card to lwIP. An interrupt handler puts the frame in a queue; the loop makes a pbuf of its headers, which
 * are copied once, so that nobody can change them after they were looked at (hazard 59), and one of the rest, which
 * stays in the block that the card wrote.
 */
#include <dmastream/platform.h>

#include "net_app.h"

enum {
	HEADERS_MOST = 160, /* Ethernet, and IP and TCP with all their options; and any frame without a payload */
	IP_AT = 14,
	TYPE_IP = 0x0800,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	UDP_BYTES = 8,
};

/* ---- The queue ---- */

void app_received(struct net *net, const struct net_packet *packet)
{
	struct app_arrivals *a = &app.arrivals;
	uintptr_t state = dma_host_lock(&a->lock);
	bool room = a->count < APP_PAYLOADS;

	if (room)
		a->packets[(a->first + a->count++) % APP_PAYLOADS] = *packet;
	else
		a->dropped++;
	dma_host_unlock(&a->lock, state);
	if (!room)
		net->ops->give(net, packet);
}

bool app_has_arrivals(void)
{
	return __atomic_load_n(&app.arrivals.count, __ATOMIC_ACQUIRE) != 0;
}

static bool take(struct net_packet *packet)
{
	struct app_arrivals *a = &app.arrivals;
	uintptr_t state = dma_host_lock(&a->lock);
	bool some = a->count > 0;

	if (some) {
		*packet = a->packets[a->first];
		a->first = (a->first + 1) % APP_PAYLOADS;
		a->count--;
	}
	dma_host_unlock(&a->lock, state);
	return some;
}

/* ---- A frame ---- */

/* Where the payload begins, going by headers of which nothing is believed yet: lwIP checks them. What is wrong here
 * only puts more or less of the frame into the first pbuf. */
static size_t header_bytes(const unsigned char *frame, size_t nbytes)
{
	size_t at = IP_AT;

	if (nbytes < IP_AT + 20 || (frame[12] << 8 | frame[13]) != TYPE_IP)
		return nbytes;
	at += (size_t)(frame[IP_AT] & 15) * 4;
	if (frame[IP_AT + 9] == PROTOCOL_TCP && at + 13 <= nbytes)
		at += (size_t)(frame[at + 12] >> 4) * 4;
	else
		at += UDP_BYTES; /* and ICMP's are as many */
	return at < nbytes ? at : nbytes;
}

/* The frame as pbufs; its block is theirs, or was given back. NULL: it was not, and there is no memory. */
static struct pbuf *frame_pbufs(const struct net_packet *packet)
{
	unsigned char headers[HEADERS_MOST] = {0};
	size_t nbytes = packet->nbytes, nheaders = nbytes < HEADERS_MOST ? nbytes : HEADERS_MOST;
	struct pbuf *head, *payload = NULL;

	if (dma_slice_read_bytes(&packet->block->slice, packet->offset, headers, nheaders))
		return NULL;
	nheaders = header_bytes(headers, nheaders);
	head = pbuf_alloc(PBUF_RAW, (u16_t)nheaders, PBUF_POOL);
	if (!head)
		return NULL;
	/* With the zeros behind a short one: lwIP quotes 8 bytes behind the IP header, there or not. */
	__builtin_memcpy(head->payload, headers, HEADERS_MOST);
	if (nheaders == nbytes) {
		app.net->ops->give(app.net, packet);
		return head;
	}
	/* A host that takes nothing back may fill its window with short segments: the last payloads are for everybody
	 * else. An acknowledgement has none. */
	payload = app_payload_new(packet, nheaders, headers[IP_AT + 9] == PROTOCOL_TCP ? APP_FOR_OTHERS : 0);
	if (payload)
		pbuf_cat(head, payload);
	else
		pbuf_free(head);
	return payload ? head : NULL;
}

static void receive(const struct net_packet *packet)
{
	struct pbuf *p = NULL;

	app.counts.syncs_from_device++;
	app.last_frame = dma_host_time_ns();
	if (packet->nbytes >= NET_HEADER_BYTES && packet->nbytes <= NET_FRAME_BYTES)
		p = frame_pbufs(packet);
	if (!p) {
		app.counts.dropped++;
		app.net->ops->give(app.net, packet);
		return;
	}
	app.counts.sums_believed += app.offloads & NET_CHECKS && packet->checked;
	app_checksums(app.offloads & NET_CHECKS && packet->checked);
	if (app.netif.input(p, &app.netif) != ERR_OK)
		pbuf_free(p);
}

bool app_receive(void)
{
	struct net_packet packet;
	unsigned n = 0;

	for (; n < APP_PAYLOADS && take(&packet); n++)
		receive(&packet);
	/* All at once: what came in one go is sent back in few, long segments. */
	app_tcp_push();
	return n > 0;
}

void app_receive_close(void)
{
	struct net_packet packet;

	while (take(&packet))
		app.net->ops->give(app.net, &packet);
}
