/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames: ARP (RFC 826), IPv4 (RFC 791), ICMP echo (RFC 792), UDP (RFC 768). Each is copied out of its block once, and
 * the copy is looked at: the sender, or the device, may be out to fool us (hazards 58, 59). Everything that is not
 * exactly right is dropped and counted.
 */
#include <dmastream/platform.h>

#include "bus.h"
#include "net_app.h"

void *memcpy(void *dst, const void *src, size_t n); /* all that a host without a C library has of it */

enum {
	MAC = 6,
	ARP_AT = 14,
	ARP_BYTES = 28,
	IP_AT = 14,
	IP_BYTES = 20,
	L4_AT = IP_AT + IP_BYTES,
	UDP_BYTES = 8,
	TYPE_ARP = 0x0806,
	TYPE_IP = 0x0800,
	PROTOCOL_ICMP = 1,
	PROTOCOL_UDP = 17,
};

static const unsigned char our_address[4] = {10, 0, 2, 15};

static unsigned get16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static bool same(const unsigned char *a, const unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static void swap(unsigned char *a, unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char was = a[i];

		a[i] = b[i];
		b[i] = was;
	}
}

/* RFC 1071: the one's complement sum of 16-bit words, on top of `sum`. */
static uint32_t sum16(uint32_t sum, const unsigned char *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get16(at);
	if (n)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The answer goes to where the question came from, with our address as the sender. */
static void turn_ethernet(const struct app *app, unsigned char *frame)
{
	memcpy(frame, frame + MAC, MAC);
	memcpy(frame + MAC, app->net->mac, MAC);
}

static bool arp(struct app *app, unsigned char *frame, size_t nbytes)
{
	static const unsigned char request[8] = {0, 1, 8, 0, 6, 4, 0, 1};
	unsigned char *a = frame + ARP_AT;

	if (nbytes < ARP_AT + ARP_BYTES || !same(a, request, 8) || !same(a + 24, our_address, 4))
		return false;
	turn_ethernet(app, frame);
	a[7] = 2;
	swap(a + 8, a + 18, MAC + 4); /* sender and target: hardware, then protocol address */
	memcpy(a + 8, app->net->mac, MAC);
	app_count(&app->counts.arps);
	app_reply(app, frame, ARP_AT + ARP_BYTES);
	return true;
}

static bool icmp(struct app *app, unsigned char *frame, size_t nbytes)
{
	unsigned char *i = frame + L4_AT;
	size_t length = nbytes - L4_AT;

	if (length < 8 || i[0] != 8 || i[1] != 0 || sum16(0, i, length) != 0xffff)
		return false;
	turn_ethernet(app, frame);
	swap(frame + IP_AT + 12, frame + IP_AT + 16, 4); /* which leaves the header's sum as it is */
	i[0] = 0;
	put16(i + 2, 0);
	put16(i + 2, ~sum16(0, i, length) & 0xffff);
	app_count(&app->counts.pings);
	app_reply(app, frame, nbytes);
	return true;
}

static bool udp_sum_is_right(const unsigned char *frame, size_t length)
{
	const unsigned char *u = frame + L4_AT;

	if (!get16(u + 6)) /* the sender has made none */
		return true;
	return sum16(sum16(PROTOCOL_UDP + (uint32_t)length, frame + IP_AT + 12, 8), u, length) == 0xffff;
}

/* An answer with other data than the question: lengths and sums anew. */
static void answer_with(struct app *app, unsigned char *frame, const unsigned char *data, size_t n)
{
	unsigned char *ip = frame + IP_AT, *u = frame + L4_AT;
	uint32_t sum;

	memcpy(u + UDP_BYTES, data, n);
	put16(u + 4, (unsigned)(UDP_BYTES + n));
	put16(u + 6, 0);
	put16(ip + 2, (unsigned)(IP_BYTES + UDP_BYTES + n));
	put16(ip + 10, 0);
	put16(ip + 10, ~sum16(0, ip, IP_BYTES) & 0xffff);
	sum = ~sum16(sum16((uint32_t)(PROTOCOL_UDP + UDP_BYTES + n), ip + 12, 8), u, UDP_BYTES + n) & 0xffff;
	put16(u + 6, sum ? sum : 0xffff);
	app_reply(app, frame, L4_AT + UDP_BYTES + n);
}

/* True if the packet went into the answer. */
static bool echo_in_place(struct app *app, const struct net_packet *packet, unsigned char *frame, size_t nbytes)
{
	if (app->in_place && nbytes > L4_AT + UDP_BYTES &&
	    app_reply_in_place(app, packet, frame, L4_AT + UDP_BYTES, nbytes)) {
		app_count(&app->counts.in_place);
		return true;
	}
	app_count(&app->counts.copied_instead);
	app_reply(app, frame, nbytes);
	return false;
}

/* *kept: the packet went into the answer. */
static bool udp(struct app *app, const struct net_packet *packet, unsigned char *frame, size_t nbytes, bool *kept)
{
	unsigned char *u = frame + L4_AT, answer[24];
	size_t length = nbytes - L4_AT, n;
	unsigned port;

	if (length < UDP_BYTES || get16(u + 4) != length || (!packet->checked && !udp_sum_is_right(frame, length)))
		return false;
	port = get16(u + 2);
	turn_ethernet(app, frame);
	swap(frame + IP_AT + 12, frame + IP_AT + 16, 4);
	swap(u, u + 2, 2); /* the sum stays */
	switch (port) {
	case PORT_ECHO:
		app_count(&app->counts.echoes);
		app_reply(app, frame, nbytes);
		return true;
	case PORT_IN_PLACE:
		*kept = echo_in_place(app, packet, frame, nbytes);
		return true;
	case PORT_STREAM:
		n = app_stream_take(app, u + UDP_BYTES, length - UDP_BYTES, answer);
		if (n)
			answer_with(app, frame, answer, n);
		return true;
	case PORT_QUIT:
		app_reply(app, frame, nbytes);
		__atomic_store_n(&app->quit, true, __ATOMIC_RELEASE);
		return true;
	default:
		return false;
	}
}

static bool ip(struct app *app, const struct net_packet *packet, unsigned char *frame, size_t nbytes, bool *kept)
{
	const unsigned char *h = frame + IP_AT;
	size_t length;

	if (nbytes < IP_AT + IP_BYTES || h[0] != 0x45 || sum16(0, h, IP_BYTES) != 0xffff)
		return false;
	length = get16(h + 2);
	if (length < IP_BYTES || length > nbytes - IP_AT || get16(h + 6) & 0x3fff || !same(h + 16, our_address, 4))
		return false;
	nbytes = IP_AT + length; /* the rest fills a short frame up */
	if (h[9] == PROTOCOL_ICMP)
		return icmp(app, frame, nbytes);
	return h[9] == PROTOCOL_UDP && udp(app, packet, frame, nbytes, kept);
}

void app_received(struct net *net, const struct net_packet *packet)
{
	struct app *app = net->context;
	unsigned char frame[NET_FRAME_BYTES];
	size_t nbytes = packet->nbytes;
	bool fine = false, kept = false;

	app_count(&app->counts.syncs_from_device);
	__atomic_store_n(&app->last_frame, dma_host_time_ns(), __ATOMIC_RELAXED);
	if (nbytes >= NET_HEADER_BYTES && nbytes <= sizeof(frame) &&
	    !dma_slice_read_bytes(&packet->block->slice, packet->offset, frame, nbytes)) {
		if (get16(frame + 12) == TYPE_ARP)
			fine = arp(app, frame, nbytes);
		else if (get16(frame + 12) == TYPE_IP)
			fine = ip(app, packet, frame, nbytes, &kept);
	}
	if (!fine)
		app_count(&app->counts.dropped);
	if (!kept)
		net->ops->give(net, packet);
}
