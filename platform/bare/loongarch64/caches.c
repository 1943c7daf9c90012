/* SPDX-License-Identifier: MPL-2.0 */
/* What CPUCFG says of caches: see caches.h. */
#include "caches.h"

/* For each level, word 0x10 says whether there is an instruction or unified cache, whether it is unified, and whether
 * there is a data cache. */
static const struct cache {
	uint8_t present, data; /* bits of word 0x10: it is there, it holds data */
	uint8_t size;	       /* the word that says how large it is, from 0x10 on; 0: none does */
} level_caches[] = {{0, 1, 1}, {2, 2, 2}, {3, 4, 3}, {7, 7, 0}, {10, 11, 4}, {14, 14, 0}};

/* Bits 30:24 are log2 of the bytes of a line; 16 bytes to 4 KiB make sense. */
static size_t line_of(uint32_t size, size_t otherwise)
{
	unsigned shift = size >> 24 & 0x7f;

	return shift >= 4 && shift <= 12 ? (size_t)1 << shift : otherwise;
}

struct caches caches_of(const uint32_t word[CACHES_WORDS])
{
	struct caches caches = {.step = SIZE_MAX};
	unsigned object = 0;

	for (unsigned i = 0; i < CACHES_OBJECTS; i++) {
		const struct cache *cache = &level_caches[i];
		uint32_t size = cache->size ? word[cache->size] : 0;
		size_t step = line_of(size, 16), align = line_of(size, 64);

		if (!(word[0] >> cache->present & 1))
			continue;
		if (word[0] >> cache->data & 1) {
			caches.data |= 1u << object;
			caches.step = step < caches.step ? step : caches.step;
			caches.align = align > caches.align ? align : caches.align;
		}
		object++;
	}
	if (!caches.data)
		caches.step = caches.align = 64;
	return caches;
}
