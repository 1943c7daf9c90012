/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lines of text without a C library: for messages, reports, the progress bar.
 */
#ifndef DRIVERS_TEXT_H
#define DRIVERS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Where text goes: a caller's buffer, always terminated; what does not fit is cut. */
struct text {
	char *start;
	size_t size; /* of the buffer, at least 1 */
	size_t used; /* without the terminating zero */
};

struct text text_in(char *buffer, size_t size);

void text_put(struct text *t, const char *string);
void text_put_chars(struct text *t, char c, unsigned count);
void text_put_number(struct text *t, uint64_t value);
/* 0x and at least `digits` hexadecimal digits. */
void text_put_hex(struct text *t, uint64_t value, unsigned digits);
/* value / 1000 with three decimals. */
void text_put_thousandths(struct text *t, uint64_t value);
/* Right-aligned in `width` columns. */
void text_put_column(struct text *t, uint64_t value, unsigned width);

/* Reads a decimal number (with k, M, G for powers of 1024) that fills the whole string. 0, or -1 if it is none or too
 * big. */
int text_number(const char *string, uint64_t *value);

/* True if both are the same. */
int text_same(const char *a, const char *b);

#endif
