/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The wire, and how it is spoiled: in both directions a frame may be lost, come twice, or come behind the next one.
 * What happens to which frame follows from a seed and from how many frames there were before it.
 */
#include "netpeer.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LATE_MS = 20, BYTES = FRAME + 100 };

int wire = -1;
unsigned wire_mss = 1380, wire_again = 400;
bool wire_odd;

static unsigned lose, twice, late; /* of 1000 frames */
static uint64_t luck;

/* A frame that waits. */
static struct held {
	size_t n; /* 0: none does */
	bool due; /* it is next */
	uint64_t since;
	unsigned char bytes[BYTES];
} outgoing, incoming;

bool wire_words(const char *words)
{
	static const struct {
		const char *word;
		unsigned *value;
	} table[] = {
		{"lose=", &lose}, {"twice=", &twice}, {"late=", &late}, {"mss=", &wire_mss}, {"again=", &wire_again}};

	while (words && *words) {
		size_t i = 0, n = strcspn(words, ","), count = sizeof(table) / sizeof(table[0]);

		while (i < count && strncmp(words, table[i].word, strlen(table[i].word)) != 0)
			i++;
		if (i < count)
			*table[i].value = (unsigned)strtoul(words + strlen(table[i].word), NULL, 10);
		else if (strncmp(words, "seed=", 5) == 0)
			luck = strtoull(words + 5, NULL, 10);
		else if (n == 3 && strncmp(words, "odd", 3) == 0)
			wire_odd = true;
		else
			return false;
		words += n + (words[n] == ',');
	}
	return true;
}

enum fate { ARRIVES, LOST, TWICE, LATE };

static enum fate fate(void)
{
	unsigned n = noise(&luck) % 1000;

	return n < lose ? LOST : n < lose + twice ? TWICE : n < lose + twice + late ? LATE : ARRIVES;
}

static void hold(struct held *held, const unsigned char *f, size_t n, bool due)
{
	memcpy(held->bytes, f, n);
	held->n = n;
	held->due = due;
	held->since = now_ms();
}

static void put(const unsigned char *f, size_t n)
{
	while (send(wire, f, n, 0) < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		poll(&(struct pollfd){.fd = wire, .events = POLLOUT}, 1, 100);
}

static void put_held(void)
{
	if (outgoing.n)
		put(outgoing.bytes, outgoing.n);
	outgoing.n = 0;
}

void wire_send(const unsigned char *f, size_t n)
{
	enum fate what = fate();

	if (what == LATE && !outgoing.n) {
		hold(&outgoing, f, n, false);
		return;
	}
	if (what != LOST)
		put(f, n);
	if (what == TWICE)
		put(f, n);
	put_held();
}

static size_t take_held(unsigned char *f)
{
	size_t n = incoming.n;

	memcpy(f, incoming.bytes, n);
	incoming.n = 0;
	return n;
}

size_t wire_receive(unsigned char *f, int milliseconds)
{
	struct pollfd p = {.fd = wire, .events = POLLIN};
	enum fate what;
	ssize_t n;

	if (outgoing.n && now_ms() - outgoing.since > LATE_MS)
		put_held();
	if (incoming.n && incoming.due)
		return take_held(f);
	n = poll(&p, 1, (incoming.n || outgoing.n) && milliseconds > LATE_MS ? LATE_MS : milliseconds) > 0
		    ? recv(wire, f, BYTES, MSG_DONTWAIT)
		    : 0;
	if (n <= 0)
		return take_held(f);
	what = fate();
	if (incoming.n)
		incoming.due = true;
	else if (what == TWICE || what == LATE)
		hold(&incoming, f, (size_t)n, what == TWICE);
	else
		return what == LOST ? 0 : (size_t)n;
	return what == LATE && !incoming.due ? 0 : (size_t)n;
}
