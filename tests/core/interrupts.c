/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Interrupts off: release of anything works and leaves what the host must be asked for to dma_reclaim() or the next
 * alloc; alloc and adopt say DMA_EBUSY or draw on the reserve; map works where nothing but the caller's frames is
 * needed.
 */
#include "../../src/memory/placement.h"
#include "core.h"

static uint64_t pending(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats.pages_pending;
}

static bool waits(const struct dma_stream *s)
{
	return s->owed != NULL; /* a mapping of its own, or shared frames */
}

static void release(void *arg)
{
	struct core_device dev;
	struct dma_segment next = {0};

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		for (unsigned i = 0; i < 6; i++) {
			struct dma_segment ready = {0};
			struct dma_stream s;
			uint64_t mapped, before;
			bool later;

			if (i == 5 && !core_segment(&ready, 1, 1))
				return;

			if (!core_stream(&s, &dev, dir, 3, i & 1, 5))
				return;
			core_exchange(&dev, &s, 3);
			later = waits(&s);
			mapped = sim_hook_calls(SIM_HOOK_KVA_UNMAP);
			sim_interrupts(false);
			core_exchange(&dev, &s, 4); /* everything but making works in any context */
			dma_stream_release(&s);
			SIM_CHECK(dma_reclaim() == 0); /* not now */
			SIM_CHECK(mapped == sim_hook_calls(SIM_HOOK_KVA_UNMAP));
			before = ready.npages;
			if (!later ||
			    (dev.dma.coherent && !sim_config()->cvm && sim_config()->linear_limit == UINT64_MAX))
				SIM_CHECK(pending() == 0 && core_pages() == before);
			sim_interrupts(true);
			if (pending() == 0) {
				dma_segment_drop(&ready);
				continue;
			}
			SIM_CHECK(pending() == 3 || pending() == 6);
			if (i < 2) {
				uint64_t n = pending();

				SIM_CHECK(dma_reclaim() == n);
			} else if (i < 4) {
				if (core_segment_raw(&next, 1)) /* the next alloc works it off */
					dma_segment_drop(&next);
			} else {
				struct dma_stream t = {0};

				SIM_CHECK(i == 4 || dma_stream_map(&t, &dev.dma, DMA_BIDIRECTIONAL, &ready) == 0);
				SIM_CHECK(i == 5 || dma_stream_alloc_uninit(&t, &dev.dma, DMA_BIDIRECTIONAL, 1) == 0);
				SIM_CHECK(pending() == 0 || (i == 5 && !(t.place & DMA_PLACE_BOUNCE)));
				dma_stream_release(&t);
				(void)dma_reclaim();
			}
			dma_segment_drop(&ready);
			SIM_CHECK(pending() == 0 && core_pages() == 0);
			SIM_CHECK(dma_reclaim() == 0 || sim_config()->cvm); /* runs of shared memory */
		}
	}
	core_close(&dev);
}

static void release_never_waits_for_the_host(void **state)
{
	(void)state;
	core_test_all(release);
}

static void several(void *arg)
{
	struct core_device dev;
	struct dma_stream s[4];
	uint64_t waiting;

	(void)arg;
	core_open(&dev);
	for (unsigned i = 0; i < 4; i++) {
		if (!core_stream(&s[i], &dev, DMA_BIDIRECTIONAL, i + 1, false, 0))
			return;
	}
	sim_interrupts(false);
	for (unsigned i = 0; i < 4; i++)
		dma_stream_release(&s[i]);
	sim_interrupts(true);
	waiting = pending();
	SIM_CHECK(waiting == 0 || waiting == 10);
	SIM_CHECK(dma_reclaim() == waiting || sim_config()->cvm); /* runs of shared memory */
	SIM_CHECK(pending() == 0 && core_pages() == 0);
	/* What still waits at the end, dma_fini() works off. */
	if (core_stream(&s[0], &dev, DMA_BIDIRECTIONAL, 2, false, 0)) {
		sim_interrupts(false);
		dma_stream_release(&s[0]);
		sim_interrupts(true);
	}
	core_close(&dev);
}

static void several_wait_in_a_list(void **state)
{
	(void)state;
	core_test_all(several);
}

static void make(void *arg)
{
	struct dma_segment seg = {0}, other = {0};
	struct dma_coherent ring = {{0}};
	struct dma_stream s = {0};
	struct core_device dev;
	bool bounces;
	int error;

	(void)arg;
	core_open(&dev);
	if (!core_segment(&seg, 2, 3) || !core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, true, 1))
		return;
	bounces = s.place & DMA_PLACE_BOUNCE || s.owed;
	dma_stream_release(&s);
	sim_interrupts(false);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == DMA_EBUSY);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_FROM_DEVICE, 1) == DMA_EBUSY);
	SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, 1) == DMA_EBUSY);
	SIM_CHECK(dma_coherent_alloc_uninit(&ring, &dev.dma, 0, 1) == DMA_EBUSY);
	SIM_CHECK(dma_segment_alloc(&other, 1, UINT64_MAX, 0) == DMA_EBUSY);
	SIM_CHECK(other.npages == 0 && s.dev == NULL && ring.stream.dev == NULL);
	error = dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg);
	SIM_CHECK(error == (bounces ? DMA_EBUSY : 0));
	SIM_CHECK((seg.npages == 2) == bounces && (s.dev == NULL) == bounces);
	if (s.dev)
		core_exchange(&dev, &s, 3);
	SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	SIM_CHECK(dma_fini() == DMA_EBUSY);
	sim_interrupts(true);
	core_close(&dev);
}

static void alloc_is_busy_and_map_may_work(void **state)
{
	(void)state;
	core_test_all(make);
}

/* References are counted in nodes of a reserve, which calls with interrupts on leave alone; when it is empty the answer
 * is DMA_ENOMEM. */
static void reserve(void *arg)
{
	static struct dma_segment parts[200];
	struct dma_segment seg = {0};
	unsigned n = 0;
	int error = 0;

	(void)arg;
	memset(parts, 0, sizeof(parts));
	if (!core_segment_raw(&seg, 200))
		return;
	if (DMA_PAGE_SHIFT > 12) /* a page of nodes is enough for all parts */
		core_drain(20);
	sim_interrupts(false);
	for (; n < 199 && error == 0; n++)
		error = dma_segment_split(&seg, seg.npages - 1, &parts[n]);
	SIM_CHECK(error == DMA_ENOMEM);
	n--;
	SIM_CHECK(n >= 16);
	SIM_CHECK(seg.npages == 200 - n && parts[n].npages == 0);
	SIM_CHECK(dma_segment_slice(&seg, 1, 2, &parts[n]) == DMA_ENOMEM);
	SIM_CHECK(dma_segment_slice(&seg, 0, 2, &parts[n]) == DMA_ENOMEM && parts[n].npages == 0);
	SIM_CHECK(dma_segment_clone(&seg, &parts[n]) == 0); /* needs none */
	dma_segment_drop(&parts[n]);
	dma_segment_drop(&parts[0]); /* one node comes back: enough for one end of a slice, not for two */
	SIM_CHECK(dma_segment_slice(&seg, 1, 2, &parts[n]) == DMA_ENOMEM && parts[n].npages == 0);
	SIM_CHECK(dma_segment_slice(&seg, 1, seg.npages - 1, &parts[n]) == 0);
	dma_segment_drop(&parts[n]);
	for (unsigned i = 0; i < n; i++)
		dma_segment_drop(&parts[i]);
	dma_segment_drop(&seg);
	sim_interrupts(true);
	if (DMA_PAGE_SHIFT > 12)
		core_refill();
	SIM_CHECK(core_pages() == 0);
}

static void the_reserve_serves_and_ends(void **state)
{
	(void)state;
	core_test("low=1,high=1", reserve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(release_never_waits_for_the_host),
		cmocka_unit_test(several_wait_in_a_list),
		cmocka_unit_test(alloc_is_busy_and_map_may_work),
		cmocka_unit_test(the_reserve_serves_and_ends),
	};

	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
