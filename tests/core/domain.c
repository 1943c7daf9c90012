/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What streams do with a domain that translates: mapped, cut, released strictly and deferred, with a backend that
 * fails, and with access that cannot be ended.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/memory/placement.h"
#include "../hosts/fake.h"

/* ---- Lives ---- */

static void life(void *arg)
{
	const unsigned *features = arg;
	struct core_device dev;

	fake_open(&dev, *features);
	for (unsigned i = 0; i < 12; i++) {
		unsigned dir = DMA_TO_DEVICE + i % 3, before = fake.unmapped, retired = fake.retired;
		bool mapped = i % 2, cut = i >= 6;
		struct dma_stream s, tail = {0};
		struct mapping *m;

		if (!core_stream(&s, &dev, dir, 3, mapped, i))
			return;
		m = fake_find(dma_stream_daddr(&s).raw);
		SIM_CHECK(m && m->paddr == dma_stream_paddr(&s).raw && m->npages == 3 && m->dir == dir &&
			  m->tag == s.tag);
		SIM_CHECK(s.place & DMA_PLACE_TRANSLATED);
		core_exchange(&dev, &s, i);
		if (cut) {
			SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
			SIM_CHECK(tail.tag == fake.next_tag && s.tag != tail.tag);
			core_exchange(&dev, &tail, i);
			core_exchange(&dev, &s, i + 1);
		}
		if (i % 4 == 3)
			sim_interrupts(false);
		dma_stream_release(&s);
		dma_stream_release(&tail);
		sim_interrupts(true);
		SIM_CHECK(fake.unmapped - before == (fake_defers() ? 0u : cut ? 2u : 1u));
		SIM_CHECK(fake.retired - retired == (!fake_defers() ? 0u : cut ? 2u : 1u));
		if (fake_defers())
			SIM_CHECK(core_pages() > 0); /* what the device can still reach is nobody else's */
		SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
		(void)dma_reclaim();
		SIM_CHECK(core_pages() == 0);
	}
	fake_close(&dev);
}

static void strict_and_deferred_lives(void **state)
{
	unsigned features[2] = {DMA_DOMAIN_SPLITS, DMA_DOMAIN_SPLITS | DMA_DOMAIN_DEFERRED};

	(void)state;
	assert_int_equal(core_run_all(life, &features[0]), 0);
	assert_int_equal(core_run_all(life, &features[1]), 0);
}

/* ---- Failures ---- */

static void failing(void *arg)
{
	const unsigned *features = arg;
	struct dma_segment seg = {0}, before;
	struct dma_stream s = {0}, zero = {0}, tail = {0}, live;
	struct core_device dev;
	struct dma_device other = {0};
	struct dma_device_config config;

	fake_open(&dev, *features);
	if (!core_segment(&seg, 2, 1) || !core_stream(&live, &dev, DMA_BIDIRECTIONAL, 3, true, 2))
		return;
	before = seg;
	config = sim_device_dma(dev.sim);
	config.domain = &fake.domain;
	fake.attach_error = DMA_ENOTSUP;
	SIM_CHECK(dma_device_init(&other, &config) == DMA_ENOTSUP && other.domain == NULL && fake.domain.devices == 1);
	fake.map_error = DMA_ENOSPC;
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == DMA_ENOSPC);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == DMA_ENOSPC);
	SIM_CHECK(memcmp(&s, &zero, sizeof(s)) == 0 && memcmp(&before, &seg, sizeof(seg)) == 0);
	fake.map_error = 0;
	fake.split_error = DMA_ENOMEM;
	SIM_CHECK(dma_stream_split(&live, PAGE, &tail) ==
		  (fake.domain.features & DMA_DOMAIN_SPLITS ? DMA_ENOMEM : DMA_ENOTSUP));
	fake.split_error = 0;
	/* What cannot be a cut is said to be none, whatever the domain can do. */
	SIM_CHECK(dma_stream_split(&live, 0, &tail) == DMA_EINVAL && dma_stream_split(&zero, 0, &tail) == DMA_EINVAL);
	SIM_CHECK(dma_stream_split(&live, PAGE + 1, &tail) == DMA_EINVAL);
	SIM_CHECK(dma_stream_split(&live, 3 * PAGE, &tail) == DMA_EINVAL);
	SIM_CHECK(dma_stream_split(&live, 4 * PAGE, &tail) == DMA_EINVAL);
	SIM_CHECK(dma_stream_split(&live, PAGE, &live) == DMA_EINVAL);
	SIM_CHECK(memcmp(&tail, &zero, sizeof(tail)) == 0 && dma_device_live(&dev.dma) == 1);
	core_exchange(&dev, &live, 7);
	/* Only what was made for it splits where the domain cannot unmap a part. */
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, &seg) == 0);
	SIM_CHECK(fake_find(dma_stream_daddr(&s).raw)->dir == (DMA_BIDIRECTIONAL | DMA_SPLITTABLE));
	SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
	core_exchange(&dev, &s, 7);
	core_exchange(&dev, &tail, 8);
	dma_stream_release(&tail);
	dma_stream_release(&s);
	SIM_CHECK(dma_device_block(&dev.dma) == 0 && fake.blocked == 1);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == DMA_ENODEV);
	if (core_segment(&seg, 2, 1)) {
		SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == DMA_ENODEV && s.dev == NULL);
		dma_segment_drop(&seg);
	}
	dma_stream_release(&live);
	SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
	(void)dma_reclaim();
	fake_close(&dev);
}

static void a_failing_backend_changes_nothing(void **state)
{
	unsigned features[3] = {0, DMA_DOMAIN_SPLITS, DMA_DOMAIN_DEFERRED};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(core_run_all(failing, &features[i]), 0);
}

/* A device's windows say nothing about what its domain translates to. */
static void behind_windows(void *arg)
{
	const struct dma_window window = {dma_paddr(0x100000), dma_daddr(0x80000000), 0x10000};
	const unsigned *features = arg;
	struct dma_reach ranges[DMA_DEVICE_WINDOWS] = {{.last = dma_paddr(0)}};
	struct dma_device_config config;
	struct dma_device other = {0};
	struct core_device dev;

	fake_open(&dev, *features);
	config = sim_device_dma(dev.sim);
	config.domain = &fake.domain;
	config.windows = &window;
	config.nwindows = 1;
	if (SIM_CHECK(dma_device_init(&other, &config) == 0)) {
		SIM_CHECK(dma_device_reach(&other, ranges) == 1);
		SIM_CHECK(ranges[0].first.raw == 0 && ranges[0].last.raw == UINT64_MAX);
		SIM_CHECK(dma_device_fini(&other) == 0);
	}
	fake_close(&dev);
}

static void a_domain_reaches_beyond_windows(void **state)
{
	unsigned features = 0;

	(void)state;
	assert_int_equal(core_run_all(behind_windows, &features), 0);
}

/* Access that cannot be ended: the memory is nobody's for good, and counted; nothing else is lost. */
static void lose(unsigned features, unsigned i)
{
	struct core_device dev;
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_stats stats;
	dma_paddr_t paddr;

	fake_open(&dev, features);
	SIM_CHECK(dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr) == 0);
	if (i == 0) {
		SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == 0);
	} else if (SIM_CHECK(dma_segment_borrow(&seg, paddr, 2) == 0)) {
		void *linear = dma_host_linear(paddr, 2 * PAGE);

		if (linear)
			dma_arch_fill(linear, 1, 2 * PAGE);
		SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == 0);
	}
	fake.unmap_error = DMA_ETIMEDOUT;
	sim_interrupts(i != 2);
	dma_stream_release(&s);
	SIM_CHECK(s.dev == NULL);
	SIM_CHECK(dma_domain_flush(&fake.domain) == DMA_ETIMEDOUT);
	sim_interrupts(true);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 2);
	SIM_CHECK(stats.pages_bounce == 0 && stats.pages_alloc == 0);
	(void)dma_reclaim(); /* of what is quarantined, the kernel mapping */
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 2 && stats.pages_pending == 0 && sim.kva_pages == 0);
	fake.unmap_error = 0;
	core_close(&dev);
	SIM_CHECK(dma_fini() == 0);
	/* The caller's own frames, beside the library's if it had some. */
	SIM_CHECK(sim.frames == 2 || sim.frames == 4);
	SIM_CHECK(sim.library_pages == 0 && sim.stale_pages == 0 && sim.locks == 0);
}

/* A mapping whose beginning was not confirmed may be in force: the frames stay out of reach for good. */
static void lose_at_map(void)
{
	struct core_device dev;
	struct dma_stream s = {0};
	struct dma_stats stats;

	fake_open(&dev, 0);
	fake.map_error = DMA_ETIMEDOUT;
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == DMA_ETIMEDOUT && s.dev == NULL);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 3 && stats.pages_alloc == 0 && sim.frames == 3);
	SIM_CHECK(sim.stale_pages == 0 && sim.kva_pages == 0);
	fake.map_error = DMA_ENOSPC;
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == DMA_ENOSPC);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == 3 && sim.frames == 3);
	core_close(&dev);
	SIM_CHECK(dma_fini() == 0);
}

static void access_that_cannot_be_ended(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,nohigh", "low=1,high=1,noncoherent",
					       "low=1,high=1,noncoherent,nosync", "low=1,high=1,cvm,run=1"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines) * 6; i++) {
		struct sim_config machine = sim_config_plain(machines[i / 6]);

		sim_start(&machine);
		assert_int_equal(dma_init(), 0);
		lose(i % 2 ? DMA_DOMAIN_DEFERRED : 0, (unsigned)i / 2 % 3);
		assert_int_equal(sim_stop(), 0);
		if (i % 6)
			continue;
		sim_start(&machine);
		assert_int_equal(dma_init(), 0);
		lose_at_map();
		assert_int_equal(sim_stop(), 0);
	}
}

/* Nodes run out behind a domain that defers, too: a stream without a mapping of its own needs none. */
static void scarce(void *arg)
{
	const unsigned features = DMA_DOMAIN_SPLITS | DMA_DOMAIN_DEFERRED;
	struct core_device dev;
	bool held = false;

	(void)arg;
	fake_open(&dev, features);
	for (unsigned left = 4; left-- > 0;) {
		struct dma_segment seg = {0}, before;
		struct dma_stream s = {0}, zero = {0};
		int error;

		if (!core_segment(&seg, 2, 1))
			return;
		before = seg;
		core_drain(left);
		error = dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg);
		SIM_CHECK(error == 0 || error == DMA_ENOMEM);
		SIM_CHECK(!error || (memcmp(&before, &seg, sizeof(seg)) == 0 && memcmp(&s, &zero, sizeof(s)) == 0));
		held = held || s.owed;
		/* In a confidential VM each stream has one, and the pool of shared frames cannot grow either. */
		SIM_CHECK(left > 0 || (error != 0) == (held || sim_config()->cvm));
		core_refill();
		dma_stream_release(&s);
		dma_segment_drop(&seg);
		SIM_CHECK(dma_domain_flush(&fake.domain) == 0);
		(void)dma_reclaim();
		SIM_CHECK(core_pages() == 0);
	}
	fake_close(&dev);
}

static void no_node_is_left(void **state)
{
	(void)state;
	core_test_all(scarce);
}

static bool nothing(bool all)
{
	(void)all;
	return false;
}

static uint64_t pages_waiting(void)
{
	uint64_t npages = 0;

	for (unsigned i = 0; i < fake.waiting; i++)
		npages += fake.batch[i].npages;
	return npages;
}

static void tidied(void)
{
}

/* Memory of the caller's that waits for the domain is the domain's to count, and the library does not end without
 * it. */
static void waiting(void *arg)
{
	static const struct dma_deferral deferral = {nothing, tidied, pages_waiting, tidied};
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	dma_paddr_t paddr;

	(void)arg;
	fake_open(&dev, DMA_DOMAIN_DEFERRED);
	dma_deferral = &deferral;
	SIM_CHECK(dma_host_frames_alloc(2, UINT64_MAX, PAGE, &paddr) == 0);
	SIM_CHECK(dma_segment_borrow(&seg, paddr, 2) == 0);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg) == 0);
	if (s.owed) /* a mapping of a borrowed frame is no page of ours, but a node */
		SIM_CHECK(core_pages() == 0 && dma_fini() == DMA_EBUSY);
	dma_stream_release(&s);
	SIM_CHECK(fake.retired == 1 && core_pages() == 2 && dma_fini() == DMA_EBUSY);
	SIM_CHECK(dma_domain_flush(&fake.domain) == 0 && core_pages() == 0);
	dma_deferral = NULL;
	dma_host_frames_free(paddr, 2);
	fake_close(&dev);
}

static void the_end_waits_for_what_is_deferred(void **state)
{
	(void)state;
	core_test("low=1,high=1", waiting);
	core_test("low=1,high=1,nohigh", waiting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_and_deferred_lives),
		cmocka_unit_test(a_failing_backend_changes_nothing),
		cmocka_unit_test(a_domain_reaches_beyond_windows),
		cmocka_unit_test(access_that_cannot_be_ended),
		cmocka_unit_test(no_node_is_left),
		cmocka_unit_test(the_end_waits_for_what_is_deferred),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
