/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Formatted text: the part of printf that a kernel's messages need, without floating point. Knows no console, so that
 * the parsers that use it run on the host, too.
 */
#include "print.h"

/* Where formatted text goes; when the buffer is full, flush (if any) empties it. */
struct sink {
	char *to;
	size_t size;
	size_t used;
	void (*flush)(const char *text, size_t nbytes);
};

static void put(struct sink *sink, char c)
{
	if (sink->flush && sink->used == sink->size) {
		sink->flush(sink->to, sink->used);
		sink->used = 0;
	}
	if (sink->used < sink->size)
		sink->to[sink->used++] = c;
}

static void put_field(struct sink *sink, const char *text, size_t n, size_t width, char pad, bool left)
{
	for (size_t i = n; !left && i < width; i++)
		put(sink, pad);
	for (size_t i = 0; i < n; i++)
		put(sink, text[i]);
	for (size_t i = n; left && i < width; i++)
		put(sink, ' ');
}

struct field {
	size_t width;
	char pad;
	bool left;
	char size; /* 'l' once for long, long long and size_t: all are 64 bits, or promoted the same way */
};

static void put_number(struct sink *sink, struct field field, uint64_t value, unsigned base, bool negative)
{
	char digits[24];
	size_t n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative && field.pad == '0') {
		put(sink, '-');
		field.width -= field.width > 0;
	} else if (negative) {
		digits[--n] = '-';
	}
	put_field(sink, digits + n, sizeof(digits) - n, field.width, field.pad, field.left);
}

static const char *parse_field(const char *at, struct field *field)
{
	*field = (struct field){.pad = ' '};
	for (; *at == '-' || *at == '0'; at++) {
		field->left |= *at == '-';
		if (*at == '0')
			field->pad = '0';
	}
	for (; *at >= '0' && *at <= '9'; at++)
		field->width = field->width * 10 + (size_t)(*at - '0');
	for (; *at == 'l' || *at == 'z'; at++)
		field->size = 'l';
	return at;
}

static size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static void format_to(struct sink *sink, const char *format, va_list arguments)
{
	for (const char *at = format; *at; at++) {
		struct field field;
		const char *text;
		char c;
		int64_t number;

		if (*at != '%') {
			put(sink, *at);
			continue;
		}
		at = parse_field(at + 1, &field);
		switch (*at) {
		case 's':
			text = va_arg(arguments, const char *);
			put_field(sink, text, length(text), field.width, ' ', field.left);
			break;
		case 'c':
			c = (char)va_arg(arguments, int);
			put_field(sink, &c, 1, field.width, ' ', field.left);
			break;
		case 'd':
			number = field.size ? va_arg(arguments, long) : va_arg(arguments, int);
			put_number(sink, field, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10, number < 0);
			break;
		case 'u':
			put_number(sink, field,
				   field.size ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), 10,
				   false);
			break;
		case 'x':
			put_number(sink, field,
				   field.size ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), 16,
				   false);
			break;
		case 'p':
			put_number(sink, (struct field){.width = 16, .pad = '0'},
				   (uintptr_t)va_arg(arguments, const void *), 16, false);
			break;
		case '\0':
			return;
		default:
			put(sink, *at);
		}
	}
}

void format_and_flush(char *buffer, size_t size, void (*flush)(const char *, size_t), const char *format,
		      va_list arguments)
{
	struct sink sink = {.to = buffer, .size = size, .flush = flush};

	format_to(&sink, format, arguments);
	flush(buffer, sink.used);
}

size_t format_list(char *to, size_t size, const char *format, va_list arguments)
{
	struct sink sink = {.to = to, .size = size > 0 ? size - 1 : 0};

	format_to(&sink, format, arguments);
	if (size > 0)
		to[sink.used] = '\0';
	return sink.used;
}

size_t format_text(char *to, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t n;

	va_start(arguments, format);
	n = format_list(to, size, format, arguments);
	va_end(arguments);
	return n;
}
