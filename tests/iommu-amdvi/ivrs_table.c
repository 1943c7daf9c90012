/* SPDX-License-Identifier: MPL-2.0 */
#include "ivrs_table.h"

void ivrs_put(struct ivrs_table *t, uint64_t value, unsigned nbytes)
{
	for (; nbytes--; value >>= 8)
		t->bytes[t->length++] = (uint8_t)value;
}

void ivrs_set(struct ivrs_table *t, size_t at, uint64_t value, unsigned nbytes)
{
	for (; nbytes--; value >>= 8)
		t->bytes[at++] = (uint8_t)value;
}

void ivrs_begin(struct ivrs_table *t, uint32_t info)
{
	t->length = t->block = 0;
	ivrs_put(t, 0x53525649, 4);
	ivrs_put(t, 0, 32);
	ivrs_put(t, info, 4);
	ivrs_put(t, 0, 8);
}

void ivrs_end_block(struct ivrs_table *t)
{
	if (t->block)
		ivrs_set(t, t->block + 2, t->length - t->block, 2);
	t->block = 0;
}

void ivrs_block(struct ivrs_table *t, unsigned type, unsigned flags)
{
	ivrs_end_block(t);
	t->block = t->length;
	ivrs_put(t, type, 1);
	ivrs_put(t, flags, 1);
	ivrs_put(t, 0, 2);
}

void ivrs_unit(struct ivrs_table *t, unsigned type, uint16_t segment, uint16_t id, uint64_t base)
{
	ivrs_block(t, type, 0);
	ivrs_put(t, id, 2);
	ivrs_put(t, 0x40, 2);
	ivrs_put(t, base, 8);
	ivrs_put(t, segment, 2);
	ivrs_put(t, 0, 6);
	if (type != 0x10)
		ivrs_put(t, 0, 16);
}

void ivrs_region(struct ivrs_table *t, unsigned type, unsigned flags, uint16_t first, uint16_t last, uint64_t base,
		 uint64_t nbytes)
{
	ivrs_block(t, type, flags);
	ivrs_put(t, first, 2);
	ivrs_put(t, last, 2);
	ivrs_put(t, 0, 8);
	ivrs_put(t, base, 8);
	ivrs_put(t, nbytes, 8);
	ivrs_end_block(t);
}

void ivrs_entry(struct ivrs_table *t, unsigned type, uint16_t id)
{
	ivrs_put(t, type, 1);
	ivrs_put(t, id, 2);
	ivrs_put(t, 0, 1);
	if (type >= 64)
		ivrs_put(t, 0, 4);
}

void ivrs_alias(struct ivrs_table *t, unsigned type, uint16_t id, uint16_t source)
{
	ivrs_entry(t, type, id);
	ivrs_set(t, t->length - 3, source, 2);
}

void ivrs_special(struct ivrs_table *t, uint16_t id, uint8_t settings)
{
	ivrs_alias(t, 72, 0, id);
	ivrs_set(t, t->length - 5, settings, 1);
	ivrs_set(t, t->length - 1, 1, 1);
}

void ivrs_end(struct ivrs_table *t)
{
	uint8_t sum = 0;

	ivrs_end_block(t);
	ivrs_set(t, 4, t->length, 4);
	t->bytes[9] = 0;
	for (size_t i = 0; i < t->length; i++)
		sum = (uint8_t)(sum + t->bytes[i]);
	t->bytes[9] = (uint8_t)-sum;
}
