/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One CPU, single pages of the caller's: the fastest paths, which make and break promises in fewer steps.
 */
#include "choose.h"
#include "scene.h"
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGES 4u

static struct dma_segment pages[PAGES];

#define TURNS 4u

/* Once with stores past the caches, once with lines that are cleaned (host_start() takes turns), and the same for a
 * unit that snoops. */
static void start_on(unsigned cpus, bool deferred, unsigned turn)
{
	struct dma_space_config config = deferred ? deferred_config : strict_config;

	if (turn >= TURNS / 2)
		config.table =
			(struct dma_table_config){.format = &dma_format_vtd4, .snoops = true, .max_paddr = UINT64_MAX};
	host.cpus = cpus;
	host.linear_by_offset = true;
	begin(&config, false, true);
	for (unsigned i = 0; i < PAGES; i++) {
		pages[i] = (struct dma_segment){0};
		assert_int_equal(dma_segment_alloc(&pages[i], 1, UINT64_MAX, 0), 0);
	}
}

static void start(bool deferred, unsigned turn)
{
	start_on(1, deferred, turn);
}

static void stop(void)
{
	for (unsigned i = 0; i < PAGES; i++)
		dma_segment_drop(&pages[i]);
	end();
	host.cpus = 2;
	host.linear_by_offset = false;
}

static int map(struct dma_stream *s, struct dma_device *to, unsigned dir, unsigned page)
{
	struct dma_segment seg = {0};
	int error;

	*s = (struct dma_stream){0};
	assert_int_equal(dma_segment_clone(&pages[page], &seg), 0);
	error = dma_stream_map(s, to, dir, &seg);
	dma_segment_drop(&seg);
	return error;
}

static void strict(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		start(false, turn);
		for (unsigned i = 0; i < 300; i++) {
			struct dma_stream s, t;
			uint64_t daddr;

			assert_int_equal(map(&s, &dev, i % 2 ? DMA_TO_DEVICE : DMA_FROM_DEVICE, 0), 0);
			assert_int_equal(map(&t, &dev, DMA_BIDIRECTIONAL, 1), 0);
			daddr = dma_stream_daddr(&s).raw;
			assert_true(reaches(daddr, i % 2 ? UNIT_READ : UNIT_WRITE));
			assert_false(reaches(daddr, i % 2 ? UNIT_WRITE : UNIT_READ));
			dma_stream_release(&s);
			assert_false(reaches(daddr, UNIT_READ) || reaches(daddr, UNIT_WRITE));
			assert_true(reaches(dma_stream_daddr(&t).raw, UNIT_WRITE));
			dma_stream_release(&t);
		}
		stop();
	}
}

static void deferred(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		start(true, turn);
		for (unsigned i = 0; i < 300; i++) {
			struct dma_stream s;
			uint64_t daddr, frame = pages[0].paddr.raw;

			assert_int_equal(map(&s, &dev, DMA_BIDIRECTIONAL, 0), 0);
			daddr = dma_stream_daddr(&s).raw;
			if (i % 2)
				warm(daddr, 1);
			dma_stream_release(&s);
			assert_int_equal(reaches(daddr, UNIT_WRITE), i % 2); /* what was cached, and nothing else */
			dma_segment_drop(&pages[0]);
			assert_true(host_frame_used(frame)); /* the mapping's reference waits, too */
			assert_int_equal(pending(), 1);
			assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
			assert_false(reaches(daddr, UNIT_WRITE));
			assert_false(host_frame_used(frame));
			assert_int_equal(dma_segment_alloc(&pages[0], 1, UINT64_MAX, 0), 0);
		}
		stop();
	}
}

static unsigned looks;

static void look(void)
{
	looks++;
}

/* How long ago the note says that the page was released. */
static uint64_t noted_ago(uint64_t daddr)
{
	struct dma_lookup found;

	dma_table_lookup(&unit.space.table, daddr, host.now, &found);
	assert_false(found.live);
	return found.ago_ns;
}

static uint64_t map_and_release(unsigned page)
{
	struct dma_stream s;
	uint64_t daddr;

	assert_int_equal(map(&s, &dev, DMA_BIDIRECTIONAL, page), 0);
	daddr = dma_stream_daddr(&s).raw;
	dma_stream_release(&s);
	return daddr;
}

/* Strict releases that come fast read the clock for one of eight, whether maps come between them or not; slow ones
 * each. The note is right to its step, but for seven releases at most that follow a pause. */
static void time_of_a_note(void **state)
{
	static struct dma_stream many[256];
	bool several = DMA_PAGE_SIZE > 4096;

	(void)state;
	for (unsigned turn = 0; turn < 2 * TURNS; turn++) {
		unsigned late = 0;

		start_on(1 + turn / TURNS, false, turn % TURNS);
		host.time_stands = true;
		host.now = 1000000000;
		host.on_time = look;
		for (unsigned i = 0; i < 32; i++)
			(void)map_and_release(0);
		looks = 0;
		for (unsigned i = 0; i < 800; i++) {
			uint64_t daddr = map_and_release(0);

			assert_in_range(noted_ago(daddr), 0, 1u << DMA_NOTE_TIME_SHIFT);
			host.now += 2000;
		}
		/* A page of several entries is released by steps that read the clock themselves. */
		assert_in_range(looks, several ? 800 : 100, several ? 810 : 102);

		for (unsigned i = 0; i < 256; i++)
			assert_int_equal(map(&many[i], &dev, DMA_TO_DEVICE, i % PAGES), 0);
		looks = 0;
		for (unsigned i = 0; i < 256; i++) {
			uint64_t daddr = dma_stream_daddr(&many[i]).raw;

			dma_stream_release(&many[i]);
			assert_in_range(noted_ago(daddr), 0, 1u << DMA_NOTE_TIME_SHIFT);
			host.now += 2000;
		}
		assert_in_range(looks, several ? 256 : 32, several ? 260 : 34);

		host.now += 5000000000;
		for (unsigned i = 0; i < 64; i++)
			late += noted_ago(map_and_release(0)) != 0;
		assert_in_range(late, 0, 7);

		for (unsigned i = 0; i < 100; i++) {
			host.now += 1000000;
			if (i >= 16) /* the last that came fast, and one that found out */
				assert_int_equal(noted_ago(map_and_release(0)), 0);
			else
				(void)map_and_release(0);
		}
		host.time_stands = false;
		host.on_time = NULL;
		stop();
	}
}

/* A device with constraints takes the slow path, so memory that it only writes is readable, too. */
static void constraints(void **state)
{
	struct dma_device_config device = {
		.name = "zero", .mask = UINT64_MAX, .coherent = true, .trusted = true, .zero_length_reads = true};

	(void)state;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct dma_device zero;
		struct dma_stream s;

		start(false, turn);
		device.domain = &unit.space.domain;
		assert_int_equal(dma_device_init(&zero, &device), 0);
		for (unsigned i = 0; i < 3; i++) { /* the fast paths are open then */
			assert_int_equal(map(&s, &dev, DMA_FROM_DEVICE, 0), 0);
			dma_stream_release(&s);
		}
		assert_int_equal(map(&s, &zero, DMA_FROM_DEVICE, 0), 0);
		assert_true(reaches(dma_stream_daddr(&s).raw, UNIT_READ));
		dma_stream_release(&s);
		assert_int_equal(dma_device_fini(&zero), 0);
		stop();
	}
}

static int map_borrowed(struct dma_stream *s, uint64_t paddr)
{
	struct dma_segment seg = {0};

	*s = (struct dma_stream){0};
	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(paddr), 1), 0);
	return dma_stream_map(s, &dev, DMA_BIDIRECTIONAL, &seg);
}

/* After an invalidation that timed out nothing is mapped, and nothing comes back. */
static void given_up(void **state)
{
	(void)state;
	for (unsigned turn = 0; turn < 4; turn++) {
		struct dma_stream s, other, t;

		host.cpus = 1 + turn % 2;
		host.linear_by_offset = true;
		begin(turn < 2 ? &strict_config : &deferred_config, false, true);
		assert_int_equal(map_borrowed(&s, HOST_ARENA_PADDR), 0);
		assert_int_equal(map_borrowed(&t, HOST_ARENA_PADDR), 0);
		dma_stream_release(&t); /* an address for the next map of that size */
		assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
		assert_int_equal(map_borrowed(&other, HOST_ARENA_PADDR + PAGE), 0);
		unit.times_out_at = 1;
		dma_stream_release(&s);
		if (turn >= 2)
			assert_int_equal(dma_domain_flush(&unit.space.domain), DMA_ETIMEDOUT);
		assert_true(unit.blocked);
		assert_int_equal(map_borrowed(&t, HOST_ARENA_PADDR + 2 * PAGE), DMA_ENODEV);
		dma_stream_release(&other);
		if (turn >= 2)
			assert_int_equal(dma_domain_flush(&unit.space.domain), DMA_ETIMEDOUT);
		host.frames += 2; /* the caller's count as the library's do */
		end_dead(2);
		host.cpus = 2;
		host.linear_by_offset = false;
	}
}

/* Any number of pages of one table, one CPU and two: all are reached while mapped; none after a strict release, which
 * that of many pages is in a deferred domain, too; after the flush otherwise. */
static void some_pages(void **state)
{
	static const size_t sizes[] = {1, 2, 12, 100, DMA_BATCH_LARGE - 1, DMA_BATCH_LARGE, 300, 511, 512, 700};
	struct dma_segment seg = {0}, part = {0};

	(void)state;
	for (unsigned turn = 0; turn < 8; turn++) {
		bool defers = turn & 1;
		unsigned again = 0;

		host.cpus = 1 + (turn >> 1 & 1);
		host.linear_by_offset = true;
		begin(defers ? &deferred_config : &strict_config, false, true);
		assert_int_equal(dma_segment_alloc(&seg, 700, UINT64_MAX, 0), 0);
		for (unsigned k = 0; k < 60; k++) {
			size_t npages = sizes[k / 6];
			bool fast = DMA_PAGE_SHIFT == DMA_ENTRY_SHIFT && npages < MIB_2_PAGES;
			bool bound = npages * PAGE >= DMA_BATCH_BYTES / host.cpus; /* flushed at once */
			bool waits = defers && (npages < DMA_BATCH_LARGE || !fast) && !bound;
			struct dma_stream s = {0};
			uint64_t daddr, paddr;
			uint32_t tag;

			assert_int_equal(dma_segment_slice(&seg, 0, npages, &part), 0);
			assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &part), 0);
			daddr = dma_stream_daddr(&s).raw;
			tag = s.tag;
			for (size_t i = 0; i < npages; i++)
				assert_true(unit_access(&unit, daddr + i * PAGE, UNIT_WRITE, &paddr) &&
					    paddr == seg.paddr.raw + i * PAGE);
			dma_stream_release(&s);
			assert_int_equal(pending(), waits ? npages : 0);
			if (waits)
				assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
			for (size_t i = 0; i < npages; i++)
				assert_false(reaches(daddr + i * PAGE, UNIT_READ));
			assert_int_equal(dma_stream_map(&s, &dev, DMA_TO_DEVICE, &part), DMA_EINVAL);
			assert_int_equal(dma_segment_slice(&seg, 0, npages, &part), 0);
			assert_int_equal(dma_stream_map(&s, &dev, DMA_TO_DEVICE, &part), 0);
			again += dma_stream_daddr(&s).raw == daddr;
			assert_true(s.tag != tag);
			dma_stream_release(&s);
			assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
		}
		assert_true(again > 30); /* a steady workload stays where its tables are */
		dma_segment_drop(&seg);
		end();
		host.cpus = 2;
		host.linear_by_offset = false;
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict),      cmocka_unit_test(time_of_a_note), cmocka_unit_test(deferred),
		cmocka_unit_test(constraints), cmocka_unit_test(given_up),	 cmocka_unit_test(some_pages),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
