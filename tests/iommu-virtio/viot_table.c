/* SPDX-License-Identifier: MPL-2.0 */
#include "viot_table.h"
#include <string.h>

void viot_set(struct viot_table *t, size_t at, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		t->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

void viot_put(struct viot_table *t, uint64_t value, unsigned nbytes)
{
	viot_set(t, t->length, value, nbytes);
	t->length += nbytes;
}

void viot_begin(struct viot_table *t)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->bytes, "VIOT", 4);
	t->length = 48;
	viot_set(t, 38, 48, 2);
}

static size_t node(struct viot_table *t, unsigned type, unsigned length)
{
	size_t at = t->length;

	viot_put(t, type, 1);
	viot_put(t, 0, 1);
	viot_put(t, length, 2);
	t->nodes++;
	return at;
}

size_t viot_unit(struct viot_table *t, uint16_t segment, uint16_t function)
{
	size_t at = node(t, 3, 16);

	viot_put(t, segment, 2);
	viot_put(t, function, 2);
	viot_put(t, 0, 8);
	return at;
}

size_t viot_mmio_unit(struct viot_table *t, uint64_t base)
{
	size_t at = node(t, 4, 16);

	viot_put(t, 0, 4);
	viot_put(t, base, 8);
	return at;
}

size_t viot_range(struct viot_table *t, uint32_t endpoint, uint16_t segment, uint16_t first, uint16_t last, size_t unit)
{
	size_t at = node(t, 1, 24);

	viot_put(t, endpoint, 4);
	viot_put(t, segment, 2);
	viot_put(t, segment, 2);
	viot_put(t, first, 2);
	viot_put(t, last, 2);
	viot_put(t, unit, 2);
	viot_put(t, 0, 6);
	return at;
}

size_t viot_mmio_endpoint(struct viot_table *t, uint32_t endpoint, uint64_t base, size_t unit)
{
	size_t at = node(t, 2, 24);

	viot_put(t, endpoint, 4);
	viot_put(t, base, 8);
	viot_put(t, unit, 2);
	viot_put(t, 0, 6);
	return at;
}

void viot_end(struct viot_table *t)
{
	uint8_t sum = 0;

	viot_set(t, 36, t->nodes, 2);
	viot_set(t, 4, t->length, 4);
	t->bytes[9] = 0;
	for (size_t i = 0; i < t->length; i++)
		sum = (uint8_t)(sum + t->bytes[i]);
	t->bytes[9] = (uint8_t)(0 - sum);
}
