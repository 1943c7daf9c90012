/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The pool of shared memory of a confidential VM: what a device reaches costs no conversion in the steady state, is
 * what that device needs, and never shows one user's bytes to the next device.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "core.h"

static const char *const machines[] = {"low=1,high=1,cvm", "low=1,high=1,cvm,noncoherent",
				       "low=1,high=1,cvm,noncoherent,nosync", "low=1,high=1,cvm,mask=32,untrusted"};
enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };

static unsigned conversion_calls(void)
{
	return sim_hook_calls(SIM_HOOK_SHARE) + sim_hook_calls(SIM_HOOK_UNSHARE);
}

/* ---- The steady state ---- */

/* A bounced stream, memory of the library's own, a ring: one after the other, of changing sizes. */
static bool round_trip(struct core_device *dev, const struct dma_segment *all, unsigned i, unsigned kind)
{
	size_t npages = 1 + i % all->npages;
	unsigned dir = 1 + i % 3;
	struct dma_segment seg = {0};
	struct dma_coherent ring = {{0}};
	struct dma_stream s = {0};

	if (kind == 0) {
		if (!SIM_CHECK(dma_segment_slice(all, 0, npages, &seg) == 0) ||
		    !SIM_CHECK(dma_stream_map(&s, &dev->dma, dir, &seg) == 0))
			return false;
	} else if (kind == 1) {
		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &dev->dma, dir, npages) == 0))
			return false;
	} else if (!SIM_CHECK(dma_coherent_alloc(&ring, &dev->dma, 0, npages) == 0)) {
		return false;
	}
	dma_stream_release(&s);
	dma_coherent_release(&ring);
	return true;
}

static uint64_t converted;

static void steady(void *arg)
{
	const unsigned *kind = arg;
	struct dma_segment all = {0};
	struct core_device dev;
	uint64_t before;
	unsigned calls;

	core_open(&dev);
	if (!core_segment(&all, 7, 1))
		return;
	for (unsigned i = 0; i < 21; i++)
		if (!round_trip(&dev, &all, i, *kind))
			return;
	before = core_stats().conversions;
	calls = conversion_calls();
	SIM_CHECK(before == core_stats().pages_shared && before == sim.shared_pages);
	for (unsigned i = 0; i < 1000; i++) {
		if (!round_trip(&dev, &all, i, *kind))
			return;
		if (i % 10 == 9)
			(void)dma_reclaim(); /* an idle loop that calls it does not make the pool come and go */
	}
	converted += core_stats().conversions - before;
	SIM_CHECK(core_stats().conversions == before && conversion_calls() == calls);
	dma_segment_drop(&all);
	core_close(&dev);
}

static void the_steady_state_converts_nothing(void **state)
{
	static const char *const kinds[] = {"bounced streams", "allocated streams", "rings"};

	(void)state;
	for (unsigned kind = 0; kind < 3; kind++) {
		converted = 0;
		for (unsigned i = 0; i < MACHINES; i++)
			assert_int_equal(core_run_pool(machines[i], 16, steady, &kind), 0);
		print_message("# conversions per 1000 %s in the steady state: %u (%u machines)\n", kinds[kind],
			      (unsigned)converted, MACHINES);
		assert_int_equal(converted, 0);
	}
}

/* ---- What a device needs ---- */

static void in_reach(void *arg)
{
	struct sim_device_config narrow = sim_config()->device, wide = narrow;
	struct core_device low, high;
	struct dma_stream s[5] = {{0}};

	(void)arg;
	narrow.mask = UINT32_MAX;
	core_open_as(&low, &narrow);
	core_open_as(&high, &wide);
	SIM_CHECK(dma_stream_alloc(&s[0], &high.dma, DMA_TO_DEVICE, 2) == 0);
	SIM_CHECK(dma_stream_alloc(&s[1], &low.dma, DMA_TO_DEVICE, 2) == 0);
	SIM_CHECK(s[0].daddr.raw > UINT32_MAX && s[1].daddr.raw <= UINT32_MAX);
	low.dma.boundary = 4 * DMA_PAGE_SIZE;
	for (unsigned i = 2; i < 4; i++) {
		SIM_CHECK(dma_stream_alloc(&s[i], &low.dma, DMA_TO_DEVICE, 3) == 0);
		SIM_CHECK(((s[i].daddr.raw ^ (s[i].daddr.raw + 3 * PAGE - 1)) & ~(4 * PAGE - 1)) == 0);
	}
	low.dma.boundary = 0;
	low.dma.min_align = 4 * DMA_PAGE_SIZE;
	SIM_CHECK(dma_stream_alloc(&s[4], &low.dma, DMA_TO_DEVICE, 1) == 0);
	SIM_CHECK(s[4].daddr.raw % (4 * PAGE) == 0 && s[4].daddr.raw <= UINT32_MAX);
	SIM_CHECK(core_stats().pages_shared == 32); /* a run above 4 GiB, and one below */
	low.dma.min_align = 1;
	for (unsigned i = 0; i < 5; i++) {
		core_exchange(i ? &low : &high, &s[i], i);
		dma_stream_release(&s[i]);
	}
	core_close(&low);
	core_close(&high);
}

static void each_device_gets_what_it_reaches(void **state)
{
	(void)state;
	assert_int_equal(core_run_pool("low=1,high=1,cvm", 16, in_reach, NULL), 0);
}

/* Parts of a stream go back in any order, and fit together again. */
static void in_parts(void *arg)
{
	struct core_device dev;
	struct dma_stream s = {0}, tail = {0}, end = {0}, whole = {0};

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 16) == 0);
	SIM_CHECK(dma_stream_split(&s, 3 * PAGE, &tail) == 0 && dma_stream_split(&tail, 5 * PAGE, &end) == 0);
	dma_stream_release(&tail);
	SIM_CHECK(dma_stream_alloc(&tail, &dev.dma, DMA_BIDIRECTIONAL, 5) == 0);
	SIM_CHECK(core_stats().pages_shared == 16 && tail.daddr.raw == s.daddr.raw + 3 * PAGE);
	core_exchange(&dev, &s, 1);
	core_exchange(&dev, &tail, 2);
	core_exchange(&dev, &end, 3);
	dma_stream_release(&end);
	dma_stream_release(&s);
	SIM_CHECK(dma_reclaim() == 0 && core_stats().pages_alloc == 5);
	dma_stream_release(&tail);
	SIM_CHECK(dma_stream_alloc(&whole, &dev.dma, DMA_BIDIRECTIONAL, 16) == 0 && core_stats().pages_shared == 16);
	dma_stream_release(&whole);
	core_close(&dev);
}

static void parts_fit_together_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MACHINES; i++)
		assert_int_equal(core_run_pool(machines[i], 16, in_parts, NULL), 0);
}

/* ---- Bytes ---- */

/* What one user leaves in the pool is not what the next device finds, nor what its driver reads. */
static void forgets(void *arg)
{
	unsigned char seen[2 * PAGE];
	struct core_device dev;
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	(void)arg;
	core_open(&dev);
	for (unsigned i = 0; i < 12; i++) {
		unsigned dir = 1 + i % 3;

		if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, i & 1, 1 + i)) /* full of somebody's bytes */
			return;
		core_exchange(&dev, &s, 40 + i);
		dma_stream_release(&s);
		if (i % 2) {
			SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, dir, 2) == 0);
		} else if (core_segment(&seg, 2, 90 + i)) {
			SIM_CHECK(dma_stream_map(&s, &dev.dma, dir, &seg) == 0);
		}
		SIM_CHECK(sim_device_foreign(dev.sim, s.daddr, 2 * PAGE) == 0);
		memset(seen, 0xee, sizeof(seen));
		if (dir & DMA_TO_DEVICE)
			SIM_CHECK(sim_device_read(dev.sim, s.daddr, seen, sizeof(seen)) == 0);
		else
			SIM_CHECK(dma_stream_sync_from_device(&s, 0, sizeof(seen)) == 0 &&
				  dma_stream_read_bytes(&s, 0, seen, sizeof(seen)) == 0);
		for (size_t at = 0; at < sizeof(seen); at++) {
			bool callers = !(i % 2) && (dir & DMA_TO_DEVICE);

			if (!SIM_CHECK(seen[at] == (callers ? core_byte(90 + i, at) : 0)))
				break;
		}
		dma_stream_release(&s);
	}
	core_close(&dev);
}

static void nobody_finds_anothers_bytes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MACHINES; i++)
		for (unsigned run_pages = 1; run_pages <= 16; run_pages += 15)
			assert_int_equal(core_run_pool(machines[i], run_pages, forgets, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_steady_state_converts_nothing),
		cmocka_unit_test(each_device_gets_what_it_reaches),
		cmocka_unit_test(parts_fit_together_again),
		cmocka_unit_test(nobody_finds_anothers_bytes),
	};

	return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}
