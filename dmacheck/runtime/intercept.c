/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Functions of the C library that touch the driver's memory: dmacheck cc makes the driver's objects call these, as the
 * compiler does for structure copies. Each announces what it is about to touch.
 */
#include "runtime.h"
#include <string.h>

#define HERE __builtin_return_address(0)

void *dmacheck_memcpy(void *to, const void *from, size_t n);
void *dmacheck_memcpy(void *to, const void *from, size_t n)
{
	page_load(from, n, HERE);
	page_store(to, n, HERE);
	return memcpy(to, from, n);
}

void *dmacheck_memmove(void *to, const void *from, size_t n);
void *dmacheck_memmove(void *to, const void *from, size_t n)
{
	page_load(from, n, HERE);
	page_store(to, n, HERE);
	return memmove(to, from, n);
}

void *dmacheck_memset(void *to, int value, size_t n);
void *dmacheck_memset(void *to, int value, size_t n)
{
	page_store(to, n, HERE);
	return memset(to, value, n);
}

int dmacheck_memcmp(const void *a, const void *b, size_t n);
int dmacheck_memcmp(const void *a, const void *b, size_t n)
{
	page_load(a, n, HERE);
	page_load(b, n, HERE);
	return memcmp(a, b, n);
}

void *dmacheck_memchr(const void *at, int c, size_t n);
void *dmacheck_memchr(const void *at, int c, size_t n)
{
	page_load(at, n, HERE);
	return (void *)(uintptr_t)memchr(at, c, n);
}

/* As far as the string goes, a byte at a time: what is behind its end is not read. */
static size_t length(const char *text, size_t most, const void *pc)
{
	size_t n = 0;

	while (n < most) {
		page_load(text + n, 1, pc);
		if (!text[n])
			break;
		n++;
	}
	return n;
}

size_t dmacheck_strlen(const char *text);
size_t dmacheck_strlen(const char *text)
{
	return length(text, SIZE_MAX, HERE);
}

size_t dmacheck_strnlen(const char *text, size_t most);
size_t dmacheck_strnlen(const char *text, size_t most)
{
	return length(text, most, HERE);
}

int dmacheck_strcmp(const char *a, const char *b);
int dmacheck_strcmp(const char *a, const char *b)
{
	(void)length(a, SIZE_MAX, HERE);
	(void)length(b, SIZE_MAX, HERE);
	return strcmp(a, b);
}

int dmacheck_strncmp(const char *a, const char *b, size_t n);
int dmacheck_strncmp(const char *a, const char *b, size_t n)
{
	(void)length(a, n, HERE);
	(void)length(b, n, HERE);
	return strncmp(a, b, n);
}

char *dmacheck_strcpy(char *to, const char *from);
char *dmacheck_strcpy(char *to, const char *from)
{
	size_t n = length(from, SIZE_MAX, HERE);

	page_store(to, n + 1, HERE);
	return memcpy(to, from, n + 1);
}

char *dmacheck_strncpy(char *to, const char *from, size_t n);
char *dmacheck_strncpy(char *to, const char *from, size_t n)
{
	(void)length(from, n, HERE);
	page_store(to, n, HERE);
	return strncpy(to, from, n);
}

/* ---- Blocks ---- */

void *dmacheck_alloc(size_t nbytes)
{
	return heap_take(HEAP, nbytes ? nbytes : 1, 128);
}

void *dmacheck_pages(size_t npages)
{
	return heap_take(HEAP, npages * 4096, 4096);
}

void dmacheck_free(void *memory)
{
	call_free("free()", memory);
}

void *dmacheck_malloc(size_t nbytes);
void *dmacheck_malloc(size_t nbytes)
{
	return dmacheck_alloc(nbytes);
}

void *dmacheck_calloc(size_t n, size_t nbytes);
void *dmacheck_calloc(size_t n, size_t nbytes)
{
	void *at = nbytes && n > SIZE_MAX / nbytes ? NULL : dmacheck_alloc(n * nbytes);

	return at ? dmacheck_memset(at, 0, n * nbytes) : NULL;
}
