/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The operations that are measured.
 */
#include "bench.h"

void *memcpy(void *dst, const void *src, size_t n);

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static void check(struct bench *b, int error)
{
	if (error)
		b->failed = error;
}

static unsigned which(const struct bench *b)
{
	return b->bytes <= 4 * KIB ? 0 : b->bytes <= 64 * KIB ? 1 : 2;
}

/* Times an expression that is 0 or an error, `times` times, the way callers use it. The same frame around nothing is what is taken off. */
#define TIMED(expression)                                                                                              \
	uint64_t begin = bus_ticks();                                                                                  \
	for (unsigned i = 0; i < times; i++) {                                                                         \
		int error = (expression);                                                                              \
		if (__builtin_expect(error, 0)) {                                                                      \
			check(b, error);                                                                               \
			break;                                                                                         \
		}                                                                                                      \
		__asm__ volatile("" : : "r"(b) : "memory");                                                            \
	}                                                                                                              \
	return bus_ticks() - begin

static int done(struct dma_stream *s)
{
	dma_stream_release(s);
	return 0;
}

static int drop(struct dma_segment *seg)
{
	dma_segment_drop(seg);
	return 0;
}

static uint64_t nothing(struct bench *b, unsigned times)
{
	TIMED(0);
}

/* ---- Map and release ---- */

static void take_borrowed(struct bench *b)
{
	check(b, dma_segment_clone(&b->borrowed[which(b)], &b->segment));
}

static void take_counted(struct bench *b)
{
	check(b, dma_segment_clone(&b->counted[which(b)], &b->segment));
}

static void release(struct bench *b)
{
	dma_stream_release(&b->stream);
}

static void release_tail(struct bench *b)
{
	dma_stream_release(&b->stream);
	dma_stream_release(&b->tail);
}

static uint64_t map(struct bench *b, unsigned times)
{
	TIMED(dma_stream_map(&b->stream, &b->dev, DMA_BIDIRECTIONAL, &b->segment));
}

static uint64_t release_alone(struct bench *b, unsigned times)
{
	TIMED(done(&b->stream));
}

static uint64_t map_release(struct bench *b, unsigned times)
{
	TIMED(dma_stream_map(&b->stream, &b->dev, DMA_BIDIRECTIONAL, &b->segment) || done(&b->stream));
}

/* In batches: the borrowed handle is cloned each time, which is part of the figure. */
static uint64_t clone_map_release(struct bench *b, unsigned times)
{
	unsigned size = which(b);

	TIMED(dma_segment_clone(&b->borrowed[size], &b->segment) ||
	      dma_stream_map(&b->stream, &b->dev, DMA_BIDIRECTIONAL, &b->segment) || done(&b->stream));
}

static void take_and_map(struct bench *b)
{
	take_borrowed(b);
	check(b, dma_stream_map(&b->stream, &b->dev, DMA_BIDIRECTIONAL, &b->segment));
}

static uint64_t clone_drop(struct bench *b, unsigned times)
{
	TIMED(dma_segment_clone(&b->counted[0], &b->segment) || drop(&b->segment));
}

/* ---- Alloc, split ---- */

static uint64_t alloc_release(struct bench *b, unsigned times)
{
	size_t npages = b->bytes / DMA_PAGE_SIZE;

	TIMED(dma_stream_alloc_uninit(&b->stream, &b->dev, DMA_BIDIRECTIONAL, npages) || done(&b->stream));
}

static uint64_t coherent_alloc_release(struct bench *b, unsigned times)
{
	struct dma_coherent memory = {0};
	size_t npages = b->bytes / DMA_PAGE_SIZE;

	TIMED(dma_coherent_alloc(&memory, &b->dev, 0, npages) || done(&memory.stream));
}

static uint64_t split(struct bench *b, unsigned times)
{
	TIMED(dma_stream_split(&b->stream, b->bytes / 2, &b->tail));
}

/* ---- Sync ---- */

static uint64_t sync_to_device(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->both;
	size_t bytes = b->bytes;

	TIMED(dma_stream_sync_to_device(s, 0, bytes));
}

static uint64_t sync_from_device(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->both;
	size_t bytes = b->bytes;

	TIMED(dma_stream_sync_from_device(s, 0, bytes));
}

static uint64_t clean_to_device(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->unsnooped;
	size_t bytes = b->bytes;

	TIMED(dma_stream_sync_to_device(s, 0, bytes));
}

static uint64_t invalidate_from_device(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->unsnooped;
	size_t bytes = b->bytes;

	TIMED(dma_stream_sync_from_device(s, 0, bytes));
}

/* ---- The CPU's access ---- */

static uint64_t copy_plain(struct bench *b, unsigned times)
{
	unsigned char *to = b->plain[0];
	const unsigned char *from = b->plain[1];
	size_t bytes = b->bytes;

	TIMED((memcpy(to, from, bytes), 0));
}

static uint64_t read_bytes(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->both;
	unsigned char *to = b->plain[0];
	size_t bytes = b->bytes;

	TIMED(dma_stream_read_bytes(s, 0, to, bytes));
}

static uint64_t write_bytes(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->both;
	const unsigned char *from = b->plain[0];
	size_t bytes = b->bytes;

	TIMED(dma_stream_write_bytes(s, 0, from, bytes));
}

/* Both cursors start anew, as their users' do; making them is not timed. */
static void make_cursors(struct bench *b)
{
	check(b, dma_stream_reader(&b->both, &b->reader));
	check(b, dma_stream_writer(&b->both, &b->writer));
}

static uint64_t reader(struct bench *b, unsigned times)
{
	struct dma_reader *r = &b->reader;
	unsigned char *to = b->plain[0];
	size_t bytes = b->bytes;

	TIMED(dma_reader_read_bytes(r, to, bytes));
}

static uint64_t writer(struct bench *b, unsigned times)
{
	struct dma_writer *w = &b->writer;
	const unsigned char *from = b->plain[0];
	size_t bytes = b->bytes;

	TIMED(dma_writer_write_bytes(w, from, bytes));
}

static uint64_t read_once(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->both;
	uint64_t value;

	TIMED(dma_stream_read_once(s, 0, &value, sizeof(value)));
}

#define COPIES(bytes)                                                                                                  \
	{"memcpy", bytes, copy_plain, NULL, NULL, false}, {"read_bytes", bytes, read_bytes, NULL, NULL, false},        \
		{"write_bytes", bytes, write_bytes, NULL, NULL, false},                                                \
		{"reader", bytes, reader, make_cursors, NULL, true},                                                   \
	{                                                                                                              \
		"writer", bytes, writer, make_cursors, NULL, true                                                      \
	}
#define MAPS(bytes)                                                                                                    \
	{"map", bytes, map, take_borrowed, release, true},                                                             \
		{"release", bytes, release_alone, take_and_map, NULL, true},                                           \
		{"map+release", bytes, map_release, take_borrowed, NULL, true},                                        \
		{"clone+map+release", bytes, clone_map_release, NULL, NULL, false},                                    \
		{"map+release counted", bytes, map_release, take_counted, NULL, true},                                 \
		{"alloc_uninit+release", bytes, alloc_release, NULL, NULL, false},                                     \
	{                                                                                                              \
		"coherent alloc+release", bytes, coherent_alloc_release, NULL, NULL, false                             \
	}
#define SYNCS(bytes)                                                                                                   \
	{"sync_to_device", bytes, sync_to_device, NULL, NULL, false},                                                  \
		{"sync_from_device", bytes, sync_from_device, NULL, NULL, false},                                      \
		{"sync_to_device, not snooped", bytes, clean_to_device, NULL, NULL, false},                            \
	{                                                                                                              \
		"sync_from_device, not snooped", bytes, invalidate_from_device, NULL, NULL, false                      \
	}

const struct bench_row bench_nothing = {"nothing", 0, nothing, NULL, NULL, false};

const struct bench_row bench_rows[] = {
	MAPS(4 * KIB),
	MAPS(64 * KIB),
	MAPS(MIB),
	{"split", 64 * KIB, split, take_and_map, release_tail, true},
	{"segment clone+drop", 4 * KIB, clone_drop, NULL, NULL, false},
	SYNCS(64),
	SYNCS(4 * KIB),
	SYNCS(64 * KIB),
	{"read_once", 8, read_once, NULL, NULL, false},
	COPIES(8),
	COPIES(64),
	COPIES(256),
	COPIES(KIB),
	COPIES(4 * KIB),
	COPIES(64 * KIB),
	COPIES(MIB),
	{0},
};
