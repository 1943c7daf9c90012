/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The walker against a naive model and the specifications' own walks (hardware.c): random maps, unmaps and splits in
 * every format, with a table walker that snoops and one that sees only what was flushed (hazard 30).
 */
#include "../hosts/iommu_host.h"
#include "choose.h"
#include "hardware.h"
#include "model.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void each_format(void **state)
{
	(void)state;
	for (unsigned offset = 0; offset < 3; offset++) {
		host.linear_by_offset = offset > 0;
		host.linear_endless =
			offset > 1; /* whatever the host says, no other cached word is taken for a table's address */
		for (const struct dma_format *const *f = dma_formats; *f; f++)
			for (unsigned snoops = 0; snoops < 2; snoops++) {
				random_steps(*f, snoops, 6, 1500);
				random_steps(*f, snoops, 2, 300);
				random_steps(*f, snoops, 0, 100);
			}
	}
	host.linear_by_offset = host.linear_endless = false;
}

/* Every call that can fail fails once: nothing stays mapped, nothing is lost. */
static void every_hook_fails(void **state)
{
	(void)state;
	for (const struct dma_format *const *f = dma_formats; *f; f++) {
		bool done = false;

		for (unsigned n = 1; !done; n++) {
			struct model m;
			uint64_t daddr = GIB - 3 * PAGE, kept[DMA_FORMAT_LEVELS];
			int error;

			model_start(&m, *f, false, 6);
			for (unsigned i = 0; i < m.table.reserve_full;
			     i++) /* nothing in reserve: each page is asked for */
				kept[i] = dma_table_page_get(&m.table);
			host.calls = 0;
			host.fail_at = n;
			error = dma_table_map(&m.table, daddr, 0x123456789000, 2000, DMA_BIDIRECTIONAL, 1 << 20, false);
			if (error == 0) {
				struct dma_split split;

				error = dma_table_split_prepare(&m.table, daddr + 800 * PAGE, &split);
				if (error == 1) {
					(void)dma_table_split_make(&m.table, &split);
					error = 0;
				}
			}
			done = host.calls < n;
			assert_true(error == 0 || (error == DMA_ENOMEM && !done));
			host.fail_at = 0;
			assert_int_equal(dma_table_unmap(&m.table, daddr, 2000, 0, &m.gather), 0);
			for (size_t page = 0; page < 2000; page++)
				assert_false(
					hardware_walk((*f)->name, m.table.root.raw, daddr + page * PAGE, false).mapped);
			dma_table_reclaim(&m.table, &m.gather);
			for (unsigned i = 0; i < m.table.reserve_full; i++)
				dma_table_page_put(&m.table, kept[i]);
			dma_table_fini(&m.table);
			assert_true(host_stop());
		}
	}
}

static void init_fails(void **state)
{
	const struct dma_table_config config = {.format = &dma_format_vtd4, .big_levels = 6, .max_paddr = UINT64_MAX};
	bool done = false;

	(void)state;
	for (unsigned n = 1; !done; n++) {
		struct dma_table t;
		int error;

		host_start();
		host.fail_at = n;
		error = dma_table_init(&t, &config);
		done = host.calls < n;
		if (error == 0)
			dma_table_fini(&t);
		else
			assert_int_equal(error, DMA_ENOMEM);
		assert_true(host_stop());
	}
}

/* With interrupts off the reserve is all there is. It is full from the start: enough for a small range in an empty
 * table of any format, or as much as the host has said. A call that finds it empty is counted. */
static void reserve(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++)
		for (const struct dma_format *const *f = dma_formats; *f; f++) {
			uint64_t step = (uint64_t)1 << (dma_format_width(*f) - 3);
			unsigned mapped = 0, expected = k ? 3 : 1;
			struct dma_stats stats;
			struct model m;

			host.reserve_table_pages = k ? 3 * ((*f)->levels - 1u) : 0;
			model_start(&m, *f, false, 6);
			assert_int_equal(m.table.reserved, expected * ((*f)->levels - 1u));
			host_interrupts_off = true;
			while (dma_table_map(&m.table, mapped * step + 5 * PAGE, 0x5000, 2, DMA_TO_DEVICE, 1 << 20,
					     false) == 0)
				mapped++;
			dma_stats(&stats);
			assert_int_equal(mapped, expected);
			assert_int_equal(stats.reserve_empty, 1);
			host_interrupts_off = false;
			for (unsigned i = 0; i < mapped; i++)
				assert_int_equal(dma_table_unmap(&m.table, i * step + 5 * PAGE, 2, 0, &m.gather), 0);
			assert_true(dma_table_is_short(&m.table));
			dma_table_refill(&m.table);
			assert_int_equal(m.table.reserved, m.table.reserve_full);
			host_interrupts_off = true;
			assert_int_equal(dma_table_map(&m.table, 7 * step, 0x5000, 2, DMA_TO_DEVICE, 1 << 20, false),
					 0);
			host_interrupts_off = false;
			assert_int_equal(dma_table_unmap(&m.table, 7 * step, 2, 0, &m.gather), 0);
			model_stop(&m);
			host.reserve_table_pages = 0;
		}
}

static void start_first(struct model *m, const struct dma_format *f)
{
	model_start(m, f, false, 6);
	assert_int_equal(dma_table_map(&m->table, 4 * GIB, 0x5000000, 1, 3, 1 << 20, false), 0);
	assert_true(hardware_walk(f->name, m->table.root.raw, 4 * GIB, false).mapped);
}

/* Another CPU has installed the tables over 2 MiB, and has not flushed its entries yet: who needs them flushes them. */
static void others_flush_too(void **state)
{
	(void)state;
	for (const struct dma_format *const *f = dma_formats; *f; f++) {
		struct model m;
		uint64_t *va;

		start_first(&m, *f);
		va = m.table.root_va;
		for (unsigned level = (*f)->levels - 1u; level > 0; level--) {
			unsigned shift = 12 + 9 * level;
			uint64_t *at = &va[4 * GIB >> shift &
					   (level == (*f)->levels - 1u ? dma_table_root_entries(*f) - 1 : 511)];

			va = dma_table_at(dma_entry_address(*f, *at));
			*at &= ~(*f)->software_synced;
			host_unflush(at);
		}
		assert_false(hardware_walk((*f)->name, m.table.root.raw, 4 * GIB, false).mapped);
		host_cpu = 1;
		assert_int_equal(dma_table_map(&m.table, 4 * GIB + PAGE, 0x7000000, 1, 3, 1 << 20, false), 0);
		host_cpu = 0;
		assert_true(hardware_walk((*f)->name, m.table.root.raw, 4 * GIB + PAGE, false).mapped);
		assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 2, 0, &m.gather), 0);
		model_stop(&m);
	}
}

/* Two CPUs need the same tables at the same time: both look, one installs them while the other asks for pages. */
static struct model *shared;

static void other_cpu(void)
{
	host.on_alloc = NULL;
	host_cpu = 1;
	assert_int_equal(dma_table_map(&shared->table, 4 * GIB + PAGE, 0x7000000, 1, 3, 1 << 20, false), 0);
	host_cpu = 0;
}

static void one_table_by_two(void **state)
{
	(void)state;
	for (const struct dma_format *const *f = dma_formats; *f; f++) {
		struct model m;
		uint64_t kept[DMA_FORMAT_LEVELS], before;

		model_start(&m, *f, false, 6);
		for (unsigned i = 0; i < m.table.reserve_full; i++) /* nothing in reserve: each page is asked for */
			kept[i] = dma_table_page_get(&m.table);
		before = m.table.pages;
		shared = &m;
		host.on_alloc = other_cpu;
		assert_int_equal(dma_table_map(&m.table, 4 * GIB, 0x5000000, 1, 3, 1 << 20, false), 0);
		assert_null(host.on_alloc);
		for (unsigned page = 0; page < 2; page++)
			assert_int_equal(
				hardware_walk((*f)->name, m.table.root.raw, 4 * GIB + page * PAGE, false).paddr,
				0x5000000 + page * 0x2000000);
		assert_int_equal(m.table.pages, before + (*f)->levels - 1);
		for (unsigned i = 0; i < m.table.reserve_full; i++)
			dma_table_page_put(&m.table, kept[i]);
		assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 2, 0, &m.gather), 0);
		model_stop(&m);
	}
}

/* The zeros of a fresh table are ordered before the entry that shows it: between one table's page and the next one's
 * a barrier. */
static uint64_t before_page;

static void has_published(void)
{
	assert_true(host.published > before_page);
	before_page = host.published;
}

static void zeros_come_first(void **state)
{
	struct model m;
	uint64_t kept[DMA_FORMAT_LEVELS];

	(void)state;
	model_start(&m, &dma_format_vtd5, true, 6);
	for (unsigned i = 0; i < m.table.reserve_full; i++) /* nothing in reserve: each page is asked for */
		kept[i] = dma_table_page_get(&m.table);
	before_page = host.published++;
	host.on_alloc = has_published;
	assert_int_equal(dma_table_map(&m.table, 4 * GIB, 0x5000000, 1, 3, 1 << 20, false), 0);
	host.on_alloc = NULL;
	has_published();
	for (unsigned i = 0; i < m.table.reserve_full; i++)
		dma_table_page_put(&m.table, kept[i]);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 1, 0, &m.gather), 0);
	model_stop(&m);
}

/* A range over more tables than there is room to remember for one flush. */
static void many_runs(void **state)
{
	const size_t npages = 40 * MIB_2 / PAGE;
	struct model m;

	(void)state;
	model_start(&m, &dma_format_vtd4, false, 0);
	assert_int_equal(dma_table_map(&m.table, GIB - 20 * MIB_2 + PAGE, 0x100000000, npages, 3, 1 << 20, false), 0);
	for (size_t page = 0; page < npages; page++)
		assert_int_equal(
			hardware_walk("vtd4", m.table.root.raw, GIB - 20 * MIB_2 + (page + 1) * PAGE, false).paddr,
			0x100000000 + page * PAGE);
	assert_int_equal(dma_table_unmap(&m.table, GIB - 20 * MIB_2 + PAGE, npages, 0, &m.gather), 0);
	for (size_t page = 0; page < npages; page++)
		assert_false(
			hardware_walk("vtd4", m.table.root.raw, GIB - 20 * MIB_2 + (page + 1) * PAGE, false).mapped);
	model_stop(&m);
}

/* A unit that reads the lowest frames only. */
static void tables_within_reach(void **state)
{
	const struct dma_table_config config = {
		.format = &dma_format_vtd4, .snoops = true, .max_paddr = HOST_ARENA_PADDR + 200 * PAGE - 1};
	uint64_t pages[40];
	struct dma_table t;
	dma_paddr_t low;

	(void)state;
	host_start();
	assert_int_equal(dma_host_frames_alloc(300, UINT64_MAX, PAGE, &low), 0);
	dma_host_frames_free(low, 300); /* the host would go on behind them */
	assert_int_equal(dma_table_init(&t, &config), 0);
	assert_true(t.root.raw + PAGE - 1 <= config.max_paddr);
	for (unsigned i = 0; i < 40; i++) {
		pages[i] = dma_table_page_get(&t);
		assert_int_not_equal(pages[i], 0);
		assert_true(pages[i] + PAGE - 1 <= config.max_paddr);
	}
	for (unsigned i = 0; i < 40; i++)
		dma_table_page_put(&t, pages[i]);
	dma_table_fini(&t);
	assert_true(host_stop());
}

/* Frames outside the linear map are no tables. */
static void high_memory(void **state)
{
	struct model m;

	(void)state;
	host.linear_end = 0x40000000;
	model_start(&m, &dma_format_vtd4, true, 6);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(dma_table_map(&m.table, (i + 1) * GIB, 0x5000, 1, DMA_TO_DEVICE, 1 << 20, false), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(dma_table_unmap(&m.table, (i + 1) * GIB, 1, 0, &m.gather), 0);
	model_stop(&m);
	host.linear_end = 0;
}

/* A table page that was taken out is neither handed out nor changed into something present before its invalidation
 * (hazard 34): the unit may still walk it. */
static void h34_gathered_tables_rest(void **state)
{
	struct model m;
	uint64_t pages[64];
	unsigned n = 0;

	(void)state;
	model_start(&m, &dma_format_vtd4, false, 0);
	assert_int_equal(
		dma_table_map(&m.table, 4 * GIB, 0x100000000, 3 * (MIB_2 / PAGE), DMA_BIDIRECTIONAL, 1 << 20, false),
		0);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 3 * (MIB_2 / PAGE), 0, &m.gather), 0);
	assert_int_equal(m.gather.count, 3);
	for (; n < 64; n++) {
		pages[n] = dma_table_page_get(&m.table);
		assert_int_not_equal(pages[n], 0);
		for (uint64_t t = m.gather.first; t; t = host_cpu_view(t)) {
			assert_int_not_equal(t, pages[n]);
			assert_true(host_frame_used(t));
			assert_int_equal(host_cpu_view(t) & 3, 0);
		}
	}
	while (n > 0)
		dma_table_page_put(&m.table, pages[--n]);
	model_stop(&m);
}

/* A release that would have to break a big page leaves it alone and says so: it cannot allocate. */
static void unmap_inside_a_big_page(void **state)
{
	struct model m;

	(void)state;
	model_start(&m, &dma_format_vtd4, true, 6);
	assert_int_equal(dma_table_map(&m.table, 4 * GIB, 8 * GIB, 512, DMA_BIDIRECTIONAL, 1 << 20, false), 0);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 5, 0, &m.gather), DMA_EINVAL);
	assert_true(hardware_walk("vtd4", m.table.root.raw, 4 * GIB, true).mapped);
	assert_int_equal(dma_table_unmap(&m.table, 4 * GIB, 512, 0, &m.gather), 0);
	model_stop(&m);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format),
		cmocka_unit_test(every_hook_fails),
		cmocka_unit_test(init_fails),
		cmocka_unit_test(reserve),
		cmocka_unit_test(others_flush_too),
		cmocka_unit_test(one_table_by_two),
		cmocka_unit_test(zeros_come_first),
		cmocka_unit_test(many_runs),
		cmocka_unit_test(tables_within_reach),
		cmocka_unit_test(high_memory),
		cmocka_unit_test(h34_gathered_tables_rest),
		cmocka_unit_test(unmap_inside_a_big_page),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
