/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The stream: datagrams that begin with a number (4 bytes, big-endian), which counts from 0. What comes in order
 * counts; every eighth, what comes out of order, and the end (a datagram without data) is answered with the number
 * that is expected next, the bytes so far, and their sum. The host sends again what is missing.
 */
#include <dmastream/platform.h>

#include "net_app.h"

enum { NUMBER_BYTES = 4, ACKNOWLEDGE_EVERY = 8 };

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static void put(unsigned char *to, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		to[i] = (unsigned char)(value >> 8 * (nbytes - 1 - i));
}

size_t app_stream_take(struct app *app, const unsigned char *data, size_t nbytes, unsigned char answer[24])
{
	struct app_stream *stream = &app->stream;
	uint32_t number;
	uintptr_t state;
	bool in_order;

	if (nbytes < NUMBER_BYTES)
		return 0;
	number = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
	data += NUMBER_BYTES;
	nbytes -= NUMBER_BYTES;
	state = dma_host_lock(&stream->lock);
	if (!stream->sum)
		stream->sum = FNV_START;
	in_order = number == stream->expected;
	if (in_order && nbytes) {
		for (size_t i = 0; i < nbytes; i++)
			stream->sum = (stream->sum ^ data[i]) * FNV_PRIME;
		stream->nbytes += nbytes;
		stream->expected++;
	}
	put(answer, stream->expected, 4);
	put(answer + 4, 0, 4);
	put(answer + 8, stream->nbytes, 8);
	put(answer + 16, stream->sum, 8);
	dma_host_unlock(&stream->lock, state);
	if (in_order && nbytes) {
		app_count(&app->counts.stream_packets);
		__atomic_fetch_add(&app->counts.stream_bytes, nbytes, __ATOMIC_RELAXED);
	}
	return !in_order || !nbytes || number % ACKNOWLEDGE_EVERY == ACKNOWLEDGE_EVERY - 1 ? 24 : 0;
}
