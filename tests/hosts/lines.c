/* SPDX-License-Identifier: MPL-2.0 */
/* See lines.h. */
#include "lines.h"

#include "../../src/base/state.h"
#include <dmastream/platform.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 400, LINE = 200 };

static char lines[LINES][LINE];
static unsigned count, pages;
static int left;

void lines_begin(int npages)
{
	count = 0;
	left = npages;
}

unsigned lines_count(void)
{
	return count;
}

/* The conversions of the library's own dma_log(): %s, %u and %x of 64 bits. */
void dma_log(const char *format, ...)
{
	char *at = lines[count % LINES], *end = at + LINE;
	va_list args;

	count++;
	*at = '\0';
	va_start(args, format);
	for (; *format && at + 24 < end; format++) {
		if (*format != '%') {
			*at++ = *format;
			*at = '\0';
			continue;
		}
		switch (*++format) {
		case 's':
			at += snprintf(at, (size_t)(end - at), "%s", va_arg(args, const char *));
			break;
		case 'u':
			at += snprintf(at, (size_t)(end - at), "%u", va_arg(args, unsigned));
			break;
		default:
			at += snprintf(at, (size_t)(end - at), "0x%llx", (unsigned long long)va_arg(args, uint64_t));
			break;
		}
	}
	va_end(args);
}

bool lines_have(const char *words)
{
	for (unsigned i = 0; i < count && i < LINES; i++) {
		const char *at = lines[i], *word = words;

		while (at && word) {
			size_t n = strcspn(word, "|");
			char one[LINE];

			snprintf(one, sizeof(one), "%.*s", (int)n, word);
			at = strstr(at, one);
			if (at)
				at += n;
			word = word[n] ? word + n + 1 : NULL;
		}
		if (at)
			return true;
	}
	return false;
}

void lines_print(void)
{
	for (unsigned i = 0; i < count && i < LINES; i++)
		printf("# %s\n", lines[i]);
}

unsigned lines_pages(void)
{
	return pages;
}

void *dma_host_page_alloc(void)
{
	void *page;

	if (left == 0)
		return NULL;
	left -= left > 0;
	page = aligned_alloc(DMA_PAGE_SIZE, DMA_PAGE_SIZE);
	pages += page != NULL;
	return page;
}

void dma_host_page_free(void *page)
{
	pages--;
	free(page);
}
