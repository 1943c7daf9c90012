/* SPDX-License-Identifier: MPL-2.0 */
/* The stream of netpeer: datagrams in order, of which what is missing is sent again. */
#include "netpeer.h"

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

bool stream(unsigned count)
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
		} else if (now_ms() - last > wire_again) {
			seen.resent += sent - base;
			sent = base;
			last = now_ms();
		}
		if (seen.wrong)
			return false;
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
