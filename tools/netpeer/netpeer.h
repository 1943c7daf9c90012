/* SPDX-License-Identifier: MPL-2.0 */
/* Shared by the files of netpeer: frames, what was seen, and the conversations. */
#ifndef NETPEER_H
#define NETPEER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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
	PATIENCE_MS = 60000,
	SOON_MS = 10000,
};

extern const unsigned char our_mac[6], our_ip[4], their_ip[4];
extern unsigned char their_mac[6]; /* broadcast, until find_machine() has learned it */
extern int wire;		   /* our end: a connected UDP socket */
extern unsigned wire_mss;	   /* bytes of the longest TCP segment that the host wants */
extern unsigned wire_again;	   /* ms until what was not answered is sent again */
extern bool wire_odd;		   /* the hosts of odd.c come, too, once */

/* How the wire and the host are, as words: lose=5,twice=5,late=5 (of 1000 frames), seed=7, mss=536, again=50, odd.
 * False: a word is not known. */
bool wire_words(const char *words);
void wire_send(const unsigned char *f, size_t n);
/* The next frame, of FRAME + 100 bytes at most; 0: none came within that time, or it was lost. */
size_t wire_receive(unsigned char *f, int milliseconds);

extern struct seen {
	uint64_t sent, received, arps, pings, echoes, in_place, stream_datagrams, stream_bytes, tcp_connections,
		tcp_bytes, compared, resent, wrong, strange, nonsense;
	char problem[160];
} seen;

/* Keeps the first problem, for the report. */
void problem(const char *what);
uint64_t now_ms(void);
/* The command still runs. */
bool child_lives(void);

/* Bytes that can be told again: a generator, started with a number. */
uint32_t noise(uint64_t *state);
void fill(unsigned char *to, size_t n, uint64_t seed);

/* Numbers in network order, and the Internet checksum's sum (RFC 1071), which goes on from `sum`. */
void put16(unsigned char *at, unsigned value);
void put32(unsigned char *at, uint32_t value);
unsigned get16(const unsigned char *at);
uint32_t get32(const unsigned char *at);
uint32_t sum16(uint32_t sum, const unsigned char *at, size_t n);

/* Headers, in front of what already stands in the frame. */
void ethernet(unsigned char *f, unsigned type);
void ip(unsigned char *f, unsigned protocol, size_t payload);
/* A datagram around the n bytes of data that stand at f + DATA_AT; gives the frame's length. */
size_t udp(unsigned char *f, unsigned port, size_t n, bool with_sum);
/* The data of a datagram from that port of theirs, if it is one for us with right sums; NULL. */
const unsigned char *datagram(const unsigned char *f, size_t nframe, unsigned *port, size_t *n);

void send_frame(const unsigned char *f, size_t n);
/* The next frame, within that time; 0: none, or it was TCP's. */
size_t receive_frame(unsigned char *f, int milliseconds);

/* The host's own stack: started once; then every frame that came is shown to it. True: it was TCP, and is done with. */
void tcp_start(void);
bool tcp_takes(const unsigned char *f, size_t n);

/* Conversations: each gives false when it cannot go on; the problem says why. */
size_t length_of(uint64_t number, unsigned port);
bool find_machine(void);
/* Asks `count` echoes of that port (0: ICMP), many at once, and compares the answers. */
bool echoes(unsigned port, uint64_t *counter, unsigned count);
/* A few, of the first kind, that have to come soon. */
bool hears(void);
/* Sends `count` datagrams of a stream; the machine acknowledges them, and its sum must be ours. */
bool stream(unsigned count);
/* A TCP connection over which so many bytes go there and back. */
bool tcp(unsigned nbytes);
/* TCP of hosts that do what few do. */
bool odd_hosts(void);
/* Frames that are rare and right. */
bool strange_frames(void);
/* Frames without sense, to which no answer may come. */
void nonsense(void);

#endif
