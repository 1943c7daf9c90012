/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a review of the core found, a scenario each: windows that are not of whole pages or leave holes, single accesses to and from bytes,
 * a release that is not over yet, a split and a map that fail half way.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/base/node.h"
#include "../../src/device/domain_ops.h"
#include "core.h"

/* ---- Windows ---- */

/* The ledger's words are picked by address bits 12 to 15: a daddr that is not page aligned would reach beside them. */
static void crooked(void *arg)
{
	static const uint64_t offsets[] = {1, 8, 0x800, 0xff8, PAGE - 1};
	struct dma_window w = {dma_paddr(0), dma_daddr(0), UINT64_C(1) << 40};
	struct dma_device_config c = {.name = "crooked", .mask = UINT64_MAX, .windows = &w, .nwindows = 1};
	struct dma_device dev;

	(void)arg;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		w.daddr_base.raw = PAGE + offsets[i];
		SIM_CHECK(dma_device_init(&dev, &c) == DMA_EINVAL);
		w.daddr_base.raw = PAGE;
		w.paddr_base.raw = offsets[i];
		SIM_CHECK(dma_device_init(&dev, &c) == DMA_EINVAL);
		w.daddr_base.raw = offsets[i]; /* both by as much: pages stay pages */
		SIM_CHECK(dma_device_init(&dev, &c) == 0);
		SIM_CHECK(dma_device_fini(&dev) == 0);
		w.paddr_base.raw = 0;
	}
}

static void windows_keep_pages_whole(void **state)
{
	(void)state;
	core_test("low=1,high=1", crooked);
}

/* Memory that lies between the windows is no reason to fail: there is other memory. */
static void holes(void *arg)
{
	const struct dma_window w[] = {{dma_paddr(SIM_LOW_RAM), dma_daddr(0), 8 * PAGE},
				       {dma_paddr(SIM_LOW_RAM + 32 * PAGE), dma_daddr(UINT64_C(1) << 30), 8 * PAGE},
				       {dma_paddr(UINT64_C(1) << 36), dma_daddr(UINT64_C(1) << 34), 64 * PAGE}};
	struct sim_device_config config = sim_config()->device;
	struct core_device dev;
	struct dma_stream s[8] = {0}, more = {0};
	struct dma_segment seg = {0};

	(void)arg;
	config.mask = (UINT64_C(1) << 40) - 1;
	config.nwindows = 3;
	memcpy(config.windows, w, sizeof(w));
	core_open_as(&dev, &config);
	for (size_t i = 0; i < 8; i++) {
		SIM_CHECK(dma_stream_alloc_uninit(&s[i], &dev.dma, DMA_BIDIRECTIONAL, 2) == 0);
		core_exchange(&dev, &s[i], (unsigned)i);
	}
	/* Both are full: no frame that it reaches, and none is lost in looking for one. */
	SIM_CHECK(dma_stream_alloc_uninit(&more, &dev.dma, DMA_BIDIRECTIONAL, 1) == DMA_ENOMEM);
	SIM_CHECK(dma_device_live(&dev.dma) == 8);
	for (size_t i = 0; i < 8; i += 3)
		dma_stream_release(&s[i]);
	if (core_segment(&seg, 2, 5)) {
		SIM_CHECK(dma_stream_map(&more, &dev.dma, DMA_BIDIRECTIONAL, &seg) == 0); /* bounced */
		core_exchange(&dev, &more, 5);
	}
	dma_stream_release(&more);
	for (size_t i = 0; i < 8; i++)
		dma_stream_release(&s[i]);
	core_close(&dev);
}

static void memory_between_windows_is_passed_over(void **state)
{
	(void)state;
	core_test("low=1,high=1", holes);
	core_test("low=1,high=1,noncoherent", holes);
	core_test("low=1,high=1,cvm", holes);
}

/* ---- Single accesses ---- */

/* What a single access reads goes to, or comes from, bytes of any type and place. */
static void bytes_of_any_place(void *arg)
{
	static const unsigned char pattern[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct core_device dev;
	struct dma_stream s;

	(void)arg;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 1, false, 0))
		return;
	for (size_t n = 1; n <= 8; n *= 2) {
		for (size_t odd = 0; odd < 8; odd++) {
			unsigned char from[16] = {0}, to[16] = {0};

			memcpy(from + odd, pattern, n);
			SIM_CHECK(dma_stream_write_once(&s, 8 * n, from + odd, n) == 0);
			SIM_CHECK(dma_stream_read_once(&s, 8 * n, to + odd, n) == 0);
			SIM_CHECK(memcmp(to, from, sizeof(to)) == 0);
		}
	}
	dma_stream_release(&s);
	core_close(&dev);
}

static void single_accesses_serve_any_object(void **state)
{
	(void)state;
	core_test_all(bytes_of_any_place);
}

/* ---- Empty cursors ---- */

/* memcpy() must not be given NULL, not even for nothing. */
static void cursors_over_nothing(void **state)
{
	unsigned char bytes[4] = {1, 2, 3, 4};
	struct dma_reader nowhere = dma_reader_of(NULL, 0), all = dma_reader_of(bytes, 4);
	struct dma_writer to = dma_writer_of(bytes, 4), none = dma_writer_of(NULL, 0);

	(void)state;
	assert_int_equal(dma_reader_read(&nowhere, &to), 0);
	assert_int_equal(dma_writer_write(&none, &all), 0);
	assert_int_equal(dma_reader_remain(&all), 4);
	assert_int_equal(dma_writer_remain(&to), 4);
}

/* ---- A domain that fails half way ---- */

static struct {
	struct dma_domain domain;
	struct dma_device *dev;
	int map_error;
	unsigned splits;
	size_t live_at_unmap;
} fake;

static int attach(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain;
	fake.dev = dev;
	return 0;
}

static void detach(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain, (void)dev;
}

static struct dma_mapped map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
			     unsigned dir)
{
	(void)domain, (void)dev, (void)npages, (void)dir;
	return (struct dma_mapped){.daddr = dma_daddr(paddr.raw), .tag = 1, .error = fake.map_error};
}

static int split(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, size_t at,
		 uint32_t *tail_tag)
{
	(void)domain, (void)dev, (void)daddr, (void)npages, (void)at;
	fake.splits++;
	*tail_tag = 2;
	return 0;
}

static int unmap(struct dma_domain *domain, struct dma_device *dev, dma_daddr_t daddr, size_t npages, uint32_t tag)
{
	(void)domain, (void)daddr, (void)npages, (void)tag;
	fake.live_at_unmap = dma_device_live(dev);
	return 0;
}

static const struct dma_domain_ops ops = {
	.attach = attach, .detach = detach, .map = map, .split = split, .unmap = unmap};

static void open_fake(struct core_device *dev)
{
	struct dma_device_config config;

	memset(&fake, 0, sizeof(fake));
	fake.domain.ops = &ops;
	fake.domain.features = DMA_DOMAIN_TRANSLATES | DMA_DOMAIN_SPLITS;
	dev->sim = sim_device_new(NULL);
	config = sim_device_dma(dev->sim);
	config.domain = &fake.domain;
	SIM_CHECK(dma_device_init(&dev->dma, &config) == 0);
}

/* Another CPU that waits for the last stream to end, and then for the device to go, must not take it away under the unmap. */
static void still_live(void *arg)
{
	struct core_device dev;
	struct dma_stream s;

	(void)arg;
	open_fake(&dev);
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		if (!core_stream(&s, &dev, DMA_FROM_DEVICE, 2, mapped, 0))
			return;
		fake.live_at_unmap = 0;
		dma_stream_release(&s);
		SIM_CHECK(fake.live_at_unmap == 1);
		SIM_CHECK(dma_device_live(&dev.dma) == 0);
	}
	core_close(&dev);
}

static void a_stream_lives_until_its_unmap_is_done(void **state)
{
	(void)state;
	core_test_all(still_live);
}

#define NODES_MOST 512

/* No node for the segment's cut: the domain has not been told of a split that does not happen. */
static void no_node(void *arg)
{
	static void *nodes[NODES_MOST];
	struct core_device dev;
	struct dma_stream s, tail = {0};
	size_t n = 0;
	bool on;

	(void)arg;
	open_fake(&dev);
	if (!core_stream(&s, &dev, DMA_BIDIRECTIONAL, 2, true, 0))
		return;
	on = sim_interrupts(false);
	while (n < NODES_MOST && (nodes[n] = dma_node_alloc()))
		n++;
	SIM_CHECK(n < NODES_MOST);
	for (size_t spare = 0; spare < 8 && fake.splits == 0; spare++) { /* the holds', then the run's */
		int error = dma_stream_split(&s, PAGE, &tail);

		SIM_CHECK(error == 0 ? fake.splits == 1 : error == DMA_ENOMEM && fake.splits == 0);
		SIM_CHECK(error == 0 || (dma_stream_size(&s) == 2 * PAGE && !tail.dev && s.tag == 1));
		if (error)
			dma_node_free(nodes[--n]);
	}
	SIM_CHECK(tail.dev && tail.tag == 2);
	while (n > 0)
		dma_node_free(nodes[--n]);
	sim_interrupts(on);
	dma_stream_release(&tail);
	dma_stream_release(&s);
	core_close(&dev);
}

static void a_split_without_memory_tells_nobody(void **state)
{
	(void)state;
	core_test_all(no_node);
}

/* A map that the hardware did not confirm may be in force: the library's frames under it are lost, the caller's stay the caller's. */
static void unconfirmed(void *arg)
{
	struct core_device dev;
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct dma_stats stats;
	uint64_t before, bounced;

	(void)arg;
	open_fake(&dev);
	dma_stats(&stats);
	before = stats.pages_quarantined;
	fake.map_error = DMA_ETIMEDOUT;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == DMA_ETIMEDOUT && !s.dev);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined == before + 3 && stats.pages_alloc == 0 && sim.frames == 3);
	if (core_segment(&seg, 2, 1)) {
		SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == DMA_ETIMEDOUT && seg.npages == 2);
		dma_segment_drop(&seg);
	}
	dma_stats(&stats);
	bounced = stats.pages_quarantined - before - 3;
	SIM_CHECK(bounced == (sim_config()->cvm ? 2 : 0) && stats.pages_bounce == 0 && sim.frames == 3 + bounced);
	fake.map_error = DMA_ENODEV; /* dead already: nothing was written anywhere */
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == DMA_ENODEV);
	SIM_CHECK(sim.frames == 3 + bounced);
	core_close(&dev);
}

static unsigned run_unconfirmed(const char *words)
{
	struct sim_config config = sim_config_plain(words);
	unsigned failures;

	sim_start(&config);
	SIM_CHECK(dma_init() == 0);
	unconfirmed(NULL);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(config.cvm ? 5 : 3));
	failures = sim_stop();
	return failures;
}

static void frames_of_an_unconfirmed_map_are_lost(void **state)
{
	(void)state;
	assert_int_equal(run_unconfirmed("low=1,high=1"), 0);
	assert_int_equal(run_unconfirmed("low=1,high=1,noncoherent"), 0);
	assert_int_equal(run_unconfirmed("low=1,high=1,cvm"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_keep_pages_whole),
		cmocka_unit_test(memory_between_windows_is_passed_over),
		cmocka_unit_test(single_accesses_serve_any_object),
		cmocka_unit_test(cursors_over_nothing),
		cmocka_unit_test(a_stream_lives_until_its_unmap_is_done),
		cmocka_unit_test(a_split_without_memory_tells_nobody),
		cmocka_unit_test(frames_of_an_unconfirmed_map_are_lost),
	};

	return cmocka_run_group_tests_name("review of the core", tests, NULL, NULL);
}
