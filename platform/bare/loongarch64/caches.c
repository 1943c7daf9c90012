/* SPDX-License-Identifier: MPL-2.0 */
/* What CPUCFG says of caches: see caches.h. */
#include "caches.h"

#include <stdbool.h>

/* Word 0x10 has for each level: an instruction or unified cache is present, it is unified, (behind the first level:
 * private, inclusive,) a data cache is present (private, inclusive). */
static const struct level {
	uint8_t shared, unified, data;	/* bits of word 0x10: instruction or unified, unified, data */
	uint8_t shared_word, data_word; /* that say how large they are; 0: no word does */
} levels[] = {
	{0, 1, 2, 0x11, 0x12},
	{3, 4, 7, 0x13, 0},
	{10, 11, 14, 0x14, 0},
};

enum {
	LINE_SHIFT = 24, /* log2 of the bytes of a line, bits 30:24 */
	LINE_MASK = 0x7f,
	LINE_LEAST = 4, /* 16 bytes: what has no size, or one that makes no sense, is walked in such steps */
	LINE_MOST = 12,
	LINE_USUAL = 6,
};

static bool has(uint32_t word, unsigned bit)
{
	return word >> bit & 1;
}

/* Takes a line of 2^least to 2^most bytes in. */
static void take_line(struct caches *caches, unsigned least, unsigned most)
{
	size_t step = (size_t)1 << least, align = (size_t)1 << most;

	caches->step = step < caches->step ? step : caches->step;
	caches->align = align > caches->align ? align : caches->align;
}

static void take(struct caches *caches, const uint32_t *word, unsigned object, unsigned at)
{
	unsigned shift = at ? word[at - CACHES_WORD] >> LINE_SHIFT & LINE_MASK : 0;

	caches->data |= 1u << object;
	if (shift >= LINE_LEAST && shift <= LINE_MOST)
		take_line(caches, shift, shift);
	else
		take_line(caches, LINE_LEAST, LINE_USUAL);
}

struct caches caches_of(const uint32_t word[CACHES_WORDS])
{
	struct caches caches = {.step = SIZE_MAX};
	unsigned object = 0;

	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		const struct level *level = &levels[i];

		if (has(word[0], level->shared)) {
			if (has(word[0], level->unified))
				take(&caches, word, object, level->shared_word);
			object++;
		}
		if (has(word[0], level->data))
			take(&caches, word, object++, level->data_word);
	}
	if (!caches.data)
		caches.step = caches.align = (size_t)1 << LINE_USUAL;
	return caches;
}
