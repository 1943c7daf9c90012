/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The four memory functions that compilers call and the library uses, in 8-byte steps, eight at a time: fast on CPUs
 * without fast string instructions, and without vector registers. Ends are done by overlapping words, so that no byte
 * loop is left that a compiler could take for a call of the very same function.
 */
#include "../machine.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

typedef uint64_t __attribute__((may_alias, aligned(1))) word;
typedef uint32_t __attribute__((may_alias, aligned(1))) half;
typedef uint16_t __attribute__((may_alias, aligned(1))) quarter;
typedef uint64_t __attribute__((may_alias)) aligned_word;

/* n below 16: all loads before the stores, so that it serves memmove, too. */
static inline void copy_small(unsigned char *to, const unsigned char *from, size_t n)
{
	if (n >= 8) {
		uint64_t first = *(const word *)from, last = *(const word *)(from + n - 8);

		*(word *)to = first;
		*(word *)(to + n - 8) = last;
	} else if (n >= 4) {
		uint32_t first = *(const half *)from, last = *(const half *)(from + n - 4);

		*(half *)to = first;
		*(half *)(to + n - 4) = last;
	} else if (n >= 2) {
		uint16_t first = *(const quarter *)from, last = *(const quarter *)(from + n - 2);

		*(quarter *)to = first;
		*(quarter *)(to + n - 2) = last;
	} else if (n == 1) {
		*to = *from;
	}
}

/* Four at a time need no more registers than a function may use freely. */
static inline void copy_64(word *to, const word *from)
{
	for (unsigned i = 0; i < 8; i += 4) {
		uint64_t a0 = from[i], a1 = from[i + 1], a2 = from[i + 2], a3 = from[i + 3];

		to[i] = a0, to[i + 1] = a1, to[i + 2] = a2, to[i + 3] = a3;
	}
}

static inline void copy_64_aligned(aligned_word *to, const aligned_word *from)
{
	for (unsigned i = 0; i < 8; i += 4) {
		uint64_t a0 = from[i], a1 = from[i + 1], a2 = from[i + 2], a3 = from[i + 3];

		to[i] = a0, to[i + 1] = a1, to[i + 2] = a2, to[i + 3] = a3;
	}
}

/* Words of an unaligned source by shifting aligned ones, for machines where each unaligned load is a trap or eight byte
 * loads. to is aligned. Little-endian. The aligned loads stay within the words that hold bytes of the source. */
static void copy_shifted(unsigned char *to, const unsigned char *from, size_t nwords)
{
	const unsigned skew = (unsigned)((uintptr_t)from & 7) * 8;
	const aligned_word *source = (const aligned_word *)(const void *)(from - skew / 8);
	aligned_word *target = (aligned_word *)(void *)to;
	uint64_t low = *source++;

	for (; nwords > 0; nwords--) {
		uint64_t high = *source++;

		*target++ = low >> skew | high << (64 - skew);
		low = high;
	}
}

static void copy_strict(unsigned char *to, const unsigned char *from, size_t n)
{
	size_t words;

	for (; n > 0 && ((uintptr_t)to & 7); n--) {
		*to++ = *from++;
		__asm__ volatile("" : "+r"(to));
	}
	words = n / 8;
	if ((uintptr_t)from & 7) {
		if (words > 0)
			copy_shifted(to, from, words);
		to += words * 8;
		from += words * 8;
	} else {
		for (; words >= 8; words -= 8, to += 64, from += 64)
			copy_64_aligned((aligned_word *)(void *)to, (const aligned_word *)(const void *)from);
		for (; words > 0; words--, to += 8, from += 8) {
			*(aligned_word *)(void *)to = *(const aligned_word *)(const void *)from;
			__asm__ volatile("" : "+r"(to));
		}
	}
	for (n &= 7; n > 0; n--) {
		*to++ = *from++;
		__asm__ volatile("" : "+r"(to));
	}
}

/* Right for overlaps with to below from, too: so nothing here is `restrict`. */
static inline void copy_upwards(unsigned char *to, const unsigned char *from, size_t n)
{
	if (!MACHINE_FAST_UNALIGNED) {
		copy_strict(to, from, n);
		return;
	}
	for (; n >= 64; n -= 64, to += 64, from += 64)
		copy_64((word *)to, (const word *)from);
	if (n == 0)
		return;
	for (; n >= 16; n -= 16, to += 16, from += 16) {
		uint64_t a0 = *(const word *)from, a1 = *(const word *)(from + 8);

		*(word *)to = a0;
		*(word *)(to + 8) = a1;
		__asm__ volatile("" : "+r"(to));
	}
	copy_small(to, from, n);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	copy_upwards(to, from, n);
	return to;
}

void *memmove(void *to_pointer, const void *from_pointer, size_t n)
{
	unsigned char *to = to_pointer;
	const unsigned char *from = from_pointer;

	if ((uintptr_t)to - (uintptr_t)from >= n) { /* apart, or to is below from */
		copy_upwards(to, from, n);
		return to_pointer;
	}
	if (!MACHINE_FAST_UNALIGNED) {
		for (; n > 0; n--) {
			to[n - 1] = from[n - 1];
			__asm__ volatile("" : "+r"(to));
		}
		return to_pointer;
	}
	for (; n >= 16; n -= 16) {
		uint64_t a0 = *(const word *)(from + n - 16), a1 = *(const word *)(from + n - 8);

		*(word *)(to + n - 8) = a1;
		*(word *)(to + n - 16) = a0;
		__asm__ volatile("" : "+r"(to));
	}
	copy_small(to, from, n);
	return to_pointer;
}

void *memset(void *to_pointer, int value, size_t n)
{
	const uint64_t pattern = (unsigned char)value * UINT64_C(0x0101010101010101);
	unsigned char *to = to_pointer;

	while (n > 0 && ((uintptr_t)to & 7)) {
		*to++ = (unsigned char)value;
		n--;
		__asm__ volatile("" : "+r"(to));
	}
	for (; n >= 64; n -= 64, to += 64) {
		aligned_word *t = (aligned_word *)(void *)to;

		t[0] = t[1] = t[2] = t[3] = t[4] = t[5] = t[6] = t[7] = pattern;
		__asm__ volatile("" : "+r"(to));
	}
	for (; n >= 8; n -= 8, to += 8) {
		*(aligned_word *)(void *)to = pattern;
		__asm__ volatile("" : "+r"(to));
	}
	for (; n > 0; n--) {
		*to++ = (unsigned char)value;
		__asm__ volatile("" : "+r"(to));
	}
	return to_pointer;
}

int memcmp(const void *a_pointer, const void *b_pointer, size_t n)
{
	const unsigned char *a = a_pointer, *b = b_pointer;

	if (MACHINE_FAST_UNALIGNED || !(((uintptr_t)a | (uintptr_t)b) & 7))
		for (; n >= 8 && *(const word *)a == *(const word *)b; n -= 8, a += 8, b += 8)
			;
	for (; n > 0; n--, a++, b++)
		if (*a != *b)
			return *a - *b;
	return 0;
}
