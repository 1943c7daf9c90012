/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The DMAR builder.
 */
#include "tables.h"

#include <string.h>

static void put(struct table *t, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		t->bytes[t->length++] = (uint8_t)(value >> 8 * i);
}

static void set(struct table *t, size_t offset, uint64_t value, unsigned nbytes)
{
	size_t length = t->length;

	t->length = offset;
	put(t, value, nbytes);
	t->length = length;
}

void table_begin(struct table *t, unsigned width)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->bytes, "DMAR\0\0\0\0\1\0TESTERTESTDMAR", 24);
	t->bytes[36] = (uint8_t)(width - 1);
	t->length = 48;
}

static void begin(struct table *t, unsigned type)
{
	t->open = t->length;
	put(t, type, 2);
	put(t, 0, 2);
}

static void close_structure(struct table *t)
{
	set(t, t->open + 2, t->length - t->open, 2);
}

void table_unit(struct table *t, uint16_t segment, uint64_t base, int include_all)
{
	begin(t, 0);
	put(t, include_all != 0, 1);
	put(t, 0, 1);
	put(t, segment, 2);
	put(t, base, 8);
	close_structure(t);
}

void table_region(struct table *t, uint16_t segment, uint64_t base, uint64_t limit)
{
	begin(t, 1);
	put(t, 0, 2);
	put(t, segment, 2);
	put(t, base, 8);
	put(t, limit, 8);
	close_structure(t);
}

void table_other(struct table *t, unsigned type, size_t nbytes)
{
	begin(t, type);
	t->length += nbytes;
	close_structure(t);
}

void table_scope(struct table *t, unsigned type, uint8_t bus, const uint8_t *path, unsigned hops)
{
	put(t, type, 1);
	put(t, 6 + 2 * hops, 1);
	put(t, 0, 3);
	put(t, bus, 1);
	for (unsigned i = 0; i < 2 * hops; i++)
		put(t, path[i], 1);
	close_structure(t);
}

void table_end(struct table *t)
{
	uint8_t sum = 0;

	set(t, 4, t->length, 4);
	t->bytes[9] = 0;
	for (size_t i = 0; i < t->length; i++)
		sum = (uint8_t)(sum + t->bytes[i]);
	t->bytes[9] = (uint8_t)-sum;
}
