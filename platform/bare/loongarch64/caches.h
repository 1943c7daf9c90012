/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The caches that CPUCFG describes (LoongArch Reference Manual vol. 1, v1.10, 2.2.10.5, words 0x10 to 0x14): a pure
 * function of those words, so that a test on any host can give it some.
 */
#ifndef BARE_LOONGARCH64_CACHES_H
#define BARE_LOONGARCH64_CACHES_H

#include <stddef.h>
#include <stdint.h>

enum {
	CACHES_WORD = 0x10, /* the first of them */
	CACHES_WORDS = 5,
	CACHES_OBJECTS = 6, /* two a level */
};

struct caches {
	/* A bit for each cache that holds data: its number is what CACOP calls the cache (4.2.2.1, bits 2:0 of its
	 * operation). Lower ones are nearer to the core. */
	unsigned data;
	/* Bytes of the smallest and of the largest line of those. */
	size_t step, align;
};

struct caches caches_of(const uint32_t word[CACHES_WORDS]);

#endif
