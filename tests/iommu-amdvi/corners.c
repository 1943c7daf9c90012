/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the IVRS table leaves out: widths, and requesters beyond the last that it names.
 */
#include "world.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void run(const char *words, sim_scenario body)
{
	struct sim_config machine = sim_config_frames(sim_config_plain(words));

	assert_int_equal(sim_run(&machine, body, NULL), 0);
}

/* ---- Widths (5.2.1: PASize and VASize of IVinfo) ---- */

static void table_of(unsigned physical, unsigned virtual)
{
	ivrs_begin(&world_table, physical << 8 | virtual << 15);
	ivrs_unit(&world_table, 0x11, 0, WORLD_UNIT_ID(0), WORLD_REGISTERS(0));
	ivrs_entry(&world_table, 1, 0);
	ivrs_end(&world_table);
}

static void wide(struct sim_amdvi_config *c)
{
	c->width = 48;
}

struct width {
	unsigned virtual;
	uint64_t region; /* 0: none */
	int error;	 /* of a domain */
};

/* Regions and streams above what three levels reach; what device addresses cannot name is refused. */
static void width(void *arg)
{
	static const struct fixture fixture = {.name = "widths", .unit = wide};
	const struct width *tried = arg;
	struct dma_iommu_region region = {
		.first = WORLD_REQUESTER(0), .last = WORLD_REQUESTER(0), .base = {tried->region}, .nbytes = 4096};
	struct dma_iommu_domain_config config = {.requester = WORLD_REQUESTER(0)};
	struct dma_device_config device;
	struct dma_amdvi_config probe;
	struct dma_stream s = {0};

	(void)world_units(&world, &fixture);
	table_of(48, tried->virtual);
	probe = world_config(&world);
	probe.host_regions = &region;
	probe.nhost_regions = tried->region != 0;
	SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == 0);
	if (tried->region)
		SIM_CHECK(world_reaches(&world, 0, tried->region, true) == !tried->error);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &world.domain[0]) == tried->error);
	if (!tried->error) {
		device = sim_device_dma(world.model[0]);
		device.domain = world.domain[0];
		SIM_CHECK(dma_device_init(&world.dev[0], &device) == 0);
		SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 3) == 0);
		SIM_CHECK(tried->virtual == 64 || dma_stream_daddr(&s).raw >> tried->virtual == 0);
		dma_stream_release(&s);
		world_traffic(&world, 0, 2);
	}
	world_down(&world);
}

static void addresses_as_wide_as_firmware_says(void **state)
{
	static struct width tried[] = {
		{64, 0x123456789000, 0}, {48, 0x8000000000, 0}, {40, 0x123456789000, DMA_ENOTSUP}, {32, 0, 0}};
	struct sim_config machine = sim_config_plain(NULL);

	(void)state;
	for (unsigned i = 0; i < sizeof(tried) / sizeof(tried[0]); i++)
		assert_int_equal(sim_run(&machine, width, &tried[i]), 0);
}

/* ---- A requester beyond the device table ---- */

static void stranger(void *arg)
{
	static const struct fixture fixture = {.name = "stranger"};
	struct sim_device_config other;
	struct sim_device *model;
	char byte;

	(void)arg;
	if (!world_up(&world, &fixture))
		return;
	other = *sim_device_config(world.model[0]);
	other.requester = 0x5000;
	model = sim_device_new(&other);
	while (dma_iommu_poll(world.iommu) > 0)
		;
	SIM_CHECK(sim_device_probe(model, dma_daddr(0x5000), &byte, 1) == DMA_EFAULT);
	SIM_CHECK(dma_iommu_poll(world.iommu) == 1); /* reported, of no device that we know */
	world_down(&world);
}

static void a_stranger_is_blocked_and_reported(void **state)
{
	(void)state;
	run(NULL, stranger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_as_wide_as_firmware_says),
		cmocka_unit_test(a_stranger_is_blocked_and_reported),
	};

	return cmocka_run_group_tests_name("corners", tests, NULL, NULL);
}
