/* SPDX-License-Identifier: MPL-2.0 */
/* SHA-1: see sha1.h. Section numbers are those of FIPS 180-4. */
#include "sha1.h"

#include <stdio.h>
#include <string.h>

static uint32_t rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

/* 6.1.2: one block of 64 bytes. */
static void block(uint32_t h[5], const uint8_t *bytes)
{
	static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
		       (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
	for (unsigned i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (unsigned i = 0; i < 80; i++) {
		uint32_t f = i < 20   ? (b & c) ^ (~b & d)
			     : i < 40 ? b ^ c ^ d
			     : i < 60 ? (b & c) ^ (b & d) ^ (c & d)
				      : b ^ c ^ d;
		uint32_t t = rotate(a, 5) + f + e + constants[i / 20] + w[i];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void sha1_text(const uint8_t *bytes, size_t nbytes, char text[41])
{
	uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t last[128] = {0};
	size_t whole = nbytes / 64 * 64, rest = nbytes - whole, padded = rest < 56 ? 64 : 128;

	for (size_t i = 0; i < whole; i += 64)
		block(h, bytes + i);
	memcpy(last, bytes + whole, rest); /* 5.1.1: a one, zeros, the length in bits */
	last[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		last[padded - 1 - i] = (uint8_t)((uint64_t)nbytes * 8 >> 8 * i);
	for (size_t i = 0; i < padded; i += 64)
		block(h, last + i);
	for (unsigned i = 0; i < 5; i++)
		snprintf(text + 8 * i, 9, "%08x", h[i]);
}
