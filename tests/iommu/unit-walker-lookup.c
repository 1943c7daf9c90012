/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whose an address is: found in a walk, however long the mapping is and however it was cut.
 */
#include "../hosts/iommu_host.h"
#include "choose.h"
#include "model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each lock is held for a look at one table at most. */
#define LOCKS_MOST (2u * DMA_FORMAT_LEVELS + 1)

static void expect(struct model *m, uint64_t daddr, uint32_t tag)
{
	uint64_t locks = host.locks;
	struct dma_lookup found;

	dma_table_lookup(&m->table, daddr, host.now, &found);
	assert_true(found.live);
	assert_int_equal(found.tag, tag);
	assert_true(host.locks - locks <= LOCKS_MOST);
}

static uint32_t map(struct model *m, uint64_t daddr, size_t npages)
{
	uint32_t tag = dma_tag(dma_generation_mask(m->format), daddr, ++m->generation);

	assert_int_equal(dma_table_map(&m->table, daddr, daddr & (GIB - 1), npages, DMA_BIDIRECTIONAL, tag, false), 0);
	return tag;
}

static void unmap(struct model *m, uint64_t daddr, size_t npages)
{
	assert_int_equal(dma_table_unmap(&m->table, daddr, npages, dma_note(1, host.now), &m->gather), 0);
	dma_table_reclaim(&m->table, &m->gather);
}

static uint32_t cut(struct model *m, uint64_t daddr)
{
	struct dma_split split;
	int broken = dma_table_split_prepare(&m->table, daddr, &split);

	assert_true(broken >= 0);
	if (broken)
		assert_true(dma_table_split_make(&m->table, &split).inner);
	return dma_table_mark(&m->table, daddr);
}

/* Both ends, and the first and last pages of tables, of a range. */
static void expect_all(struct model *m, uint64_t daddr, size_t npages, uint32_t tag)
{
	uint64_t end = daddr + npages * PAGE;

	expect(m, daddr, tag);
	expect(m, end - 1, tag);
	expect(m, daddr + npages / 2 * PAGE, tag);
	for (uint64_t at = (daddr & ~(MIB_2 - 1)) + MIB_2; at < end; at = npages < 9000 ? at + MIB_2 : at * 2 - daddr) {
		expect(m, at - 1, tag);
		expect(m, at, tag);
	}
}

static void a_walk(void **state)
{
	static const uint64_t sizes[] = {64 * PAGE, MIB_2, 3 * MIB_2 + PAGE, GIB, GIB + GIB / 2};
	static const uint8_t big[] = {0, 2, 6};

	(void)state;
	for (const struct dma_format *const *f = dma_formats; *f; f++)
		for (unsigned k = 0; k < 15; k++) {
			uint64_t size = sizes[k / 3], daddr = 4 * GIB - (k % 2 ? 7 * PAGE : MIB_2);
			uint32_t before, tag, after;
			struct model m;

			model_start(&m, *f, true, big[k % 3]);
			before = map(&m, daddr - 3 * PAGE, 3);
			tag = map(&m, daddr, (size_t)(size / PAGE));
			after = map(&m, daddr + size, 3);
			expect_all(&m, daddr, (size_t)(size / PAGE), tag);
			expect(&m, daddr - 1, before);
			expect(&m, daddr + size + 2 * PAGE, after);
			unmap(&m, daddr - 3 * PAGE, 3);
			expect_all(&m, daddr, (size_t)(size / PAGE), tag);
			unmap(&m, daddr, (size_t)(size / PAGE));
			unmap(&m, daddr + size, 3);
			model_stop(&m);
		}
}

/* 8 GiB in pages of 4 KiB: as many tables as it takes, and no more to find its start. */
static void eight_gib(void **state)
{
	size_t npages = (size_t)(8 * GIB / PAGE);
	struct model m;
	uint32_t tag;

	(void)state;
	model_start(&m, &dma_format_vtd4, true, 0);
	tag = map(&m, 5 * GIB + 5 * PAGE, npages);
	expect_all(&m, 5 * GIB + 5 * PAGE, npages, tag);
	unmap(&m, 5 * GIB + 5 * PAGE, npages);
	model_stop(&m);
}

/* Cut wherever a table begins, ends, or goes on: each part has its own tag, and keeps it when the others go and
 * others come. */
static void cuts(void **state)
{
	static const uint64_t at[] = {PAGE,	 MIB_2 - PAGE, MIB_2,	    MIB_2 + PAGE,
				      5 * MIB_2, GIB,	       GIB + MIB_2, GIB + 9 * PAGE};
	static const uint8_t big[] = {0, 2, 6};
	const uint64_t daddr = 4 * GIB;
	const size_t npages = (size_t)((GIB + 4 * MIB_2) / PAGE);

	(void)state;
	for (const struct dma_format *const *f = dma_formats; *f; f++)
		for (unsigned k = 0; k < 24; k++) {
			uint64_t cut_at = at[k / 3], again;
			size_t head = (size_t)(cut_at / PAGE);
			uint32_t tag, tail, third;
			struct model m;

			model_start(&m, *f, true, big[k % 3]);
			tag = map(&m, daddr, npages);
			tail = cut(&m, daddr + cut_at);
			expect_all(&m, daddr, head, tag);
			expect_all(&m, daddr + cut_at, npages - head, tail);
			again = daddr + cut_at + 2 * PAGE;
			third = cut(&m, again);
			expect(&m, again - 1, tail);
			expect_all(&m, again, npages - head - 2, third);
			unmap(&m, daddr, head);
			expect_all(&m, again, npages - head - 2, third);
			expect(&m, daddr + cut_at + PAGE, tail);
			tag = map(&m, daddr, head);
			expect_all(&m, daddr, head, tag);
			unmap(&m, again, npages - head - 2);
			unmap(&m, daddr + cut_at, 2);
			expect_all(&m, daddr, head, tag);
			unmap(&m, daddr, head);
			model_stop(&m);
		}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk),
		cmocka_unit_test(eight_gib),
		cmocka_unit_test(cuts),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
