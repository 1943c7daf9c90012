/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Corners of the SMMUv3 driver: units that lack something or have more than fits, senseless calls, regions of firmware,
 * what a unit says of itself, devices that share a domain.
 */
#include "setup.h"

#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct kind both_stages = {.name = "both stages"}, stage_1 = {.name = "stage 1", .stage = 1};

static void run(const char *words, sim_scenario body)
{
	struct sim_config machine = sim_config_plain(words);

	assert_int_equal(sim_run(&machine, body, NULL), 0);
}

/* ---- Units ---- */

/* Probes a unit of that hardware; what it is called when it works. */
static int probe(const struct sim_smmu_config *hardware, const struct dma_smmuv3_config *driver,
		 struct dma_smmuv3_facts *facts)
{
	struct dma_iommu *iommu = NULL;
	int error;

	(void)sim_smmu_add(hardware);
	error = dma_smmuv3_probe(driver, &iommu);
	if (!error) {
		dma_smmuv3_facts(iommu, facts);
		SIM_CHECK(dma_smmuv3_remove(iommu) == 0);
	}
	sim_smmu_remove_all();
	return error;
}

/* One unit a machine: what it is, what the driver is asked for, what comes of it. */
static void all_features(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	(void)hardware, (void)driver;
}

static void few_features(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	driver->stage = 1, driver->last_stream = 200, driver->linear_table = true;
	hardware->range_invalidation = false, hardware->bbml = 0;
}

static void bits_52(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	(void)driver;
	hardware->output_code = 6; /* of which tables of 4 KiB pages hold 48 */
}

static void bits_unknown(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	(void)driver;
	hardware->output_code = 7;
}

static void all_streams(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	hardware->stream_bits = 32, driver->last_stream = UINT32_MAX;
}

static void many_streams(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	hardware->stream_bits = 32, driver->last_stream = 0x3fffff;
}

static void linear_streams(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	hardware->stream_bits = 32, driver->last_stream = 0x3fffff, driver->linear_table = true;
}

static void no_stage(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver)
{
	(void)hardware;
	driver->stage = 3;
}

static const struct unit_case {
	void (*change)(struct sim_smmu_config *hardware, struct dma_smmuv3_config *driver);
	int result;
	struct dma_smmuv3_facts facts;
} cases[] = {
	{all_features, 0, {2, 16, true, true, true, true}},
	{few_features, 0, {1, 8, false, true, false, false}},
	{bits_52, 0, {2, 16, true, true, true, true}},
	{bits_unknown, DMA_ENOTSUP, {0}},
	{all_streams, DMA_ENOMEM, {0}}, /* the first level alone is 32 MiB */
	{many_streams, 0, {2, 22, true, true, true, true}},
	{linear_streams, DMA_ENOTSUP, {0}},
	{no_stage, DMA_EINVAL, {0}},
};

static void unit(void *arg)
{
	struct sim_smmu_config hardware = kind_hardware(&both_stages);
	struct dma_smmuv3_config driver = kind_driver(&both_stages);
	const struct unit_case *c = arg;
	struct dma_smmuv3_facts facts = {0};

	c->change(&hardware, &driver);
	SIM_CHECK(probe(&hardware, &driver, &facts) == c->result);
	SIM_CHECK(memcmp(&facts, &c->facts, sizeof(facts)) == 0);
}

static void units_are_taken_as_they_are_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sim_config machine = sim_config_plain("low=6,high=1");
		struct unit_case one = cases[i];

		assert_int_equal(sim_run(&machine, unit, &one), 0);
	}
}

static void unflushable(void *arg)
{
	struct sim_smmu_config hardware = kind_hardware(&both_stages);
	struct dma_smmuv3_config driver = kind_driver(&both_stages);
	struct dma_smmuv3_facts facts;

	(void)arg;
	driver.walks = DMA_SMMUV3_SNOOPS_NOT;
	SIM_CHECK(probe(&hardware, &driver, &facts) == DMA_ENOTSUP);
}

static void tables_that_nobody_can_flush_are_refused(void **state)
{
	(void)state;
	run("low=6,high=1,nosync", unflushable);
}

/* ---- Firmware's regions ---- */

static void regions(void *arg)
{
	const struct dma_smmuv3_region wide[] = {{.stream = 0x12345, .base = 0x8000000, .nbytes = 0x2000},
						 {.stream = 0x12345, .base = 0x8010000, .nbytes = 0x1000}};
	struct sim_smmu_config hardware = kind_hardware(&both_stages);
	struct dma_smmuv3_config driver = kind_driver(&both_stages);
	struct dma_smmuv3_facts facts = {0};

	(void)arg;
	hardware.stream_bits = 20;
	driver.last_stream = 255;
	driver.regions = wide;
	driver.nregions =
		2; /* both of one stream, beyond those that the driver was told of: the table is made for it */
	SIM_CHECK(probe(&hardware, &driver, &facts) == 0 && facts.stream_bits == 17);
}

static void regions_of_one_stream_share_a_domain(void **state)
{
	(void)state;
	run("low=6,high=1", regions);
}

/* ---- Domains ---- */

static void domains(void *arg)
{
	const struct dma_window hole = {{0}, {0x1000}, 0x40000000}, holes[64] = {{{0}, {0}, 0}};
	struct dma_iommu_domain_config config = {.requester = 40, .reserved = &hole, .nreserved = 1};
	struct dma_stream s = {0};
	struct dma_domain *domain = NULL;
	struct attached first;
	struct dma_device_config other;
	struct dma_device second, third;
	struct machine m;

	(void)arg;
	machine_open(&m, arg ? &stage_1 : &both_stages);
	SIM_CHECK(attach_device(&m, &first, 33, true) == 0);
	SIM_CHECK(dma_smmuv3_remove(m.iommu) == DMA_EBUSY);
	SIM_CHECK(dma_iommu_domain_destroy(m.iommu, first.domain) == DMA_EBUSY);
	config.requester = UINT32_MAX;
	SIM_CHECK(dma_iommu_domain_create(m.iommu, &config, &domain) == DMA_ENODEV);
	config.requester = 40;
	config.reserved = NULL, config.nreserved = 64;
	SIM_CHECK(dma_iommu_domain_create(m.iommu, &config, &domain) == DMA_EINVAL && domain == NULL);
	config.reserved = holes; /* any number (hazard 76) */
	SIM_CHECK(dma_iommu_domain_create(m.iommu, &config, &domain) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(m.iommu, domain) == 0);
	domain = NULL;
	config.reserved = &hole, config.nreserved = 1;
	if (!SIM_CHECK(dma_iommu_domain_create(m.iommu, &config, &domain) == 0))
		return;
	/* Two devices in it, the older of which goes first; and one that would have to be told apart. */
	other = sim_device_dma(first.model);
	other.domain = domain, other.requester = 40;
	SIM_CHECK(dma_device_init(&second, &other) == 0);
	SIM_CHECK(dma_stream_alloc(&s, &second, DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(dma_stream_daddr(&s).raw >= 0x40001000);
	other.requester = 41, other.coherent = false;
	SIM_CHECK(dma_device_init(&third, &other) == (arg ? DMA_ENOTSUP : 0));
	if (arg) {
		other.coherent = true;
		SIM_CHECK(dma_device_init(&third, &other) == 0);
	}
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&second) == 0 && dma_device_fini(&third) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(m.iommu, domain) == 0);
	SIM_CHECK(detach_device(&m, &first) == 0);
	machine_close(&m);
}

static void domains_and_their_devices(void **state)
{
	struct sim_config machine = sim_config_plain("low=6,high=1");
	int one = 1;

	(void)state;
	assert_int_equal(sim_run(&machine, domains, NULL), 0);
	assert_int_equal(sim_run(&machine, domains, &one), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_taken_as_they_are_or_refused),
		cmocka_unit_test(tables_that_nobody_can_flush_are_refused),
		cmocka_unit_test(regions_of_one_stream_share_a_domain),
		cmocka_unit_test(domains_and_their_devices),
	};

	return cmocka_run_group_tests_name("corners", tests, NULL, NULL);
}
