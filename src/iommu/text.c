/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Text without libc, for logs and reports.
 */
#include "text.h"

static void add_char(struct dma_text *text, char c)
{
	if (text->left < 2)
		return;
	*text->at++ = c;
	*text->at = 0;
	text->left--;
}

static void add_number(struct dma_text *text, uint64_t value, unsigned base, unsigned least)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || n < least);
	while (n)
		add_char(text, digits[--n]);
}

struct dma_text dma_text_in(char *buffer, size_t nbytes)
{
	struct dma_text text = {buffer, nbytes};

	*buffer = 0;
	return text;
}

void dma_text_add(struct dma_text *text, const char *string)
{
	while (*string)
		add_char(text, *string++);
}

void dma_text_dec(struct dma_text *text, uint64_t value)
{
	add_number(text, value, 10, 1);
}

void dma_text_hex(struct dma_text *text, uint64_t value)
{
	dma_text_add(text, "0x");
	add_number(text, value, 16, 1);
}

void dma_text_requester(struct dma_text *text, uint32_t requester)
{
	add_number(text, requester >> 16, 16, 4);
	add_char(text, ':');
	add_number(text, requester >> 8 & 0xff, 16, 2);
	add_char(text, ':');
	add_number(text, requester >> 3 & 31, 16, 2);
	add_char(text, '.');
	add_number(text, requester & 7, 16, 1);
}
