/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SHA-256 as FIPS 180-4 writes it down (section numbers are its), with rounds unrolled by eight so that the working
 * variables rotate by name instead of by copying.
 */
#include "sha256.h"

void *memcpy(void *dst, const void *src, size_t n); /* all that a host without a C library has of it */

/* 4.2.2 */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t load(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 6.2.2, step 3, for one t; the caller turns the variables instead of moving them. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                                               \
	do {                                                                                                           \
		uint32_t t1 = (h) + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((g) ^ ((e) & ((f) ^ (g)))) +     \
			      constants[t] + w[t];                                                                     \
		(d) += t1;                                                                                             \
		(h) = t1 + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + (((a) & (b)) | ((c) & ((a) | (b))));       \
	} while (0)

static void add_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[64];

	for (unsigned t = 0; t < 16; t++)
		w[t] = load(block + 4 * t);
	for (unsigned t = 16; t < 64; t++) {
		uint32_t x = w[t - 15], y = w[t - 2];

		w[t] = w[t - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[t - 7] +
		       (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
	}
	for (unsigned t = 0; t < 64; t += 8) {
		ROUND(a, b, c, d, e, f, g, h, t);
		ROUND(h, a, b, c, d, e, f, g, t + 1);
		ROUND(g, h, a, b, c, d, e, f, t + 2);
		ROUND(f, g, h, a, b, c, d, e, t + 3);
		ROUND(e, f, g, h, a, b, c, d, t + 4);
		ROUND(d, e, f, g, h, a, b, c, t + 5);
		ROUND(c, d, e, f, g, h, a, b, t + 6);
		ROUND(b, c, d, e, f, g, h, a, t + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_init(struct sha256 *h)
{
	/* 5.3.3 */
	*h = (struct sha256){.state = {
				     0x6a09e667,
				     0xbb67ae85,
				     0x3c6ef372,
				     0xa54ff53a,
				     0x510e527f,
				     0x9b05688c,
				     0x1f83d9ab,
				     0x5be0cd19,
			     }};
}

void sha256_add(struct sha256 *h, const void *data, size_t nbytes)
{
	const unsigned char *at = data;
	size_t used = h->nbytes % 64;

	h->nbytes += nbytes;
	if (used) {
		size_t n = 64 - used < nbytes ? 64 - used : nbytes;

		memcpy(h->block + used, at, n);
		at += n;
		nbytes -= n;
		if (used + n < 64)
			return;
		add_block(h->state, h->block);
	}
	for (; nbytes >= 64; at += 64, nbytes -= 64)
		add_block(h->state, at);
	memcpy(h->block, at, nbytes);
}

/* 5.1.1 */
void sha256_end(struct sha256 *h, char hex[65])
{
	static const unsigned char padding[64] = {0x80};
	uint64_t nbits = h->nbytes * 8;
	unsigned char length[8];

	for (unsigned i = 0; i < 8; i++)
		length[i] = (unsigned char)(nbits >> (56 - 8 * i));
	sha256_add(h, padding, 1 + (119 - h->nbytes % 64) % 64);
	sha256_add(h, length, 8);
	for (unsigned i = 0; i < 64; i++)
		hex[i] = "0123456789abcdef"[h->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
	hex[64] = 0;
}
