/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fast paths of map: each goes as far as the device and the machine allow, and no farther.
 */
#include "../../src/base/state.h"
#include "../hosts/fake.h"
#include <dmastream/coherent.h>

static struct dma_device_config good(void)
{
	return (struct dma_device_config){.name = "d", .mask = UINT64_MAX, .coherent = true, .trusted = true};
}

struct host_as {
	bool cvm;
	uint64_t linear_last;
};

static void limits(const struct host_as *host, struct dma_device_config c, uint64_t direct, uint64_t translated,
		   uint64_t delta)
{
	const struct dma_host_info before = dma_state.host;
	struct dma_segment empty = {0};
	struct dma_stream s = {0};
	struct dma_device dev;

	dma_state.host.cvm = host->cvm;
	dma_state.host.linear_base = 0x1000;
	dma_state.host.linear_last = host->linear_last;
	SIM_CHECK(dma_device_init(&dev, &c) == 0);
	SIM_CHECK(dev.direct_last == direct && dev.translated_last == translated && dev.direct_delta == delta);
	SIM_CHECK(dev.linear_base == 0x1000);
	SIM_CHECK(dma_stream_map(&s, &dev, DMA_TO_DEVICE, &empty) == DMA_EINVAL); /* no fast path serves it */
	SIM_CHECK(dma_device_block(&dev) == (c.domain ? 0 : DMA_ENOTSUP));
	SIM_CHECK(dev.direct_last == 0 && dev.translated_last == 0);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	dma_state.host = before;
}

static void fast_paths(void *arg)
{
	const struct host_as most = {false, 0xffffffff}, all = {false, UINT64_MAX}, none = {false, 0},
			     cvm = {true, 0xffffffff};
	const struct dma_window at_0 = {{0}, {PAGE << 20}, PAGE << 12}, later = {{PAGE}, {PAGE << 20}, PAGE << 12},
				out = {{0}, {(uint64_t)1 << 32}, PAGE << 12};
	struct dma_device_config c = good();
	struct core_device translated;

	(void)arg;
	limits(&most, c, 0xffffffff, 0, 0);
	limits(&all, c, UINT64_MAX - 1, 0, 0);
	limits(&none, c, 0, 0, 0);
	limits(&cvm, c, 0, 0, 0);
	c.mask = 0x7fffffff, limits(&most, c, 0x7fffffff, 0, 0);
	c.min_align = PAGE, limits(&most, c, 0x7fffffff, 0, 0);
	c.min_align = 2 * PAGE, limits(&most, c, 0, 0, 0);
	c.min_align = 0;
	c.boundary = PAGE << 8, limits(&most, c, 0, 0, 0);
	c.boundary = 0, c.max_segment_size = PAGE << 8, limits(&most, c, 0, 0, 0);
	c.max_segment_size = 0, c.coherent = false, limits(&most, c, 0, 0, 0);
	c.coherent = true, c.nwindows = 1;
	c.mask = (PAGE << 22) - 1;
	c.windows = &at_0, limits(&most, c, (PAGE << 12) - 1, 0, PAGE << 20);
	c.mask = (PAGE << 20) - 1, limits(&most, c, 0, 0, 0); /* the window is beyond it */
	c.mask = 0xffffffff;
	c.windows = &later, limits(&most, c, 0, 0, 0);
	c.windows = &out, limits(&most, c, 0, 0, 0);
	c.windows = &(struct dma_window){{0}, {0x80000000}, 0x100000000}; /* the mask ends first */
	limits(&most, c, 0x7fffffff, 0, 0x80000000);

	fake_open(&translated, 0);
	c = good(), c.domain = &fake.domain;
	limits(&most, c, 0, 0xffffffff, 0);
	limits(&all, c, 0, UINT64_MAX - 1, 0);
	limits(&cvm, c, 0, 0, 0);
	c.boundary = PAGE << 8, limits(&most, c, 0, 0, 0);
	c.boundary = 0, c.max_segment_size = PAGE << 8, limits(&most, c, 0, 0, 0);
	c.max_segment_size = 0, c.coherent = false, limits(&most, c, 0, 0, 0);
	fake_close(&translated);
}

static void the_fast_paths_go_as_far_as_they_may(void **state)
{
	(void)state;
	core_test("low=1,high=1", fast_paths);
}

/* The same behind an IOMMU: frames just beyond the end of the linear map take the slow path. */
static void just_beyond(void *arg)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct core_device dev;

	(void)arg;
	fake_open(&dev, 0);
	SIM_CHECK(dev.dma.translated_last == SIM_HIGH_RAM - 1);
	if (!core_segment(&seg, 2, 1))
		return;
	/* With larger pages the machine has more frames there, and gives others of them. */
	SIM_CHECK(DMA_PAGE_SHIFT == 12 ? seg.paddr.raw == SIM_HIGH_RAM : seg.paddr.raw >= SIM_HIGH_RAM);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == 0);
	SIM_CHECK(s.owed != NULL); /* it has a mapping of its own */
	core_exchange(&dev, &s, 2);
	dma_stream_release(&s);
	fake_close(&dev);
}

static void beyond_the_linear_map_is_the_slow_path(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1,nohigh");

	(void)state;
	machine.high_pages = 2;
	assert_int_equal(core_run_with_offset(&machine, just_beyond, NULL), 0);
}

/* Many pages that begin within reach and end beyond it: as few as they may seem in a wrong unit, no fast path serves
 * them. The slow path would copy, and says that it cannot with interrupts off. */
static void many_pages(void *arg)
{
	const size_t npages = (size_t)8 << DMA_PAGE_SHIFT;
	struct sim_device_config config = sim_config()->device;
	struct dma_segment seg = {.paddr = dma_paddr(SIM_LOW_RAM), .npages = npages}; /* more than this machine has */
	struct dma_stream s = {0};
	struct core_device dev;

	(void)arg;
	config.mask = npages * PAGE - 1;
	core_open_as(&dev, &config);
	SIM_CHECK(dev.dma.direct_last > SIM_LOW_RAM + PAGE && dev.dma.direct_last <= config.mask);
	sim_interrupts(false);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == DMA_EBUSY && !s.dev);
	sim_interrupts(true);
	core_close(&dev);
}

static void many_pages_are_as_long_as_they_are(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	assert_int_equal(core_run_with_offset(&machine, many_pages, NULL), 0);
}

/* The library's own frames, of which the host takes the highest first: those beyond the linear map get a mapping of
 * their own on the slow path, those within it are used as they are. */
static void own_frames(void *arg)
{
	bool beyond = sim_config()->linear_limit != UINT64_MAX;
	struct dma_coherent ring = {{0}};
	struct dma_stream s = {0};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dev.dma.direct_last != 0);
	SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == 0);
	SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, 2) == 0);
	SIM_CHECK((s.owed != NULL) == beyond && (ring.stream.owed != NULL) == beyond);
	core_exchange(&dev, &s, 7);
	SIM_CHECK(dma_coherent_fill(&ring, 0, 0x5a, 2 * PAGE) == 0);
	SIM_CHECK(dma_device_live(&dev.dma) == 2);
	dma_stream_release(&s);
	dma_coherent_release(&ring);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void own_frames_beyond_the_linear_map(void **state)
{
	struct sim_config within = sim_config_plain("low=1,high=1"), beyond = sim_config_plain("low=1,high=1,nohigh");

	(void)state;
	assert_int_equal(core_run_with_offset(&within, own_frames, NULL), 0);
	assert_int_equal(core_run_with_offset(&beyond, own_frames, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fast_paths_go_as_far_as_they_may),
		cmocka_unit_test(beyond_the_linear_map_is_the_slow_path),
		cmocka_unit_test(many_pages_are_as_long_as_they_are),
		cmocka_unit_test(own_frames_beyond_the_linear_map),
	};

	return cmocka_run_group_tests_name("fast_paths", tests, NULL, NULL);
}
