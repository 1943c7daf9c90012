/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lines of text without a C library.
 */
#include "text.h"

struct text text_in(char *buffer, size_t size)
{
	struct text t = {buffer, size, 0};

	buffer[0] = 0;
	return t;
}

static void put_char(struct text *t, char c)
{
	if (t->used + 1 >= t->size)
		return;
	t->start[t->used++] = c;
	t->start[t->used] = 0;
}

void text_put(struct text *t, const char *string)
{
	while (*string)
		put_char(t, *string++);
}

void text_put_chars(struct text *t, char c, unsigned count)
{
	while (count--)
		put_char(t, c);
}

/* Digits of value, least significant first; returns how many, at least `least`. */
static unsigned digits_of(uint64_t value, unsigned base, unsigned least, char digits[20])
{
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while ((value || n < least) && n < 20);
	return n;
}

void text_put_column(struct text *t, uint64_t value, unsigned width)
{
	char digits[20];
	unsigned n = digits_of(value, 10, 1, digits);

	if (width > n)
		text_put_chars(t, ' ', width - n);
	while (n)
		put_char(t, digits[--n]);
}

void text_put_number(struct text *t, uint64_t value)
{
	text_put_column(t, value, 0);
}

void text_put_hex(struct text *t, uint64_t value, unsigned least)
{
	char digits[20];
	unsigned n = digits_of(value, 16, least, digits);

	text_put(t, "0x");
	while (n)
		put_char(t, digits[--n]);
}

void text_put_thousandths(struct text *t, uint64_t value)
{
	char digits[20];

	text_put_number(t, value / 1000);
	put_char(t, '.');
	digits_of(value % 1000, 10, 3, digits);
	put_char(t, digits[2]);
	put_char(t, digits[1]);
	put_char(t, digits[0]);
}

int text_number(const char *string, uint64_t *value)
{
	uint64_t sum = 0;
	unsigned shift = 0;

	if (*string < '0' || *string > '9')
		return -1;
	for (; *string >= '0' && *string <= '9'; string++) {
		uint64_t digit = (uint64_t)(*string - '0');

		if (sum > (UINT64_MAX - digit) / 10)
			return -1;
		sum = sum * 10 + digit;
	}
	if (*string == 'k')
		shift = 10;
	else if (*string == 'M')
		shift = 20;
	else if (*string == 'G')
		shift = 30;
	if (shift)
		string++;
	if (*string || sum > UINT64_MAX >> shift)
		return -1;
	*value = sum << shift;
	return 0;
}

int text_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}
