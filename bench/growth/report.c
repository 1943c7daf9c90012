/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Options, lines of JSON, and what samples come to.
 */
#include "growth.h"
#include <dmastream/errors.h>

int failed;

/* ---- Options and output ---- */

static uint64_t digits_of(const char **text)
{
	uint64_t value = 0;

	while (**text >= '0' && **text <= '9')
		value = value * 10 + (uint64_t)(*(*text)++ - '0');
	return value;
}

struct list list_option(const char *key, const char *otherwise)
{
	const char *text = bus_option(key, otherwise);
	struct list list = {.n = 0};

	while (*text && list.n < MAX_LIST) {
		list.at[list.n++] = digits_of(&text);
		if (*text)
			text++;
	}
	return list;
}

uint64_t number_option(const char *key, const char *otherwise)
{
	return list_option(key, otherwise).at[0];
}

static char line[512];
static size_t used;

static void put(const char *text)
{
	while (*text && used < sizeof(line) - 1)
		line[used++] = *text++;
}

static void put_number(uint64_t value)
{
	char digits[21];
	size_t n = sizeof(digits);

	digits[--n] = '\0';
	do {
		digits[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(digits + n);
}

void put_field(const char *name, uint64_t value)
{
	put(", \"");
	put(name);
	put("\": ");
	put_number(value);
}

void begin_line(const char *what)
{
	put("growth {\"what\": \"");
	put(what);
	put("\"");
}

void end_line(void)
{
	put("}\n");
	bus_write(line, used);
	used = 0;
}

void complain(const char *what, int error)
{
	put("growth: ");
	put(what);
	put(": ");
	put(dma_strerror(error));
	put("\n");
	bus_write(line, used);
	used = 0;
	failed = 1;
}

bool must(const char *what, int error)
{
	if (error)
		complain(what, error);
	return !error;
}

/* ---- Numbers ---- */

uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

static void sift(uint32_t *at, size_t from, size_t n)
{
	for (;;) {
		size_t child = 2 * from + 1;
		uint32_t moved;

		if (child >= n)
			return;
		if (child + 1 < n && at[child + 1] > at[child])
			child++;
		if (at[from] >= at[child])
			return;
		moved = at[from];
		at[from] = at[child];
		at[child] = moved;
		from = child;
	}
}

static void sort(uint32_t *at, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(at, i, n);
	for (size_t last = n; last-- > 1;) {
		uint32_t moved = at[0];

		at[0] = at[last];
		at[last] = moved;
		sift(at, 0, last);
	}
}

void put_samples(uint32_t *at, size_t n)
{
	sort(at, n);
	put_field("median", at[n / 2]);
	put_field("p99", at[n - 1 - n / 100]);
	put_field("p999", at[n - 1 - n / 1000]);
	put_field("worst", at[n - 1]);
}

/* What two readings of the clock cost with nothing between them. */
uint64_t reading_cost(void)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t ticks = bus_ticks();

		ticks = bus_ticks() - ticks;
		best = ticks < best ? ticks : best;
	}
	return best;
}
