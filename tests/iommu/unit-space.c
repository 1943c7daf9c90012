/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces: strict release, directions, split, what the unit is told, and what is never handed out.
 */
#include "choose.h"
#include "hardware.h"
#include "scene.h"
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- Strict ---- */

static void h11_strict_release_ends_access(void **state)
{
	(void)state;
	begin(&strict_config, false, true);
	for (unsigned dir = 1; dir <= 3; dir++)
		for (size_t npages = 1; npages <= 1100; npages = npages * 3 + 1) {
			struct dma_stream s;
			uint64_t daddr, paddr, bytes = npages * PAGE;

			alloc(&s, dir, npages);
			daddr = dma_stream_daddr(&s).raw;
			assert_int_equal(reaches(daddr, UNIT_READ), dir != DMA_FROM_DEVICE);
			assert_int_equal(reaches(daddr + bytes - 1, UNIT_WRITE), dir != DMA_TO_DEVICE);
			assert_true(unit_access(&unit, daddr + bytes / 2, dir == 1 ? UNIT_READ : UNIT_WRITE, &paddr));
			assert_int_equal(paddr, dma_stream_paddr(&s).raw + bytes / 2);
			assert_false(reaches(daddr - 1, UNIT_READ));
			assert_false(reaches(daddr + bytes, UNIT_READ));
			warm(daddr, npages);
			dma_stream_release(&s);
			assert_false(reaches(daddr, UNIT_READ));
			assert_false(reaches(daddr + bytes - 1, UNIT_WRITE));
		}
	assert_int_equal(unit.wholes, 0);
	end();
}

/* One invalidation for a release, whatever its size. */
static void one_invalidation(void **state)
{
	struct dma_stream s;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 256);
	dma_stream_release(&s);
	assert_int_equal(unit.ranges, 1);
	end();
}

static void h13_direction_bits(void **state)
{
	struct dma_device_config device = {
		.name = "zero", .mask = UINT64_MAX, .coherent = true, .zero_length_reads = true};
	struct dma_device zero;
	struct dma_stream s = {0};

	(void)state;
	begin(&strict_config, false, true);
	assert_true(unit.space.domain.features & DMA_DOMAIN_WRITE_ONLY);
	device.domain = &unit.space.domain;
	assert_int_equal(dma_device_init(&zero, &device), 0);
	assert_false(unit.space.domain.features & DMA_DOMAIN_WRITE_ONLY);
	for (unsigned i = 0; i < 3; i++) { /* the first takes the slow path, the others might not */
		assert_int_equal(dma_stream_alloc_uninit(&s, &zero, DMA_FROM_DEVICE, 1), 0);
		assert_true(reaches(dma_stream_daddr(&s).raw, UNIT_READ));
		assert_true(reaches(dma_stream_daddr(&s).raw, UNIT_WRITE));
		dma_stream_release(&s);
	}
	assert_int_equal(dma_device_fini(&zero), 0);
	end();
}

/* The addresses are recycled only after the invalidation: another mapping never answers for a stale one (hazard 47). */
static void h47_addresses_rest(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		struct dma_stream s, t;
		uint64_t daddr;

		config.deferred = deferred;
		begin(&config, false, true);
		alloc(&s, DMA_BIDIRECTIONAL, 1);
		daddr = dma_stream_daddr(&s).raw;
		warm(daddr, 1);
		dma_stream_release(&s);
		alloc(&t, DMA_BIDIRECTIONAL, 1);
		assert_true(!deferred || dma_stream_daddr(&t).raw != daddr);
		dma_stream_release(&t);
		assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
		end();
	}
}

/* Between the clearing of entries and their invalidation another CPU asks for addresses: it gets others. */
static uint64_t leaving, leaving_end;

static void ask_for_addresses(void)
{
	static const size_t sizes[] = {1, 5, 600};

	unit.before = NULL;
	for (unsigned k = 0; k < 3; k++) {
		struct dma_stream s;
		uint64_t daddr;

		alloc(&s, DMA_BIDIRECTIONAL, sizes[k]);
		daddr = dma_stream_daddr(&s).raw;
		assert_true(daddr >= leaving_end || daddr + dma_stream_size(&s) <= leaving);
		dma_stream_release(&s);
	}
}

static void h47_nobody_gets_them_early(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (size_t npages = 1; npages <= 1100; npages = npages * 3 + 1) {
			struct dma_stream s;

			begin(&strict_config, false, true);
			alloc(&s, DMA_BIDIRECTIONAL, npages);
			if (round) { /* the fast path */
				dma_stream_release(&s);
				alloc(&s, DMA_BIDIRECTIONAL, npages);
			}
			leaving = dma_stream_daddr(&s).raw;
			leaving_end = leaving + dma_stream_size(&s);
			unit.before = ask_for_addresses;
			dma_stream_release(&s);
			assert_null(unit.before);
			end();
		}
}

/* Table pages that a release took out: whatever the unit remembers of them, nobody else has them. */
static void tables_rest(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		struct dma_stream s;

		config.deferred = deferred;
		begin(&config, false, true);
		unit.space.table.big_levels = 0;
		for (unsigned round = 0; round < 2; round++) {
			alloc(&s, DMA_BIDIRECTIONAL, 40 * MIB_2_PAGES);
			for (unsigned i = 0; i < 40; i++)
				assert_true(reaches(dma_stream_daddr(&s).raw + i * MIB_2_PAGES * PAGE, UNIT_WRITE));
			dma_stream_release(&s);
			assert_int_equal(unit.reused, 0);
		}
		end();
	}
}

/* ---- Split ---- */

static void split_and_release(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned variant = 0; variant < 8; variant++) {
		static const size_t sizes[] = {2, 700, MIB_2_PAGES * 3};
		struct dma_table_config lpae = {
			.format = &dma_format_lpae2_4, .big_levels = 6, .max_paddr = UINT64_MAX};

		config.deferred = variant & 1;
		config.split_breaks = variant & 2;
		config.table = variant & 2 ? lpae : (struct dma_table_config){0};
		begin(&config, false, true);
		for (unsigned k = 0; k < 3; k++)
			for (unsigned cut = 1; cut < 3; cut++) {
				struct dma_stream s, tail = {0};
				uint64_t head_at, tail_at;
				size_t at = cut == 1 ? 1 : sizes[k] / 2;

				alloc(&s, DMA_BIDIRECTIONAL, sizes[k]);
				warm(dma_stream_daddr(&s).raw, sizes[k]);
				assert_int_equal(dma_stream_split(&s, at * PAGE, &tail), 0);
				head_at = dma_stream_daddr(&s).raw;
				tail_at = dma_stream_daddr(&tail).raw;
				assert_int_equal(tail_at, head_at + at * PAGE);
				assert_true(reaches(tail_at, UNIT_WRITE) && reaches(tail_at - 1, UNIT_WRITE));
				warm(head_at, sizes[k]);
				dma_stream_release(variant & 4 ? &tail : &s);
				assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
				assert_int_equal(reaches(tail_at - 1, UNIT_WRITE), !!(variant & 4));
				assert_int_equal(reaches(tail_at, UNIT_WRITE), !(variant & 4));
				dma_stream_release(variant & 4 ? &s : &tail);
				assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
				assert_false(reaches(tail_at - 1, UNIT_WRITE) || reaches(tail_at, UNIT_WRITE));
			}
		end();
	}
}

/* A unit may hold a big page that is one no more: it is told. */
static void split_tells_the_unit(void **state)
{
	const uint64_t big = MIB_2_PAGES * PAGE;
	struct dma_stream s, tail = {0};
	uint64_t daddr, inside;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 3 * MIB_2_PAGES);
	daddr = dma_stream_daddr(&s).raw;
	inside = ((daddr + big - 1) & ~(big - 1)) + PAGE; /* a page into its first big one */
	assert_int_equal(dma_stream_split(&s, (size_t)(inside - daddr), &tail), 0);
	assert_int_equal(unit.ranges, 1);
	dma_stream_release(&s);
	dma_stream_release(&tail);
	alloc(&s, DMA_BIDIRECTIONAL, 8);
	unit.ranges = 0;
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), 0);
	assert_int_equal(unit.ranges, 0); /* nothing was broken */
	dma_stream_release(&s);
	dma_stream_release(&tail);
	end();
}

/* Where a big page may not turn into a table in place: it is gone, also from the unit's cache, before the table
 * comes. */
static uint64_t breaking;
static unsigned broken;

static void is_broken(void)
{
	assert_false(hardware_walk("lpae2_4", unit.space.table.root.raw, breaking, false).mapped);
	broken++;
}

static const struct dma_space_config breaking_config = {
	.last = UINT64_MAX,
	.split_breaks = true,
	.table = {.format = &dma_format_lpae2_4, .big_levels = 6, .max_paddr = UINT64_MAX}};

static void split_breaks_before_it_makes(void **state)
{
	const uint64_t big = MIB_2_PAGES * PAGE;
	struct dma_stream s, tail = {0};
	uint64_t daddr;

	(void)state;
	begin(&breaking_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 3 * MIB_2_PAGES);
	daddr = dma_stream_daddr(&s).raw;
	breaking = ((daddr + big - 1) & ~(big - 1)) + PAGE;
	broken = 0;
	unit.before = is_broken;
	assert_int_equal(dma_stream_split(&s, (size_t)(breaking - daddr), &tail), 0);
	unit.before = NULL;
	assert_int_equal(broken, 1);
	assert_true(reaches(breaking - PAGE, UNIT_WRITE) && reaches(breaking, UNIT_WRITE));
	dma_stream_release(&s);
	dma_stream_release(&tail);
	end();
}

/* Who says that it will split has small pages there, and keeps its access while it does. */
static void splittable_without_a_break(void **state)
{
	struct dma_stream s, tail = {0};

	(void)state;
	begin(&breaking_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 3 * MIB_2_PAGES);
	assert_int_equal(dma_stream_split(&s, MIB_2_PAGES * 3 / 2 * PAGE, &tail), 0);
	assert_int_equal(unit.ranges + unit.wholes, 0);
	dma_stream_release(&s);
	dma_stream_release(&tail);
	end();
}

/* Small mappings have left tables where a big page goes. */
static void big_pages_after_small_ones(void **state)
{
	static struct dma_stream s[600];
	struct dma_stream big;
	uint64_t daddr;

	(void)state;
	begin(&strict_config, false, true);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 600; i++) {
			alloc(&s[i], DMA_BIDIRECTIONAL, 5);
			warm(dma_stream_daddr(&s[i]).raw, 5);
		}
		for (unsigned i = 0; i < 600; i++)
			dma_stream_release(&s[i]);
		alloc(&big, DMA_BIDIRECTIONAL, 4 * MIB_2_PAGES);
		daddr = dma_stream_daddr(&big).raw;
		for (unsigned i = 0; i < 4 * MIB_2_PAGES; i++)
			assert_true(reaches(daddr + i * PAGE, UNIT_WRITE));
		assert_int_equal(hardware_walk("vtd4", unit.space.table.root.raw, daddr + 2 * MIB_2_PAGES * PAGE, false)
					 .page_bytes,
				 MIB_2_PAGES * PAGE);
		dma_stream_release(&big);
		assert_false(reaches(daddr, UNIT_WRITE));
	}
	end();
}

static void h28_told_after_map(void **state)
{
	struct dma_stream s;

	(void)state;
	begin(&strict_config, true, true);
	for (unsigned i = 1; i < 5; i++) { /* the first takes the slow path, the others might not */
		alloc(&s, DMA_BIDIRECTIONAL, 1);
		assert_int_equal(unit.told, i);
		dma_stream_release(&s);
	}
	end();
}

/* ---- The mistake put in: the watch above notices ---- */

static void the_watch_notices(void **state)
{
	struct dma_stream s;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 1);
	warm(dma_stream_daddr(&s).raw, 1);
	unit.forget_to_invalidate = true;
	dma_stream_release(&s);
	assert_int_equal(unit.reused, 1);
	unit.reused = 0;
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h11_strict_release_ends_access),
		cmocka_unit_test(one_invalidation),
		cmocka_unit_test(h13_direction_bits),
		cmocka_unit_test(h47_addresses_rest),
		cmocka_unit_test(h47_nobody_gets_them_early),
		cmocka_unit_test(tables_rest),
		cmocka_unit_test(split_and_release),
		cmocka_unit_test(split_tells_the_unit),
		cmocka_unit_test(split_breaks_before_it_makes),
		cmocka_unit_test(splittable_without_a_break),
		cmocka_unit_test(big_pages_after_small_ones),
		cmocka_unit_test(h28_told_after_map),
		cmocka_unit_test(the_watch_notices),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
