/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Frames of netpeer that are rare and right, so that they are answered as any other: IP options, bytes behind the
 * datagram, none in it, broadcasts; and some that are right but not for this machine, or in pieces.
 */
#include "netpeer.h"
#include <string.h>

enum { OPTIONS_MOST = 40, ETHERNET_LEAST = 60, ARPS = 64, VLAN = 0x8100 };

static void sum_ip(unsigned char *f)
{
	size_t n = (size_t)(f[IP_AT] & 15) * 4;

	put16(f + IP_AT + 10, 0);
	put16(f + IP_AT + 10, ~sum16(0, f + IP_AT, n) & 0xffff);
}

/* n bytes of data for that port, with so many bytes of IP options that say nothing. The frame's length. */
static size_t make(unsigned char *f, unsigned port, size_t n, size_t options)
{
	size_t nframe;

	fill(f + DATA_AT, n, n + options);
	nframe = udp(f, port, n, n % 2);
	memmove(f + L4_AT + options, f + L4_AT, 8 + n);
	memset(f + L4_AT, 1, options);
	f[IP_AT] = (unsigned char)(0x45 + options / 4);
	put16(f + IP_AT + 2, (unsigned)(20 + options + 8 + n));
	sum_ip(f);
	return nframe + options;
}

/* Sends that frame until the n bytes at `data` come back from that port. */
static bool answered(const unsigned char *f, size_t nframe, unsigned port, size_t n)
{
	const unsigned char *wanted = f + L4_AT + (size_t)(f[IP_AT] & 15) * 4 - 20 + 8;
	unsigned char got[FRAME + 100];
	uint64_t began = now_ms(), sent = 0;

	while (child_lives() && now_ms() - began < SOON_MS) {
		const unsigned char *data;
		unsigned from = 0;
		size_t here, nbytes = 0;

		if (now_ms() - sent > wire_again) {
			sent = now_ms();
			send_frame(f, nframe);
		}
		here = receive_frame(got, 20);
		data = here ? datagram(got, here, &from, &nbytes) : NULL;
		if (data && from == port && nbytes == n && memcmp(data, wanted, n) == 0) {
			seen.echoes++;
			seen.compared += n;
			return true;
		}
	}
	problem("a frame that is rare, but right, is not answered");
	return false;
}

static bool rare(unsigned port)
{
	unsigned char f[FRAME];
	size_t n;

	for (size_t options = 0; options <= OPTIONS_MOST; options += 20) {
		n = make(f, port, 100, options);
		if (!answered(f, n, port, 100))
			return false;
		n = make(f, port, DATA_MOST - options, options);
		if (!answered(f, n, port, DATA_MOST - options))
			return false;
	}
	for (size_t data = 0; data < 3; data++) { /* and what makes a frame as long as Ethernet wants it */
		memset(f, 0xee, sizeof(f));
		(void)make(f, port, data, 0);
		if (!answered(f, ETHERNET_LEAST, port, data) || !answered(f, sizeof(f), port, data))
			return false;
	}
	n = make(f, port, 50, 0);
	memset(f, 0xff, 6);
	if (!answered(f, n, port, 50))
		return false;
	f[IP_AT + 19] = 0xff; /* 10.0.2.255 */
	sum_ip(f);
	put16(f + L4_AT + 6, 0);
	return answered(f, n, port, 50);
}

/* None of these is answered, nor remembered for long. */
static void pieces_and_others(void)
{
	unsigned char f[FRAME];
	size_t n = make(f, PORT_ECHO, 100, 0);

	memset(f + DATA_AT, 0, 8); /* no question's number */
	put16(f + L4_AT + 6, 0);
	put16(f + IP_AT + 6, 0x2000); /* the first of several fragments */
	sum_ip(f);
	send_frame(f, n);
	put16(f + IP_AT + 6, 185); /* a later one */
	sum_ip(f);
	send_frame(f, n);
	put16(f + IP_AT + 6, 0);
	sum_ip(f);
	memmove(f + 16, f + 12, n - 12);
	put16(f + 12, VLAN);
	put16(f + 14, 5);
	send_frame(f, n + 4);
	seen.nonsense += 3;
	for (unsigned i = 0; i < ARPS; i++) {
		static const unsigned char request[8] = {0, 1, 8, 0, 6, 4, 0, 1};

		memset(f, 0xff, ETHERNET_LEAST);
		memcpy(f + 6, our_mac, 6);
		put16(f + 12, 0x0806);
		memcpy(f + 14, request, 8);
		memcpy(f + 22, our_mac, 6);
		f[27] = (unsigned char)i;
		memcpy(f + 28, our_ip, 4);
		f[31] = (unsigned char)(100 + i);
		memcpy(f + 38, their_ip, 4);
		send_frame(f, ETHERNET_LEAST);
	}
}

bool strange_frames(void)
{
	if (!rare(PORT_ECHO) || !rare(PORT_IN_PLACE))
		return false;
	pieces_and_others();
	return hears();
}
