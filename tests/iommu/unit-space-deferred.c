/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Spaces with deferred releases: what waits, for how long, and what makes it go. Release and map with interrupts off.
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
	alloc(&s, DMA_BIDIRECTIONAL, 1);
	daddr = dma_stream_daddr(&s).raw;
	warm(daddr, 1);
	dma_stream_release(&s);
	unit.space.batch[0].owner = 1; /* another CPU's flush has the ring, and waits for the hardware: so do we */
	assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
	assert_int_equal(unit.wholes, 2);
	assert_false(reaches(daddr, UNIT_READ));
	assert_int_equal(pending(), 1); /* that one gives it back */
	unit.space.batch[0].owner = 0;
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

/* ---- Frames run out: what waits is free memory soon ---- */

static int alloc_stream(struct dma_device *to)
{
	struct dma_stream s = {0};
	int error = dma_stream_alloc_uninit(&s, to, DMA_BIDIRECTIONAL, 8);

	if (!error)
		dma_stream_release(&s);
	return error;
}

static int alloc_coherent(struct dma_device *to)
{
	struct dma_coherent c = {0};
	int error = dma_coherent_alloc(&c, to, 0, 8);

	if (!error)
		dma_coherent_release(&c);
	return error;
}

/* Bounces on a machine without maintenance by lines. */
static int map_stream(struct dma_device *to)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	int error = dma_segment_borrow(&seg, dma_paddr(HOST_ARENA_PADDR), 8);

	if (!error)
		error = dma_stream_map(&s, to, DMA_FROM_DEVICE, &seg);
	if (!error)
		dma_stream_release(&s);
	dma_segment_drop(&seg);
	return error;
}

static int alloc_segment(struct dma_device *to)
{
	struct dma_segment seg = {0};
	int error = dma_segment_alloc(&seg, 8, UINT64_MAX, 0);

	(void)to;
	dma_segment_drop(&seg);
	return error;
}

static void frames_run_out(void **state)
{
	static int (*const ways[])(struct dma_device * to) = {alloc_stream, alloc_coherent, map_stream, alloc_segment};
	struct dma_space_config config = deferred_config;

	(void)state;
	config.table = (struct dma_table_config){.format = &dma_format_vtd4, .snoops = true, .max_paddr = UINT64_MAX};
	for (unsigned apart = 0; apart < 2; apart++)	     /* cached in the linear map, uncached in mappings apart */
		for (unsigned other = 0; other < 2; other++) /* for the domain's device, and for one without */
			for (unsigned way = 0; way < 4; way++) {
				struct dma_device_config plain = {
					.name = "plain", .mask = UINT64_MAX, .coherent = !apart, .trusted = true};
				struct dma_device outside;
				struct dma_stream s;
				uint64_t before;

				host.uncached_only = apart;
				begin(&config, false, true);
				host.time_stands = true;
				assert_int_equal(dma_device_init(&outside, &plain), 0);
				for (unsigned i = 0; i < 5; i++) { /* tables and a first page of nodes */
					alloc(&s, DMA_BIDIRECTIONAL, 8);
					dma_stream_release(&s);
				}
				assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
				unit.wholes = 0;
				host.frames_most = host.frames + 40;
				for (unsigned round = 0; round < 20; round++) {
					for (unsigned i = 0; i < 5; i++) {
						alloc(&s, DMA_BIDIRECTIONAL, 8);
						warm(dma_stream_daddr(&s).raw, 8);
						dma_stream_release(&s);
					}
					assert_int_equal(pending(), 40);
					assert_int_equal(ways[way](other ? &outside : &dev), 0);
					assert_int_equal(dma_domain_flush(&unit.space.domain), 0);
				}
				/* Nothing waits: no for an answer, at the first try. */
				host.frames_most = host.frames;
				unit.wholes = 0;
				before = host.calls;
				if (way != 2 || apart)
					assert_int_equal(ways[way](other ? &outside : &dev), DMA_ENOMEM);
				assert_int_equal(unit.wholes, 0);
				assert_in_range(host.calls - before, 0, 1);
				host.frames_most = 0;
				assert_int_equal(dma_device_fini(&outside), 0);
				end();
			}
	host.uncached_only = false;
}

/* The hardware does not answer: what waits is lost, and so no is the answer. */
static void frames_run_out_and_hardware(void **state)
{
	struct dma_stream s;

	(void)state;
	begin(&deferred_config, false, true);
	alloc(&s, DMA_BIDIRECTIONAL, 8);
	host.frames_most = host.frames;
	dma_stream_release(&s);
	unit.times_out_at = 1;
	assert_int_equal(alloc_segment(&dev), DMA_ENOMEM);
	assert_true(unit.blocked);
	host.frames_most = 0;
	end_dead(8);
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
	unsigned rounds = 3 * (DMA_BATCH_COUNT < 128 ? (unsigned)DMA_BATCH_COUNT : 128),
		 longer = (unsigned)(600 * 4096 / PAGE);

	(void)state;
	for (unsigned deferred = 0; deferred < 2; deferred++) {
		config.deferred = deferred;
		begin(&config, false, true);
		for (unsigned i = 0; i < rounds; i++) {
			struct dma_stream s;
			uint64_t daddr;

			alloc(&s, DMA_BIDIRECTIONAL, 1 + i % 3 * longer);
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h48_untrusted_is_strict),
		cmocka_unit_test(deferred_flush_ends_access),
		cmocka_unit_test(deferred_bounds),
		cmocka_unit_test(flushed_on_pressure),
		cmocka_unit_test(frames_run_out),
		cmocka_unit_test(frames_run_out_and_hardware),
		cmocka_unit_test(flushed_on_detach),
		cmocka_unit_test(released_with_interrupts_off),
		cmocka_unit_test(mapped_with_interrupts_off),
	};

	choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
