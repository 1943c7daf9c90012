/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a domain costs while it is empty, what its reserves are for, and that nothing stays of mappings that have come
 * and gone.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/errors.h>
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t pages_own(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats.pages_own;
}

/* A page of the driver's is beside these: 8 in all on one CPU, one more for each further one. */
static void an_empty_domain(void **state)
{
	static const unsigned cpus[] = {1, 2, 3, 4, 8, 16, 17, 32};

	(void)state;
	for (unsigned k = 0; k < 16; k++) {
		uint64_t before;

		host.cpus = cpus[k / 2];
		host_start();
		before = pages_own();
		assert_int_equal(unit_start(&unit, k % 2 ? &deferred_config : &strict_config, false), 0);
		assert_true(pages_own() - before <= 7 + (host.cpus - 1));
		assert_int_equal(dma_space_fini(&unit.space), 0);
		assert_int_equal(pages_own(), before);
		assert_true(host_stop());
	}
	host.cpus = 2;
}

#define LIVE 3000u

static struct dma_stream live[LIVE];

static void come_and_go(void **state)
{
	static const size_t sizes[] = {1, 3, 5, 16, 64, 256, 700};

	(void)state;
	for (unsigned turn = 0; turn < 4; turn++) {
		uint64_t empty;

		begin(turn & 1 ? &deferred_config : &strict_config, false, true);
		empty = pages_own();
		for (unsigned round = 0; round < 2; round++) {
			for (unsigned i = 0; i < LIVE; i++) {
				struct dma_segment seg = {0};

				assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), sizes[i % 7]),
						 0);
				host_cpu = i & turn >> 1;
				live[i] = (struct dma_stream){0};
				assert_int_equal(dma_stream_map(&live[i], &dev, DMA_BIDIRECTIONAL, &seg), 0);
			}
			assert_true(pages_own() > empty + 200);
			(void)dma_reclaim(); /* takes nothing from those that live */
			for (unsigned i = 0; i < LIVE; i++)
				assert_true(
					reaches(dma_stream_daddr(&live[i]).raw + (sizes[i % 7] - 1) * PAGE, UNIT_READ));
			for (unsigned i = 0; i < LIVE; i++)
				dma_stream_release(&live[(i * 7) % LIVE]);
			host_cpu = 0;
			assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
			(void)dma_reclaim();
			assert_true(pages_own() <=
				    empty + 2 +
					    (DMA_PAGE_SHIFT == 12
						     ? 4
						     : 8)); /* rings; tables over page 0, which nobody ever has */
		}
		end();
	}
}

static int map_borrowed(struct dma_stream *s)
{
	struct dma_segment seg = {0};

	*s = (struct dma_stream){0};
	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), 1), 0);
	return dma_stream_map(s, &dev, DMA_BIDIRECTIONAL, &seg);
}

/* The first map of a domain, with interrupts off, and many more, until a reserve is empty: that is counted.
 * dma_reclaim() fills it, and so does a map with interrupts on (hazard 82). */
static void reserve(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 2; how++) {
		struct dma_stats stats;
		struct dma_stream other;
		unsigned n = 0, first;
		int error = 0;

		begin(&strict_config, false, true);
		host_interrupts_off = true;
		for (; n < LIVE && !error; n++)
			error = map_borrowed(&live[n]);
		host_interrupts_off = false;
		first = --n;
		assert_int_equal(error, DMA_ENOMEM);
		assert_true(first >= MIB_2_PAGES - 1); /* one leaf table, but for page 0 */
		dma_stats(&stats);
		assert_true(stats.reserve_empty > 0);
		if (how)
			assert_int_equal(map_borrowed(&other), 0);
		else
			(void)dma_reclaim();
		assert_int_equal(unit.space.table.reserved, unit.space.table.reserve_full);
		host_interrupts_off = true;
		for (error = 0; n < LIVE && !error; n++)
			error = map_borrowed(&live[n]);
		host_interrupts_off = false;
		assert_true(n - first > MIB_2_PAGES);
		for (n -= error != 0; n > 0;)
			dma_stream_release(&live[--n]);
		if (how)
			dma_stream_release(&other);
		end();
	}
}

/* A release never asks for a page: where its CPU has no ring yet, another one's takes it; where no CPU has one, it is
 * strict. The ring comes with the next map there, or with dma_reclaim(). */
static void rings_on_first_use(void **state)
{
	struct dma_stream s, t;
	uint64_t daddr, pages;

	(void)state;
	begin(&deferred_config, false, true);
	host.time_stands = true;
	host_interrupts_off = true;
	host_cpu = 1;
	assert_int_equal(map_borrowed(&s), 0);
	daddr = dma_stream_daddr(&s).raw;
	warm(daddr, 1);
	dma_stream_release(&s);
	assert_false(reaches(daddr, UNIT_READ));
	assert_int_equal(map_borrowed(&s), 0);
	host_interrupts_off = false;
	pages = host.pages;
	dma_stream_release(&s);
	assert_int_equal(host.pages, pages);
	assert_int_equal(pending(), 0);
	assert_int_equal(map_borrowed(&s), 0);
	alloc(&t, DMA_BIDIRECTIONAL, 3); /* no recycled address has that size */
	assert_ptr_equal(unit.space.batch[0].ring, NULL);
	host_cpu = 0;
	dma_stream_release(&s);
	assert_int_equal(pending(), 1);
	assert_ptr_equal(unit.space.batch[0].ring, NULL);
	(void)dma_reclaim();
	assert_ptr_not_equal(unit.space.batch[0].ring, NULL);
	dma_stream_release(&t);
	assert_int_equal(pending(), 4);
	assert_true(unit.space.batch[0].tail > 0 && unit.space.batch[1].tail > 0);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_int_equal(pending(), 0);
	host.time_stands = false;
	end();
}

/* Tables over forty GiB that were used and are free: all of them go back, but for the last GiB's that is looked at. */
static void tables_over_many_gib(void **state)
{
	struct dma_iova_request request = {
		.npages = ((size_t)1 << 30) / PAGE, .last = UINT64_MAX, .align = (uint64_t)1 << 30};
	uint64_t at[40], before;
	uint32_t generation;

	(void)state;
	begin(&deferred_config, false, true);
	before = unit.space.table.pages;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(dma_iova_alloc(&unit.space.iova, &request, &at[i], &generation), 0);
	for (unsigned i = 0; i < 40; i++) {
		struct dma_gather none = {0};

		assert_int_equal(
			dma_table_map(&unit.space.table, at[i], HOST_ARENA_PADDR, 1, DMA_BIDIRECTIONAL, 1 << 20, false),
			0);
		assert_int_equal(dma_table_unmap(&unit.space.table, at[i], 1, 0, &none), 0);
		assert_int_equal(none.count, 0);
	}
	assert_true(unit.space.table.pages >= before + 80); /* two levels for each */
	for (unsigned i = 0; i < 40; i++) {		    /* of each second one, some pages lie on a stack then */
		size_t some = i % 2 ? 5 : 0;

		dma_iova_free(&unit.space.iova, at[i], some);
		dma_iova_free(&unit.space.iova, at[i] + some * PAGE, request.npages - some);
	}
	(void)dma_reclaim();
	assert_true(unit.space.table.pages <= before + 2);
	end();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_domain),	cmocka_unit_test(come_and_go),
		cmocka_unit_test(tables_over_many_gib), cmocka_unit_test(reserve),
		cmocka_unit_test(rings_on_first_use),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
