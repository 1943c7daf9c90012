/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The UDP ports: echoes, the stream, the end.
 *
 * The stream: datagrams that begin with a number (4 bytes, big-endian), which counts from 0. What comes in order
 * counts; every eighth, what comes out of order, and the end (a datagram without data) is answered with the number
 * that is expected next, the bytes so far, and their sum. The host sends again what is missing.
 */
#include "net_app.h"

enum { NUMBER_BYTES = 4, ACKNOWLEDGE_EVERY = 8, ANSWER_BYTES = 24 };

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static void echo(void *unused, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	(void)unused;
	app.counts.echoes++;
	(void)udp_sendto(pcb, p, from, port); /* what could not be sent is counted below, and asked for again */
	pbuf_free(p);
}

static void echo_in_place(void *unused, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	app_payload_allow_in_place(p);
	echo(unused, pcb, p, from, port);
}

static void put(unsigned char *to, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		to[i] = (unsigned char)(value >> 8 * (nbytes - 1 - i));
}

/* Takes a datagram of the stream; true: it is to be answered. */
static bool take(const unsigned char *data, size_t nbytes)
{
	struct app_stream *stream = &app.stream;
	uint32_t number = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
	bool counts = number == stream->expected && nbytes > NUMBER_BYTES;

	if (!counts)
		return true;
	for (size_t i = NUMBER_BYTES; i < nbytes; i++)
		stream->sum = (stream->sum ^ data[i]) * FNV_PRIME;
	stream->nbytes += nbytes - NUMBER_BYTES;
	stream->expected++;
	app.counts.stream_packets++;
	app.counts.stream_bytes += nbytes - NUMBER_BYTES;
	return number % ACKNOWLEDGE_EVERY == ACKNOWLEDGE_EVERY - 1;
}

static void stream(void *unused, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	unsigned char data[NET_FRAME_BYTES];
	size_t nbytes = pbuf_copy_partial(p, data, sizeof(data), 0);
	struct pbuf *answer = NULL;

	(void)unused;
	pbuf_free(p);
	if (nbytes >= NUMBER_BYTES && take(data, nbytes))
		answer = pbuf_alloc(PBUF_TRANSPORT, ANSWER_BYTES, PBUF_RAM);
	if (!answer)
		return;
	put(answer->payload, (uint64_t)app.stream.expected << 32, 8);
	put((unsigned char *)answer->payload + 8, app.stream.nbytes, 8);
	put((unsigned char *)answer->payload + 16, app.stream.sum, 8);
	(void)udp_sendto(pcb, answer, from, port);
	pbuf_free(answer);
}

static void quit(void *unused, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	echo(unused, pcb, p, from, port);
	app.quit = true;
}

int app_udp_open(void)
{
	static const struct {
		u16_t port;
		udp_recv_fn receive;
	} services[APP_UDP_PORTS] = {
		{PORT_ECHO, echo},
		{PORT_IN_PLACE, echo_in_place},
		{PORT_STREAM, stream},
		{PORT_QUIT, quit},
	};

	app.stream.sum = FNV_START;
	for (unsigned i = 0; i < APP_UDP_PORTS; i++) {
		app.udp[i] = udp_new();
		if (!app.udp[i] || udp_bind(app.udp[i], IP4_ADDR_ANY, services[i].port) != ERR_OK)
			return DMA_ENOMEM;
		udp_recv(app.udp[i], services[i].receive, NULL);
	}
	return 0;
}

void app_udp_close(void)
{
	for (unsigned i = 0; i < APP_UDP_PORTS; i++)
		if (app.udp[i])
			udp_remove(app.udp[i]);
}
