/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's side of the network job: netpeer SECONDS REPORT COMMAND [ARGUMENT...]
 *
 * Runs the command (an emulator, or the simulated machine) with descriptor 3 as the other end of a wire: a UDP socket
 * on loopback, each datagram an Ethernet frame. Waits until the machine answers ARP; then, for SECONDS, sends ICMP and
 * UDP echoes of all lengths and a stream, many at once, and TCP; it compares every byte that comes back with what it
 * sent.
 * What does not come back is sent again. Frames that make no sense go along, to which no answer may come. At the end
 * it asks the machine to stop, and writes what it saw to REPORT, as JSON. Its status is the command's. WIRE, from the
 * environment, says how the wire is spoiled, and what the host is like (wire_words()).
 */
#include "netpeer.h"
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child = -1;
static int child_status = -1;
struct seen seen;

void problem(const char *what)
{
	if (!seen.problem[0])
		snprintf(seen.problem, sizeof(seen.problem), "%s", what);
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool child_lives(void)
{
	int status;

	if (child_status < 0 && waitpid(child, &status, WNOHANG) == child)
		child_status = status;
	return child_status < 0;
}

/* A machine that is deaf is not waited for as long. */
static void quit(void)
{
	unsigned char f[FRAME + 100];
	uint64_t began = now_ms(), patience = seen.problem[0] ? SOON_MS : PATIENCE_MS;

	while (child_lives() && now_ms() - began < patience) {
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
	} while ((!wire_odd || odd_hosts()) && echoes(0, &seen.pings, BATCH / 4) &&
		 echoes(PORT_ECHO, &seen.echoes, BATCH) && echoes(PORT_IN_PLACE, &seen.in_place, BATCH / 2) &&
		 stream(BATCH) && tcp(BATCH * 1000) && now_ms() < end);
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
		"\"echoes_in_place\": %llu, \"stream_datagrams\": %llu, \"stream_bytes\": %llu, \"tcp_connections\": "
		"%llu, \"tcp_bytes\": %llu, \"bytes_compared\": %llu, "
		"\"resent\": %llu, \"answered_twice\": %llu, \"nonsense\": %llu, \"wrong\": %llu, \"problem\": "
		"\"%s\"}\n",
		(unsigned long long)seen.sent, (unsigned long long)seen.received, (unsigned long long)seen.arps,
		(unsigned long long)seen.pings, (unsigned long long)seen.echoes, (unsigned long long)seen.in_place,
		(unsigned long long)seen.stream_datagrams, (unsigned long long)seen.stream_bytes,
		(unsigned long long)seen.tcp_connections, (unsigned long long)seen.tcp_bytes,
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
	if (!wire_words(getenv("WIRE"))) {
		fprintf(stderr, "netpeer: WIRE=%s: an unknown word\n", getenv("WIRE"));
		return 125;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	tcp_start();
	run(argv + 3);
	talk((unsigned)strtoul(argv[1], NULL, 10));
	report(argv[2]);
	if (seen.problem[0] && child_lives())
		kill(child, SIGTERM);
	if (child_status < 0 && waitpid(child, &status, 0) == child)
		child_status = status;
	return WIFEXITED(child_status) ? WEXITSTATUS(child_status) : 128 + WTERMSIG(child_status);
}
