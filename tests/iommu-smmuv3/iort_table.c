/* SPDX-License-Identifier: MPL-2.0 */
#include "iort_table.h"
#include <dmastream/errors.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint8_t bytes[16384];
uint32_t length, nodes;
struct dma_iort t;

void put16(uint32_t at, uint32_t value)
{
	bytes[at] = (uint8_t)value;
	bytes[at + 1] = (uint8_t)(value >> 8);
}

void put32(uint32_t at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

void seal(void)
{
	uint8_t sum = 0;

	put32(4, length);
	put32(36, nodes);
	bytes[9] = 0;
	for (uint32_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[9] = (uint8_t)-sum;
}

void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "IORT", 4);
	length = 48;
	nodes = 0;
	put32(40, 48);
	seal();
}

uint32_t node(uint8_t type, uint32_t body, uint32_t mappings)
{
	uint32_t at = length;

	bytes[at] = type;
	put16(at + 1, 16 + body + 20 * mappings);
	put32(at + 8, mappings);
	put32(at + 12, mappings ? 16 + body : 0);
	length += 16 + body + 20 * mappings;
	nodes++;
	seal();
	return at;
}

void mapping(uint32_t at, uint32_t index, uint32_t first, uint32_t count, uint32_t output, uint32_t target,
	     uint32_t flags)
{
	uint32_t row = at + (uint32_t)(bytes[at + 12] | bytes[at + 13] << 8) + 20 * index;

	put32(row, first);
	put32(row + 4, count - 1);
	put32(row + 8, output);
	put32(row + 12, target);
	put32(row + 16, flags);
	seal();
}

uint32_t smmu(uint32_t base, uint32_t flags)
{
	uint32_t at = node(4, 52, 0);

	put32(at + 16, base);
	put32(at + 24, flags);
	seal();
	return at;
}

uint32_t root(uint32_t segment, uint32_t mappings)
{
	uint32_t at = node(2, 24, mappings);

	put32(at + 16, 1);
	put32(at + 28, segment);
	seal();
	return at;
}

void server(uint32_t *first, uint32_t *second)
{
	uint32_t its, segment0, segment1;

	begin();
	its = node(0, 8, 0);
	*first = smmu(0x9050000, 1);
	*second = smmu(0x9070000, 0);
	segment0 = root(0, 3);
	segment1 = root(1, 1);
	mapping(segment0, 0, 0x0000, 0x100, 0x10000, *first, 0);
	mapping(segment0, 1, 0x0100, 0xff00, 0x20100, *second, 0);
	mapping(segment0, 2, 0, 1, 7, *second, 1); /* single: of the node itself */
	mapping(segment1, 0, 0, 0x10000, 0, its, 0);
}

int open_table(void)
{
	lines_begin(0);
	return dma_iort_open(&t, bytes, length);
}

void fine(void)
{
	assert_int_equal(open_table(), 0);
	if (lines_count())
		lines_print();
	assert_int_equal(lines_count(), 0);
}

void odd(const char *line)
{
	seal();
	assert_int_equal(open_table(), 0);
	if (lines_count() != 1 || !lines_have(line))
		lines_print();
	assert_true(lines_have(line));
	assert_int_equal(lines_count(), 1);
}

void refused(const char *line)
{
	assert_int_equal(open_table(), DMA_EINVAL);
	assert_true(lines_have(line));
}

void leads_to(uint16_t requester, uint32_t unit, uint32_t stream)
{
	struct dma_iort_route route = {0};

	assert_int_equal(dma_iort_map(&t, 0, requester, &route), 0);
	assert_int_equal(route.smmu, unit);
	assert_int_equal(route.stream_id, stream);
}

int fails(uint16_t segment, uint16_t requester)
{
	struct dma_iort_route route;

	return dma_iort_map(&t, segment, requester, &route);
}

unsigned count_units(void)
{
	struct dma_iort_smmu unit;
	unsigned n = 0;

	while (dma_iort_smmu_at(&t, n, &unit))
		n++;
	return n;
}

unsigned count_regions(uint32_t unit)
{
	struct dma_smmuv3_region region;
	unsigned n = 0;

	while (dma_iort_region(&t, unit, n, &region))
		n++;
	return n;
}

uint32_t reserved(uint32_t ranges, uint32_t mappings)
{
	uint32_t at = node(6, 12 + 20 * ranges, mappings);

	put32(at + 20, ranges);
	put32(at + 24, 28);
	for (uint32_t i = 0; i < ranges; i++) {
		put32(at + 28 + 20 * i, 0x80000000 + 0x100000 * i);
		put32(at + 36 + 20 * i, 0x10000);
	}
	seal();
	return at;
}
