/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Text on a framebuffer: see screen.h. Reading a framebuffer is slow on every machine, so that what stands where is
 * kept as text, and scrolling draws the cells that change.
 */
#include "screen.h"

#define COLUMNS	    200
#define ROWS	    120
#define EARLY	    4096
#define CELL_WIDTH  (FONT_WIDTH + 1)
#define CELL_HEIGHT (FONT_HEIGHT + 2)

static volatile uint32_t *framebuffer; /* NULL: none yet */
static uint32_t colour, stride, scale, columns, rows, column, row;
static char cells[ROWS][COLUMNS];
static char early[EARLY]; /* what was printed before */
static size_t early_used;

static void draw(uint32_t y, uint32_t x, char character)
{
	static const uint8_t unknown[FONT_HEIGHT] = {31, 17, 17, 17, 17, 17, 31};
	const uint8_t *glyph =
		character < FONT_FIRST || character > FONT_LAST ? unknown : screen_font[character - FONT_FIRST];

	for (uint32_t i = 0; i < FONT_HEIGHT * scale; i++) {
		volatile uint32_t *line =
			framebuffer + (size_t)(y * CELL_HEIGHT * scale + i) * stride + x * CELL_WIDTH * scale;

		for (uint32_t k = 0; k < FONT_WIDTH * scale; k++)
			line[k] = glyph[i / scale] >> (FONT_WIDTH - 1 - k / scale) & 1 ? colour : 0;
	}
}

static void put_cell(uint32_t y, uint32_t x, char character)
{
	if (cells[y][x] == character)
		return;
	cells[y][x] = character;
	draw(y, x, character);
}

static void next_line(void)
{
	column = 0;
	if (++row < rows)
		return;
	row = rows - 1;
	for (uint32_t y = 0; y < rows; y++)
		for (uint32_t x = 0; x < columns; x++)
			put_cell(y, x, y + 1 < rows ? cells[y + 1][x] : (char)' ');
}

static void put(char character)
{
	if (character == '\n') {
		next_line();
	} else if (character == '\r') {
		column = 0;
	} else {
		if (column == columns)
			next_line();
		put_cell(row, column++, character);
	}
}

void screen_write(const char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++) {
		if (framebuffer)
			put(text[i]);
		else if (early_used < EARLY)
			early[early_used++] = text[i];
	}
}

void screen_start(volatile void *pixels, uint32_t width, uint32_t height, uint32_t pixels_per_line, uint32_t ink)
{
	colour = ink;
	scale = width >= 1024 ? 2 : 1;
	columns = width / (CELL_WIDTH * scale) < COLUMNS ? width / (CELL_WIDTH * scale) : COLUMNS;
	rows = height / (CELL_HEIGHT * scale) < ROWS ? height / (CELL_HEIGHT * scale) : ROWS;
	stride = pixels_per_line;
	if (!columns || !rows)
		return;
	framebuffer = pixels;
	for (size_t i = 0; i < (size_t)stride * height; i++)
		framebuffer[i] = 0;
	for (uint32_t y = 0; y < rows; y++)
		for (uint32_t x = 0; x < columns; x++)
			cells[y][x] = ' ';
	screen_write(early, early_used);
}
