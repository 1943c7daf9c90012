/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces: streams through the public interface, over an IOMMU with caches that keep what nobody invalidates (unit.h). What counts is what a
 * device reaches, when, and that nothing it can reach is given to anybody else.
 */
#include "host.h"
#include "unit.h"
#include <dmastream/dmastream.h>
#include <dmastream/iommu.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE	    DMA_PAGE_SIZE
#define MIB_2_PAGES (((size_t)2 << 20) / PAGE)

static struct unit unit;
static struct dma_device dev;

static void begin(const struct dma_space_config *config, bool tells, bool trusted)
{
	struct dma_device_config device = {.name = "probe", .mask = UINT64_MAX, .coherent = true, .trusted = trusted};

	host_start();
	assert_int_equal(unit_start(&unit, config, tells), 0);
	unit_watch(&unit);
	device.domain = &unit.space.domain;
	assert_int_equal(dma_device_init(&dev, &device), 0);
}

static const struct dma_space_config strict_config = {.last = UINT64_MAX};
static const struct dma_space_config deferred_config = {.last = UINT64_MAX, .deferred = true};

static void end(void)
{
	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(unit.attached, 0);
	assert_int_equal(unit.reused, 0);
	assert_int_equal(dma_space_fini(&unit.space), 0);
	unit_watch(NULL);
	assert_true(host_stop());
}

/* After hardware that stopped answering: what is lost is counted, the rest is there. */
static void end_dead(uint64_t quarantined)
{
	struct dma_stats stats;

	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(dma_space_fini(&unit.space), DMA_ETIMEDOUT);
	assert_int_equal(unit.reused, 0);
	dma_stats(&stats);
	assert_int_equal(stats.pages_quarantined, quarantined);
	assert_int_equal(stats.pages_pending, 0);
	/* For the next test's sake: what is quarantined for good goes, now that there is no device any more. */
	if (unit.space.batch)
		dma_batch_fini(&unit.space);
	dma_iova_fini(&unit.space.iova);
	dma_table_fini(&unit.space.table);
	unit_watch(NULL);
	host.frames -= quarantined;
	host.fail_at = 0;
	assert_true(host_stop());
}

static void alloc(struct dma_stream *s, unsigned dir, size_t npages)
{
	*s = (struct dma_stream){0};
	assert_int_equal(dma_stream_alloc_uninit(s, &dev, dir, npages), 0);
}

static bool reaches(uint64_t daddr, enum unit_access access)
{
	uint64_t paddr;

	return unit_access(&unit, daddr, access, &paddr);
}

static void warm(uint64_t daddr, size_t npages)
{
	for (size_t i = 0; i < npages; i++)
		(void)reaches(daddr + i * PAGE, UNIT_READ);
}

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
	assert_int_equal(dma_stream_alloc_uninit(&s, &zero, DMA_FROM_DEVICE, 1), 0);
	assert_true(reaches(dma_stream_daddr(&s).raw, UNIT_READ));
	assert_true(reaches(dma_stream_daddr(&s).raw, UNIT_WRITE));
	dma_stream_release(&s);
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
		assert_int_equal(dma_stream_daddr(&t).raw == daddr, !deferred);
		dma_stream_release(&t);
		assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
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

/* ---- Deferred ---- */

static void h48_untrusted_is_strict(void **state)
{
	struct dma_stream s;
	uint64_t daddr;

	(void)state;
	begin(&deferred_config, false, false);
	alloc(&s, DMA_BIDIRECTIONAL, 1);
	daddr = dma_stream_daddr(&s).raw;
	warm(daddr, 1);
	dma_stream_release(&s);
	assert_false(reaches(daddr, UNIT_READ));
	assert_int_equal(unit.ranges, 1);
	end();
}

static uint64_t pending(void)
{
	struct dma_stats stats;
	struct dma_domain_stats domain;

	dma_stats(&stats);
	dma_domain_stats(&unit.space.domain, &domain);
	assert_int_equal(stats.pages_pending, domain.pages_pending);
	return stats.pages_pending;
}

static void deferred_flush_ends_access(void **state)
{
	struct dma_stream s;
	uint64_t daddr, frame;

	(void)state;
	begin(&deferred_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 5);
	daddr = dma_stream_daddr(&s).raw;
	frame = dma_stream_paddr(&s).raw;
	warm(daddr, 5);
	dma_stream_release(&s);
	assert_true(reaches(daddr, UNIT_READ)); /* stale, and harmless: the frame is nobody else's */
	assert_true(host_frame_used(frame));
	assert_int_equal(pending(), 5);
	assert_int_equal(unit.ranges + unit.wholes, 0);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_int_equal(unit.wholes, 1);
	assert_false(reaches(daddr, UNIT_READ));
	assert_false(host_frame_used(frame));
	assert_int_equal(pending(), 0);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_int_equal(unit.wholes, 1); /* nothing to do */
	unit.space.flushing = 1;	  /* another CPU has taken the list, and waits for the hardware: so do we */
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_int_equal(unit.wholes, 2);
	unit.space.flushing = 0;
	end();
}

static void deferred_bounds(void **state)
{
	struct dma_space_config config = {.last = UINT64_MAX,
					  .deferred = true,
					  .batch_count = 100,
					  .batch_bytes = 600 * PAGE,
					  .batch_ns = 5000000};
	struct dma_domain_stats stats;
	uint64_t most = 0;

	(void)state;
	begin(&config, false, true);
	host.time_stands = true;
	host.now = 1000000000;
	host_cpu = 0;
	for (unsigned i = 0; i < 1000; i++) { /* by count */
		struct dma_stream s;

		alloc(&s, DMA_BIDIRECTIONAL, 1);
		dma_stream_release(&s);
		most = pending() > most ? pending() : most;
	}
	assert_int_equal(most, 99);
	assert_int_equal(unit.wholes, 10);
	most = 0;
	for (unsigned i = 0; i < 40; i++) { /* by bytes: 300 pages for each of two CPUs */
		struct dma_stream s;

		alloc(&s, DMA_BIDIRECTIONAL, 29);
		dma_stream_release(&s);
		most = pending() > most ? pending() : most;
	}
	assert_int_equal(most, 290);
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	for (unsigned i = 0; i < 30; i++) { /* by age, at the next release: map of a segment does not reclaim */
		struct dma_segment seg = {0};
		struct dma_stream s = {0};

		assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), 1), 0);
		assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg), 0);
		dma_stream_release(&s);
		assert_true(pending() <= 5);
		host.now += 1000000;
	}
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	{ /* and by dma_reclaim() when nothing is released any more */
		struct dma_stream s;

		alloc(&s, DMA_BIDIRECTIONAL, 1);
		dma_stream_release(&s);
		(void)dma_reclaim();
		assert_int_equal(pending(), 1);
		host.now += 5000000;
		(void)dma_reclaim();
		assert_int_equal(pending(), 0);
	}
	dma_domain_stats(&unit.space.domain, &stats);
	assert_int_equal(stats.batch_count, 100);
	assert_int_equal(stats.batch_bytes, 600 * PAGE);
	assert_in_range(stats.pages_pending_max, 290, 319);
	print_message("# the most that waited: %lu pages; bounds: %u releases, %lu bytes, %lu ns\n",
		      (unsigned long)stats.pages_pending_max, stats.batch_count, (unsigned long)stats.batch_bytes,
		      (unsigned long)stats.batch_ns);
	host.time_stands = false;
	end();
}

/* A space of 63 pages: what waits comes back when the addresses are needed. */
static void flushed_on_pressure(void **state)
{
	struct dma_space_config config = deferred_config;
	struct dma_stream kept[40];

	(void)state;
	config.last = 64 * PAGE - 1;
	begin(&config, false, true);
	for (unsigned i = 0; i < 40; i++)
		alloc(&kept[i], DMA_BIDIRECTIONAL, 1);
	for (unsigned i = 0; i < 500; i++) {
		struct dma_stream s;

		alloc(&s, DMA_BIDIRECTIONAL, 1 + i % 5);
		dma_stream_release(&s);
	}
	assert_true(unit.wholes > 10);
	for (unsigned i = 0; i < 40; i++)
		dma_stream_release(&kept[i]);
	end();
}

static void flushed_on_detach(void **state)
{
	struct dma_stream s;

	(void)state;
	begin(&deferred_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 600);
	warm(dma_stream_daddr(&s).raw, 600);
	dma_stream_release(&s);
	assert_int_equal(dma_device_fini(&dev), 0);
	assert_int_equal(pending(), 0);
	end();
}

static void released_with_interrupts_off(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		config.deferred = deferred;
		begin(&config, false, true);
		for (unsigned i = 0; i < 3 * DMA_BATCH_COUNT; i++) {
			struct dma_stream s;
			uint64_t daddr;

			alloc(&s, DMA_BIDIRECTIONAL, 1 + i % 3 * 600);
			daddr = dma_stream_daddr(&s).raw;
			warm(daddr, 1);
			host_interrupts_off = true;
			dma_stream_release(&s);
			host_interrupts_off = false;
			if (!deferred)
				assert_false(reaches(daddr, UNIT_READ));
		}
		end();
	}
}

/* A receive path: existing frames, interrupts off, out of the reserve. */
static void mapped_with_interrupts_off(void **state)
{
	(void)state;
	begin(&strict_config, false, true);
	for (unsigned i = 0; i < 50; i++) {
		struct dma_segment seg = {0};
		struct dma_stream s = {0};

		assert_int_equal(dma_segment_alloc(&seg, 3, UINT64_MAX, 0), 0);
		host_interrupts_off = true;
		assert_int_equal(dma_stream_map(&s, &dev, DMA_FROM_DEVICE, &seg), 0);
		assert_true(reaches(dma_stream_daddr(&s).raw, UNIT_WRITE));
		dma_stream_release(&s);
		host_interrupts_off = false;
	}
	end();
}

/* ---- Hardware that does not answer ---- */

static void invalidation_times_out(void **state)
{
	struct dma_stream s, other, t = {0};
	uint64_t frame;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 3);
	alloc(&other, DMA_BIDIRECTIONAL, 2);
	frame = dma_stream_paddr(&s).raw;
	unit.times_out_at = 1;
	dma_stream_release(&s);
	assert_true(unit.blocked);
	assert_true(host_frame_used(frame));
	assert_int_equal(dma_stream_alloc_uninit(&t, &dev, DMA_BIDIRECTIONAL, 1), DMA_ENODEV);
	unit.times_out_at = 0;
	dma_stream_release(&other); /* it may answer again: nobody believes it */
	end_dead(5);
}

static void deferred_invalidation_times_out(void **state)
{
	struct dma_stream s;
	struct dma_domain_stats stats;

	(void)state;
	begin(&deferred_config, false, true);
	for (unsigned i = 0; i < 10; i++) {
		alloc(&s, DMA_BIDIRECTIONAL, 4);
		dma_stream_release(&s);
	}
	unit.times_out_at = 1;
	assert_int_equal(dma_domain_flush(&unit.space.domain), DMA_ETIMEDOUT);
	assert_true(unit.blocked);
	dma_domain_stats(&unit.space.domain, &stats);
	assert_int_equal(stats.pages_quarantined, 40);
	end_dead(40);
}

static void table_pages_of_a_failed_flush_are_lost(void **state)
{
	struct dma_stream s;
	struct dma_stats stats;

	(void)state;
	begin(&strict_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 3 * MIB_2_PAGES);
	unit.space.table.big_levels = 0; /* small pages from here on: tables to lose */
	dma_stream_release(&s);
	alloc(&s, DMA_BIDIRECTIONAL, 3 * MIB_2_PAGES);
	unit.times_out_at = 1;
	dma_stream_release(&s);
	dma_stats(&stats);
	assert_int_equal(stats.pages_quarantined, 3 * MIB_2_PAGES + 3);
	end_dead(3 * MIB_2_PAGES + 3);
}

/* Every wait of a life of streams is the first that times out. */
static void every_wait_times_out(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		bool done = false;

		config.deferred = deferred;
		for (unsigned n = 1; !done; n++) {
			struct dma_stream s[3] = {{0}}, tail = {0};
			struct dma_stats stats;

			begin(&config, true, true);
			unit.times_out_at = n;
			for (unsigned i = 0; i < 3; i++)
				(void)!dma_stream_alloc_uninit(&s[i], &dev, DMA_BIDIRECTIONAL, 1 + i * 600);
			if (s[2].dev)
				(void)!dma_stream_split(&s[2], 7 * PAGE, &tail);
			for (unsigned i = 0; i < 3; i++)
				dma_stream_release(&s[i]);
			dma_stream_release(&tail);
			(void)!dma_domain_flush(&unit.space.domain);
			done = !unit.blocked;
			unit.times_out_at = 0;
			dma_stats(&stats);
			assert_int_equal(stats.pages_quarantined > 0, !done);
			if (done)
				end();
			else
				end_dead(stats.pages_quarantined);
			assert_true(!done || n > (deferred ? 4 : 7));
		}
	}
}

/* ---- Scarcity ---- */

static int life(void)
{
	struct dma_stream s = {0}, tail = {0}, big = {0};
	struct dma_segment seg = {0};
	int error = dma_stream_alloc_uninit(&big, &dev, DMA_BIDIRECTIONAL, 2 * MIB_2_PAGES + 3);

	if (!error)
		error = dma_segment_alloc(&seg, 700, UINT64_MAX, 0);
	if (!error)
		error = dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg);
	if (!error)
		error = dma_stream_split(&s, 9 * PAGE, &tail);
	if (!error) {
		warm(dma_stream_daddr(&s).raw, 9);
		assert_true(reaches(dma_stream_daddr(&tail).raw, UNIT_WRITE));
	}
	dma_stream_release(&s);
	dma_stream_release(&tail);
	dma_stream_release(&big);
	dma_segment_drop(&seg);
	return error;
}

static void every_hook_fails(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		bool done = false;

		config.deferred = deferred;
		for (unsigned n = 1; !done; n++) {
			struct dma_device_config device = {
				.name = "probe", .mask = UINT64_MAX, .coherent = true, .trusted = true};
			int error;

			host_start();
			host.fail_at = n;
			error = unit_start(&unit, &config, false);
			if (error == 0) {
				unit_watch(&unit);
				device.domain = &unit.space.domain;
				assert_int_equal(dma_device_init(&dev, &device), 0);
				error = life();
				assert_int_equal(dma_device_fini(&dev), 0);
				assert_int_equal(unit.reused, 0);
				assert_int_equal(dma_space_fini(&unit.space), 0);
			}
			done = host.calls < n;
			assert_true(error == 0 || (error == DMA_ENOMEM && !done));
			unit_watch(NULL);
			assert_true(host_stop());
		}
	}
}

/* A map that runs out of table pages half way: the device saw the first half, so that is invalidated, and the addresses come back. */
static void half_a_map_is_undone(void **state)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	size_t npages = 30 * MIB_2_PAGES; /* more tables than the reserve has */
	uint64_t used;

	(void)state;
	begin(&strict_config, false, true);
	unit.space.table.big_levels = 0;
	used = dma_iova_used(&unit.space.iova);
	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), npages), 0);
	host_interrupts_off = true;
	assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg), DMA_ENOMEM);
	host_interrupts_off = false;
	assert_int_equal(dma_iova_used(&unit.space.iova), used);
	assert_true(unit.ranges > 0);
	for (uint64_t daddr = PAGE; daddr < 2 * npages * PAGE; daddr += MIB_2_PAGES * PAGE)
		assert_false(reaches(daddr, UNIT_READ) || reaches(daddr + 0x1000, UNIT_WRITE));
	assert_int_equal(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg), 0);
	dma_stream_release(&s);
	end();
}

/* Leaf tables stay for the next mapping; when pages run out they come back. */
static void tables_come_back(void **state)
{
	static struct dma_stream s[3000];
	uint64_t most;
	struct dma_stream t = {0};

	(void)state;
	begin(&strict_config, false, true);
	for (unsigned i = 0; i < 3000; i++)
		alloc(&s[i], DMA_BIDIRECTIONAL, 5);
	most = unit.space.table.pages;
	assert_true(most > 3000 * 5 / 512);
	for (unsigned i = 0; i < 3000; i++)
		dma_stream_release(&s[i]);
	assert_int_equal(unit.space.table.pages, most);
	assert_true(unit.space.mapper->trim(&unit.space));
	assert_true(unit.space.mapper->trim(&unit.space));
	assert_true(unit.space.table.pages < most / 2);
	alloc(&t, DMA_BIDIRECTIONAL, 5);
	assert_true(reaches(dma_stream_daddr(&t).raw, UNIT_WRITE));
	dma_stream_release(&t);
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
		dma_stream_release(&big);
		assert_false(reaches(daddr, UNIT_WRITE));
	}
	end();
}

/* ---- What else the unit is told, and what is never handed out ---- */

static void h28_told_after_map(void **state)
{
	struct dma_stream s;

	(void)state;
	begin(&strict_config, true, true);
	for (unsigned i = 1; i < 5; i++) { /* the first goes the long way, the others might not */
		alloc(&s, DMA_BIDIRECTIONAL, 1);
		assert_int_equal(unit.told, i);
		dma_stream_release(&s);
	}
	end();
}

static void h17_reserved_regions(void **state)
{
	const struct dma_reserved holes[] = {{0xfee00000, 0x100000}, {0x3000, 0x10000}, {0x200000, 1}};
	struct dma_space_config config = {.last = 0xffffffff, .reserved = holes, .nreserved = 3};
	static struct dma_stream s[2000];
	uint64_t paddr;
	unsigned n = 0;

	(void)state;
	begin(&config, false, true);
	assert_int_equal(dma_space_identity(&unit.space, 0x4000, 3, DMA_BIDIRECTIONAL), 0);
	assert_int_equal(dma_space_identity(&unit.space, (uint64_t)1 << 48, 1, DMA_BIDIRECTIONAL), DMA_EINVAL);
	assert_int_equal(dma_space_identity(&unit.space, 0x4001, 1, DMA_BIDIRECTIONAL), DMA_EINVAL);
	assert_true(unit_access(&unit, 0x6123, UNIT_WRITE, &paddr));
	assert_int_equal(paddr, 0x6123);
	for (; n < 2000; n++) {
		uint64_t first, last;

		alloc(&s[n], DMA_BIDIRECTIONAL, 1 + n % 9);
		first = dma_stream_daddr(&s[n]).raw;
		last = first + dma_stream_size(&s[n]) - 1;
		for (unsigned h = 0; h < 3; h++)
			assert_true(last < (holes[h].daddr & ~(PAGE - 1)) ||
				    first > ((holes[h].daddr + holes[h].nbytes - 1) | (PAGE - 1)));
	}
	while (n > 0)
		dma_stream_release(&s[--n]);
	end();
}

/* ---- A mapper that takes requests, and cannot unmap a part of a mapping ---- */

static struct {
	uint64_t daddr, npages;
} request[64];
static unsigned requests_refused;

static int request_map(struct dma_space *space, uint64_t daddr, uint64_t paddr, size_t npages, unsigned dir,
		       uint32_t tag)
{
	size_t piece = dir & DMA_SPLITTABLE ? 1 : npages;
	unsigned left = (unsigned)(npages / piece);

	(void)space, (void)paddr, (void)tag;
	for (unsigned i = 0; i < 64 && left; i++)
		if (!request[i].npages) {
			request[i].daddr = daddr;
			request[i].npages = piece;
			daddr += piece * PAGE;
			left--;
		}
	return left ? DMA_ENOMEM : 0;
}

static int request_split(struct dma_space *space, uint64_t cut, uint32_t *tag)
{
	(void)space, (void)tag;
	for (unsigned i = 0; i < 64; i++)
		if (request[i].npages && request[i].daddr < cut && cut < request[i].daddr + request[i].npages * PAGE)
			return DMA_ENOTSUP;
	return 0;
}

static int request_unmap(struct dma_space *space, uint64_t daddr, size_t npages, uint64_t note,
			 struct dma_gather *gather)
{
	(void)space, (void)note, (void)gather;
	for (unsigned i = 0; i < 64; i++) {
		if (!request[i].npages || request[i].daddr < daddr || request[i].daddr >= daddr + npages * PAGE)
			continue;
		if (request[i].daddr + request[i].npages * PAGE > daddr + npages * PAGE)
			requests_refused++;
		request[i].npages = 0;
	}
	return 0;
}

static int request_flush(struct dma_space *space, uint64_t daddr, size_t npages, struct dma_gather *gather)
{
	(void)space, (void)daddr, (void)npages, (void)gather;
	return 0;
}

static int request_flush_all(struct dma_space *space, struct dma_gather *gather)
{
	(void)space, (void)gather;
	return 0;
}

static int request_attach(struct dma_space *space, struct dma_device *device)
{
	(void)space, (void)device;
	return 0;
}

static void request_detach(struct dma_space *space, struct dma_device *device)
{
	(void)space, (void)device;
}

static void requests(void **state)
{
	static const struct dma_mapper_ops ops = {.attach = request_attach,
						  .detach = request_detach,
						  .block = request_attach,
						  .map = request_map,
						  .split = request_split,
						  .unmap = request_unmap,
						  .flush = request_flush,
						  .flush_all = request_flush_all};
	const struct dma_space_config config = {.mapper = &ops, .last = UINT64_MAX, .features = DMA_DOMAIN_WRITE_ONLY};
	struct dma_stream s = {0}, tail = {0};

	(void)state;
	begin(&config, false, true);
	assert_int_equal(unit.space.domain.features, DMA_DOMAIN_TRANSLATES | DMA_DOMAIN_WRITE_ONLY);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 8), 0);
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), DMA_ENOTSUP);
	dma_stream_release(&s);
	assert_int_equal(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 8), 0);
	assert_int_equal(dma_stream_split(&s, 3 * PAGE, &tail), 0);
	dma_stream_release(&s);
	dma_stream_release(&tail);
	assert_int_equal(requests_refused, 0);
	end();
}

/* ---- Threads ---- */

#define THREADS 3

static unsigned wrong;

static void *worker(void *arg)
{
	uint64_t random = 17 + (uint64_t)(uintptr_t)arg;

	host_cpu = (unsigned)(uintptr_t)arg % 2;
	for (unsigned round = 0; round < 1500; round++) {
		struct dma_stream s = {0}, tail = {0};
		uint64_t daddr, paddr, at;
		size_t npages;

		random = random * 6364136223846793005u + 1442695040888963407u;
		npages = (random >> 60) == 0 ? 600 : (random >> 40 & 7) + 1;
		if (dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, npages)) {
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
			continue;
		}
		daddr = dma_stream_daddr(&s).raw;
		at = (random >> 20) % (npages * PAGE);
		if (!unit_access(&unit, daddr + at, UNIT_WRITE, &paddr) || paddr != dma_stream_paddr(&s).raw + at)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		if (npages > 1 && (random >> 30 & 3) == 0 &&
		    (dma_stream_split(&s, PAGE, &tail) || !unit_access(&unit, daddr + at, UNIT_WRITE, &paddr)))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		dma_stream_release(&s);
		dma_stream_release(&tail);
		if ((random >> 50 & 63) == 0 && dma_domain_flush(&unit.space.domain))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void threads(void **state)
{
	struct dma_space_config config = deferred_config;

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		pthread_t thread[THREADS];

		config.deferred = deferred;
		config.batch_count = 20;
		begin(&config, false, true);
		wrong = 0;
		for (uintptr_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, worker, (void *)i), 0);
		for (unsigned i = 0; i < 300; i++) {
			struct dma_lookup found;

			unit.space.mapper->lookup(&unit.space, (i % 200 + 1) * PAGE * 7, &found);
			(void)dma_reclaim();
		}
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		assert_int_equal(wrong, 0);
		end();
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h11_strict_release_ends_access),
		cmocka_unit_test(one_invalidation),
		cmocka_unit_test(h13_direction_bits),
		cmocka_unit_test(h47_addresses_rest),
		cmocka_unit_test(split_and_release),
		cmocka_unit_test(split_tells_the_unit),
		cmocka_unit_test(h48_untrusted_is_strict),
		cmocka_unit_test(deferred_flush_ends_access),
		cmocka_unit_test(deferred_bounds),
		cmocka_unit_test(flushed_on_pressure),
		cmocka_unit_test(flushed_on_detach),
		cmocka_unit_test(released_with_interrupts_off),
		cmocka_unit_test(mapped_with_interrupts_off),
		cmocka_unit_test(invalidation_times_out),
		cmocka_unit_test(deferred_invalidation_times_out),
		cmocka_unit_test(table_pages_of_a_failed_flush_are_lost),
		cmocka_unit_test(every_wait_times_out),
		cmocka_unit_test(every_hook_fails),
		cmocka_unit_test(half_a_map_is_undone),
		cmocka_unit_test(tables_come_back),
		cmocka_unit_test(big_pages_after_small_ones),
		cmocka_unit_test(h28_told_after_map),
		cmocka_unit_test(h17_reserved_regions),
		cmocka_unit_test(requests),
		cmocka_unit_test(threads),
		cmocka_unit_test(the_watch_notices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
