/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IORT reader: what a table says, and tables that say nonsense.
 */
#include "../../src/iommu/smmuv3/iort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[2048];
static uint32_t length, nodes;

static void put16(uint32_t at, uint32_t value)
{
	bytes[at] = (uint8_t)value;
	bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(uint32_t at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

static void seal(void)
{
	uint8_t sum = 0;

	put32(4, length);
	put32(36, nodes);
	bytes[9] = 0;
	for (uint32_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[9] = (uint8_t)-sum;
}

static void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "IORT", 4);
	length = 48;
	nodes = 0;
	put32(40, 48);
	seal();
}

/* A node with room for `body` bytes behind its head and for `mappings`; its offset. */
static uint32_t node(uint8_t type, uint32_t body, uint32_t mappings)
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

static void mapping(uint32_t at, uint32_t index, uint32_t first, uint32_t count, uint32_t output, uint32_t target,
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

static uint32_t smmu(uint32_t base, uint32_t flags)
{
	uint32_t at = node(4, 52, 0);

	put32(at + 16, base);
	put32(at + 24, flags);
	seal();
	return at;
}

static uint32_t root(uint32_t segment, uint32_t mappings)
{
	uint32_t at = node(2, 24, mappings);

	put32(at + 16, 1);
	put32(at + 28, segment);
	seal();
	return at;
}

/* Two units, two segments, an interrupt controller: a server's table. */
static void server(uint32_t *first, uint32_t *second)
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

static void test_routes(void **state)
{
	struct dma_iort_route route;
	struct dma_iort_smmu unit;
	uint32_t first, second;
	struct dma_iort t;

	(void)state;
	server(&first, &second);
	assert_null(dma_iort_open(&t, bytes, sizeof(bytes)));
	assert_true(dma_iort_smmu(&t, 0, &unit) && unit.node == first && unit.base == 0x9050000 && unit.coherent);
	assert_true(dma_iort_smmu(&t, 1, &unit) && unit.node == second && unit.base == 0x9070000 && !unit.coherent);
	assert_false(dma_iort_smmu(&t, 2, &unit));
	assert_true(dma_iort_map(&t, 0, 0x08, &route) && route.smmu == first && route.stream_id == 0x10008 &&
		    route.coherent);
	assert_true(dma_iort_map(&t, 0, 0xff, &route) && route.smmu == first && route.stream_id == 0x100ff);
	assert_true(dma_iort_map(&t, 0, 0x100, &route) && route.smmu == second && route.stream_id == 0x20100);
	assert_true(dma_iort_map(&t, 1, 0x100, &route) && route.smmu == 0);
	assert_false(dma_iort_map(&t, 0, 0x10000, &route));
	assert_false(dma_iort_map(&t, 2, 0, &route));
}

static void test_reserved(void **state)
{
	uint32_t first, second, at;
	struct dma_iort_route route;
	uint64_t base, nbytes;
	struct dma_iort t;

	(void)state;
	server(&first, &second);
	at = node(6, 12 + 40, 1);
	put32(at + 20, 2);
	put32(at + 24, 28);
	put32(at + 28, 0x80000000);
	put32(at + 36, 0x10000);
	put32(at + 48, 0x90000000);
	put32(at + 56, 0x20000);
	mapping(at, 0, 0, 1, 0x10008, first, 1);
	assert_null(dma_iort_open(&t, bytes, sizeof(bytes)));
	assert_true(dma_iort_map(&t, 0, 8, &route));
	assert_true(dma_iort_reserved(&t, &route, 0, &base, &nbytes) && base == 0x80000000 && nbytes == 0x10000);
	assert_true(dma_iort_reserved(&t, &route, 1, &base, &nbytes) && base == 0x90000000 && nbytes == 0x20000);
	assert_false(dma_iort_reserved(&t, &route, 2, &base, &nbytes));
	assert_true(dma_iort_map(&t, 0, 9, &route));
	assert_false(dma_iort_reserved(&t, &route, 0, &base, &nbytes));
	put32(at + 20, 4); /* more ranges than there is room for */
	seal();
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "a node's memory ranges lie outside it");
}

static void test_malformed(void **state)
{
	uint32_t first, second;
	struct dma_iort_route route;
	struct dma_iort t;

	(void)state;
	server(&first, &second);
	assert_string_equal(dma_iort_open(&t, bytes, 47), "it is shorter than its head");
	assert_string_equal(dma_iort_open(&t, bytes, length - 1), "the length makes no sense");
	bytes[100]++;
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "the checksum is wrong");
	bytes[0] = 'X';
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "the signature is missing");

	server(&first, &second);
	put32(40, 3000);
	seal();
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "the nodes lie outside the table");
	server(&first, &second);
	nodes = 1000;
	seal();
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "a node is cut off");
	server(&first, &second);
	put16(first + 1, 0);
	seal();
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "a node is cut off");
	server(&first, &second);
	put32(first + 8, 0x10000001);
	put32(first + 12, 16);
	seal();
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "a node's mappings lie outside it");
	begin();
	node(4, 20, 0);
	assert_string_equal(dma_iort_open(&t, bytes, sizeof(bytes)), "a node is shorter than its type");

	/* a target that is the middle of a node, and ids that overflow */
	begin();
	first = smmu(0x9050000, 0);
	second = root(0, 2);
	mapping(second, 0, 0, 8, 0, first + 4, 0);
	mapping(second, 1, 8, 8, 0xffffffff, first, 0);
	assert_null(dma_iort_open(&t, bytes, sizeof(bytes)));
	assert_true(dma_iort_map(&t, 0, 1, &route) && route.smmu == 0);
	assert_true(dma_iort_map(&t, 0, 8, &route) && route.stream_id == 0xffffffff);
	assert_false(dma_iort_map(&t, 0, 9, &route));
}

/* Every byte changed, every length: nothing but an answer. (Copies of the exact size, so that a sanitizer sees one byte too far.) */
static void test_any_byte(void **state)
{
	struct dma_iort_route route;
	struct dma_iort_smmu unit;
	uint32_t first, second;
	uint64_t base, nbytes;
	struct dma_iort t;

	(void)state;
	server(&first, &second);
	for (uint32_t i = 4; i < length; i++)
		for (unsigned value = 0; value < 256; value += 15) {
			uint8_t *copy, old = bytes[i];
			uint32_t size = length;

			bytes[i] = (uint8_t)value;
			if (i != 4 && i != 5)
				seal();
			copy = malloc(size);
			assert_non_null(copy);
			memcpy(copy, bytes, size);
			if (!dma_iort_open(&t, copy, size)) {
				for (unsigned k = 0; dma_iort_smmu(&t, k, &unit) && k < 100; k++)
					;
				if (dma_iort_map(&t, 0, 0x105, &route))
					(void)dma_iort_reserved(&t, &route, 0, &base, &nbytes);
			}
			free(copy);
			bytes[i] = old;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_any_byte),
	};

	return cmocka_run_group_tests_name("iort", tests, NULL, NULL);
}
