/* SPDX-License-Identifier: MPL-2.0 */
/*
 * More live mappings than a CPU caches leaf tables for: a fast path walks to the table and goes on. What it finds must
 * be the table of its own 2 MiB, with the unit able to walk to it, and must not leave the tree while it is used.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/errors.h>
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIVE   12000u
#define FRAMES 4096u

static struct dma_stream live[LIVE];

/* All that decides which code runs: CPUs, strict or deferred, whether the unit snoops, and how the host's linear map is
 * (by offset; the same without an end; only the host knows). host_start() takes turns with stores past the caches. */
struct turn {
	unsigned cpus;
	bool deferred, snoops, by_offset, endless;
};

static void start(const struct turn *turn)
{
	static const struct dma_reserved first = {0, (uint64_t)2 << 20}; /* page 0 keeps its table for good */
	struct dma_space_config config = turn->deferred ? deferred_config : strict_config;

	config.reserved = &first;
	config.nreserved = 1;
	if (turn->snoops)
		config.table =
			(struct dma_table_config){.format = &dma_format_vtd4, .snoops = true, .max_paddr = UINT64_MAX};
	host.cpus = turn->cpus;
	host.linear_by_offset = turn->by_offset;
	host.linear_endless = turn->endless;
	begin(&config, false, true);
}

static void stop(void)
{
	host.on_time = NULL;
	end();
	host_cpu = 0;
	host.cpus = 2;
	host.linear_by_offset = host.linear_endless = false;
}

#define TURNS 24u

static struct turn turn_of(unsigned n)
{
	unsigned map = n / 8;

	return (struct turn){
		.cpus = 1 + (n & 1), .deferred = n & 2, .snoops = n & 4, .by_offset = map > 0, .endless = map == 2};
}

static uint64_t frame_of(unsigned i)
{
	return HOST_ARENA_PADDR + (uint64_t)(i % FRAMES) * PAGE;
}

static int map(struct dma_stream *s, unsigned i, size_t npages)
{
	struct dma_segment seg = {0};

	*s = (struct dma_stream){0};
	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(frame_of(i)), npages), 0);
	return dma_stream_map(s, &dev, DMA_BIDIRECTIONAL, &seg);
}

static void goes_to(const struct dma_stream *s, unsigned i, size_t npages)
{
	for (size_t page = 0; page<npages; page += npages> 1 ? npages - 1 : 1) {
		uint64_t paddr = 0;

		assert_true(unit_access(&unit, dma_stream_daddr(s).raw + page * PAGE, UNIT_WRITE, &paddr));
		assert_int_equal(paddr, frame_of(i) + page * PAGE);
	}
}

static void forget_tables(void)
{
	for (uint32_t cpu = 0; cpu < unit.space.table.cpus; cpu++)
		memset(&unit.space.table.cache[cpu], 0xff, sizeof(struct dma_table_cache));
}

/* Single pages in many tables, and ranges with a table of their own, in turns that no cache can follow. */
static void more_than_the_cache(void **state)
{
	static const size_t sizes[] = {1, 300};

	(void)state;
	for (unsigned n = 0; n < TURNS * 2; n++) {
		size_t npages = sizes[n / TURNS];
		unsigned count = npages == 1 ? LIVE : 60, at = 0;
		struct turn turn = turn_of(n % TURNS);

		start(&turn);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(map(&live[i], i, npages), 0);
		for (unsigned k = 0; k < 400; k++) {
			uint64_t daddr;

			at = (at + 1 + 7 * 512 + k) % count;
			host_cpu = k / 3 % turn.cpus;
			daddr = dma_stream_daddr(&live[at]).raw;
			goes_to(&live[at], at, npages);
			dma_stream_release(&live[at]);
			if (turn.deferred && k % 64 == 0)
				assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
			if (!turn.deferred || k % 64 == 0)
				assert_false(reaches(daddr, UNIT_READ) ||
					     reaches(daddr + (npages - 1) * PAGE, UNIT_READ));
			assert_int_equal(map(&live[at], at, npages), 0);
			goes_to(&live[at], at, npages);
		}
		host_cpu = 0;
		for (unsigned i = 0; i < count; i++) {
			if (i % 97 == 0)
				goes_to(&live[i], i, npages);
			dma_stream_release(&live[i]);
		}
		stop();
	}
}

/* A strict domain, one page or some: the address on the stack has tables that were installed by a CPU which has not
 * flushed its entries yet. The walker that does not snoop must find them all the same. */
static void not_flushed_yet(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 16; n++) {
		struct turn turn = {.cpus = 1 + (n & 1), .by_offset = n & 2};
		size_t npages = n & 8 ? 5 : 1;
		struct dma_stream s;
		uint64_t *va, daddr;

		start(&turn);
		assert_int_equal(map(&s, 3, npages), 0);
		daddr = dma_stream_daddr(&s).raw;
		dma_stream_release(&s);
		va = unit.space.table.root_va;
		for (unsigned level = 3; level > 0; level--) {
			uint64_t *at = &va[daddr >> dma_level_shift(level) & 511];

			va = dma_table_at(dma_entry_address(unit.space.table.format, *at));
			if (level == 1 + (n >> 2) % 2) { /* one of the two above the leaf table's */
				*at &= ~unit.space.table.format->software_synced;
				host_unflush(at);
			}
		}
		forget_tables();
		assert_int_equal(map(&s, 3, npages), 0);
		assert_int_equal(dma_stream_daddr(&s).raw, daddr);
		goes_to(&s, 3, npages);
		dma_stream_release(&s);
		stop();
	}
}

/* Another CPU gives tables of free addresses back while a release has found its own: that one stays, since its address
 * is not free before its entry is cleared and the unit has forgotten it. */
static unsigned trims;

static void trim(void)
{
	trims++;
	assert_false(unit.space.mapper->trim(&unit.space));
}

static void tables_leave_meanwhile(void **state)
{
	(void)state;
	for (unsigned n = 0; n < TURNS * 2; n++) {
		struct turn turn = turn_of(n % TURNS);
		size_t npages = n / TURNS ? 5 : 1;
		struct dma_stream s;
		uint64_t daddr, pages;

		start(&turn);
		assert_int_equal(map(&s, 1, npages), 0);
		goes_to(&s, 1, npages);
		daddr = dma_stream_daddr(&s).raw;
		pages = unit.space.table.pages;
		forget_tables();
		trims = 0;
		host.on_time = trim;
		dma_stream_release(&s);
		host.on_time = NULL;
		assert_true(trims > 0);
		assert_int_equal(unit.space.table.pages, pages);
		if (turn.deferred) {
			assert_false(unit.space.mapper->trim(&unit.space)); /* it waits: the address is not free yet */
			assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
		}
		assert_false(reaches(daddr, UNIT_READ) || reaches(daddr, UNIT_WRITE));
		assert_true(unit.space.mapper->trim(&unit.space)); /* now it goes, and no CPU knows it any more */
		assert_int_equal(unit.space.table.pages, pages - 1);
		host_cpu = turn.cpus - 1;
		assert_int_equal(map(&s, 2, npages), 0);
		goes_to(&s, 2, npages);
		dma_stream_release(&s);
		host_cpu = 0;
		stop();
	}
}

/* An address is on the stack before it has a table: the walk finds none, and the slow path makes it, or fails for want
 * of pages, and then the address is not lost. */
static void no_table_yet(void **state)
{
	(void)state;
	for (unsigned n = 0; n < TURNS; n++) {
		struct turn turn = turn_of(n);
		uint64_t fail_at = 0;
		int error;

		do {
			struct dma_iova_request request = {.npages = 1, .last = UINT64_MAX};
			struct dma_stream s;
			uint64_t daddr, kept[8];
			uint32_t generation;
			unsigned nkept = 0;

			start(&turn);
			assert_int_equal(dma_iova_alloc(&unit.space.iova, &request, &daddr, &generation), 0);
			assert_true(unit.space.iova.cpu[0]
					    ->recent[unit.space.iova.cpu[0]->top & unit.space.iova.cpu[0]->mask] != 0);
			while (unit.space.table.reserve) /* each page is asked for */
				kept[nkept++] = dma_table_page_get(&unit.space.table);
			assert_true(nkept > 0);
			host.fail_at = fail_at ? host.calls + fail_at : 0;
			error = map(&s, 9, 1);
			host.fail_at = 0;
			if (!error)
				goes_to(&s, 9, 1);
			else
				assert_int_equal(error, DMA_ENOMEM);
			dma_stream_release(&s);
			dma_iova_free(&unit.space.iova, daddr, 1);
			assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
			assert_int_equal(dma_iova_used(&unit.space.iova), unit.space.reserved);
			while (nkept > 0)
				dma_table_page_put(&unit.space.table, kept[--nkept]);
			stop();
			fail_at++;
		} while (error || fail_at < 3);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_the_cache),
		cmocka_unit_test(not_flushed_yet),
		cmocka_unit_test(tables_leave_meanwhile),
		cmocka_unit_test(no_table_yet),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
