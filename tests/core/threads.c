/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several threads at once: random lives of segments that they share and of streams over them, on devices that they
 * share, against one atomic count a frame. Meant for the thread sanitizer; a frame that is freed too early, twice or
 * never is found by the simulated host.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "core.h"
#include <pthread.h>

#define THREADS 4
#define STEPS	300
#define HELD	8
#define SHARED	6 /* segments that all threads slice and clone */

static struct core_device devices[2];
static struct dma_segment common[SHARED];

struct thread {
	unsigned number;
	uint64_t random;
	struct dma_segment seg[HELD];
	struct dma_stream stream[HELD];
	unsigned refused;
};

static size_t draw(struct thread *t, size_t n)
{
	t->random = t->random * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(t->random >> 33) % n;
}

static void hold_one(struct thread *t, struct dma_segment *seg)
{
	const struct dma_segment *from = &common[draw(t, SHARED)];
	size_t first = draw(t, from->npages), n = 1 + draw(t, from->npages - first);

	switch (draw(t, 4)) {
	case 0:
		SIM_CHECK(core_segment(seg, 1 + draw(t, 4), 1));
		return;
	case 1:
		SIM_CHECK(dma_segment_clone(from, seg) == 0);
		break;
	default:
		SIM_CHECK(dma_segment_slice(from, first, n, seg) == 0);
	}
	SIM_CHECK(seg->paddr.raw >= from->paddr.raw &&
		  seg->paddr.raw + dma_segment_size(seg) <= from->paddr.raw + dma_segment_size(from));
}

static void allocated(const struct dma_segment *seg)
{
	uint64_t offset = 0;

	machine_lock();
	SIM_CHECK(ram_offset(seg->paddr.raw, dma_segment_size(seg), &offset));
	for (size_t i = 0; i < seg->npages; i++)
		SIM_CHECK(sim.pages[(offset >> DMA_PAGE_SHIFT) + i].flags & PAGE_ALLOCATED);
	machine_unlock();
}

static void with_segment(struct thread *t, struct dma_segment *seg, struct dma_segment *other)
{
	struct dma_segment clone = {0};

	allocated(seg);
	switch (draw(t, 4)) {
	case 0:
		SIM_CHECK(dma_segment_clone(seg, &clone) == 0);
		break;
	case 1:
		SIM_CHECK(dma_segment_slice(seg, seg->npages - 1, 1, &clone) == 0);
		break;
	case 2:
		if (seg->npages > 1 && other->npages == 0)
			SIM_CHECK(dma_segment_split(seg, 1, other) == 0);
		break;
	default:
		dma_segment_drop(seg);
	}
	dma_segment_drop(&clone);
}

static void with_stream(struct thread *t, struct dma_stream *s, struct dma_stream *other, struct dma_segment *seg)
{
	static const unsigned dirs[] = {DMA_TO_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL};
	struct core_device *dev = &devices[draw(t, 2)];
	unsigned dir = dirs[draw(t, 3)];

	if (!s->dev) {
		int error = seg->npages ? dma_stream_map(s, &dev->dma, dir, seg)
					: dma_stream_alloc_uninit(s, &dev->dma, dir, 1 + draw(t, 3));

		t->refused += error != 0;
		SIM_CHECK(error == 0 || error == DMA_ENOMEM);
		return;
	}
	SIM_CHECK(dma_device_live(s->dev) > 0);
	switch (draw(t, 3)) {
	case 0:
		if (dma_stream_size(s) > PAGE && !other->dev)
			SIM_CHECK(dma_stream_split(s, PAGE, other) == 0);
		break;
	case 1:
		if (s->dir & DMA_FROM_DEVICE)
			SIM_CHECK(dma_stream_sync_from_device(s, 0, 64) == 0);
		break;
	default:
		if (draw(t, 2))
			sim_interrupts(false);
		dma_stream_release(s);
		sim_interrupts(true);
		if (draw(t, 4) == 0)
			(void)dma_reclaim();
	}
}

static void *live(void *arg)
{
	struct thread *t = arg;

	sim_set_cpu(t->number);
	for (unsigned i = 0; i < STEPS; i++) {
		struct dma_segment *seg = &t->seg[draw(t, HELD)], *other = &t->seg[draw(t, HELD)];

		if (draw(t, 2))
			with_stream(t, &t->stream[draw(t, HELD)], &t->stream[draw(t, HELD)], seg);
		else if (seg->npages)
			with_segment(t, seg, other);
		else
			hold_one(t, seg);
	}
	for (unsigned i = 0; i < HELD; i++) {
		dma_stream_release(&t->stream[i]);
		dma_segment_drop(&t->seg[i]);
	}
	sim_handover();
	return NULL;
}

static void lives(void *arg)
{
	static struct thread threads[THREADS];
	pthread_t ids[THREADS];

	(void)arg;
	memset(threads, 0, sizeof(threads));
	for (unsigned i = 0; i < 2; i++)
		core_open(&devices[i]);
	for (unsigned i = 0; i < SHARED; i++) {
		common[i] = (struct dma_segment){0};
		if (!core_segment(&common[i], 8, i))
			return;
	}
	for (unsigned i = 0; i < THREADS; i++) {
		threads[i].number = i;
		threads[i].random = sim_config()->seed * 7919 + i;
		pthread_create(&ids[i], NULL, live, &threads[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	for (unsigned i = 0; i < SHARED; i++) {
		allocated(&common[i]);
		dma_segment_drop(&common[i]);
	}
	(void)dma_reclaim();
	SIM_CHECK(core_pages() == 0);
	for (unsigned i = 0; i < 2; i++)
		core_close(&devices[i]);
}

static void threads_on(const char *words)
{
	struct sim_config machine = sim_config_plain(words);

	machine.cpus = THREADS;
	for (unsigned i = 0; i < 6; i++) {
		machine.seed = i;
		assert_int_equal(sim_run(&machine, lives, NULL), 0);
	}
}

static void many_threads_share_segments_and_devices(void **state)
{
	(void)state;
	threads_on("low=2,high=2");
	threads_on("low=2,high=2,mask=32");
	threads_on("low=2,high=2,noncoherent");
	threads_on("low=2,high=2,cvm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads_share_segments_and_devices),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
