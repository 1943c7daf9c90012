/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IORT reader on right tables, large ones and damaged ones; iort_odd.c has those with one odd thing each.
 */
#include "iort_table.h"
#include <dmastream/errors.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void routes(void **state)
{
	struct dma_iort_route route;
	struct dma_iort_smmu unit;
	uint32_t first, second;

	(void)state;
	server(&first, &second);
	fine();
	assert_true(dma_iort_smmu_at(&t, 0, &unit) && unit.node == first && unit.registers == 0x9050000 &&
		    unit.coherent);
	assert_true(dma_iort_smmu_at(&t, 1, &unit) && unit.node == second && unit.registers == 0x9070000 &&
		    !unit.coherent);
	assert_int_equal(unit.model, DMA_SMMUV3_GENERIC);
	assert_int_equal(count_units(), 2);
	assert_true(!dma_iort_map(&t, 0, 0x08, &route) && route.smmu == first && route.stream_id == 0x10008 &&
		    route.coherent);
	leads_to(0xff, first, 0x100ff);
	leads_to(0x100, second, 0x20100);
	leads_to(0xffff, second, 0x2ffff);
	assert_true(!dma_iort_map(&t, 1, 0x100, &route) && route.smmu == 0); /* straight to the interrupt controllers */
	assert_int_equal(fails(2, 0), DMA_ENODEV);
}

/* Roots that share a segment, and one whose interconnect makes its accesses coherent. */
static void several_roots(void **state)
{
	struct dma_iort_route route;
	uint32_t first, at;

	(void)state;
	begin();
	first = smmu(0x9050000, 0);
	at = root(0, 1);
	mapping(at, 0, 0, 0x100, 0, first, 0);
	put32(at + 16, 0);
	at = root(0, 1);
	mapping(at, 0, 0x100, 0x100, 0x900, first, 0);
	put32(at + 16, 0);
	bytes[at + 23] = 3;
	at = root(0xffff, 1);
	mapping(at, 0, 0, 0x10000, 0x40000, first, 0);
	fine();
	assert_true(!dma_iort_map(&t, 0, 0xff, &route) && route.stream_id == 0xff && !route.coherent);
	assert_true(!dma_iort_map(&t, 0, 0x100, &route) && route.stream_id == 0x900 && route.coherent);
	assert_true(!dma_iort_map(&t, 0xffff, 0xffff, &route) && route.stream_id == 0x4ffff);
	assert_int_equal(fails(0, 0x200), DMA_ENODEV);
}

static int doorbell(uint16_t segment, uint16_t requester, uint32_t its, uint32_t device_id)
{
	struct dma_iort_doorbell found = {0};
	int error;

	assert_int_equal(open_table(), 0);
	error = dma_iort_message(&t, segment, requester, &found);
	if (!error) {
		assert_int_equal(found.its, its);
		assert_int_equal(found.device_id, device_id);
	}
	return error;
}

/* To the interrupt translation service: straight, and past an SMMU, whose own messages are another mapping. */
static void messages(void **state)
{
	uint32_t its, unit, at, other;

	(void)state;
	begin();
	its = node(0, 8, 0);
	put32(its + 16, 1);
	put32(its + 20, 7);
	unit = node(4, 52, 2);
	put32(unit + 16, 0x9050000);
	mapping(unit, 0, 0, 1, 0x77, its, 1); /* its own */
	mapping(unit, 1, 0x10000, 0x10000, 0x20000, its, 0);
	at = root(0, 2);
	mapping(at, 0, 0, 0x100, 0x10000, unit, 0);
	mapping(at, 1, 0x100, 0x100, 0x900, its, 0);
	assert_int_equal(doorbell(0, 8, 7, 0x20008), 0);
	assert_int_equal(doorbell(0, 0, 7, 0x20000), 0); /* not the unit's own, whatever ids that names */
	assert_int_equal(doorbell(0, 0x1ff, 7, 0x9ff), 0);
	assert_int_equal(doorbell(0, 0x200, 0, 0), DMA_ENODEV);
	assert_int_equal(doorbell(1, 8, 0, 0), DMA_ENODEV);
	put32(its + 16, 0); /* a group of nobody */
	assert_int_equal(doorbell(0, 8, 0, 0), DMA_ENOTSUP);
	put32(its + 16, 1);
	mapping(at, 0, 0, 0x100, 0x30000, unit, 0); /* streams that the unit has no mapping for */
	assert_int_equal(doorbell(0, 8, 0, 0), DMA_ENOTSUP);
	mapping(at, 0, 0, 0x100, 0x10000, unit, 0);
	mapping(unit, 1, 0x10000, 0x10000, 0xfffffff0, its, 0); /* beyond 32 bits */
	assert_int_equal(doorbell(0, 0x0f, 7, 0xffffffff), 0);
	assert_int_equal(doorbell(0, 0x10, 0, 0), DMA_ENOTSUP);
	mapping(unit, 1, 0, 0x20000, 0, unit, 0); /* in a circle */
	assert_int_equal(doorbell(0, 8, 0, 0), DMA_ENOTSUP);
	other = node(4, 52, 1);
	mapping(other, 0, 0, 0x20000, 0, its, 0);
	mapping(unit, 1, 0, 0x20000, 0, other, 0); /* through two units */
	assert_int_equal(doorbell(0, 8, 0, 0), DMA_ENOTSUP);
	mapping(at, 0, 0, 0x100, 0, at, 0); /* the root itself */
	assert_int_equal(doorbell(0, 8, 0, 0), DMA_ENOTSUP);
	mapping(at, 0, 0, 0x100, 0, at + 4, 0); /* the middle of a node */
	assert_int_equal(doorbell(0, 8, 0, 0), DMA_ENOTSUP);
}

static void regions(void **state)
{
	struct dma_smmuv3_region region;
	uint32_t first, second, at;

	(void)state;
	server(&first, &second);
	at = reserved(2, 3); /* two ranges, of one stream, of sixteen, and of one of the other unit */
	mapping(at, 0, 0, 1, 0x10008, first, 1);
	mapping(at, 1, 0, 16, 0x10100, first, 0);
	mapping(at, 2, 77, 9, 0x20100, second, 1);
	put32(at + 16, 2 | 1 << 2);
	seal();
	fine();
	assert_int_equal(count_regions(first), 4);
	assert_int_equal(count_regions(second), 2);
	assert_int_equal(count_regions(0), 0);
	assert_int_equal(count_regions(48), 0); /* an interrupt controller's */
	assert_true(dma_iort_region(&t, first, 1, &region));
	assert_true(region.stream == 0x10008 && region.last_stream == 0x10008 && region.base == 0x80100000 &&
		    region.nbytes == 0x10000 && region.type == DMA_REGION_DEVICE);
	assert_true(dma_iort_region(&t, first, 2, &region));
	assert_true(region.stream == 0x10100 && region.last_stream == 0x1010f && region.base == 0x80000000);
	assert_true(dma_iort_region(&t, second, 1, &region));
	assert_true(region.stream == 0x20100 && region.last_stream == 0x20100);
	for (unsigned memory = 0; memory < 256; memory++) {
		put32(at + 16, memory << 2);
		if (memory > 5)
			odd("reserved memory (RMR, type 6) at offset|flags");
		seal();
		assert_true(!open_table() && dma_iort_region(&t, first, 0, &region));
		assert_int_equal(region.type, memory < 4 ? DMA_REGION_DEVICE : DMA_REGION_MEMORY);
	}
}

/* No capacity. */
static void many(void **state)
{
	uint32_t first[60], at;

	(void)state;
	begin();
	for (uint32_t i = 0; i < 60; i++)
		first[i] = smmu(0x9050000 + 0x20000 * i, 0);
	for (uint32_t i = 0; i < 60; i++) {
		at = root(i, 1);
		mapping(at, 0, 0, 0x10000, i << 16, first[i], 0);
		at = reserved(2, 2);
		mapping(at, 0, 0, 1, i << 16, first[i], 1);
		mapping(at, 1, 0, 1, i << 16 | 9, first[i], 1);
	}
	fine();
	assert_int_equal(count_units(), 60);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(count_regions(first[i]), 4);
	begin(); /* all nonsense: it ends, and does not fill the log */
	for (uint32_t i = 0; i < 900; i++)
		(void)node(99, 0, 0);
	assert_int_equal(open_table(), 0);
	assert_int_equal(lines_count(), 257);
}

/* Every byte changed, every length: nothing but an answer. (Copies of the exact size, so that a sanitizer sees one byte
 * too far.) */
static void any_byte(void **state)
{
	struct dma_iort_route route;
	uint32_t first, second, at;

	(void)state;
	server(&first, &second);
	at = reserved(1, 1);
	mapping(at, 0, 0, 1, 0x10008, first, 1);
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
			lines_begin(0);
			if (!dma_iort_open(&t, copy, size)) {
				assert_true(count_units() <= 2);
				(void)!dma_iort_map(&t, 0, 0x105, &route);
				(void)count_regions(first);
				for (uint32_t k = 48 + value / 15; k < size;
				     k += 17) { /* and bytes that change later */
					copy[k] ^= 0xff;
					(void)count_units();
					(void)count_regions(first);
					(void)!dma_iort_map(&t, 0, 0x105, &route);
					copy[k] ^= 0xff;
				}
			}
			free(copy);
			bytes[i] = old;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),      cmocka_unit_test(several_roots), cmocka_unit_test(regions),
		cmocka_unit_test(odd_regions), cmocka_unit_test(odd_headers),	cmocka_unit_test(odd_nodes),
		cmocka_unit_test(odd_units),   cmocka_unit_test(odd_mappings),	cmocka_unit_test(many),
		cmocka_unit_test(messages),    cmocka_unit_test(any_byte),
	};

	return cmocka_run_group_tests_name("iort", tests, NULL, NULL);
}
