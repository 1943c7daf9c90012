/* SPDX-License-Identifier: MPL-2.0 */
/* What lwIP uses of <string.h>, where there is no C library. */
#ifndef APP_LWIP_STRING_H
#define APP_LWIP_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* In functions that nobody calls, and that the linker leaves out. */
size_t strlen(const char *text);
int strncmp(const char *a, const char *b, size_t n);

#endif
