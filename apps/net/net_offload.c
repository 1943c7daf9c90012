/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is left to a card that can do it: checksums of TCP and UDP, both ways, and TCP frames of many segments. lwIP is
 * told so by the flags of its netif. Of a frame to be sent it leaves the checksum's field 0; here the sum of the pseudo
 * header comes to stand there, which the card goes on from. A connection's segments are some times as long as the
 * host's (net_tcp.c), and the card cuts them again.
 */
#include <dmastream/errors.h>

#include "net_app.h"

enum {
	IP_AT = NET_HEADER_BYTES,
	IP_BYTES = 20,
	TYPE_IP = 0x0800,
	TCP_BYTES = 20,
	TCP_SUM = 16,
	UDP_BYTES = 8,
	UDP_SUM = 6,
	LARGE_SEGMENTS = 16, /* of the host's, in one of a connection */
};

static unsigned get16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

void app_checksums(bool checked)
{
	u16_t ours = NETIF_CHECKSUM_ENABLE_ALL;

	if (app.offloads & NET_SENDS_CHECKSUMS)
		ours &= (u16_t) ~(NETIF_CHECKSUM_GEN_UDP | NETIF_CHECKSUM_GEN_TCP);
	if (checked)
		ours &= (u16_t) ~(NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP);
	NETIF_SET_CHECKSUM_CTRL(&app.netif, ours);
}

uint16_t app_large_segment(uint16_t segment_bytes)
{
	size_t most = APP_LARGE_BLOCK - NET_HEADER_BYTES - 2 * 60; /* with all options of IP and TCP */

	if (!(app.offloads & NET_SENDS_SEGMENTS) || most < segment_bytes)
		return segment_bytes;
	most = most / segment_bytes * segment_bytes;
	return (uint16_t)(most < (size_t)LARGE_SEGMENTS * segment_bytes ? most : LARGE_SEGMENTS * segment_bytes);
}

/* The sum of the pseudo header (RFC 9293, 3.1): of addresses, protocol, and the bytes behind the IP header. */
static void put_pseudo(unsigned char *field, const unsigned char *ip, unsigned protocol, size_t nbytes)
{
	uint32_t sum = (uint32_t)(protocol + nbytes);

	for (unsigned i = 12; i < IP_BYTES; i += 2)
		sum += get16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	field[0] = (unsigned char)(sum >> 8);
	field[1] = (unsigned char)sum;
}

/* Of a TCP frame that lwIP made longer than the host wants them, though it may be short enough for the wire: the card
 * cuts it. */
static int ask_for_segments(struct net_send *send, const struct pbuf *p, size_t tcp)
{
	const unsigned char *frame = p->payload;
	size_t headers = tcp + (size_t)(frame[tcp + 12] >> 4) * 4;
	uint16_t nbytes = app_tcp_segment_bytes(frame + IP_AT + 16, get16(frame + tcp + 2));

	if (p->tot_len <= NET_FRAME_BYTES && (!nbytes || p->tot_len <= headers + nbytes))
		return 0;
	if (!(app.offloads & NET_SENDS_SEGMENTS) || !nbytes || headers > p->len)
		return DMA_ENOTSUP;
	send->segment_bytes = nbytes;
	send->header_bytes = (uint16_t)headers;
	return 0;
}

int app_leave_to_card(struct net_send *send, struct pbuf *p)
{
	unsigned char *frame = p->payload; /* lwIP's own memory, as all headers are */
	size_t at = IP_AT + IP_BYTES, sum;
	unsigned protocol = 0;

	if (app.offloads & NET_SENDS_CHECKSUMS && p->len >= at && get16(frame + 12) == TYPE_IP) {
		at = IP_AT + (size_t)(frame[IP_AT] & 15) * 4;
		protocol = frame[IP_AT + 9];
	}
	if (protocol != IP_PROTO_TCP && protocol != IP_PROTO_UDP)
		return p->tot_len <= NET_FRAME_BYTES ? 0 : DMA_ENOTSUP;
	sum = protocol == IP_PROTO_TCP ? TCP_SUM : UDP_SUM;
	if (p->len < at + (protocol == IP_PROTO_TCP ? TCP_BYTES : UDP_BYTES))
		return DMA_EINVAL;
	put_pseudo(frame + at + sum, frame + IP_AT, protocol, p->tot_len - at);
	send->checksum_start = (uint16_t)at;
	send->checksum_offset = (uint16_t)sum;
	if (protocol == IP_PROTO_TCP)
		return ask_for_segments(send, p, at);
	return p->tot_len <= NET_FRAME_BYTES ? 0 : DMA_ENOTSUP;
}
