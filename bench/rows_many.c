/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What lists, buffers and batches cost: the operations of rows.c that work on many pieces, or on parts of pages.
 */
#include "bench.h"

#define KIB ((size_t)1 << 10)
#define ODD 1001 /* bytes into a page */

#define MANY_STREAMS 32u
#define MANY_PIECES  256u

static struct dma_piece pieces[MANY_PIECES];
static struct dma_stream streams[MANY_STREAMS];
static struct dma_stream *const named[MANY_STREAMS] = {
#define FOUR(i) &streams[i], &streams[(i) + 1], &streams[(i) + 2], &streams[(i) + 3]
	FOUR(0), FOUR(4), FOUR(8), FOUR(12), FOUR(16), FOUR(20), FOUR(24), FOUR(28)};

static void check(struct bench *b, int error)
{
	if (error)
		b->failed = error;
}

/* ---- Lists: every other page of ordinary memory ---- */

static struct dma_list list;

static void build(struct bench *b, unsigned times)
{
	size_t npages = b->bytes / DMA_PAGE_SIZE, first = 0;
	(void)times;
	dma_list_init(&list, pieces, MANY_PIECES);
	for (size_t i = 0; i < npages && !b->failed; i++) {
		/* half of them from each of the two stretches, which are as long as the largest list */
		unsigned char *from = b->plain[i & 1] + first;

		first += (i & 1) * DMA_PAGE_SIZE;
		check(b, dma_list_add(&list, from, DMA_PAGE_SIZE));
	}
}

static uint64_t list_map_release(struct bench *b, unsigned times)
{
	uint64_t begin = bus_ticks();

	for (unsigned i = 0; i < times; i++) {
		check(b, dma_list_map(&list, &b->dev, DMA_BIDIRECTIONAL));
		dma_list_unmap(&list);
	}
	return bus_ticks() - begin;
}

/* What a driver does for one transfer: it also walks over what the device is to be told. */
static uint64_t list_all(struct bench *b, unsigned times)
{
	uint64_t begin = bus_ticks();

	for (unsigned i = 0; i < times; i++) {
		struct dma_list_walk walk;
		struct dma_list_entry entry;

		build(b, 1);
		check(b, dma_list_map(&list, &b->dev, DMA_BIDIRECTIONAL));
		for (walk = dma_list_begin(&list); dma_list_next(&walk, &entry);)
			__asm__ volatile("" : : "r"(entry.daddr.raw), "r"(entry.len));
		dma_list_release(&list);
	}
	return bus_ticks() - begin;
}

/* ---- Batches ---- */

static void map_streams(struct bench *b, unsigned times)
{
	(void)times;
	for (unsigned i = 0; i < MANY_STREAMS; i++) {
		struct dma_segment seg = {0};

		check(b, dma_segment_clone(&b->borrowed[0], &seg));
		check(b, dma_stream_map(&streams[i], &b->dev, DMA_BIDIRECTIONAL, &seg));
	}
}

static uint64_t batch_release(struct bench *b, unsigned times)
{
	uint64_t begin = bus_ticks();

	(void)b, (void)times;
	dma_batch_release(named, MANY_STREAMS);
	return bus_ticks() - begin;
}

static uint64_t batch_sync(struct bench *b, unsigned times)
{
	struct dma_range ranges[MANY_STREAMS];
	uint64_t begin;

	for (unsigned i = 0; i < MANY_STREAMS; i++)
		ranges[i] = (struct dma_range){&b->unsnooped, i * 64, 64};
	begin = bus_ticks();
	for (unsigned i = 0; i < times; i++)
		check(b, dma_batch_sync_to_device(ranges, MANY_STREAMS));
	return bus_ticks() - begin;
}

/* ---- Buffers ---- */

static uint64_t map_buffer(struct bench *b, unsigned times, struct dma_device *dev, size_t offset)
{
	struct dma_buffer buffer = {0};
	uint64_t begin = bus_ticks();

	for (unsigned i = 0; i < times; i++) {
		check(b, dma_buffer_map(&buffer, dev, DMA_TO_DEVICE, b->plain[0] + offset, b->bytes));
		dma_buffer_release(&buffer);
	}
	return bus_ticks() - begin;
}

static uint64_t buffer_direct(struct bench *b, unsigned times)
{
	return map_buffer(b, times, &b->dev, ODD);
}

static uint64_t buffer_untrusted(struct bench *b, unsigned times)
{
	return map_buffer(b, times, &b->untrusted, ODD);
}

/* Not aligned as the device wants it. */
static uint64_t buffer_bounced(struct bench *b, unsigned times)
{
	return map_buffer(b, times, &b->aligned, 64);
}

const struct bench_row bench_many_rows[] = {
	{"list map+release", 64 * KIB, list_map_release, build, NULL, BENCH_MOST},
	{"list map+release", 1024 * KIB, list_map_release, build, NULL, BENCH_MOST},
	{"list build+map+walk+release", 64 * KIB, list_all, NULL, NULL, BENCH_MOST},
	{"list build+map+walk+release", 1024 * KIB, list_all, NULL, NULL, BENCH_MOST},
	{"batch of 32 releases", 4 * KIB, batch_release, map_streams, NULL, 1},
	{"batch of 32 syncs, not snooped", 64, batch_sync, NULL, NULL, BENCH_MOST},
	{"buffer map+release", 64, buffer_direct, NULL, NULL, BENCH_MOST},
	{"buffer map+release", 64 * KIB, buffer_direct, NULL, NULL, BENCH_MOST},
	{"buffer map+release, bounced", 4 * KIB, buffer_bounced, NULL, NULL, BENCH_MOST},
	{"buffer map+release, untrusted", 64 * KIB, buffer_untrusted, NULL, NULL, BENCH_MOST},
	{NULL, 0, NULL, NULL, NULL, 0},
};
