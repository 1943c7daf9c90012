/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The TCP port of the network job (apps/net/net_tcp.c) with lwIP and a peer that is written by hand, segment by
 * segment: a segment is lost, its second sending finds the card's queue full, and more is received meanwhile.
 */
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../apps/net/net_app.h"

enum {
	HEADERS = 40,
	MSS = 1000,
	PEER_PORT = 4000,
	PEER_START = 1000, /* its first sequence number */
	PART = 300,
	PARTS = 12,
	FIN = 1,
	SYN = 2,
	RST = 4,
	ACK = 16,
};

struct app app;
static uint32_t now_ms;
static const unsigned char ours[4] = {10, 0, 2, 15}, theirs[4] = {10, 0, 2, 2};

static struct {
	unsigned char bytes[PARTS * PART]; /* that came back */
	bool has[PARTS * PART];
	unsigned sent;	/* bytes */
	uint32_t start; /* the machine's first sequence number */
	bool wrong, card_full, loses;
	unsigned nsegments, refused;
} peer;

/* ---- What the TCP port asks for ---- */

u32_t sys_now(void)
{
	return now_ms;
}

void app_payload_allow_in_place(struct pbuf *p)
{
	(void)p;
}

/* A card that cuts: so there is room behind a short segment. */
uint16_t app_large_segment(uint16_t segment_bytes)
{
	return (uint16_t)(16 * segment_bytes);
}

/* ---- The peer ---- */

static unsigned char byte_of(unsigned at)
{
	return (unsigned char)(at * 7 + at / 251);
}

static unsigned get16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const unsigned char *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static void put32(unsigned char *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* How many bytes have come back without a hole. */
static unsigned whole(void)
{
	unsigned n = 0;

	while (n < sizeof(peer.bytes) && peer.has[n])
		n++;
	return n;
}

/* Every byte comes at most as often as it likes, but always as the same one. */
static void take(uint32_t seq, const unsigned char *data, unsigned n)
{
	unsigned at = seq - peer.start - 1;

	for (unsigned i = 0; i < n; i++) {
		if (at + i >= peer.sent || data[i] != byte_of(at + i)) {
			peer.wrong = true;
			return;
		}
		peer.bytes[at + i] = data[i];
		peer.has[at + i] = true;
	}
}

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	static unsigned char segment[UINT16_MAX];
	unsigned n, header;

	(void)netif, (void)to;
	if (peer.card_full) {
		peer.refused++;
		return ERR_WOULDBLOCK;
	}
	n = pbuf_copy_partial(p, segment, sizeof(segment), 0);
	header = 20 + (unsigned)(segment[32] >> 4) * 4;
	if (segment[33] & SYN)
		peer.start = get32(segment + 24);
	else if (n > header && peer.loses)
		peer.loses = false;
	else if (n > header)
		take(get32(segment + 24), segment + header, n - header);
	peer.nsegments += n > header;
	return ERR_OK;
}

/* A segment with the next `n` bytes; all that has come back is acknowledged. */
static void say(unsigned flags, unsigned n)
{
	struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)(HEADERS + 4 + n), PBUF_RAM);
	unsigned char *s, options = flags & SYN ? 4 : 0;

	assert_non_null(p);
	s = p->payload;
	memset(s, 0, p->len);
	p->tot_len = p->len = (u16_t)(HEADERS + options + n);
	s[0] = 0x45;
	put16(s + 2, p->len);
	s[8] = 64;
	s[9] = IP_PROTO_TCP;
	memcpy(s + 12, theirs, 4);
	memcpy(s + 16, ours, 4);
	put16(s + 20, PEER_PORT);
	put16(s + 22, PORT_STREAM);
	put32(s + 24, flags & SYN ? PEER_START : PEER_START + 1 + peer.sent);
	put32(s + 28, flags & SYN ? 0 : peer.start + 1 + whole());
	s[32] = (unsigned char)((20 + options) / 4 << 4);
	s[33] = (unsigned char)flags;
	put16(s + 34, 20000);
	if (options) {
		s[40] = 2;
		s[41] = 4;
		put16(s + 42, MSS);
	}
	for (unsigned i = 0; i < n; i++)
		s[HEADERS + options + i] = byte_of(peer.sent + i);
	peer.sent += n;
	assert_int_equal(app.netif.input(p, &app.netif), ERR_OK);
}

static void say_part(void)
{
	say(ACK, PART);
	app_tcp_push();
}

/* Time passes, and the peer acknowledges, until all has come back. */
static void settle(void)
{
	for (unsigned i = 0; i < 200 && whole() < peer.sent; i++) {
		say(ACK, 0);
		now_ms += TCP_TMR_INTERVAL;
		tcp_tmr();
		app_tcp_push();
	}
}

/* ---- Scenarios ---- */

static err_t start(struct netif *netif)
{
	netif->mtu = 1500;
	netif->flags = NETIF_FLAG_LINK_UP;
	netif->output = output;
	NETIF_SET_CHECKSUM_CTRL(netif, 0);
	return ERR_OK;
}

static int open_port(void **state)
{
	ip4_addr_t address, mask, none = {0};

	(void)state;
	lwip_init();
	memcpy(&address, ours, 4);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	if (!netif_add(&app.netif, &address, &mask, &none, NULL, start, ip_input))
		return -1;
	netif_set_default(&app.netif);
	netif_set_up(&app.netif);
	return app_tcp_open();
}

static void connect(void)
{
	memset(&peer, 0, sizeof(peer));
	say(SYN, 0);
	say(ACK, 0);
	assert_int_equal(app.connections[0].segment_bytes, MSS);
}

static void hang_up(void)
{
	say(RST | ACK, 0);
	assert_null(app.connections[0].pcb);
}

static void lost_and_sent_again(void **state)
{
	(void)state;
	connect();
	peer.loses = true;
	for (unsigned i = 0; i < 4; i++)
		say_part();
	assert_int_equal(whole(), 0);
	for (unsigned i = 0; i < 3; i++)
		say(ACK, 0); /* what has come is not what is missing: the segment is sent again at once */
	settle();
	assert_false(peer.wrong);
	assert_int_equal(whole(), 4 * PART);
	hang_up();
}

/* The segment waits in lwIP while the port has more to give: what is joined to it would come in the wrong place. */
static void more_comes_while_it_waits(void **state)
{
	(void)state;
	for (unsigned before = 2; before <= 4; before++) {
		connect();
		peer.loses = true;
		for (unsigned i = 0; i < before; i++)
			say_part();
		peer.card_full = true;
		for (unsigned i = 0; i < 3; i++)
			say(ACK, 0);
		assert_int_not_equal(peer.refused, 0);
		for (unsigned i = before; i < before + 2; i++)
			say_part();
		peer.card_full = false;
		settle();
		assert_false(peer.wrong);
		assert_int_equal(whole(), (before + 2) * PART);
		hang_up();
	}
}

/* Nothing is lost, but the card takes nothing for a while: what waits is the end of the stream, and may grow. */
static void the_end_may_grow(void **state)
{
	(void)state;
	connect();
	say_part();
	peer.card_full = true;
	for (unsigned i = 0; i < 3; i++)
		say_part();
	peer.card_full = false;
	settle();
	assert_false(peer.wrong);
	assert_int_equal(whole(), 4 * PART);
	assert_true(peer.nsegments < 4); /* three parts in one */
	hang_up();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_and_sent_again),
		cmocka_unit_test(more_comes_while_it_waits),
		cmocka_unit_test(the_end_may_grow),
	};

	return cmocka_run_group_tests(tests, open_port, NULL);
}
