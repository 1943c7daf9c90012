/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The switches of config.h, in a build with some of them 0. On machines of every kind, each promise of the library that
 * the build has code for is kept, bytes judged by a device and the CPU; whatever the build has no code for is refused
 * with the error that config.h names, and nothing has changed.
 */
#include "../hosts/fake.h"
#include <stdio.h>

/* ---- What this build can do ---- */

static unsigned lines; /* that were logged */

void __real_dma_host_log(const char *line);
void __wrap_dma_host_log(const char *line);

void __wrap_dma_host_log(const char *line)
{
	lines++;
	if (!DMA_CONFIG_LOG)
		__real_dma_host_log(line);
}

/* 0 where the build has the code, or the error that stands for it. */
static int without(bool has, int error)
{
	return has ? 0 : error;
}

/* ---- Streams ---- */

static void drop_and_release(struct dma_segment *seg, struct dma_stream *s)
{
	dma_segment_drop(seg);
	dma_stream_release(s);
}

/* Memory of the CPU's, mapped. */
static void mapped(struct core_device *dev, unsigned dir, int expected)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};

	if (!core_segment(&seg, 2, dir))
		return;
	if (!SIM_CHECK(dma_stream_map(&s, &dev->dma, dir, &seg) == expected) || expected) {
		SIM_CHECK(seg.npages == 2 || !expected);
		drop_and_release(&seg, &s);
		return;
	}
	SIM_CHECK(dma_device_live(&dev->dma) == DMA_CONFIG_LEDGER);
	core_exchange(dev, &s, dir);
	dma_stream_release(&s);
	dma_stream_release(&s);
	SIM_CHECK(dma_device_live(&dev->dma) == 0);
}

/* Memory of the library's. */
static void allocated(struct core_device *dev, unsigned dir, int expected)
{
	struct dma_stream s = {0}, tail = {0};

	if (!SIM_CHECK(dma_stream_alloc_uninit(&s, &dev->dma, dir, 2) == expected) || expected)
		return;
	core_exchange(dev, &s, dir);
	SIM_CHECK(dma_stream_split(&s, DMA_PAGE_SIZE, &tail) == without(DMA_CONFIG_SPLIT, DMA_ENOTSUP));
	if (DMA_CONFIG_SPLIT)
		core_exchange(dev, &tail, dir + 1);
	core_exchange(dev, &s, dir + 2);
	dma_stream_release(&s);
	dma_stream_release(&tail);
}

static void coherent(struct core_device *dev, int expected)
{
	struct dma_coherent ring = {0};
	uint64_t sent = UINT64_C(0x123456789abcdef0), seen = 0;

	if (!SIM_CHECK(dma_coherent_alloc(&ring, &dev->dma, 0, 1) == expected) || expected)
		return;
	SIM_CHECK(dma_coherent_write_once(&ring, 8, &sent, sizeof(sent)) == 0);
	dma_publish();
	dma_barrier();
	SIM_CHECK(sim_device_read(dev->sim, dma_daddr(dma_coherent_daddr(&ring).raw + 8), &seen, sizeof(seen)) == 0);
	SIM_CHECK(seen == sent);
	sent++;
	SIM_CHECK(sim_device_write(dev->sim, dma_daddr(dma_coherent_daddr(&ring).raw + 8), &sent, sizeof(sent)) == 0);
	dma_consume();
	SIM_CHECK(dma_coherent_read_once(&ring, 8, &seen, sizeof(seen)) == 0);
	SIM_CHECK(seen == sent);
	dma_coherent_release(&ring);
}

/* A few bytes in the middle of a line or page, which bounce for a device that does not snoop or is not trusted. */
static void buffer(struct core_device *dev)
{
	bool bounces = sim_config()->cvm || !sim_config()->device.coherent || !sim_config()->device.trusted;
	struct dma_segment seg = {0};
	struct dma_buffer b = {0};
	unsigned char sent[60], seen[60];
	int error;

	if (!core_segment(&seg, 1, 1))
		return;
	error = dma_buffer_map_segment(&b, &dev->dma, DMA_TO_DEVICE, &seg, 36, sizeof(sent));
	if (error) {
		SIM_CHECK(error == DMA_ENOTSUP && (!DMA_CONFIG_BOUNCE || !DMA_CONFIG_HIGHMEM));
		dma_segment_drop(&seg);
		return;
	}
	SIM_CHECK(DMA_CONFIG_BOUNCE || !bounces);
	core_pattern(sent, 9, 0, sizeof(sent));
	SIM_CHECK(dma_buffer_write_bytes(&b, 0, sent, sizeof(sent)) == 0);
	SIM_CHECK(dma_buffer_sync_to_device(&b, 0, sizeof(sent)) == 0);
	SIM_CHECK(sim_device_read(dev->sim, dma_buffer_daddr(&b), seen, sizeof(seen)) == 0);
	SIM_CHECK(memcmp(sent, seen, sizeof(sent)) == 0);
	dma_buffer_release(&b);
}

static void segments(void)
{
	int cut = without(DMA_CONFIG_SPLIT, DMA_ENOTSUP);
	struct dma_segment seg = {0}, copy = {0}, slice = {0}, tail = {0};

	if (!core_segment_raw(&seg, 4))
		return;
	SIM_CHECK(dma_segment_clone(&seg, &copy) == 0);
	SIM_CHECK(dma_segment_slice(&seg, 1, 2, &slice) == cut);
	SIM_CHECK(dma_segment_split(&seg, 2, &tail) == cut);
	dma_segment_drop(&seg);
	dma_segment_drop(&slice);
	SIM_CHECK(core_pages() == 4);
	dma_segment_drop(&copy);
	dma_segment_drop(&tail);
	SIM_CHECK(core_pages() == 0);
}

/* ---- Machines ---- */

struct machine {
	const char *words;
	int init;     /* dma_init() */
	int device;   /* dma_device_init() */
	int map;      /* of the highest memory */
	int alloc;    /* a stream */
	int coherent; /* memory */
};

#define RAM "low=1,high=1,cpus=1"

static const struct machine machines[] = {
	{.words = RAM},
	{.words = RAM ",untrusted"},
	{.words = RAM ",mask=32", .map = DMA_CONFIG_BOUNCE ? 0 : DMA_ENOTSUP},
	{.words = RAM ",nohigh",
	 .map = DMA_CONFIG_HIGHMEM ? 0 : DMA_ENOTSUP,
	 .alloc = DMA_CONFIG_HIGHMEM ? 0 : DMA_ENOTSUP,
	 .coherent = DMA_CONFIG_HIGHMEM ? 0 : DMA_ENOTSUP},
	{.words = RAM ",window=0x4000000000", .device = DMA_CONFIG_WINDOWS ? 0 : DMA_ENOTSUP},
	{.words = RAM ",noncoherent", .device = DMA_CONFIG_NONCOHERENT ? 0 : DMA_ENOTSUP},
	{.words = RAM ",noncoherent,nosync",
	 .device = DMA_CONFIG_NONCOHERENT ? 0 : DMA_ENOTSUP,
	 .map = DMA_CONFIG_BOUNCE ? 0 : DMA_ENOTSUP},
	{.words = RAM ",cvm", .init = DMA_CONFIG_CVM ? 0 : DMA_EINVAL},
	{.words = RAM ",cvm,noncoherent",
	 .init = DMA_CONFIG_CVM ? 0 : DMA_EINVAL,
	 .device = DMA_CONFIG_NONCOHERENT ? 0 : DMA_ENOTSUP},
	{.words = "low=1,high=1,cpus=2", .init = DMA_CONFIG_SMP ? 0 : DMA_EINVAL},
};

static void scene(void *arg)
{
	const struct machine *machine = arg;
	struct core_device dev;
	struct dma_device_config config;

	lines = 0;
	dev.sim = sim_device_new(NULL);
	config = sim_device_dma(dev.sim);
	memset(&dev.dma, 0, sizeof(dev.dma));
	if (!SIM_CHECK(dma_device_init(&dev.dma, &config) == machine->device) || machine->device) {
		SIM_CHECK(!dev.dma.domain && (lines == 1) == DMA_CONFIG_LOG);
		return;
	}
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		mapped(&dev, dir, machine->map);
		allocated(&dev, dir, machine->alloc);
	}
	coherent(&dev, machine->coherent);
	buffer(&dev);
	segments();
	core_close(&dev);
}

static void one_machine(void **state)
{
	struct machine machine = *(const struct machine *)*state;
	struct sim_config plain = sim_config_plain(machine.words);

	if (machine.init) {
		lines = 0;
		sim_start(&plain);
		assert_int_equal(dma_init(), machine.init);
		assert_int_equal(dma_fini(), DMA_EINVAL);
		assert_int_equal(lines, DMA_CONFIG_LOG);
		assert_int_equal(sim_stop(), 0);
		return;
	}
	assert_int_equal(core_run(machine.words, scene, &machine), 0);
}

/* ---- Limits, the ledger, IOMMUs ---- */

static void limits_scene(void *arg)
{
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_device_config plain = sim_device_dma(dev.sim), limited[3] = {plain, plain, plain};
	int expected = without(DMA_CONFIG_LIMITS, DMA_ENOTSUP);

	(void)arg;
	limited[0].boundary = 0x10000;
	limited[1].max_segment_size = 0x2000;
	limited[2].min_align = 4 * DMA_PAGE_SIZE;
	for (size_t i = 0; i < 3; i++) {
		struct dma_stream s = {0};

		if (!SIM_CHECK(dma_device_init(&dev.dma, &limited[i]) == expected) || expected)
			continue;
		SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == 0);
		core_exchange(&dev, &s, 1);
		dma_stream_release(&s);
		core_close(&dev);
	}
	plain.min_align = DMA_PAGE_SIZE; /* every stream has that */
	SIM_CHECK(dma_device_init(&dev.dma, &plain) == 0);
	core_close(&dev);
}

static void ledger_scene(void *arg)
{
	struct dma_stream s = {0};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 1) == 0);
	if (DMA_CONFIG_LEDGER)
		SIM_CHECK(dma_device_fini(&dev.dma) == DMA_EBUSY);
	dma_stream_release(&s);
	core_close(&dev);
}

static void domain_scene(void *arg)
{
	struct core_device dev = {.sim = sim_device_new(NULL)};
	struct dma_device_config config = sim_device_dma(dev.sim);

	(void)arg;
#if DMA_CONFIG_IOMMU
	fake_open(&dev, DMA_DOMAIN_TRANSLATES | DMA_DOMAIN_SPLITS);
	{
		struct dma_segment seg = {0};
		struct dma_stream s = {0};

		SIM_CHECK(core_segment_raw(&seg, 1));
		SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg) == 0);
		SIM_CHECK(dma_stream_daddr(&s).raw >= IOVA);
		dma_stream_release(&s);
	}
	fake_close(&dev);
	(void)config;
#else
	{
		static const struct dma_domain_ops ops;
		struct dma_domain domain = {.ops = &ops};

		config.domain = &domain;
		SIM_CHECK(dma_device_init(&dev.dma, &config) == DMA_ENOTSUP);
	}
#endif
}

/* Frees with interrupts off: at once, or where the host's allocator sleeps, when it may. */
static void late_scene(void *arg)
{
	struct dma_segment seg = {0};
	struct dma_stream s = {0};
	struct core_device dev;
	struct dma_stats now;
	unsigned before;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev.dma, DMA_BIDIRECTIONAL, 2) == 0);
	SIM_CHECK(core_segment_raw(&seg, 3));
	before = sim_hook_calls(SIM_HOOK_FRAMES_FREE);
	(void)sim_interrupts(false);
	dma_stream_release(&s);
	dma_segment_drop(&seg);
	SIM_CHECK(dma_reclaim() == 0);
	SIM_CHECK(sim_hook_calls(SIM_HOOK_FRAMES_FREE) == before + (DMA_CONFIG_LATE_FREES ? 0 : 2));
	(void)sim_interrupts(true);
	dma_stats(&now);
	SIM_CHECK(now.pages_pending == (DMA_CONFIG_LATE_FREES ? 5 : 0) && now.pages_alloc == 0);
	SIM_CHECK(dma_reclaim() == (DMA_CONFIG_LATE_FREES ? 5 : 0));
	SIM_CHECK(sim_hook_calls(SIM_HOOK_FRAMES_FREE) == before + 2);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void late_frees(void **state)
{
	(void)state;
	core_test(RAM, late_scene);
}

static void limits(void **state)
{
	(void)state;
	core_test(RAM, limits_scene);
}

static void ledger(void **state)
{
	(void)state;
	core_test(RAM, ledger_scene);
}

static void domains(void **state)
{
	(void)state;
	core_test(RAM, domain_scene);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(machines) / sizeof(*machines) + 4] = {
		cmocka_unit_test(limits), cmocka_unit_test(ledger), cmocka_unit_test(domains),
		cmocka_unit_test(late_frees)};

	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		tests[4 + i] = (struct CMUnitTest){machines[i].words, one_machine, NULL, NULL,
						   (void *)(uintptr_t)&machines[i]};
	return cmocka_run_group_tests_name("switches", tests, NULL, NULL);
}
