/* SPDX-License-Identifier: MPL-2.0 */
/*
 * TCP of netpeer: the machine sends back what it receives, and every byte is compared. The host's TCP is lwIP, too, on
 * the same wire; it also answers when the machine asks for the host's address.
 */
#include "netpeer.h"
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/stats.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include <string.h>

enum { HEADERS = 40 }; /* of IP and TCP */

static struct netif host;

u32_t sys_now(void)
{
	return (u32_t)now_ms();
}

/* ---- The wire ---- */

static err_t output(struct netif *netif, struct pbuf *p)
{
	unsigned char f[FRAME];

	(void)netif;
	if (pbuf_copy_partial(p, f, sizeof(f), 0) != p->tot_len)
		return ERR_IF;
	send_frame(f, p->tot_len);
	return ERR_OK;
}

static err_t start(struct netif *netif)
{
	netif->mtu = (u16_t)(wire_mss + HEADERS); /* of which lwIP makes the length of segments that it wants */
	netif->hwaddr_len = ETH_HWADDR_LEN;
	memcpy(netif->hwaddr, our_mac, ETH_HWADDR_LEN);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->linkoutput = output;
	return ERR_OK;
}

void tcp_start(void)
{
	ip4_addr_t address, mask, none = {0};

	lwip_init();
	memcpy(&address, our_ip, 4);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	netif_add(&host, &address, &mask, &none, NULL, start, ethernet_input);
	netif_set_default(&host);
	netif_set_up(&host);
}

/* What lwIP would only drop, and get again. */
static void judge(const unsigned char *f, size_t n, bool sums_wrong)
{
	size_t headers = L4_AT + (size_t)(f[L4_AT + 12] >> 4) * 4;

	if (n > FRAME || (size_t)IP_AT + get16(f + IP_AT + 2) > headers + wire_mss) {
		seen.wrong++;
		problem("a TCP segment is longer than the host wants them");
	}
	if (sums_wrong) {
		seen.wrong++;
		problem("a TCP segment came with a wrong checksum");
	}
}

bool tcp_takes(const unsigned char *f, size_t n)
{
	unsigned wrong = lwip_stats.tcp.chkerr + lwip_stats.ip.chkerr;
	bool arp = n >= L4_AT && get16(f + 12) == 0x0806,
	     tcp = n >= L4_AT + 20 && get16(f + 12) == 0x0800 && f[IP_AT + 9] == 6;
	struct pbuf *p;

	sys_check_timeouts();
	if (!arp && !tcp)
		return false;
	p = pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_POOL);
	if (p && (pbuf_take(p, f, (u16_t)n) != ERR_OK || host.input(p, &host) != ERR_OK))
		pbuf_free(p);
	if (tcp)
		judge(f, n, lwip_stats.tcp.chkerr + lwip_stats.ip.chkerr != wrong);
	return tcp;
}

/* ---- A connection ---- */

/* Its bytes are those of generators that each give so many. */
enum { PART = 1000 };

struct conversation {
	struct tcp_pcb *pcb; /* NULL: lwIP has given it up */
	uint64_t seed;
	unsigned wanted, sent, received;
	bool connected, ended;
};

static void bytes_of(const struct conversation *c, unsigned at, unsigned char *to, unsigned n)
{
	unsigned char part[PART];

	for (unsigned i = 0; i < n; i++) {
		if (i == 0 || (at + i) % PART == 0)
			fill(part, PART, c->seed + (at + i) / PART);
		to[i] = part[(at + i) % PART];
	}
}

static err_t connected(void *context, struct tcp_pcb *pcb, err_t error)
{
	struct conversation *c = context;

	(void)pcb;
	(void)error; /* always ERR_OK */
	c->connected = true;
	return ERR_OK;
}

static err_t received(void *context, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	struct conversation *c = context;
	unsigned char wanted[FRAME], got[FRAME];

	(void)error; /* always ERR_OK */
	if (!p) {
		c->ended = true;
		return ERR_OK;
	}
	for (u16_t at = 0, n; at < p->tot_len; at = (u16_t)(at + n)) {
		n = pbuf_copy_partial(p, got, sizeof(got), at);
		bytes_of(c, c->received, wanted, n);
		if (c->received + n > c->sent || memcmp(got, wanted, n) != 0) {
			seen.wrong++;
			problem("TCP brought other bytes back");
		}
		c->received += n;
		seen.compared += n;
	}
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

static void lost(void *context, err_t error)
{
	struct conversation *c = context;

	(void)error;
	c->pcb = NULL;
}

static bool write_part(struct conversation *c, unsigned n)
{
	unsigned char data[FRAME];

	bytes_of(c, c->sent, data, n);
	if (tcp_write(c->pcb, data, (u16_t)n, TCP_WRITE_FLAG_COPY) != ERR_OK)
		return false;
	c->sent += n;
	return true;
}

/* Two short segments. Who sends both back at once has more bytes than the host wants in one, but fewer than fit into
 * a frame. */
static bool say_pair(struct conversation *c)
{
	for (unsigned i = 0; i < 2 && write_part(c, (wire_mss + HEADERS) / 2); i++)
		if (tcp_output(c->pcb) != ERR_OK)
			return false;
	return true;
}

/* As much as there is room for, in writes of all lengths; then the end of what is sent. */
static bool say(struct conversation *c)
{
	if (c->wanted - c->sent > 2 * wire_mss && tcp_sndbuf(c->pcb) >= 2 * wire_mss && !say_pair(c))
		return false;
	while (c->sent < c->wanted) {
		unsigned n = 1 + (unsigned)(length_of(c->seed + c->sent, 1) % FRAME);

		n = n < c->wanted - c->sent ? n : c->wanted - c->sent;
		if (n > tcp_sndbuf(c->pcb) || !write_part(c, n))
			break;
		if (c->sent == c->wanted)
			return tcp_shutdown(c->pcb, 0, 1) == ERR_OK;
	}
	return tcp_output(c->pcb) == ERR_OK;
}

static bool talk(struct conversation *c)
{
	unsigned char f[FRAME + 100];
	uint64_t progress = now_ms();
	unsigned before = 0;

	while (!c->ended) {
		if (c->connected && c->sent < c->wanted && !say(c)) {
			problem("the host's own TCP has no memory");
			return false;
		}
		(void)receive_frame(f, 50);
		if (c->received != before)
			progress = now_ms();
		before = c->received;
		if (!c->pcb || !child_lives() || now_ms() - progress > PATIENCE_MS) {
			problem(c->pcb ? "TCP does not get on" : "the machine gave a TCP connection up");
			return false;
		}
	}
	if (c->received == c->wanted)
		return true;
	problem("the machine ended a TCP connection too early");
	return false;
}

bool tcp(unsigned nbytes)
{
	static uint64_t seed = 1;
	struct conversation c = {.pcb = tcp_new(), .seed = seed, .wanted = nbytes};
	ip_addr_t address;
	bool fine;

	seed += nbytes / PART + 1;
	memcpy(&address, their_ip, 4);
	if (!c.pcb) {
		problem("the host's own TCP has no memory");
		return false;
	}
	tcp_nagle_disable(c.pcb);
	tcp_arg(c.pcb, &c);
	tcp_recv(c.pcb, received);
	tcp_err(c.pcb, lost);
	fine = tcp_connect(c.pcb, &address, PORT_STREAM, connected) == ERR_OK && talk(&c);
	if (c.pcb) {
		tcp_arg(c.pcb, NULL);
		tcp_recv(c.pcb, NULL);
		tcp_err(c.pcb, NULL);
		if (!fine || tcp_close(c.pcb) != ERR_OK)
			tcp_abort(c.pcb);
	}
	seen.tcp_connections++;
	seen.tcp_bytes += c.sent;
	return fine;
}
