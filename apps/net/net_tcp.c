/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The TCP port: sends back what it receives. A received payload is not copied: lwIP sends it from where the card put
 * it, perhaps more than once, and the block goes back to the card when the host has acknowledged every byte of it.
 *
 *     kept    |-- sent, not acknowledged --|-- not yet given to lwIP --|
 *             0                          written                   kept->tot_len
 */
#include <lwip/priv/tcp_priv.h>

#include "net_app.h"

static void forget(struct app_connection *c)
{
	if (c->kept)
		pbuf_free(c->kept);
	*c = (struct app_connection){.pcb = NULL};
}

/* Without the empty pbufs in front, which had the headers. */
static struct pbuf *skip_empty(struct pbuf *p)
{
	while (p && !p->len) {
		struct pbuf *empty = p;

		p = p->next;
		empty->next = NULL;
		pbuf_free(empty);
	}
	return p;
}

/* Ends the callbacks first: lwIP keeps the connection for a while. */
static void end(struct app_connection *c)
{
	struct tcp_pcb *pcb = c->pcb;

	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
	tcp_err(pcb, NULL);
	forget(c);
	if (tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
}

/* lwIP joins what it is given to the last segment that waits, though that may be one from further ahead which is to be
 * sent again, and which the card had no room for: the stream would go on in the wrong place. */
static bool joins_in_order(const struct tcp_pcb *pcb)
{
	const struct tcp_seg *last = pcb->unsent;

	while (last && last->next)
		last = last->next;
	return !last || lwip_ntohl(last->tcphdr->seqno) + TCP_TCPLEN(last) == pcb->snd_lbb;
}

/* Gives lwIP what it has room for; the rest waits until something is acknowledged. Not in a callback of lwIP's. */
static void push(struct app_connection *c)
{
	struct pbuf *q = c->kept;
	u16_t off = c->written;

	for (; q && off >= q->len; q = q->next)
		off = (u16_t)(off - q->len);
	while (q && joins_in_order(c->pcb)) {
		u16_t room = tcp_sndbuf(c->pcb), left = (u16_t)(q->len - off), n = left < room ? left : room;

		if (!n || tcp_write(c->pcb, (const unsigned char *)q->payload + off, n, 0) != ERR_OK)
			break;
		c->written = (uint16_t)(c->written + n);
		off = (u16_t)(off + n);
		if (off == q->len) {
			q = q->next;
			off = 0;
		}
		for (; q && !q->len; q = q->next)
			;
	}
	c->due = false;
	if (c->ends && !c->kept)
		end(c);
	else
		(void)tcp_output(c->pcb); /* what it cannot send now it sends later */
}

void app_tcp_push(void)
{
	for (unsigned i = 0; i < APP_CONNECTIONS; i++)
		if (app.connections[i].pcb && app.connections[i].due)
			push(&app.connections[i]);
}

static err_t received(void *context, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	struct app_connection *c = context;

	(void)pcb;
	(void)error; /* always ERR_OK */
	c->due = true;
	if (!p) {
		c->ends = true;
		return ERR_OK;
	}
	app.counts.tcp_bytes += p->tot_len;
	app_payload_allow_in_place(p);
	p = skip_empty(p);
	if (c->kept && p)
		pbuf_cat(c->kept, p);
	else if (p)
		c->kept = p;
	return ERR_OK;
}

static err_t acknowledged(void *context, struct tcp_pcb *pcb, u16_t nbytes)
{
	struct app_connection *c = context;

	c->kept = skip_empty(pbuf_free_header(c->kept, nbytes));
	c->written = (uint16_t)(c->written - nbytes);
	c->due = true;
	tcp_recved(pcb, nbytes);
	return ERR_OK;
}

static err_t again(void *context, struct tcp_pcb *pcb)
{
	(void)pcb;
	((struct app_connection *)context)->due = true;
	return ERR_OK;
}

/* lwIP has given the connection up. */
static void lost(void *context, err_t error)
{
	(void)error;
	forget(context);
}

static err_t accepted(void *unused, struct tcp_pcb *pcb, err_t error)
{
	(void)unused;
	if (error != ERR_OK || !pcb)
		return ERR_VAL;
	for (unsigned i = 0; i < APP_CONNECTIONS; i++) {
		struct app_connection *c = &app.connections[i];

		if (c->pcb)
			continue;
		*c = (struct app_connection){.pcb = pcb, .segment_bytes = tcp_mss(pcb)};
		/* Now, for lwIP counts its window of congestion in segments: one has to fit. */
		pcb->mss = app_large_segment(c->segment_bytes);
		tcp_nagle_disable(pcb); /* the last piece of what came is sent back at once */
		tcp_arg(pcb, c);
		tcp_recv(pcb, received);
		tcp_sent(pcb, acknowledged);
		tcp_err(pcb, lost);
		tcp_poll(pcb, again, 1);
		app.counts.connections++;
		return ERR_OK;
	}
	return ERR_MEM; /* lwIP resets it */
}

uint16_t app_tcp_segment_bytes(const unsigned char *address, unsigned port)
{
	for (unsigned i = 0; i < APP_CONNECTIONS; i++) {
		const struct app_connection *c = &app.connections[i];

		if (c->pcb && c->pcb->remote_port == port &&
		    __builtin_memcmp(&ip_2_ip4(&c->pcb->remote_ip)->addr, address, 4) == 0)
			return c->segment_bytes;
	}
	return 0;
}

int app_tcp_open(void)
{
	struct tcp_pcb *pcb = tcp_new();

	if (!pcb)
		return DMA_ENOMEM;
	if (tcp_bind(pcb, IP4_ADDR_ANY, PORT_STREAM) == ERR_OK)
		app.listener = tcp_listen(pcb);
	if (!app.listener) {
		(void)tcp_close(pcb);
		return DMA_ENOMEM;
	}
	tcp_accept(app.listener, accepted);
	return 0;
}

void app_tcp_close(void)
{
	for (unsigned i = 0; i < APP_CONNECTIONS; i++)
		if (app.connections[i].pcb)
			tcp_abort(app.connections[i].pcb); /* which calls lost() */
	if (app.listener)
		(void)tcp_close(app.listener);
	app.listener = NULL;
}
