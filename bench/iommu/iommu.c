/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the parts of src/iommu cost by themselves, with an IOMMU whose invalidations do nothing:
 *
 *     iommu times         nanoseconds, one thread against two in one domain, table bytes for each mapped GiB
 *     iommu ROW COUNT     runs one row COUNT times, for bench/iommu/run, which counts instructions
 */
#define _GNU_SOURCE
#include "always_done.h"
#include "bench_host.h"
#include <dmastream/dmastream.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GIB ((uint64_t)1 << 30)

static struct dma_space space;
static struct dma_device dev __attribute__((aligned(64))); /* the words of its ledger by lines */
static struct dma_space *current = &space;

static void must(int error)
{
	if (error) {
		fprintf(stderr, "bench: %s\n", dma_strerror(error));
		exit(1);
	}
}

static void start(bool deferred, bool snoops, uint8_t big_levels)
{
	const struct dma_space_config config = {.mapper = &dma_walker_mapper,
						.unit = &always_done,
						.table = {.format = &dma_format_vtd4,
							  .big_levels = big_levels,
							  .snoops = snoops,
							  .max_paddr = UINT64_MAX},
						.last = ((uint64_t)1 << 48) - 1,
						.deferred = deferred};
	const struct dma_device_config device = {
		.name = "bench", .domain = &space.domain, .mask = UINT64_MAX, .coherent = true, .trusted = true};

	must(dma_init());
	must(dma_space_init(&space, &config));
	must(dma_device_init(&dev, &device));
}

static void stop(void)
{
	must(dma_device_fini(&dev));
	must(dma_space_fini(&space));
	must(dma_fini());
}

/* ---- Rows ---- */

static void stream_row(size_t npages, uint64_t times)
{
	struct dma_segment borrowed = {0};

	must(dma_segment_borrow(&borrowed, dma_paddr(16 * GIB), npages));
	for (uint64_t i = 0; i < times; i++) {
		struct dma_stream s = {0};
		struct dma_segment seg = borrowed;

		must(dma_stream_map(&s, &dev, DMA_BIDIRECTIONAL, &seg));
		dma_stream_release(&s);
	}
}

static void iova_row(size_t npages, uint64_t times)
{
	const struct dma_iova_request request = {.npages = npages, .last = UINT64_MAX};

	for (uint64_t i = 0; i < times; i++) {
		uint64_t daddr;
		uint32_t generation;

		must(dma_iova_alloc(&current->iova, &request, &daddr, &generation));
		dma_iova_free(&current->iova, daddr, npages);
	}
}

static void walker_row(size_t npages, uint64_t times)
{
	struct dma_gather gather = {0};

	for (uint64_t i = 0; i < times; i++) {
		must(dma_table_map(&current->table, 4 * GIB, 16 * GIB, npages, 3, 1 << 20, false));
		must(dma_table_unmap(&current->table, 4 * GIB, npages, 5ull << 40 | 1 << 28, &gather));
	}
}

static void nothing_row(size_t npages, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		__asm__ volatile("" : : "r"(npages), "r"(i) : "memory");
}

static const struct row {
	const char *name, *what;
	void (*run)(size_t npages, uint64_t times);
	size_t npages;
	bool deferred, snoops;
} rows[] = {
	{"nothing", "the loop around it", nothing_row, 1, false, true},
	{"iova-4k", "addresses: alloc + free, 4 KiB", iova_row, 1, false, true},
	{"iova-64k", "addresses: alloc + free, 64 KiB", iova_row, 16, false, true},
	{"iova-1m", "addresses: alloc + free, 1 MiB", iova_row, 256, false, true},
	{"walk-4k", "tables: map + unmap, 4 KiB", walker_row, 1, false, true},
	{"walk-1m", "tables: map + unmap, 1 MiB", walker_row, 256, false, true},
	{"walk-4k-flush", "the same with flushed entries, 4 KiB", walker_row, 1, false, false},
	{"walk-1m-flush", "the same with flushed entries, 1 MiB", walker_row, 256, false, false},
	{"strict-4k", "stream: map + release, strict, 4 KiB", stream_row, 1, false, true},
	{"strict-1m", "stream: map + release, strict, 1 MiB", stream_row, 256, false, true},
	{"deferred-4k", "stream: map + release, deferred, 4 KiB", stream_row, 1, true, true},
	{"deferred-1m", "stream: map + release, deferred, 1 MiB", stream_row, 256, true, true},
	{"strict-2m", "stream: map + release, strict, 2 MiB, a big page", stream_row, 512, false, true},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double best_ns(const struct row *row)
{
	double best = 1e9;

	start(row->deferred, row->snoops, 6);
	row->run(row->npages, 1000);
	for (unsigned attempt = 0; attempt < 30; attempt++) {
		uint64_t times = row->npages > 64 ? 1000 : 20000;
		double begin = seconds(CLOCK_THREAD_CPUTIME_ID), took;

		row->run(row->npages, times);
		took = (seconds(CLOCK_THREAD_CPUTIME_ID) - begin) * 1e9 / (double)times;
		best = took < best ? took : best;
	}
	stop();
	return best;
}

/* ---- Threads ---- */

struct lane {
	pthread_t thread;
	unsigned number;
	uint64_t times;
	double rate; /* of its processor time */
	double begin, end;
};

static unsigned waiting; /* lanes that are not there yet: spun on, so that all start at once */

static void *lane_run(void *arg)
{
	struct lane *lane = arg;
	double cpu;

	cpu_set_t set;

	bench_cpu = lane->number;
	CPU_ZERO(&set);
	CPU_SET(lane->number, &set);
	(void)sched_setaffinity(0, sizeof(set), &set); /* where there is only one, the figure says so */
	stream_row(1, 1000);
	__atomic_sub_fetch(&waiting, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE))
		;
	lane->begin = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
	stream_row(1, lane->times);
	cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
	lane->end = seconds(CLOCK_MONOTONIC);
	lane->rate = (double)lane->times / cpu;
	return NULL;
}

/* Operations a second of n threads, by the clock and by the processor time that they got. */
static void lanes_run(unsigned n, double *by_clock, double *by_cpu)
{
	struct lane lane[2] = {{0}};
	double begin = 0, end = 0;

	*by_cpu = 0;
	waiting = n;
	for (unsigned i = 0; i < n; i++) {
		lane[i].number = i;
		lane[i].times = 20000; /* short, to fit between what else the machine does */
		must(pthread_create(&lane[i].thread, NULL, lane_run, &lane[i]));
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(lane[i].thread, NULL);
		begin = i == 0 || lane[i].begin < begin ? lane[i].begin : begin;
		end = lane[i].end > end ? lane[i].end : end;
		*by_cpu += lane[i].rate;
	}
	*by_clock = (double)(n * lane[0].times) / (end - begin);
}

static double scaling(bool deferred, double *by_cpu)
{
	double clock[3] = {0}, cpu[3] = {0};

	start(deferred, true, 6);
	for (unsigned attempt = 0; attempt < 200; attempt++)
		for (unsigned n = 1; n <= 2; n++) {
			double c, p;

			lanes_run(n, &c, &p);
			clock[n] = c > clock[n] ? c : clock[n];
			cpu[n] = p > cpu[n] ? p : cpu[n];
		}
	stop();
	*by_cpu = cpu[2] / cpu[1];
	return clock[2] / clock[1];
}

/* ---- Table bytes ---- */

/* Bytes of tables for 1 GiB mapped in pieces, the empty table's taken off. */
static uint64_t table_bytes(size_t npages, uint8_t big_levels)
{
	size_t pieces = (size_t)(GIB >> DMA_PAGE_SHIFT) / npages;
	struct dma_stream *streams = calloc(pieces, sizeof(*streams));
	uint64_t before, bytes;

	start(false, true, big_levels);
	before = dma_table_bytes(&space.table);
	for (size_t i = 0; i < pieces; i++) {
		struct dma_segment seg = {0};

		must(dma_segment_borrow(&seg, dma_paddr(16 * GIB + i * npages * DMA_PAGE_SIZE), npages));
		must(dma_stream_map(&streams[i], &dev, DMA_BIDIRECTIONAL, &seg));
	}
	bytes = dma_table_bytes(&space.table) - before;
	for (size_t i = 0; i < pieces; i++)
		dma_stream_release(&streams[i]);
	stop();
	free(streams);
	return bytes;
}

int main(int argc, char **argv)
{
	double strict, deferred, strict_cpu, deferred_cpu;

	if (argc == 3) {
		for (size_t i = 0; i < ROWS; i++)
			if (!strcmp(argv[1], rows[i].name)) {
				start(rows[i].deferred, rows[i].snoops, 6);
				rows[i].run(rows[i].npages, strtoull(argv[2], NULL, 10));
				stop();
				return 0;
			}
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "rows")) {
		for (size_t i = 0; i < ROWS; i++)
			printf("%s\t%s\n", rows[i].name, rows[i].what);
		return 0;
	}
	for (size_t i = 0; i < ROWS; i++)
		printf("ns %s %.1f\n", rows[i].name, best_ns(&rows[i]));
	strict = scaling(false, &strict_cpu);
	deferred = scaling(true, &deferred_cpu);
	printf("scaling strict %.2f %.2f\n", strict, strict_cpu);
	printf("scaling deferred %.2f %.2f\n", deferred, deferred_cpu);
	for (unsigned big = 0; big < 2; big++) {
		static const size_t pieces[] = {1, 256, 512, 262144};

		for (unsigned i = 0; i < 4; i++)
			printf("tables %s %lu %lu\n", big ? "big" : "small", (unsigned long)pieces[i] * DMA_PAGE_SIZE,
			       (unsigned long)table_bytes(pieces[i], big ? 6 : 0));
	}
	return 0;
}
