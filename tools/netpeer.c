/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's side of the network job: netpeer SECONDS REPORT COMMAND [ARGUMENT...]
 *
 * Runs the command (an emulator, or the simulated machine) with descriptor 3 as the other end of a wire: a UDP socket
 * on loopback, each datagram an Ethernet frame. Waits until the machine answers ARP; then, for SECONDS, sends ICMP and
 * UDP echoes of all lengths and a stream, many at once, and compares every byte that comes back with what it sent.
 * What does not come back is sent again. Frames that make no sense go along, to which no answer may come. At the end
 * it asks the machine to stop, and writes what it saw to REPORT, as JSON. Its status is the command's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	FRAME = 1514,
	IP_AT = 14,
	L4_AT = 34,
	DATA_AT = 42,
	DATA_MOST = FRAME - DATA_AT,
	WINDOW = 32,
	BATCH = 256,
	PORT_ECHO = 7,
	PORT_IN_PLACE = 8,
	PORT_STREAM = 9,
	PORT_QUIT = 10,
	OUR_PORT = 4000,
	RESEND_MS = 400,
	PATIENCE_MS = 60000,
};

static const unsigned char our_mac[6] = {0x52, 0x55, 10, 0, 2, 2}, our_ip[4] = {10, 0, 2, 2},
			   their_ip[4] = {10, 0, 2, 15};
static unsigned char their_mac[6] = {255, 255, 255, 255, 255, 255};
static int wire = -1;
static pid_t child = -1;
static int child_status = -1;

static struct {
	uint64_t sent, received, arps, pings, echoes, in_place, stream_datagrams, stream_bytes, compared, resent, wrong,
		strange, nonsense;
	char problem[160];
} seen;

static void problem(const char *what)
{
	if (!seen.problem[0])
		snprintf(seen.problem, sizeof(seen.problem), "%s", what);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool child_lives(void)
{
	int status;

	if (child_status < 0 && waitpid(child, &status, WNOHANG) == child)
		child_status = status;
	return child_status < 0;
}

/* ---- Bytes that can be told again: a generator, started with a number -------------------------------------------- */

static uint32_t noise(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void fill(unsigned char *to, size_t n, uint64_t seed)
{
	uint64_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)noise(&state);
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

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

static unsigned get16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const unsigned char *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static uint32_t sum16(uint32_t sum, const unsigned char *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get16(at);
	if (n)
		sum += (uint32_t)at[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void ethernet(unsigned char *f, unsigned type)
{
	memcpy(f, their_mac, 6);
	memcpy(f + 6, our_mac, 6);
	put16(f + 12, type);
}

static void ip(unsigned char *f, unsigned protocol, size_t payload)
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

/* A datagram around the n bytes of data that stand at f + DATA_AT; gives the frame's length. */
static size_t udp(unsigned char *f, unsigned port, size_t n, bool with_sum)
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

static void send_frame(const unsigned char *f, size_t n)
{
	seen.sent++;
	while (send(wire, f, n, 0) < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		poll(&(struct pollfd){.fd = wire, .events = POLLOUT}, 1, 100);
}

/* The next frame, within that time; 0: none. */
static size_t receive_frame(unsigned char *f, int milliseconds)
{
	struct pollfd p = {.fd = wire, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, milliseconds) <= 0)
		return 0;
	n = recv(wire, f, FRAME + 100, MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	seen.received++;
	return (size_t)n;
}

/* The data of a datagram from that port of theirs, if it is one for us with right sums; NULL. */
static const unsigned char *datagram(const unsigned char *f, size_t nframe, unsigned *port, size_t *n)
{
	const unsigned char *u = f + L4_AT;
	size_t length;

	if (nframe < DATA_AT || get16(f + 12) != 0x0800 || f[IP_AT + 9] != 17 || sum16(0, f + IP_AT, 20) != 0xffff)
		return NULL;
	length = get16(u + 4);
	if (length < 8 || L4_AT + length > nframe || get16(f + IP_AT + 2) != 20 + length || get16(u + 2) != OUR_PORT ||
	    memcmp(f + IP_AT + 16, our_ip, 4) != 0 || memcmp(f, our_mac, 6) != 0)
		return NULL;
	if (get16(u + 6) && sum16(sum16((uint32_t)(17 + length), f + IP_AT + 12, 8), u, length) != 0xffff) {
		seen.wrong++;
		problem("a datagram came back with a wrong checksum");
		return NULL;
	}
	*port = get16(u);
	*n = length - 8;
	return u + 8;
}

/* ---- Conversations ---- */

static bool find_machine(void)
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

static size_t length_of(uint64_t number, unsigned port)
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
	const unsigned char *data;
	unsigned from = 0;
	uint64_t number;
	size_t n = 0;

	if (port) {
		data = datagram(f, nframe, &from, &n);
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

static bool echoes(unsigned port, uint64_t *counter, unsigned count)
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
			} else if (q->open && now_ms() - q->sent_at > RESEND_MS) {
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
		if (!child_lives() || now_ms() - progress > PATIENCE_MS) {
			problem("an echo never came back");
			return false;
		}
	}
	return true;
}

/* The stream: go back to what is missing. The machine's sum must be ours. */
static uint32_t stream_next;
static uint64_t stream_bytes, stream_sum = 0xcbf29ce484222325u;
static uint64_t acknowledged_bytes, acknowledged_sum;

static size_t stream_length(uint32_t number)
{
	return length_of(number + 7u, PORT_STREAM) - 4;
}

static void stream_send(uint32_t number, bool end)
{
	unsigned char f[FRAME];
	size_t n = end ? 0 : stream_length(number);

	put32(f + DATA_AT, number);
	fill(f + DATA_AT + 4, n, number);
	send_frame(f, udp(f, PORT_STREAM, 4 + n, true));
}

/* True and *expected, if an acknowledgement came. */
static bool stream_heard(uint32_t *expected, int milliseconds)
{
	unsigned char f[FRAME + 100];
	size_t n, nframe = receive_frame(f, milliseconds);
	unsigned port;
	const unsigned char *data = nframe ? datagram(f, nframe, &port, &n) : NULL;

	if (!data || port != PORT_STREAM || n != 24)
		return false;
	*expected = get32(data);
	acknowledged_bytes = (uint64_t)get32(data + 8) << 32 | get32(data + 12);
	acknowledged_sum = (uint64_t)get32(data + 16) << 32 | get32(data + 20);
	return true;
}

static bool stream(unsigned count)
{
	uint32_t first = stream_next, end = first + count, base = first, sent = first, expected = first;
	uint64_t progress = now_ms(), last = progress;

	for (uint32_t i = first; i < end; i++) {
		unsigned char data[FRAME];
		size_t n = stream_length(i);

		fill(data, n, i);
		for (size_t k = 0; k < n; k++)
			stream_sum = (stream_sum ^ data[k]) * 0x100000001b3u;
		stream_bytes += n;
	}
	while (base < end || acknowledged_bytes != stream_bytes) {
		while (sent < end && sent - base < WINDOW)
			stream_send(sent++, false);
		if (sent == end)
			stream_send(end, true);
		if (stream_heard(&expected, 50)) {
			if (expected > base && expected <= end) {
				progress = last = now_ms();
				base = expected;
			}
		} else if (now_ms() - last > RESEND_MS) {
			seen.resent += sent - base;
			sent = base;
			last = now_ms();
		}
		if (!child_lives() || now_ms() - progress > PATIENCE_MS) {
			problem("the stream does not get on");
			return false;
		}
	}
	stream_next = end;
	seen.stream_datagrams += count;
	seen.stream_bytes = stream_bytes;
	if (acknowledged_sum == stream_sum)
		return true;
	seen.wrong++;
	problem("the machine received other bytes than the stream had");
	return false;
}

/* Frames without sense: of any bytes, with lengths that are not theirs, for others. None may be answered. */
static void nonsense(void)
{
	unsigned char f[FRAME];
	uint64_t state = next_number;

	for (unsigned i = 0; i < 8; i++) {
		size_t n = 1 + noise(&state) % (FRAME - 1);

		fill(f, sizeof(f), next_number++);
		if (i >= 2) {
			data_of(next_number++, f + DATA_AT, 100);
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
		default:
			break;
		}
		send_frame(f, n);
		seen.nonsense++;
	}
}

static void quit(void)
{
	unsigned char f[FRAME + 100];
	uint64_t began = now_ms();

	while (child_lives() && now_ms() - began < PATIENCE_MS) {
		unsigned port;
		size_t n, nframe;

		memset(f + DATA_AT, 0, 8);
		send_frame(f, udp(f, PORT_QUIT, 8, true));
		nframe = receive_frame(f, 200);
		if (nframe && datagram(f, nframe, &port, &n) && port == PORT_QUIT)
			return;
	}
}

static void talk(unsigned seconds)
{
	uint64_t end;

	if (!find_machine())
		return;
	end = now_ms() + seconds * 1000u;
	do {
		nonsense();
	} while (echoes(0, &seen.pings, BATCH / 4) && echoes(PORT_ECHO, &seen.echoes, BATCH) &&
		 echoes(PORT_IN_PLACE, &seen.in_place, BATCH / 2) && stream(BATCH) && now_ms() < end);
	quit();
}

/* ---- The wire ---- */

static int loopback(struct sockaddr_in *address)
{
	socklen_t n = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), bytes = 1 << 20;

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, n) || getsockname(fd, (struct sockaddr *)address, &n)) {
		perror("netpeer: no socket on loopback");
		exit(125);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return fd;
}

static void run(char **command)
{
	struct sockaddr_in ours, theirs;
	int far;

	wire = loopback(&ours);
	far = loopback(&theirs);
	if (connect(wire, (struct sockaddr *)&theirs, sizeof(theirs)) ||
	    connect(far, (struct sockaddr *)&ours, sizeof(ours))) {
		perror("netpeer: loopback");
		exit(125);
	}
	child = fork();
	if (child < 0) {
		perror("netpeer: fork");
		exit(125);
	}
	if (child == 0) {
		close(wire);
		if (far != 3) {
			dup2(far, 3);
			close(far);
		}
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	close(far);
}

static void report(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		return;
	}
	fprintf(file,
		"{\"sent\": %llu, \"received\": %llu, \"arps\": %llu, \"pings\": %llu, \"echoes\": %llu, "
		"\"echoes_in_place\": %llu, \"stream_datagrams\": %llu, \"stream_bytes\": %llu, \"bytes_compared\": "
		"%llu, "
		"\"resent\": %llu, \"answered_twice\": %llu, \"nonsense\": %llu, \"wrong\": %llu, \"problem\": "
		"\"%s\"}\n",
		(unsigned long long)seen.sent, (unsigned long long)seen.received, (unsigned long long)seen.arps,
		(unsigned long long)seen.pings, (unsigned long long)seen.echoes, (unsigned long long)seen.in_place,
		(unsigned long long)seen.stream_datagrams, (unsigned long long)seen.stream_bytes,
		(unsigned long long)seen.compared, (unsigned long long)seen.resent, (unsigned long long)seen.strange,
		(unsigned long long)seen.nonsense, (unsigned long long)seen.wrong, seen.problem);
	fclose(file);
}

static void stop(int signal)
{
	if (child > 0)
		kill(child, signal);
	_exit(128 + signal);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 4) {
		fprintf(stderr, "usage: netpeer SECONDS REPORT COMMAND [ARGUMENT...]\n");
		return 125;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	run(argv + 3);
	talk((unsigned)strtoul(argv[1], NULL, 10));
	report(argv[2]);
	if (child_status < 0 && waitpid(child, &status, 0) == child)
		child_status = status;
	return WIFEXITED(child_status) ? WEXITSTATUS(child_status) : 128 + WTERMSIG(child_status);
}
