/* SPDX-License-Identifier: MPL-2.0 */
/* Frames of netpeer: built, sent, received, and judged by their headers and sums. */
#include "netpeer.h"
#include <string.h>

const unsigned char our_mac[6] = {0x52, 0x55, 10, 0, 2, 2}, our_ip[4] = {10, 0, 2, 2}, their_ip[4] = {10, 0, 2, 15};
unsigned char their_mac[6] = {255, 255, 255, 255, 255, 255};

uint32_t noise(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

void fill(unsigned char *to, size_t n, uint64_t seed)
{
	uint64_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)noise(&state);
}

void put16(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

void put32(unsigned char *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

unsigned get16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

uint32_t get32(const unsigned char *at)
{
	return get16(at) << 16 | get16(at + 2);
}

uint32_t sum16(uint32_t sum, const unsigned char *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get16(at);
	if (n)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

void ethernet(unsigned char *f, unsigned type)
{
	memcpy(f, their_mac, 6);
	memcpy(f + 6, our_mac, 6);
	put16(f + 12, type);
}

void ip(unsigned char *f, unsigned protocol, size_t payload)
{
	unsigned char *h = f + IP_AT;

	ethernet(f, 0x0800);
	memset(h, 0, 20);
	h[0] = 0x45;
	put16(h + 2, (unsigned)(20 + payload));
	h[8] = 64;
	h[9] = (unsigned char)protocol;
	memcpy(h + 12, our_ip, 4);
	memcpy(h + 16, their_ip, 4);
	put16(h + 10, ~sum16(0, h, 20) & 0xffff);
}

size_t udp(unsigned char *f, unsigned port, size_t n, bool with_sum)
{
	unsigned char *u = f + L4_AT;
	uint32_t sum;

	ip(f, 17, 8 + n);
	put16(u, OUR_PORT);
	put16(u + 2, port);
	put16(u + 4, (unsigned)(8 + n));
	put16(u + 6, 0);
	sum = ~sum16(sum16((uint32_t)(17 + 8 + n), f + IP_AT + 12, 8), u, 8 + n) & 0xffff;
	if (with_sum)
		put16(u + 6, sum ? sum : 0xffff);
	return DATA_AT + n;
}

void send_frame(const unsigned char *f, size_t n)
{
	seen.sent++;
	wire_send(f, n);
}

size_t receive_frame(unsigned char *f, int milliseconds)
{
	size_t n = wire_receive(f, milliseconds);

	seen.received += n > 0;
	return tcp_takes(f, n) ? 0 : n;
}

const unsigned char *datagram(const unsigned char *f, size_t nframe, unsigned *port, size_t *n)
{
	const unsigned char *u = f + L4_AT;
	size_t length;

	if (nframe < DATA_AT || get16(f + 12) != 0x0800 || f[IP_AT + 9] != 17 || sum16(0, f + IP_AT, 20) != 0xffff)
		return NULL;
	length = get16(u + 4);
	if (length < 8 || L4_AT + length > nframe || get16(f + IP_AT + 2) != 20 + length || get16(u + 2) != OUR_PORT ||
	    memcmp(f + IP_AT + 16, our_ip, 4) != 0 || memcmp(f, our_mac, 6) != 0)
		return NULL;
	if (!get16(u + 6) || sum16(sum16((uint32_t)(17 + length), f + IP_AT + 12, 8), u, length) != 0xffff) {
		seen.wrong++;
		problem("a datagram came back with a wrong checksum, or none");
		return NULL;
	}
	*port = get16(u);
	*n = length - 8;
	return u + 8;
}
