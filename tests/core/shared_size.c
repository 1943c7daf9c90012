/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How large the pool of shared memory of a confidential VM is: it grows when it must, goes back on demand, is counted,
 * and what a device may reach for ever stays out of use.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../hosts/fake.h"

enum { MANY = 40 };

static void grows_and_shrinks(void *arg)
{
	const size_t run_pages = sim_config()->shared_run;
	static struct dma_stream s[MANY];
	struct core_device dev;
	unsigned calls;

	(void)arg;
	core_open(&dev);
	memset(s, 0, sizeof(s));
	for (unsigned i = 0; i < MANY; i++)
		if (!SIM_CHECK(dma_stream_alloc_uninit(&s[i], &dev.dma, DMA_BIDIRECTIONAL, 2) == 0))
			return;
	SIM_CHECK(sim_hook_calls(SIM_HOOK_SHARE) == 2 * MANY / run_pages);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_KVA_MAP) == 2 * MANY / run_pages);
	SIM_CHECK(core_stats().pages_alloc == 2 * MANY && core_stats().pages_shared == 2 * MANY);
	for (unsigned i = 0; i < MANY; i++)
		dma_stream_release(&s[i]);
	SIM_CHECK(core_stats().pages_alloc == 0 && core_stats().pages_shared == 2 * MANY && sim.frames == 2 * MANY);
	calls = sim_hook_calls(SIM_HOOK_UNSHARE);
	SIM_CHECK(dma_reclaim() == 2 * MANY - run_pages); /* one run has been of use just now */
	SIM_CHECK(core_stats().pages_shared == run_pages && sim.frames == run_pages && sim.shared_pages == run_pages);
	SIM_CHECK(dma_reclaim() == run_pages && dma_reclaim() == 0);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_UNSHARE) - calls == 2 * MANY / run_pages);
	SIM_CHECK(core_stats().pages_shared == 0 && sim.shared_pages == 0 && sim.frames == 0 && sim.kva_pages == 0);
	SIM_CHECK(core_stats().conversions == 4 * MANY);
	core_close(&dev);
}

static void it_grows_in_runs_and_shrinks_on_demand(void **state)
{
	(void)state;
	assert_int_equal(core_run_pool("low=1,high=1,cvm", 16, grows_and_shrinks, NULL), 0);
	assert_int_equal(core_run_pool("low=1,high=1,cvm,noncoherent", 8, grows_and_shrinks, NULL), 0);
}

/* The host leaves the size to the library, and has less than that in a row. */
static void takes_what_there_is(void *arg)
{
	struct core_device dev;
	struct dma_stream s = {0}, t = {0};

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 3) == 0);
	SIM_CHECK(core_stats().pages_shared > 3 && core_stats().pages_shared <= sim.config.high_pages);
	SIM_CHECK((dma_stream_paddr(&s).raw & (DMA_PAGE_SIZE * 8 - 1)) == 0);
	/* What is longer than a run is a run of its own. */
	SIM_CHECK(dma_stream_alloc(&t, &dev.dma, DMA_TO_DEVICE, 200) == DMA_ENOMEM || t.dev);
	core_exchange(&dev, &s, 3);
	dma_stream_release(&s);
	dma_stream_release(&t);
	core_close(&dev);
}

static void with_little_memory_runs_are_short(void **state)
{
	(void)state;
	assert_int_equal(core_run_pool("low=1,high=1,cvm", 0, takes_what_there_is, NULL), 0);
	assert_int_equal(core_run_pool("low=1,high=1,cvm,nohigh", 0, takes_what_there_is, NULL), 0);
}

/* Memory that others need comes out of the pool before they are refused. */
static void gives_way(void *arg)
{
	struct core_device dev;
	struct dma_segment most = {0};
	struct dma_stream s = {0};

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 100) == 0);
	dma_stream_release(&s);
	SIM_CHECK(sim.shared_pages >= 100);
	SIM_CHECK(dma_segment_alloc(&most, sim.config.high_pages - 10, UINT64_MAX, 0) == 0);
	SIM_CHECK(sim.shared_pages == 0);
	dma_segment_drop(&most);
	core_close(&dev);
}

static void it_gives_way_when_memory_runs_out(void **state)
{
	(void)state;
	assert_int_equal(core_run_pool("low=0,high=1,cvm", 16, gives_way, NULL), 0);
}

/* ---- Trouble ---- */

/* A run that cannot be shared whole: the error is returned, one page is in doubt, the others are the host's again. */
static void cannot_grow(void *arg)
{
	struct core_device dev;
	struct dma_stream s = {0};

	(void)arg;
	core_open(&dev);
	sim_fail_hook(SIM_HOOK_SHARE, 1);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == DMA_EIO && !s.dev);
	SIM_CHECK(core_stats().pages_quarantined == 1 && sim.frames == 1 && core_stats().pages_shared == 0);
	SIM_CHECK(core_stats().conversions == 16); /* half of it, and back */
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == 0 && core_stats().pages_shared == 16);
	sim_fail_hook(SIM_HOOK_UNSHARE, 1);
	dma_stream_release(&s);
	SIM_CHECK(dma_reclaim() == 0 && dma_reclaim() == 16 && core_stats().pages_quarantined == 1 + 1);
	SIM_CHECK(sim.frames == 2 && core_stats().pages_own == sim.library_pages);
	core_close(&dev);
}

static void a_run_that_fails_is_nobodys(void **state)
{
	(void)state;
	assert_int_equal(core_run_pool("low=1,high=1,cvm", 16, cannot_grow, NULL), 0);
}

/* Frames that a device may reach for ever are never taken again; the rest of their run is. */
static void loses(void *arg)
{
	struct dma_stream s = {0}, t[20] = {{0}};
	struct core_device dev;
	uint64_t lost;

	(void)arg;
	fake_open(&dev, DMA_DOMAIN_SPLITS);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 4) == 0);
	lost = dma_stream_paddr(&s).raw;
	fake.unmap_error = DMA_ETIMEDOUT;
	dma_stream_release(&s);
	fake.unmap_error = 0;
	SIM_CHECK(core_stats().pages_quarantined == 4 && core_pages() == 0 && core_stats().pages_shared == 16);
	for (unsigned i = 0; i < 20; i++) {
		uint64_t paddr;

		if (!SIM_CHECK(dma_stream_alloc(&t[i], &dev.dma, DMA_BIDIRECTIONAL, 1) == 0))
			return;
		paddr = dma_stream_paddr(&t[i]).raw;
		SIM_CHECK(paddr < lost || paddr >= lost + 4 * PAGE);
	}
	SIM_CHECK(core_stats().pages_shared == 32);
	for (unsigned i = 0; i < 20; i++)
		dma_stream_release(&t[i]);
	(void)dma_reclaim();
	(void)dma_reclaim();
	SIM_CHECK(core_stats().pages_shared == 0 && sim.frames == 4 && sim.shared_pages == 4 && sim.kva_pages == 0);
	SIM_CHECK(dma_device_fini(&dev.dma) == 0 && dma_fini() == 0 && sim.library_pages == 0);
}

static void what_is_lost_stays_lost(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1,cvm");

	(void)state;
	sim_start(&machine); /* sim_run() would count what is in quarantine as a leak */
	assert_int_equal(dma_init(), 0);
	loses(NULL);
	assert_int_equal(sim_stop(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_in_runs_and_shrinks_on_demand),
		cmocka_unit_test(with_little_memory_runs_are_short),
		cmocka_unit_test(it_gives_way_when_memory_runs_out),
		cmocka_unit_test(a_run_that_fails_is_nobodys),
		cmocka_unit_test(what_is_lost_stays_lost),
	};

	return cmocka_run_group_tests_name("shared_size", tests, NULL, NULL);
}
