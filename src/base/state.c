/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the library knows and counts, and its log lines.
 */
#include "state.h"
#include <stdarg.h>

struct dma_state dma_state;

/* What does not fit is counted, too. */
struct text {
	char *buf;
	size_t room, length; /* room: without the zero */
};

static void put(struct text *text, char c)
{
	if (text->length < text->room)
		text->buf[text->length] = c;
	text->length++;
}

static void put_text(struct text *text, const char *more)
{
	while (*more)
		put(text, *more++);
}

/* A decimal number has 32 bits: hosts without a division of 64 link no helper. */
static void put_number(struct text *text, uint64_t value, bool hexadecimal)
{
	char digits[16];
	size_t n = 0;

	do {
		digits[n++] = "0123456789abcdef"[hexadecimal ? value & 15 : (uint32_t)value % 10];
		value = hexadecimal ? value >> 4 : (uint32_t)value / 10;
	} while (value);
	while (n > 0)
		put(text, digits[--n]);
}

size_t dma_format(char *buf, size_t nbytes, const char *format, va_list args)
{
	struct text text = {.buf = buf, .room = nbytes ? nbytes - 1 : 0};

	for (; *format; format++) {
		if (*format != '%') {
			put(&text, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(&text, va_arg(args, const char *));
			break;
		case 'u':
			put_number(&text, va_arg(args, unsigned), false);
			break;
		default: /* x */
			put_text(&text, "0x");
			put_number(&text, va_arg(args, uint64_t), true);
			break;
		}
	}
	if (nbytes)
		buf[text.length < text.room ? text.length : text.room] = '\0';
	return text.length;
}

void dma_count_quarantined(size_t npages)
{
	dma_add(&dma_state.stats.pages_quarantined, npages);
	dma_log("dmastream: %u pages quarantined: access to them could not be ended", (unsigned)npages);
}

#if DMA_CONFIG_LOG

#define LINE_SIZE 160

void dma_log(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, format);
	(void)dma_format(line, sizeof(line), format, args);
	va_end(args);
	dma_host_log(line);
}

#endif
