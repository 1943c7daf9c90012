/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Formatted lines on the console: %s %c %d %u %x with l, ll, z, width, zero padding and `-`; %p; %%.
 */
#ifndef BARE_PRINT_H
#define BARE_PRINT_H

#include <dmastream/types.h>
#include <stdarg.h>

/* What one call prints stays together, whatever other CPUs print. */
void print(const char *format, ...) DMA_PRINTF(1, 2);
void print_list(const char *format, va_list arguments) DMA_PRINTF(1, 0);

/* What print() has printed so far, cut after a few KiB: what the kernel and the library had to say. */
const char *print_said(void);

/* Bytes as they are. */
void print_bytes(const char *text, size_t nbytes);

/* Into a buffer, always terminated if size > 0. Returns the bytes written, without the zero. */
size_t format_text(char *to, size_t size, const char *format, ...) DMA_PRINTF(3, 4);
size_t format_list(char *to, size_t size, const char *format, va_list arguments) DMA_PRINTF(3, 0);

/* Through a buffer of the caller's, whenever it is full and at the end. */
void format_and_flush(char *buffer, size_t size, void (*flush)(const char *text, size_t nbytes), const char *format,
		      va_list arguments) DMA_PRINTF(4, 0);

/* "panic: ", the message and a newline; then the machine ends with BARE_STATUS_PANIC. */
_Noreturn void panic(const char *format, ...) DMA_PRINTF(1, 2);

#endif
