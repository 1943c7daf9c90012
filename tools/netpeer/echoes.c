/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Questions of netpeer: who is there (ARP), echoes of which every byte is compared, and frames that make no sense.
 */
#include "netpeer.h"
#include <string.h>

bool find_machine(void)
{
	static const unsigned char request[8] = {0, 1, 8, 0, 6, 4, 0, 1};
	unsigned char f[FRAME + 100];
	uint64_t began = now_ms();

	while (child_lives() && now_ms() - began < PATIENCE_MS) {
		size_t n;

		memset(f, 0, 60);
		ethernet(f, 0x0806);
		memcpy(f + 14, request, 8);
		memcpy(f + 22, our_mac, 6);
		memcpy(f + 28, our_ip, 4);
		memcpy(f + 38, their_ip, 4);
		send_frame(f, 60);
		n = receive_frame(f, 200);
		if (n >= 42 && get16(f + 12) == 0x0806 && f[21] == 2 && memcmp(f + 28, their_ip, 4) == 0 &&
		    memcmp(f + 38, our_ip, 4) == 0 && memcmp(f + 32, our_mac, 6) == 0 && memcmp(f, our_mac, 6) == 0) {
			memcpy(their_mac, f + 22, 6);
			seen.arps++;
			return true;
		}
	}
	problem("the machine does not answer ARP");
	return false;
}

/* Many questions, WINDOW at once; each has a number, from which its length and its bytes follow. */
struct question {
	uint64_t number, sent_at;
	bool open;
};

static uint64_t next_number = 1;

size_t length_of(uint64_t number, unsigned port)
{
	uint64_t state = number;
	size_t n;

	(void)noise(&state);
	n = noise(&state) % 8 == 0 ? DATA_MOST : 8 + noise(&state) % (DATA_MOST - 8);
	return port == 0 && n > DATA_MOST - 8 ? DATA_MOST - 8 : n;
}

static void data_of(uint64_t number, unsigned char *to, size_t n)
{
	fill(to, n, number);
	put32(to, (uint32_t)(number >> 32));
	put32(to + 4, (uint32_t)number);
}

/* port 0: ICMP, whose 8 bytes before the data are its own. */
static void ask(uint64_t number, unsigned port)
{
	unsigned char f[FRAME];
	size_t n = length_of(number, port);

	if (port) {
		data_of(number, f + DATA_AT, n);
		send_frame(f, udp(f, port, n, number % 3 != 0));
		return;
	}
	memset(f + L4_AT, 0, 8);
	f[L4_AT] = 8;
	put16(f + L4_AT + 6, (unsigned)number & 0xffff);
	data_of(number, f + DATA_AT, n);
	put16(f + L4_AT + 2, ~sum16(0, f + L4_AT, 8 + n) & 0xffff);
	ip(f, 1, 8 + n);
	send_frame(f, DATA_AT + n);
}

/* The number of the question that this frame answers, byte for byte; 0: it is none. */
static uint64_t answer(const unsigned char *f, size_t nframe, unsigned port)
{
	unsigned char wanted[FRAME];
	unsigned from = 0;
	size_t n = 0;
	const unsigned char *data = datagram(f, nframe, &from, &n);
	uint64_t number;

	if (data && from == PORT_ECHO && n >= 8 && !get32(data) && !get32(data + 4)) {
		seen.wrong++;
		problem("a frame that makes no sense was answered");
		return 0;
	}
	if (port) {
		if (!data || from != port)
			return 0;
	} else {
		if (nframe < DATA_AT + 8 || get16(f + 12) != 0x0800 || f[IP_AT + 9] != 1 || f[L4_AT] != 0)
			return 0;
		n = get16(f + IP_AT + 2) - 28u;
		data = f + DATA_AT;
		if (n > nframe - DATA_AT || sum16(0, f + L4_AT, 8 + n) != 0xffff) {
			seen.wrong++;
			problem("an ICMP echo came back wrong");
			return 0;
		}
	}
	if (n < 8)
		return 0;
	number = (uint64_t)get32(data) << 32 | get32(data + 4);
	data_of(number, wanted, length_of(number, port));
	if (number == 0 || number >= next_number || n != length_of(number, port) || memcmp(data, wanted, n) != 0) {
		seen.wrong++;
		problem("an echo came back with other bytes");
		return 0;
	}
	seen.compared += n;
	return number;
}

static bool ask_all(unsigned port, uint64_t *counter, unsigned count, uint64_t patience)
{
	struct question questions[WINDOW] = {{0}};
	unsigned char f[FRAME + 100];
	unsigned asked = 0, answered = 0;
	uint64_t progress = now_ms();

	while (answered < count) {
		uint64_t number;
		size_t n;

		for (unsigned i = 0; i < WINDOW; i++) {
			struct question *q = &questions[i];

			if (!q->open && asked < count) {
				*q = (struct question){next_number++, now_ms(), true};
				asked++;
				ask(q->number, port);
			} else if (q->open && now_ms() - q->sent_at > wire_again) {
				q->sent_at = now_ms();
				seen.resent++;
				ask(q->number, port);
			}
		}
		n = receive_frame(f, 50);
		number = n ? answer(f, n, port) : 0;
		for (unsigned i = 0; number && i < WINDOW; i++)
			if (questions[i].open && questions[i].number == number) {
				questions[i].open = false;
				answered++;
				(*counter)++;
				progress = now_ms();
				number = 0;
			}
		if (number)
			seen.strange++; /* the answer to what was sent twice */
		if (seen.wrong)
			return false;
		if (!child_lives() || now_ms() - progress > patience) {
			problem("an echo never came back");
			return false;
		}
	}
	return true;
}

bool echoes(unsigned port, uint64_t *counter, unsigned count)
{
	return ask_all(port, counter, count, PATIENCE_MS);
}

bool hears(void)
{
	return ask_all(PORT_ECHO, &seen.echoes, 4, SOON_MS);
}

/* The first segment of a TCP connection, with so many words of header as it says, of which five are there. */
static size_t syn(unsigned char *f, unsigned words)
{
	unsigned char *t = f + L4_AT;

	ip(f, 6, 20);
	memset(t, 0, 20);
	put16(t, OUR_PORT);
	put16(t + 2, PORT_STREAM);
	put16(t + 12, words << 12 | 2);
	put16(t + 14, 4096);
	put16(t + 16, ~sum16(sum16(6 + 20, f + IP_AT + 12, 8), t, 20) & 0xffff);
	return L4_AT + 20;
}

/* Frames without sense: of any bytes, with lengths that are not theirs, for others. None may be answered. */
void nonsense(void)
{
	unsigned char f[FRAME];
	uint64_t state = next_number;

	for (unsigned i = 0; i < 10; i++) {
		size_t n = 1 + noise(&state) % (FRAME - 1);

		fill(f, sizeof(f), next_number++);
		if (i >= 2) {
			data_of(next_number++, f + DATA_AT, 100);
			memset(f + DATA_AT, 0, 8); /* no question's number */
			n = udp(f, PORT_ECHO, 100, true);
		}
		switch (i) {
		case 2:
			put16(f + L4_AT + 4, 1000); /* longer than it is */
			break;
		case 3:
			f[DATA_AT + 50] ^= 1; /* against the checksum */
			break;
		case 4:
			put16(f + IP_AT + 2, 1400);
			put16(f + IP_AT + 10, 0);
			put16(f + IP_AT + 10, ~sum16(0, f + IP_AT, 20) & 0xffff);
			break;
		case 5:
			f[IP_AT + 19] = 99; /* another's address */
			put16(f + IP_AT + 10, 0);
			put16(f + IP_AT + 10, ~sum16(0, f + IP_AT, 20) & 0xffff);
			break;
		case 6:
			n = DATA_AT - 3; /* cut off */
			break;
		case 7:
			f[IP_AT] = 0x4f; /* options that are not there */
			break;
		case 8:
			n = syn(f, 5);
			f[L4_AT + 15] ^= 1; /* TCP against the checksum */
			break;
		case 9:
			n = syn(f, 15); /* TCP's options that are not there */
			break;
		default:
			break;
		}
		send_frame(f, n);
		seen.nonsense++;
	}
}
