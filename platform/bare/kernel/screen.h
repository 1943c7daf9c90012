/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Text on a framebuffer of 32 bits a pixel, beside the serial port. What was printed before it is there is drawn when
 * it comes.
 */
#ifndef BARE_SCREEN_H
#define BARE_SCREEN_H

#include <dmastream/types.h>

/* Bytes as print() has them. Under print()'s lock. */
void screen_write(const char *text, size_t nbytes);

/* From now on there is a screen, cleared. Text is of one colour, `ink`: a pixel as the screen wants it, of 32 bits;
 * black is 0. */
void screen_start(volatile void *pixels, uint32_t width, uint32_t height, uint32_t pixels_per_line, uint32_t ink);

/* font.c: rows from the top, the leftmost pixel in bit 4; the eighth row is below the line. */
enum {
	FONT_FIRST = 32,
	FONT_LAST = 126,
	FONT_WIDTH = 5,
	FONT_HEIGHT = 8,
};
extern const uint8_t screen_font[FONT_LAST - FONT_FIRST + 1][FONT_HEIGHT];

#endif
