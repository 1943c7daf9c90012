/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The operations that are measured.
 */
#include "bench.h"
#include <dmastream/arch.h>
#include <dmastream/platform.h>

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

/* Times an expression that is 0 or an error, `times` times, the way callers use it. The same frame around nothing is
 * what is taken off. */
#define FRAME(expression, behind)                                                                                      \
	uint64_t begin = bus_ticks();                                                                                  \
	for (unsigned i = 0; i < times; i++) {                                                                         \
		int error = (expression);                                                                              \
		if (__builtin_expect(error, 0)) {                                                                      \
			check(b, error);                                                                               \
			break;                                                                                         \
		}                                                                                                      \
		behind;                                                                                                \
	}                                                                                                              \
	return bus_ticks() - begin

#define TIMED(expression) FRAME(expression, __asm__ volatile("" : : "r"(b) : "memory"))

/* `at` is the run's own object, and moves on. */
#define TIMED_EACH(at, expression) FRAME(expression, __asm__ volatile("" : "+r"(at) : "r"(b) : "memory"); (at)++)

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

static int give_frames(dma_paddr_t paddr, size_t npages)
{
	dma_host_frames_free(paddr, npages);
	return 0;
}

static int fill_zeros(struct bench *b)
{
	dma_arch_fill(b->plain[0], 0, b->bytes);
	return 0;
}

static uint64_t nothing(struct bench *b, unsigned times)
{
	TIMED(0);
}

static uint64_t nothing_each(struct bench *b, unsigned times)
{
	struct dma_reader *r = b->readers;

	TIMED_EACH(r, 0);
}

/* ---- Map and release ---- */

static void take_borrowed(struct bench *b, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		check(b, dma_segment_clone(&b->borrowed[which(b)], &b->runs[i].segment));
}

static void take_counted(struct bench *b, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		check(b, dma_segment_clone(&b->counted[which(b)], &b->runs[i].segment));
}

static void take_and_map(struct bench *b, unsigned times)
{
	take_borrowed(b, times);
	for (unsigned i = 0; i < times; i++)
		check(b, dma_stream_map(&b->runs[i].stream, &b->dev, DMA_BIDIRECTIONAL, &b->runs[i].segment));
}

static void release(struct bench *b, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		dma_stream_release(&b->runs[i].stream);
		dma_stream_release(&b->runs[i].tail);
	}
}

static uint64_t map(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;

	TIMED_EACH(run, dma_stream_map(&run->stream, &b->dev, DMA_BIDIRECTIONAL, &run->segment));
}

static uint64_t release_alone(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;

	TIMED_EACH(run, done(&run->stream));
}

static uint64_t map_release(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;

	TIMED_EACH(run, dma_stream_map(&run->stream, &b->dev, DMA_BIDIRECTIONAL, &run->segment) || done(&run->stream));
}

/* With the borrowed handle's clone, as a driver does that maps the same memory for each transfer. */
static uint64_t clone_map_release(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;
	unsigned size = which(b);

	TIMED(dma_segment_clone(&b->borrowed[size], &run->segment) ||
	      dma_stream_map(&run->stream, &b->dev, DMA_BIDIRECTIONAL, &run->segment) || done(&run->stream));
}

static uint64_t clone_drop(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;

	TIMED(dma_segment_clone(&b->counted[0], &run->segment) || drop(&run->segment));
}

/* ---- Alloc, split ---- */

static uint64_t alloc_release(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;
	size_t npages = b->bytes / DMA_PAGE_SIZE;

	TIMED(dma_stream_alloc_uninit(&run->stream, &b->dev, DMA_BIDIRECTIONAL, npages) || done(&run->stream));
}

/* What an alloc and its release cost beside the library's own part: the host's frames, and zeros. */
static uint64_t host_frames(struct bench *b, unsigned times)
{
	size_t npages = b->bytes / DMA_PAGE_SIZE;
	dma_paddr_t paddr = dma_paddr(0);

	TIMED(dma_host_frames_alloc(npages, UINT64_MAX, DMA_PAGE_SIZE, &paddr) || give_frames(paddr, npages));
}

static uint64_t zeros(struct bench *b, unsigned times)
{
	TIMED(fill_zeros(b));
}

static uint64_t coherent_alloc_release(struct bench *b, unsigned times)
{
	struct dma_coherent memory = {0};
	size_t npages = b->bytes / DMA_PAGE_SIZE;

	TIMED(dma_coherent_alloc(&memory, &b->dev, 0, npages) || done(&memory.stream));
}

static uint64_t split(struct bench *b, unsigned times)
{
	struct bench_run *run = b->runs;

	TIMED_EACH(run, dma_stream_split(&run->stream, b->bytes / 2, &run->tail));
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

/* ---- The toolkit ---- */

static uint64_t slice_sync_to_device(struct bench *b, unsigned times)
{
	const struct dma_slice *slice = &b->slice;
	size_t bytes = b->bytes;

	TIMED(dma_slice_sync_to_device(slice, 0, bytes));
}

static uint64_t slice_sync_from_device(struct bench *b, unsigned times)
{
	const struct dma_slice *slice = &b->slice;
	size_t bytes = b->bytes;

	TIMED(dma_slice_sync_from_device(slice, 0, bytes));
}

static uint64_t pool_get_put(struct bench *b, unsigned times)
{
	struct dma_pool *pool = &b->pool;
	struct dma_block *block;

	TIMED(dma_pool_get(pool, &block) || dma_pool_put(pool, block));
}

/* All that the library does for a packet that a network card receives, as drivers/virtio/virtio_frames.c has it: a
 * block for the device, its address, and, when it is filled, a sync, a look at its header, and the block given back. */
static int one_packet(struct dma_pool *pool, size_t bytes)
{
	unsigned char header[12];
	struct dma_block *block;

	if (dma_pool_get(pool, &block))
		return 1;
	__asm__ volatile("" : : "r"(dma_block_daddr(block).raw));
	if (dma_slice_sync_from_device(&block->slice, 0, bytes) ||
	    dma_slice_read_bytes(&block->slice, 0, header, sizeof(header)))
		return 1;
	__asm__ volatile("" : : "r"(header) : "memory");
	return dma_pool_put(pool, block);
}

static uint64_t packet_received(struct bench *b, unsigned times)
{
	struct dma_pool *pool = &b->pool;
	size_t bytes = b->bytes;

	TIMED(one_packet(pool, bytes));
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

/* Each run's cursor starts anew, as its users' do; making it is not timed. */
static void make_readers(struct bench *b, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		check(b, dma_stream_reader(&b->both, &b->readers[i]));
}

static void make_writers(struct bench *b, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		check(b, dma_stream_writer(&b->both, &b->writers[i]));
}

static uint64_t reader(struct bench *b, unsigned times)
{
	struct dma_reader *r = b->readers;
	unsigned char *to = b->plain[0];
	size_t bytes = b->bytes;

	TIMED_EACH(r, dma_reader_read_bytes(r, to, bytes));
}

static uint64_t writer(struct bench *b, unsigned times)
{
	struct dma_writer *w = b->writers;
	const unsigned char *from = b->plain[0];
	size_t bytes = b->bytes;

	TIMED_EACH(w, dma_writer_write_bytes(w, from, bytes));
}

static uint64_t read_once(struct bench *b, unsigned times)
{
	const struct dma_stream *s = &b->both;
	uint64_t value;

	TIMED(dma_stream_read_once(s, 0, &value, sizeof(value)));
}

#define COPIES(bytes)                                                                                                  \
	{"memcpy", bytes, copy_plain, NULL, NULL, 0}, {"read_bytes", bytes, read_bytes, NULL, NULL, 0},                \
		{"write_bytes", bytes, write_bytes, NULL, NULL, 0},                                                    \
		{"reader", bytes, reader, make_readers, NULL, BENCH_CURSORS},                                          \
	{                                                                                                              \
		"writer", bytes, writer, make_writers, NULL, BENCH_CURSORS                                             \
	}
#define MAPS(bytes)                                                                                                    \
	{"map", bytes, map, take_borrowed, release, BENCH_RUNS},                                                       \
		{"release", bytes, release_alone, take_and_map, NULL, BENCH_RUNS},                                     \
		{"map+release", bytes, map_release, take_borrowed, NULL, BENCH_RUNS},                                  \
		{"clone+map+release", bytes, clone_map_release, NULL, NULL, 0},                                        \
		{"map+release counted", bytes, map_release, take_counted, NULL, BENCH_RUNS},                           \
		{"alloc_uninit+release", bytes, alloc_release, NULL, NULL, 0},                                         \
	{                                                                                                              \
		"coherent alloc+release", bytes, coherent_alloc_release, NULL, NULL, 0                                 \
	}
#define SYNCS(bytes)                                                                                                   \
	{"sync_to_device", bytes, sync_to_device, NULL, NULL, 0},                                                      \
		{"sync_from_device", bytes, sync_from_device, NULL, NULL, 0},                                          \
		{"sync_to_device, not snooped", bytes, clean_to_device, NULL, NULL, 0},                                \
	{                                                                                                              \
		"sync_from_device, not snooped", bytes, invalidate_from_device, NULL, NULL, 0                          \
	}

const struct bench_row bench_nothing[2] = {
	{"nothing", 0, nothing, NULL, NULL, 0},
	{"nothing", 0, nothing_each, NULL, NULL, BENCH_CURSORS},
};

const struct bench_row bench_rows[] = {
	MAPS(4 * KIB),
	MAPS(64 * KIB),
	MAPS(MIB),
	{"split", 64 * KIB, split, take_and_map, release, BENCH_RUNS},
	{"segment clone+drop", 4 * KIB, clone_drop, NULL, NULL, 0},
	SYNCS(64),
	SYNCS(4 * KIB),
	SYNCS(64 * KIB),
	{"slice sync_to_device", 4 * KIB, slice_sync_to_device, NULL, NULL, 0},
	{"slice sync_from_device", 4 * KIB, slice_sync_from_device, NULL, NULL, 0},
	{"pool_get+put", 2 * KIB, pool_get_put, NULL, NULL, 0},
	{"packet received, pool", 1512, packet_received, NULL, NULL, 0},
	{"host frames alloc+free", 4 * KIB, host_frames, NULL, NULL, 0},
	{"zeros", 4 * KIB, zeros, NULL, NULL, 0},
	{"read_once", 8, read_once, NULL, NULL, 0},
	COPIES(8),
	COPIES(64),
	COPIES(256),
	COPIES(KIB),
	COPIES(4 * KIB),
	COPIES(64 * KIB),
	COPIES(MIB),
	{NULL, 0, NULL, NULL, NULL, 0},
};
