/* SPDX-License-Identifier: MPL-2.0 */
/* Runs of free pages: see runs.h. */
#include "runs.h"

static size_t words_of(size_t bits)
{
	return (bits + 63) / 64;
}

size_t runs_bytes(size_t npages)
{
	size_t words = 0;

	for (size_t bits = npages;; bits = words_of(bits)) {
		words += words_of(bits);
		if (words_of(bits) <= 1)
			return words * sizeof(uint64_t);
	}
}

void runs_init(struct runs *runs, void *memory, size_t npages, uint64_t origin)
{
	uint64_t *at = memory;

	*runs = (struct runs){.npages = npages, .origin = origin};
	for (size_t bits = npages; runs->nlevels < RUNS_LEVELS; bits = words_of(bits)) {
		runs->nbits[runs->nlevels] = bits;
		runs->level[runs->nlevels++] = at;
		at += words_of(bits);
		if (words_of(bits) <= 1)
			return;
	}
}

/* Bits [bit, bit + n) of a word, n at least 1, not past its end. */
static uint64_t mask_of(unsigned bit, size_t n)
{
	return (n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1) << bit;
}

/* A word at level 0 has become non-empty / empty: its bit above follows, and so on up. */
static void mark(struct runs *runs, size_t word)
{
	for (unsigned level = 1; level < runs->nlevels; level++, word /= 64) {
		uint64_t *summary = &runs->level[level][word / 64];
		uint64_t before = *summary;

		*summary |= UINT64_C(1) << word % 64;
		if (before)
			return;
	}
}

static void unmark(struct runs *runs, size_t word)
{
	for (unsigned level = 1; level < runs->nlevels; level++, word /= 64) {
		uint64_t *summary = &runs->level[level][word / 64];

		*summary &= ~(UINT64_C(1) << word % 64);
		if (*summary)
			return;
	}
}

void runs_put(struct runs *runs, size_t first, size_t n)
{
	runs->nfree += n;
	while (n > 0) {
		unsigned bit = first % 64;
		size_t step = n < 64 - bit ? n : 64 - bit;
		uint64_t *word = &runs->level[0][first / 64];
		bool empty = *word == 0;

		*word |= mask_of(bit, step);
		if (empty)
			mark(runs, first / 64);
		first += step;
		n -= step;
	}
}

void runs_take(struct runs *runs, size_t first, size_t n)
{
	runs->nfree -= n;
	while (n > 0) {
		unsigned bit = first % 64;
		size_t step = n < 64 - bit ? n : 64 - bit;
		uint64_t *word = &runs->level[0][first / 64];

		*word &= ~mask_of(bit, step);
		if (*word == 0)
			unmark(runs, first / 64);
		first += step;
		n -= step;
	}
}

size_t runs_next(const struct runs *runs, size_t from)
{
	size_t at = from; /* a bit number at `level` */
	unsigned level = 0;

	if (from >= runs->npages)
		return runs->npages;
	for (;;) { /* up, until a word has a bit at or after `at` */
		uint64_t word = runs->level[level][at / 64] >> at % 64;

		if (word) {
			at += (unsigned)__builtin_ctzll(word);
			break;
		}
		at = at / 64 + 1;
		if (++level == runs->nlevels || at >= runs->nbits[level])
			return runs->npages;
	}
	while (level > 0) { /* down again, to the first page below that bit */
		level--;
		at = at * 64 + (unsigned)__builtin_ctzll(runs->level[level][at]);
	}
	return at;
}

size_t runs_length(const struct runs *runs, size_t first, size_t n)
{
	size_t length = 0;

	while (length < n && first + length < runs->npages) {
		unsigned bit = (first + length) % 64;
		uint64_t used = ~runs->level[0][(first + length) / 64] >> bit;

		if (used) {
			length += (unsigned)__builtin_ctzll(used);
			break;
		}
		length += 64 - bit;
	}
	return length < n ? length : n;
}

size_t runs_find(const struct runs *runs, size_t n, size_t low, size_t high, size_t align)
{
	high = high < runs->npages ? high : runs->npages;
	if (n == 1 && align == 1) {
		low = runs_next(runs, low);
		return low < high ? low : RUNS_NONE;
	}
	while (low < high) {
		size_t first = runs_next(runs, low), length;

		first += (size_t)(0 - (runs->origin + first)) & (align - 1);
		if (first >= high || n > high - first)
			break;
		length = runs_length(runs, first, n);
		if (length == n)
			return first;
		low = first + length + 1;
	}
	return RUNS_NONE;
}
