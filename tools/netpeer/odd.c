/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Odd hosts of netpeer, over TCP: one that sends short segments and takes none back for a while, one that opens more
 * connections than the machine has room for, one that resets them before it has what it is owed.
 */
#include "netpeer.h"
#include <lwip/tcp.h>
#include <string.h>

enum {
	LINES = 5,	  /* connections; the machine takes one fewer */
	SHORT = 40,	  /* bytes of a short segment */
	MANY = 600,	  /* of those: more than any card of ours has receive buffers */
	FEW = 8,	  /* of them under way */
	NARROW = 200,	  /* bytes of a window that is soon full */
	PAUSE = 2,	  /* of lwIP's slow ticks, 100 ms */
	SETTLED_MS = 300, /* without news: nothing more will come */
	FILLED_MS = 2000,
};

static struct line {
	struct tcp_pcb *pcb; /* NULL: it was reset */
	unsigned sent, received, untold;
	bool connected, ended;
	bool takes; /* what has come is taken at once */
} lines[LINES];
static unsigned nlines;

static unsigned char byte_of(const struct line *l, unsigned at)
{
	return (unsigned char)(at * 31 + at / 251 + (unsigned)(l - lines));
}

static err_t connected(void *context, struct tcp_pcb *pcb, err_t error)
{
	(void)pcb;
	(void)error; /* always ERR_OK */
	((struct line *)context)->connected = true;
	return ERR_OK;
}

static err_t received(void *context, struct tcp_pcb *pcb, struct pbuf *p, err_t error)
{
	struct line *l = context;

	(void)error; /* always ERR_OK */
	if (!p) {
		l->ended = true;
		return ERR_OK;
	}
	for (u16_t i = 0; i < p->tot_len; i++, l->received++)
		if (l->received >= l->sent || pbuf_get_at(p, i) != byte_of(l, l->received)) {
			seen.wrong++;
			problem("TCP brought other bytes back to an odd host");
		}
	seen.compared += p->tot_len;
	l->untold += p->tot_len;
	if (l->takes) {
		tcp_recved(pcb, (u16_t)l->untold);
		l->untold = 0;
	}
	pbuf_free(p);
	return ERR_OK;
}

static void lost(void *context, err_t error)
{
	(void)error;
	((struct line *)context)->pcb = NULL;
}

static bool open_line(struct line *l)
{
	ip_addr_t address;

	*l = (struct line){.pcb = tcp_new(), .takes = true};
	memcpy(&address, their_ip, 4);
	if (!l->pcb) {
		problem("the host's own TCP has no memory");
		return false;
	}
	tcp_nagle_disable(l->pcb);
	l->pcb->rto = l->pcb->sv = PAUSE; /* before it says again what the machine did not take */
	tcp_arg(l->pcb, l);
	tcp_recv(l->pcb, received);
	tcp_err(l->pcb, lost);
	return tcp_connect(l->pcb, &address, PORT_STREAM, connected) == ERR_OK;
}

/* Lets frames come until `done` says so, or it takes too long. */
static bool until(bool (*done)(void), const char *otherwise)
{
	unsigned char f[FRAME + 100];
	uint64_t began = now_ms();

	while (!done()) {
		(void)receive_frame(f, 20);
		if (child_lives() && now_ms() - began < SOON_MS)
			continue;
		problem(otherwise);
		return false;
	}
	return true;
}

static void say(struct line *l, unsigned n)
{
	unsigned char data[FRAME];

	if (!l->pcb || (n == SHORT && l->pcb->unsent) || tcp_sndbuf(l->pcb) < n) /* lwIP would join short ones */
		return;
	for (unsigned i = 0; i < n; i++)
		data[i] = byte_of(l, l->sent + i);
	if (tcp_write(l->pcb, data, (u16_t)n, TCP_WRITE_FLAG_COPY) == ERR_OK)
		l->sent += n;
	(void)tcp_output(l->pcb);
}

/* ---- Conditions: of all lines ---- */

static unsigned count_lost(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nlines; i++)
		n += !lines[i].pcb;
	return n;
}

static bool are_connected(void)
{
	for (unsigned i = 0; i < nlines; i++)
		if (lines[i].pcb && !lines[i].connected)
			return false;
	return true;
}

static bool one_is_refused(void)
{
	return count_lost() == 1;
}

static bool all_back(void)
{
	for (unsigned i = 0; i < nlines; i++)
		if (lines[i].pcb && lines[i].received < lines[i].sent)
			return false;
	return true;
}

/* The machine has got all that was said. */
static bool all_there(void)
{
	for (unsigned i = 0; i < nlines; i++)
		if (lines[i].pcb && (lines[i].pcb->unsent || lines[i].pcb->unacked))
			return false;
	return true;
}

static bool all_ended(void)
{
	for (unsigned i = 0; i < nlines; i++)
		if (lines[i].pcb && !lines[i].ended)
			return false;
	return true;
}

/* ---- Windows and ends ---- */

/* From now on the window has so many bytes, and what comes is not taken. */
static void narrow(struct line *l)
{
	l->takes = false;
	l->pcb->rcv_wnd = l->pcb->rcv_ann_wnd = NARROW;
	l->pcb->rcv_ann_right_edge = l->pcb->rcv_nxt + NARROW;
}

/* Takes what has come, and what will; lwIP tells the machine. */
static void widen(struct line *l)
{
	l->takes = true;
	l->pcb->rcv_wnd = (tcpwnd_size_t)(TCP_WND - l->untold);
	tcp_recved(l->pcb, (u16_t)l->untold);
	l->untold = 0;
	l->pcb->nrtx = 0;
	l->pcb->rto = l->pcb->rtime = PAUSE; /* now */
}

static void forget(struct line *l)
{
	seen.tcp_connections++;
	seen.tcp_bytes += l->sent;
	tcp_arg(l->pcb, NULL);
	tcp_recv(l->pcb, NULL);
	tcp_err(l->pcb, NULL);
}

static void reset(struct line *l)
{
	forget(l);
	tcp_abort(l->pcb);
	l->pcb = NULL;
}

static bool close_all(void)
{
	for (unsigned i = 0; i < nlines; i++)
		if (lines[i].pcb)
			(void)tcp_shutdown(lines[i].pcb, 0, 1);
	if (!until(all_ended, "the machine does not end a connection"))
		return false;
	for (unsigned i = 0; i < nlines; i++) {
		struct tcp_pcb *pcb = lines[i].pcb;

		if (!pcb)
			continue;
		forget(&lines[i]);
		if (tcp_close(pcb) != ERR_OK)
			tcp_abort(pcb);
	}
	return true;
}

/* ---- The hosts ---- */

/* The machine keeps what it cannot send back. It still hears everybody, this host's window above all. */
static bool keeps_and_hears(void)
{
	struct line *l = &lines[0];
	unsigned char f[FRAME + 100];
	uint64_t began = now_ms(), news;

	nlines = 1;
	if (!open_line(l) || !until(are_connected, "the machine took no connection") || !l->pcb)
		return false;
	narrow(l);
	while (l->sent < NARROW) { /* until the window is closed, and the machine knows it */
		say(l, SHORT);
		if (!until(all_back, "a connection with a small window does not get on"))
			return false;
	}
	for (news = began; l->pcb && l->sent < MANY * SHORT && now_ms() - news < SETTLED_MS;) {
		unsigned before = l->sent;

		l->pcb->cwnd = FEW * SHORT; /* so that the machine refuses few, which are soon said again */
		say(l, SHORT);
		(void)receive_frame(f, before == l->sent ? 10 : 0);
		news = before == l->sent ? news : now_ms();
		if (now_ms() - began > FILLED_MS)
			break;
	}
	if (!hears() || !l->pcb)
		return false;
	widen(l);
	return until(all_back, "what the machine kept for a host never came") && close_all();
}

/* Of five connections the machine refuses one; two are reset while it owes their host something. */
static bool one_too_many(void)
{
	unsigned resets = 0;

	for (nlines = 0; nlines < LINES; nlines++)
		if (!open_line(&lines[nlines]))
			return false;
	if (!until(are_connected, "the machine does not take connections"))
		return false;
	for (unsigned i = 0; i < LINES; i++)
		say(&lines[i], SHORT);
	if (!until(one_is_refused, "the machine takes more connections than it has room for") ||
	    !until(all_back, "a connection beside one that was refused does not get on"))
		return false;
	for (unsigned i = 0; i < LINES; i++) {
		if (!lines[i].pcb)
			continue;
		if (resets++ < 2)
			narrow(&lines[i]);
		for (unsigned k = 0; k < 4; k++)
			say(&lines[i], FRAME);
	}
	if (!until(all_there, "the machine does not take what it is to send back"))
		return false;
	for (unsigned i = 0; i < LINES; i++)
		if (lines[i].pcb && !lines[i].takes)
			reset(&lines[i]);
	return until(all_back, "a connection beside one that was reset does not get on") && close_all();
}

bool odd_hosts(void)
{
	static bool came;

	if (came)
		return true;
	came = true;
	return strange_frames() && keeps_and_hears() && one_too_many();
}
