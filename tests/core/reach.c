/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a device reaches: windows, masks and alignment obeyed. (Every kind of limit: limits.c; how far the fast paths of
 * map go: fast_paths.c.)
 */
#include "../../src/device/reach.h"
#include "../hosts/fake.h"

static struct dma_device_config good(void)
{
	return (struct dma_device_config){.name = "d", .mask = UINT64_MAX, .coherent = true, .trusted = true};
}

static bool reaches(const struct dma_device *dev, uint64_t paddr, size_t npages, uint64_t *daddr)
{
	dma_daddr_t d = {UINT64_MAX};
	bool answer = dma_device_reaches(dev, dma_paddr(paddr), npages, &d);

	*daddr = d.raw;
	return answer;
}

static void reach(void *arg)
{
	const struct dma_window w[2] = {{{64 * PAGE}, {16 * PAGE}, 8 * PAGE},
					{{128 * PAGE}, {1024 * PAGE}, 1024 * PAGE}};
	struct dma_device_config c = good();
	struct dma_device dev;
	uint64_t daddr;

	(void)arg;
	c.windows = w, c.nwindows = 2, c.mask = 2048 * PAGE - 1;
	SIM_CHECK(dma_device_init(&dev, &c) == 0);
	SIM_CHECK(!reaches(&dev, 63 * PAGE, 1, &daddr));
	SIM_CHECK(!reaches(&dev, 63 * PAGE, 2, &daddr));
	SIM_CHECK(reaches(&dev, 64 * PAGE, 8, &daddr) && daddr == 16 * PAGE);
	SIM_CHECK(!reaches(&dev, 64 * PAGE, 9, &daddr));
	SIM_CHECK(reaches(&dev, 71 * PAGE, 1, &daddr) && daddr == 23 * PAGE);
	SIM_CHECK(!reaches(&dev, 72 * PAGE, 1, &daddr));
	SIM_CHECK(reaches(&dev, 129 * PAGE, 3, &daddr) && daddr == 1025 * PAGE);
	SIM_CHECK(reaches(&dev, 1151 * PAGE, 1, &daddr) && daddr == 2047 * PAGE); /* mask and window end here */
	SIM_CHECK(dma_device_fini(&dev) == 0);

	c.mask = 1024 * PAGE - 1; /* the second window is beyond it */
	SIM_CHECK(dma_device_init(&dev, &c) == 0);
	SIM_CHECK(!reaches(&dev, 129 * PAGE, 1, &daddr) && reaches(&dev, 64 * PAGE, 1, &daddr));
	SIM_CHECK(dma_device_fini(&dev) == 0);

	c = good(), c.mask = 0xffffffff, c.min_align = 4 * PAGE;
	SIM_CHECK(dma_device_init(&dev, &c) == 0);
	SIM_CHECK(reaches(&dev, 4 * PAGE, 1, &daddr) && daddr == 4 * PAGE && !reaches(&dev, 5 * PAGE, 1, &daddr));
	SIM_CHECK(reaches(&dev, 0x100000000 - 4 * PAGE, 4, &daddr) &&
		  !reaches(&dev, 0x100000000 - 4 * PAGE, 5, &daddr));
	SIM_CHECK(dma_device_fini(&dev) == 0);
	SIM_CHECK(dma_device_init(&dev, &(struct dma_device_config){.name = "n", .mask = UINT64_MAX}) == 0);
	SIM_CHECK(reaches(&dev, UINT64_MAX - PAGE + 1, 1, &daddr));
	SIM_CHECK(dma_device_fini(&dev) == 0);
}

static void windows_mask_and_alignment_bound_the_reach(void **state)
{
	(void)state;
	core_test("low=1,high=1", reach);
}

/* The fast path of map serves exactly those frames that its slow path serves without a bounce. */
static void direct(void *arg)
{
	static const struct dma_window w[] = {{{0}, {PAGE << 20}, PAGE << 12},
					      {{0}, {PAGE << 20}, UINT64_MAX - (PAGE << 20)},
					      {{PAGE}, {0}, PAGE << 12},
					      {{0}, {(uint64_t)1 << 40}, PAGE << 12}};
	static const uint64_t masks[] = {0xffffffff, ((uint64_t)1 << 33) - 1, UINT64_MAX};

	(void)arg;
	for (size_t i = 0; i < sizeof(w) / sizeof(*w) + 1; i++) {
		for (size_t m = 0; m < 3; m++) {
			struct sim_device_config config = sim_config()->device;
			struct core_device dev;

			config.mask = masks[m];
			config.nwindows = i > 0;
			if (i > 0)
				config.windows[0] = w[i - 1];
			core_open_as(&dev, &config);
			for (unsigned high = 0; high < 2; high++) {
				struct dma_segment seg = {0};
				struct dma_stream s = {0};
				uint64_t last = high ? UINT64_MAX : SIM_HIGH_RAM - 1;
				int error;

				SIM_CHECK(dma_segment_alloc(&seg, 2, last, 0) == 0);
				error = dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg);
				SIM_CHECK(error == 0 || error == DMA_ENOMEM); /* no frame that it reaches */
				if (!error)
					core_exchange(&dev, &s, 4);
				dma_stream_release(&s);
				dma_segment_drop(&seg);
			}
			core_close(&dev);
		}
	}
}

static void every_window_and_mask_finds_its_memory(void **state)
{
	(void)state;
	core_test_all(direct);
}

static void aligned(void *arg)
{
	struct dma_device_config config;
	struct dma_segment seg = {0}, odd = {0};
	struct core_device dev;
	struct dma_stream s = {0};

	(void)arg;
	dev.sim = sim_device_new(NULL);
	config = sim_device_dma(dev.sim);
	config.min_align = 4 * PAGE;
	SIM_CHECK(dma_device_init(&dev.dma, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 3) == 0);
	SIM_CHECK(dma_stream_daddr(&s).raw % (4 * PAGE) == 0);
	core_exchange(&dev, &s, 3);
	dma_stream_release(&s);
	if (!core_segment(&seg, 5, 1))
		return;
	SIM_CHECK(dma_segment_split(&seg, (seg.paddr.raw + PAGE) % (4 * PAGE) ? 1 : 2, &odd) == 0);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &odd) == 0); /* bounced to where it is aligned */
	SIM_CHECK(dma_stream_daddr(&s).raw % (4 * PAGE) == 0);
	core_exchange(&dev, &s, 3);
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	core_close(&dev);
}

static void alignment_is_kept_or_made_by_a_bounce(void **state)
{
	(void)state;
	core_test_all(aligned);
}

/* What the host has below the only window is of no use. */
static void window_full(void *arg)
{
	struct sim_device_config config = sim_config()->device;
	struct dma_stream first = {0}, second = {0};
	struct core_device dev;

	(void)arg;
	config.nwindows = 1;
	config.windows[0] = (struct dma_window){{SIM_LOW_RAM + 16 * PAGE}, {0}, PAGE};
	core_open_as(&dev, &config);
	SIM_CHECK(dma_stream_alloc(&first, &dev.dma, DMA_TO_DEVICE, 1) == 0 && dma_stream_daddr(&first).raw == 0);
	SIM_CHECK(dma_stream_alloc(&second, &dev.dma, DMA_TO_DEVICE, 1) == DMA_ENOMEM && second.dev == NULL);
	dma_stream_release(&first);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void a_window_that_is_full_is_no_memory(void **state)
{
	(void)state;
	core_test_all(window_full);
}

/* An IOMMU finds an address within the mask for any frame. */
static void behind_a_domain(void *arg)
{
	struct core_device dev;
	dma_paddr_t frame;

	(void)arg;
	fake_open(&dev, 0);
	SIM_CHECK(dev.dma.mask == 0xffffffff);
	SIM_CHECK(dma_device_frames_alloc(&dev.dma, 1, &frame) == 0 && frame.raw >= SIM_HIGH_RAM);
	dma_host_frames_free(frame, 1);
	SIM_CHECK(dev.dma.direct_last == 0); /* nor without an IOMMU */
	fake_close(&dev);
}

static void a_domain_has_room_for_all_memory(void **state)
{
	(void)state;
	core_test("low=1,high=1,mask=32", behind_a_domain);
}

/* ---- Windows ---- */

/* Pages stay pages: the ledger counts on page-aligned device addresses. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_mask_and_alignment_bound_the_reach),
		cmocka_unit_test(every_window_and_mask_finds_its_memory),
		cmocka_unit_test(alignment_is_kept_or_made_by_a_bounce),
		cmocka_unit_test(a_window_that_is_full_is_no_memory),
		cmocka_unit_test(a_domain_has_room_for_all_memory),
		cmocka_unit_test(windows_keep_pages_whole),
		cmocka_unit_test(memory_between_windows_is_passed_over),
	};

	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
