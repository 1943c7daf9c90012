/* SPDX-License-Identifier: MPL-2.0 */
#include "vdev_offload.h"
#include <stdbool.h>
#include <string.h>

enum { TCP = 6, UDP = 17, IP_AT = 14, TCP_SUM = 16, UDP_SUM = 6, TCP_LEAST = 20, FIN_AND_PSH = 9 };

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum16(uint32_t sum, const uint8_t *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get16(at);
	if (n)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* ---- Headers ---- */

/* Where the TCP or UDP of a frame is: nbytes from `at` on, its checksum `sum` bytes further. */
struct transport {
	size_t at, nbytes;
	unsigned protocol, sum;
	bool ipv6;
};

static bool find_transport(const uint8_t *frame, size_t n, struct transport *t)
{
	size_t end;

	if (n >= IP_AT + 20 && get16(frame + 12) == 0x0800) {
		t->ipv6 = false;
		t->at = IP_AT + (size_t)(frame[IP_AT] & 15) * 4;
		end = IP_AT + (size_t)get16(frame + IP_AT + 2);
		t->protocol = frame[IP_AT + 9];
		if (t->at < IP_AT + 20 || get16(frame + IP_AT + 6) & 0x3fff) /* a fragment */
			return false;
	} else if (n >= IP_AT + 40 && get16(frame + 12) == 0x86dd) {
		t->ipv6 = true;
		t->at = IP_AT + 40;
		end = t->at + get16(frame + IP_AT + 4);
		t->protocol = frame[IP_AT + 6];
	} else {
		return false;
	}
	t->sum = t->protocol == TCP ? TCP_SUM : UDP_SUM;
	t->nbytes = end - t->at;
	return (t->protocol == TCP || t->protocol == UDP) && end <= n && end >= t->at + t->sum + 2;
}

/* RFC 9293, 3.1; RFC 8200, 8.1 */
static uint32_t pseudo(const uint8_t *frame, const struct transport *t, size_t nbytes)
{
	const uint8_t *addresses = frame + IP_AT + (t->ipv6 ? 8 : 12);

	return sum16((uint32_t)(t->protocol + nbytes), addresses, t->ipv6 ? 32 : 8);
}

/* ---- Sending ---- */

/* 5.1.6.2: a frame that is to be cut. */
static const char *wrong_segments(const struct vnet_header *h, const uint8_t *frame, const struct transport *t)
{
	size_t headers = t->at + (size_t)(frame[t->at + 12] >> 4) * 4;

	if (t->protocol != TCP || t->ipv6 != (h->gso_type == VNET_TCPV6))
		return "segments of another kind than the frame";
	if (t->nbytes < TCP_LEAST || headers < t->at + TCP_LEAST || headers >= t->at + t->nbytes)
		return "segments of a frame without a payload";
	if (h->header_bytes < headers)
		return "the headers are longer than header_bytes"; /* 5.1.6.2.1: not less, but it is a hint */
	return headers + h->segment_bytes > VNET_FRAME ? "a segment is longer than a frame" : NULL;
}

const char *vnet_wrong(uint64_t accepted, const struct vnet_header *h, const uint8_t *frame, size_t nbytes)
{
	struct transport t;
	bool found = find_transport(frame, nbytes, &t);

	if (h->flags & ~VNET_NEEDS_CSUM || (h->flags & VNET_NEEDS_CSUM && !(accepted & VNET_F_CSUM)))
		return "a flag that was not negotiated";
	if (h->flags & VNET_NEEDS_CSUM && (size_t)h->checksum_start + h->checksum_offset + 2 > nbytes)
		return "a checksum beyond the frame";
	if (h->gso_type && h->gso_type != VNET_TCPV4 && h->gso_type != VNET_TCPV6)
		return "segments of a kind that there is not";
	if ((h->gso_type == VNET_TCPV4 && !(accepted & VNET_F_HOST_TSO4)) ||
	    (h->gso_type == VNET_TCPV6 && !(accepted & VNET_F_HOST_TSO6)))
		return "segments that were not negotiated";
	if (h->gso_type && (!(h->flags & VNET_NEEDS_CSUM) || !h->segment_bytes))
		return "segments without a checksum or a size";
	if (!h->gso_type && nbytes > VNET_FRAME)
		return "a frame that is too long";
	if (h->buffers)
		return "num_buffers is not 0";
	if (h->gso_type && (!found || h->checksum_start != t.at || h->checksum_offset != t.sum))
		return "segments whose checksum is not TCP's";
	if (h->flags & VNET_NEEDS_CSUM && found && h->checksum_start == t.at &&
	    get16(frame + t.at + t.sum) != pseudo(frame, &t, t.nbytes))
		return "the checksum's field is not the sum of the pseudo header";
	return h->gso_type ? wrong_segments(h, frame, &t) : NULL;
}

static void fill_checksum(uint8_t *frame, size_t n, size_t start, size_t at)
{
	uint32_t sum = ~sum16(0, frame + start, n - start) & 0xffff;

	put16(frame + at, sum ? sum : 0xffff);
}

/* A segment's IP header: its length, for IPv4 its number and checksum. */
static void fill_ip(uint8_t *part, size_t n, const struct transport *t, unsigned index)
{
	if (t->ipv6) {
		put16(part + IP_AT + 4, (unsigned)(n - t->at));
		return;
	}
	put16(part + IP_AT + 2, (unsigned)(n - IP_AT));
	put16(part + IP_AT + 4, (get16(part + IP_AT + 4) + index) & 0xffff);
	put16(part + IP_AT + 10, 0);
	put16(part + IP_AT + 10, ~sum16(0, part + IP_AT, t->at - IP_AT) & 0xffff);
}

void vnet_finish(const struct vnet_header *h, uint8_t *frame, size_t nbytes,
		 void (*emit)(void *ctx, const uint8_t *frame, size_t nbytes), void *ctx)
{
	uint8_t part[VNET_FRAME];
	struct transport t;
	size_t headers, payload;

	if (!h->gso_type || !find_transport(frame, nbytes, &t)) {
		if (h->flags & VNET_NEEDS_CSUM)
			fill_checksum(frame, nbytes, h->checksum_start, h->checksum_start + h->checksum_offset);
		emit(ctx, frame, nbytes);
		return;
	}
	headers = t.at + (size_t)(frame[t.at + 12] >> 4) * 4;
	payload = t.at + t.nbytes - headers;
	for (size_t done = 0, here; done < payload; done += here) {
		uint32_t number;

		here = payload - done < h->segment_bytes ? payload - done : h->segment_bytes;
		memcpy(part, frame, headers);
		memcpy(part + headers, frame + headers + done, here);
		number = ((uint32_t)get16(part + t.at + 4) << 16 | get16(part + t.at + 6)) + (uint32_t)done;
		put16(part + t.at + 4, number >> 16);
		put16(part + t.at + 6, number & 0xffff);
		if (done + here < payload)
			part[t.at + 13] &= (uint8_t)~FIN_AND_PSH; /* these are the last one's */
		fill_ip(part, headers + here, &t, (unsigned)(done / h->segment_bytes));
		put16(part + t.at + t.sum, pseudo(part, &t, headers + here - t.at));
		fill_checksum(part, headers + here, t.at, t.at + t.sum);
		emit(ctx, part, headers + here);
	}
}

/* ---- Receiving ---- */

void vnet_judge(struct vnet_header *h, uint8_t *frame, size_t nbytes, unsigned which)
{
	struct transport t;

	if (!find_transport(frame, nbytes, &t) || !get16(frame + t.at + t.sum) || /* UDP's 0: it has none */
	    sum16(pseudo(frame, &t, t.nbytes), frame + t.at, t.nbytes) != 0xffff)
		return;
	if (which == 0)
		h->flags = VNET_DATA_VALID;
	if (which != 2)
		return;
	h->flags = VNET_NEEDS_CSUM; /* 5.1.6.4 */
	h->checksum_start = (uint16_t)t.at;
	h->checksum_offset = (uint16_t)t.sum;
	put16(frame + t.at + t.sum, pseudo(frame, &t, t.nbytes));
}
