/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the library knows and counts, and its log lines.
 */
#include "state.h"
#include <stdarg.h>

struct dma_state dma_state;

#define LINE_SIZE 160

static char *put_text(char *at, const char *end, const char *text)
{
	while (*text && at < end)
		*at++ = *text++;
	return at;
}

static char *put_number(char *at, const char *end, uint64_t value, unsigned base)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n > 0 && at < end)
		*at++ = digits[--n];
	return at;
}

void dma_log(const char *format, ...)
{
	char line[LINE_SIZE];
	char *at = line, *end = line + sizeof(line) - 1;
	va_list args;

	va_start(args, format);
	for (; *format && at < end; format++) {
		if (*format != '%') {
			*at++ = *format;
			continue;
		}
		switch (*++format) {
		case 's':
			at = put_text(at, end, va_arg(args, const char *));
			break;
		case 'u':
			at = put_number(at, end, va_arg(args, unsigned), 10);
			break;
		default: /* x */
			at = put_text(at, end, "0x");
			at = put_number(at, end, va_arg(args, uint64_t), 16);
			break;
		}
	}
	va_end(args);
	*at = '\0';
	dma_host_log(line);
}
