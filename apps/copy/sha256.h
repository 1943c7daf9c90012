/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SHA-256 (FIPS 180-4), small and freestanding.
 */
#ifndef COPY_SHA256_H
#define COPY_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t nbytes;
	unsigned char block[64];
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t nbytes);
/* 64 hexadecimal digits and a zero. */
void sha256_end(struct sha256 *h, char hex[65]);

#endif
