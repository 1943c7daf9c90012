/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Streams that no device uses: made here, cut, and released here, in a handler of this CPU, or in one of another; and
 * what a receive path does, which maps the next buffer in a handler.
 */
#include "stress.h"

static struct dma_device *any_device(struct worker *w)
{
	uint32_t i = stress_random(w, stress.ndisks + stress.nedus);

	return i < stress.ndisks ? stress.disks[i]->dma : &stress.edus[i - stress.ndisks].dma;
}

/* Picks this CPU most of the time: under emulation, waiting for another one takes as long as a hundred rounds. */
static unsigned some_cpu(struct worker *w)
{
	return stress_random(w, 16) ? w->cpu : stress_random(w, bus_cpus());
}

struct release {
	struct dma_stream *head, *tail;
};

static void release_both(void *context)
{
	struct release *r = context;

	dma_stream_release(r->head);
	dma_stream_release(r->tail);
}

/* Releases both parts; one of them, or both, in an interrupt handler of any CPU. */
static void release_somewhere(struct worker *w, struct dma_stream *head, struct dma_stream *tail)
{
	struct release r = {head, tail};
	uint32_t how = stress_random(w, 4);

	if (how & 1)
		dma_stream_release(head);
	if (how & 2)
		dma_stream_release(tail);
	if (how != 3 && bus_cpu_interrupt(some_cpu(w), release_both, &r))
		w->counts.handled++;
	dma_stream_release(head); /* where nothing interrupts */
	dma_stream_release(tail);
}

struct receive {
	struct dma_device *dev;
	struct dma_segment memory;
	struct dma_stream stream;
	int error;
};

static void map_next(void *context)
{
	struct receive *r = context;

	r->error = dma_stream_map(&r->stream, r->dev, DMA_BIDIRECTIONAL, &r->memory);
	if (!r->error)
		r->error = dma_stream_sync_to_device(&r->stream, 0, DMA_PAGE_SIZE);
}

static void release_it(void *context)
{
	struct receive *r = context;

	dma_stream_release(&r->stream);
}

/* Mapped in a handler of one CPU, released in that of another. */
static void receive(struct worker *w)
{
	struct receive r = {.dev = any_device(w)};
	int error = dma_segment_clone(&w->spare, &r.memory);

	if (error) {
		stress_fail("a segment could not be cloned", error);
		return;
	}
	if (!bus_cpu_interrupt(some_cpu(w), map_next, &r))
		map_next(&r);
	if (r.error == DMA_ENOMEM)
		w->counts.dry++;
	else if (r.error)
		stress_fail("a map in a handler", r.error);
	if (!bus_cpu_interrupt(some_cpu(w), release_it, &r))
		release_it(&r);
	dma_segment_drop(&r.memory); /* if the map has not taken it */
	w->counts.handled += 2;
}

static void coherent(struct worker *w)
{
	struct dma_coherent c = {0};
	uint64_t value = stress_random(w, UINT32_MAX), back = 0;
	int error = dma_coherent_alloc(&c, any_device(w), 0, 1 + stress_random(w, 3));

	if (!error)
		error = dma_coherent_write_once(&c, 8, &value, sizeof(value));
	if (!error)
		error = dma_coherent_read_once(&c, 8, &back, sizeof(back));
	if (error || back != value)
		stress_fail("coherent memory", error);
	dma_coherent_release(&c);
	w->counts.coherent++;
}

static void streams(struct worker *w)
{
	static const enum dma_dir directions[] = {DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL};
	struct dma_stream head = {0}, tail = {0};
	enum dma_dir direction = directions[stress_random(w, 3)];
	size_t npages = 1 + stress_random(w, 12), at = stress_random(w, (uint32_t)(npages * DMA_PAGE_SIZE - 8));
	unsigned char bytes[8], back[8];
	uint64_t seed = stress_random(w, UINT32_MAX), state = seed;
	struct dma_device *dev = any_device(w);
	int error = dma_stream_alloc_uninit(&head, dev, stress_cut(dev, direction), npages);

	if (!error && direction != DMA_FROM_DEVICE) {
		stress_fill(bytes, sizeof(bytes), &state);
		error = dma_stream_write_bytes(&head, at, bytes, sizeof(bytes));
		if (!error)
			error = dma_stream_sync_to_device(&head, at, sizeof(bytes));
	}
	if (!error && direction == DMA_BIDIRECTIONAL) {
		error = dma_stream_sync_from_device(&head, at, sizeof(bytes));
		if (!error)
			error = dma_stream_read_bytes(&head, at, back, sizeof(back));
		state = seed;
		if (!error && !stress_same(back, sizeof(back), &state))
			stress_fail("a stream has other bytes than were written", 0);
	}
	if (!error && npages > 1 && stress_random(w, 2))
		error = dma_stream_split(&head, (1 + stress_random(w, (uint32_t)npages - 1)) * DMA_PAGE_SIZE, &tail);
	if (error)
		stress_fail("a stream", error);
	release_somewhere(w, &head, &tail);
	w->counts.churned++;
}

void churn(struct worker *w)
{
	uint32_t what = stress_random(w, 8);

	if (what == 0)
		coherent(w);
	else if (what < 3)
		receive(w);
	else
		streams(w);
	if (stress_random(w, 64) == 0)
		(void)dma_reclaim();
}
