/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What all unit drivers share (src/iommu/unit), on SMMUv3: shared streams, homes of regions and doorbells, bypass, and
 * the host's cut-off; and what only SMMUv3 has: sizes of streams and addresses, one page of registers, the order in
 * which an entry becomes valid.
 */
#include "setup.h"

#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define STREAM	 5u
#define REGION	 0x80000000ull
#define DOORBELL 0x8090000ull /* where no RAM is */

static bool looks(struct sim_device *model, uint64_t daddr, bool write)
{
	uint32_t word = 7;

	return (write ? sim_device_write(model, dma_daddr(daddr), &word, sizeof(word))
		      : sim_device_read(model, dma_daddr(daddr), &word, sizeof(word))) == 0;
}

static unsigned last_code;

static void on_fault(const struct dma_fault *fault, void *context)
{
	(void)context;
	last_code = fault->code;
}

/* True if the unit translates the access. There is no RAM behind the address, so the access itself has no effect. */
static bool translated(struct sim_device *model, uint64_t daddr, bool write)
{
	last_code = 0;
	(void)looks(model, daddr, write);
	(void)dma_iommu_poll_all();
	return last_code == 0;
}

static struct dma_device_config same_stream(const struct attached *a)
{
	struct dma_device_config config = sim_device_dma(a->model);

	config.domain = a->domain;
	return config;
}

/* Hazard 73. */
static void share(struct machine *m)
{
	struct dma_device second = {0}, third = {0};
	struct dma_device_config config;
	struct dma_stream s = {0};
	struct attached a;

	if (!SIM_CHECK(attach_device(m, &a, STREAM, true) == 0))
		return;
	config = same_stream(&a);
	config.name = "second";
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	config.coherent = !config.coherent;
	SIM_CHECK(dma_device_init(&third, &config) == DMA_ENOTSUP);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &second, DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(looks(a.model, dma_stream_daddr(&s).raw, true));
	SIM_CHECK(dma_device_fini(&a.dev) == 0);
	SIM_CHECK(looks(a.model, dma_stream_daddr(&s).raw, true));
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(!looks(a.model, 0x1000, true));
	SIM_CHECK(dma_iommu_domain_destroy(m->iommu, a.domain) == 0);
}

static void test_share(void **state)
{
	(void)state;
	assert_int_equal(on_every_kind(share), 0);
}

/* ---- Regions (hazard 74) ---- */

static struct sim_smmu *open_with(const struct kind *kind, const struct dma_iommu_region *host, size_t n,
				  struct dma_iommu **iommu)
{
	static const struct dma_smmuv3_region firmware = {.stream = STREAM, .base = REGION, .nbytes = 0x10000};
	struct sim_smmu_config hardware = kind_hardware(kind);
	struct dma_smmuv3_config driver = kind_driver(kind);
	struct sim_smmu *unit = sim_smmu_add(&hardware);

	driver.regions = &firmware;
	driver.nregions = 1;
	driver.host_regions = host;
	driver.nhost_regions = n;
	SIM_CHECK(dma_smmuv3_probe(&driver, iommu) == 0);
	return unit;
}

/* The second shares its page with the doorbell, which is device memory all the same. */
static const struct dma_iommu_region doorbell[] = {
	{.first = 0,
	 .last = UINT32_MAX,
	 .base = {DOORBELL + 0x40},
	 .nbytes = 4,
	 .dir = DMA_FROM_DEVICE,
	 .type = DMA_REGION_DEVICE},
	{.first = STREAM, .last = STREAM, .base = {DOORBELL + 0x800}, .nbytes = 16, .dir = DMA_FROM_DEVICE},
	{.first = STREAM, .last = STREAM + 1, .base = {REGION + 0x20000}, .nbytes = 0x1000}};

static struct sim_device *model_of(uint32_t stream)
{
	struct sim_device_config config = sim_config()->device;

	config.requester = stream;
	config.coherent = true;
	config.trusted = true;
	return sim_device_new(&config);
}

static void regions(void *arg)
{
	struct sim_device *model = model_of(STREAM), *neighbour = model_of(STREAM + 1), *other = model_of(9);
	struct dma_iommu_domain_config wanted = {.requester = STREAM};
	struct dma_device_config config = sim_device_dma(model);
	struct dma_iommu *iommu = NULL;
	struct sim_smmu *unit = open_with(arg, doorbell, 3, &iommu);
	struct dma_device dev = {0};

	dma_iommu_on_fault(on_fault, NULL);
	for (unsigned driver = 0; driver < 3; driver++)
		for (unsigned step = 0; step < 3; step++) {
			unsigned before = sim_smmu_seen(unit).uncached;

			SIM_CHECK(translated(model, REGION, true) && translated(model, REGION + 0xfff0, false));
			SIM_CHECK(translated(model, REGION + 0x20ff0, true) &&
				  translated(neighbour, REGION + 0x20000, true));
			SIM_CHECK(!translated(model, REGION + 0x10000, true) && !translated(other, REGION, false));
			SIM_CHECK(sim_smmu_seen(unit).uncached == before);
			SIM_CHECK(translated(model, DOORBELL + 0x40, true)); /* as device memory, not as cached */
			SIM_CHECK(sim_smmu_seen(unit).uncached == before + 1);
			if (step == 0) {
				SIM_CHECK(dma_iommu_domain_create(iommu, &wanted, &config.domain) == 0);
				SIM_CHECK(dma_device_init(&dev, &config) == 0);
			} else if (step == 1) {
				SIM_CHECK(dma_device_fini(&dev) == 0);
			} else {
				SIM_CHECK(dma_iommu_domain_destroy(iommu, config.domain) == 0);
			}
		}
	/* a stream that only the doorbell's range names: before, during and after a driver, too */
	wanted.requester = 9;
	config = sim_device_dma(other);
	SIM_CHECK(translated(other, DOORBELL, true));
	SIM_CHECK(dma_iommu_domain_create(iommu, &wanted, &config.domain) == 0 && dma_device_init(&dev, &config) == 0);
	SIM_CHECK(translated(other, DOORBELL, true) && !translated(other, REGION, true));
	SIM_CHECK(dma_device_fini(&dev) == 0 && dma_iommu_domain_destroy(iommu, config.domain) == 0);
	SIM_CHECK(translated(other, DOORBELL, true) && !translated(other, REGION, true));
	SIM_CHECK(dma_smmuv3_remove(iommu) == 0);
	SIM_CHECK(sim_smmu_seen(unit).violations == 0);
	dma_iommu_on_fault(NULL, NULL);
	sim_smmu_remove_all();
}

static void test_regions(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain("low=6,high=1"));

	(void)state;
	for (size_t i = 0; i < nkinds; i++)
		assert_int_equal(sim_run(&machine, regions, (void *)(uintptr_t)&kinds[i]), 0);
}

/* ---- Bypass (hazard 85) ---- */

static void bypass(void *arg)
{
	struct sim_smmu_config hardware = kind_hardware(arg);
	struct dma_smmuv3_config driver = kind_driver(arg);
	struct dma_iommu *iommu = NULL;
	struct sim_smmu *unit = sim_smmu_add(&hardware);
	struct sim_device *model = model_of(STREAM);
	struct dma_device_config config = sim_device_dma(model);
	struct dma_device dev = {0}, twin = {0};
	dma_paddr_t frame;
	uint64_t daddr;

	SIM_CHECK(dma_smmuv3_probe(&driver, &iommu) == 0);
	SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &frame) == 0);
	daddr = frame.raw;
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_EINVAL); /* nobody asked for it */
	config.domain = &dma_domain_passthrough;
	config.trusted = false;
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_EINVAL && !looks(model, daddr, true));
	config.trusted = true;
	SIM_CHECK(dma_device_init(&dev, &config) == 0 && looks(model, daddr, true));
	SIM_CHECK(dma_device_init(&twin, &config) == 0);
	SIM_CHECK(dma_smmuv3_remove(iommu) == DMA_EBUSY);
	SIM_CHECK(dma_device_fini(&dev) == 0 && looks(model, daddr, true));
	SIM_CHECK(dma_device_block(&twin) == 0 && !looks(model, daddr, false));
	SIM_CHECK(dma_device_fini(&twin) == 0 && !looks(model, daddr, true));
	dma_host_frames_free(frame, 1);
	SIM_CHECK(dma_smmuv3_remove(iommu) == 0 && sim_smmu_seen(unit).violations == 0);
	sim_smmu_remove_all();
}

static void test_bypass(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain("low=6,high=1"));

	(void)state;
	for (size_t i = 0; i < nkinds; i++)
		assert_int_equal(sim_run(&machine, bypass, (void *)(uintptr_t)&kinds[i]), 0);
}

/* ---- Streams and addresses ---- */

struct size_case {
	const char *what;
	uint32_t last_stream, stream;
	unsigned stage, output_code;
	uint64_t region; /* reached by a start level that is legal; 0: none */
	bool one_page;
};

static const struct size_case sizes[] = {
	{"17 bits of streams", 0x1ffff, 0x10005, 2, 4, 0, false},
	{"25 bits", 0x1ffffff, 0x1fffffe, 1, 4, 0, false},
	{"27 bits: wide second levels", 0x7ffffff, 0x7654321, 2, 4, 0, false},
	{"one page of registers", 0, STREAM, 2, 4, 0, true},
	{"40 bits out, 3 levels", 0, STREAM, 2, 2, 0, false},
	{"40 bits out, beyond 39", 0, STREAM, 2, 2, 0xff00000000ull, false},
	{"42 bits out, beyond 39", 0, STREAM, 2, 3, 0x3ff00000000ull, false},
	{"44 bits out, beyond 39", 0, STREAM, 2, 4, 0xfff00000000ull, false},
	{"48 bits out, beyond 44", 0, STREAM, 2, 5, 0xfff000000000ull, false},
	{"40 bits out, stage 1", 0, STREAM, 1, 2, 0xff00000000ull, false},
};

static void size_of_unit(void *arg)
{
	const struct size_case *c = arg;
	struct sim_smmu_config hardware = sim_smmu_config(SMMU_REGISTERS);
	const struct dma_iommu_region far = {
		.first = c->stream, .last = c->stream, .base = {c->region}, .nbytes = 0x1000};
	struct dma_smmuv3_config driver = {.registers = dma_paddr(SMMU_REGISTERS),
					   .stage = c->stage,
					   .last_stream = c->last_stream,
					   .model = c->one_page ? DMA_SMMUV3_CAVIUM_CN99XX : DMA_SMMUV3_GENERIC,
					   .host_regions = &far,
					   .nhost_regions = c->region != 0,
					   .timeout_ns = 1000000};
	struct sim_device *model = model_of(c->stream);
	struct dma_iommu_domain_config wanted = {.requester = c->stream};
	struct dma_device_config config = sim_device_dma(model);
	struct dma_device dev = {0};
	struct dma_stream s = {0};
	struct dma_iommu *iommu = NULL;
	struct sim_smmu *unit;

	hardware.stream_bits = 32;
	hardware.output_code = c->output_code;
	hardware.one_page = c->one_page;
	unit = sim_smmu_add(&hardware);
	dma_iommu_on_fault(on_fault, NULL);
	if (!SIM_CHECK(dma_smmuv3_probe(&driver, &iommu) == 0))
		return;
	SIM_CHECK(!looks(model, 0x1000, false));
	SIM_CHECK(dma_iommu_poll_all() >= 1); /* the event queue works */
	SIM_CHECK(dma_iommu_domain_create(iommu, &wanted, &config.domain) == 0 && dma_device_init(&dev, &config) == 0);
	for (unsigned n = 1; n <= 33; n += 16) { /* pages of the unit's: 33 are a range of 32 and a single one */
		SIM_CHECK(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, DMA_PAGES(4096 * n)) == 0);
		SIM_CHECK(looks(model, dma_stream_daddr(&s).raw, true));
		dma_stream_release(&s);
	}
	if (c->region)
		SIM_CHECK(translated(model, c->region + 8, true) && !translated(model, c->region + 0x1000, true));
	SIM_CHECK(dma_device_fini(&dev) == 0 && dma_iommu_domain_destroy(iommu, config.domain) == 0);
	if (c->region)
		SIM_CHECK(translated(model, c->region + 8, true));
	SIM_CHECK(dma_smmuv3_remove(iommu) == 0 && sim_smmu_seen(unit).violations == 0);
	dma_iommu_on_fault(NULL, NULL);
	sim_smmu_remove_all();
}

static void test_sizes(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain("low=6,high=6"));

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		print_message("# %s\n", sizes[i].what);
		assert_int_equal(sim_run(&machine, size_of_unit, (void *)(uintptr_t)&sizes[i]), 0);
	}
}

/* ---- The order of 3.21.3.1 (hazard 71) ---- */

/* A fetch that began before an attach reads word 0 after it. */
static void order(void *arg)
{
	struct machine m;
	struct attached a, b;
	struct dma_device second = {0};
	struct dma_device_config config;
	struct dma_stream old = {0};
	struct sim_device *other = model_of(9);
	uint64_t daddr;

	(void)arg;
	machine_open(&m, &kinds[0]);
	if (!SIM_CHECK(attach_device(&m, &a, STREAM, true) == 0))
		return;
	config = sim_device_dma(other);
	config.domain = a.domain;
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&old, &second, DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&old).raw;
	SIM_CHECK(dma_device_fini(&a.dev) == 0);
	/* the entry holds the words of its former domain, invalid; a fetch has read them */
	sim_smmu_begin_fetch(m.unit, STREAM);
	b.model = a.model;
	config = sim_device_dma(b.model);
	SIM_CHECK(dma_iommu_domain_create(m.iommu, &(struct dma_iommu_domain_config){.requester = STREAM}, &b.domain) ==
		  0);
	config.domain = b.domain;
	SIM_CHECK(dma_device_init(&b.dev, &config) == 0);
	SIM_CHECK(!looks(b.model, daddr, true)); /* not the former domain's memory */
	SIM_CHECK(detach_device(&m, &b) == 0);
	dma_stream_release(&old);
	SIM_CHECK(dma_device_fini(&second) == 0 && dma_iommu_domain_destroy(m.iommu, a.domain) == 0);
	machine_close(&m);
}

static void test_order(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain("low=6,high=1"));

	(void)state;
	assert_int_equal(sim_run(&machine, order, NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share), cmocka_unit_test(test_regions), cmocka_unit_test(test_bypass),
		cmocka_unit_test(test_sizes), cmocka_unit_test(test_order),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("smmuv3 devices", tests, NULL, NULL);
}
