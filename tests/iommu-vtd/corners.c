/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Corners of the VT-d driver that a device's ordinary life does not reach: senseless arguments, units that lack
 * something, memory that runs out in the middle of a split, domains destroyed in another order than they were made,
 * faults of devices without a domain.
 */
#include "../../src/iommu/table/table.h"
#include "world.h"
#include <dmastream/errors.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct world world;

static void run(const char *words, sim_scenario body)
{
	struct sim_config machine = sim_config_plain(words);

	assert_int_equal(sim_run(&machine, body, NULL), 0);
}

static int probe(const struct fixture *fixture)
{
	static uint32_t (*const nothing)(void *, uint16_t, uint8_t, uint8_t, unsigned) = NULL;
	struct dma_vtd_config config = {.timeout_ns = WORLD_TIMEOUT_NS, .pci_read32 = nothing};

	world_units(&world, fixture);
	config.block_interrupts = fixture->block_interrupts;
	config.dmar = world.table.bytes;
	config.dmar_nbytes = world.table.length;
	return dma_vtd_probe(&config, &world.iommu);
}

/* ---- Arguments ---- */

static void arguments(void *arg)
{
	static const struct fixture fixture = {.name = "arguments"};
	const struct dma_window wraps = {{0}, dma_daddr(UINT64_MAX - 4095), 8192},
				nothing = {{0}, dma_daddr(0x100000), 0};
	struct dma_iommu_domain_config config = {.requester = 9 << 3};
	struct dma_domain_stats stats = {.pages_pending = 7};
	struct dma_domain *domain = NULL;

	(void)arg;
	if (!world_up(&world, &fixture))
		return;
	SIM_CHECK(dma_iommu_domain_create(NULL, &config, &domain) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, NULL, &domain) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, NULL) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_destroy(NULL, world.domain[0]) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, NULL) == DMA_EINVAL);
	SIM_CHECK(dma_iommu_poll(NULL) == 0);
	(void)dma_iommu_poll(world.iommu); /* what was tried before there was a domain */
	SIM_CHECK(dma_iommu_poll(world.iommu) == 0);
	dma_domain_stats(&dma_domain_passthrough, &stats);
	SIM_CHECK(stats.pages_pending == 0 && stats.pages_mapped_tables == 0);
	config.reserved = &wraps;
	config.nreserved = 1;
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &domain) == DMA_EINVAL && domain == NULL);
	config.reserved = &nothing;
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &domain) == 0);
	/* The first domain goes before the second. */
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, world.domain[0]) == 0);
	world.domain[0] = domain;
	world_down(&world);
}

static void senseless_arguments_are_refused(void **state)
{
	(void)state;
	run(NULL, arguments);
}

/* ---- Units that lack something ---- */

static void unsnooped(struct sim_vtd_config *c)
{
	c->coherent = false;
}

static void no_remapping(struct sim_vtd_config *c)
{
	c->interrupt_remap = false;
}

static void lacking(void *arg)
{
	static const struct fixture cannot_flush = {.name = "tables that nobody can flush", .unit = unsnooped},
				    cannot_block = {
					    .name = "interrupts", .unit = no_remapping, .block_interrupts = true};

	(void)arg;
	if (!sim_config()->can_sync) {
		SIM_CHECK(probe(&cannot_flush) == DMA_ENOTSUP);
		return;
	}
	/* A polling host does without, as vtd.h says. */
	SIM_CHECK(probe(&cannot_block) == 0 && dma_vtd_remove(world.iommu) == 0);
}

static void units_that_lack_something(void **state)
{
	(void)state;
	run("nosync", lacking);
	run(NULL, lacking);
}

/* ---- A device without a domain ---- */

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
	other.requester = 7 << 3;
	model = sim_device_new(&other);
	while (dma_iommu_poll(world.iommu) > 0)
		;
	SIM_CHECK(sim_device_probe(model, dma_daddr(0x5000), &byte, 1) == DMA_EFAULT);
	SIM_CHECK(dma_iommu_poll(world.iommu) == 1); /* reported, of no device that we know */
	world_traffic(&world, 0, 2);
	world_down(&world);
}

static void a_stranger_is_blocked_and_reported(void **state)
{
	(void)state;
	run(NULL, stranger);
}

/* ---- No page for a split ---- */

#define MIB_2 (((size_t)2 << 20) >> DMA_PAGE_SHIFT)

static void no_page(void *arg)
{
	static const struct fixture fixture = {.name = "no page for a split"};
	struct dma_stream parts[DMA_FORMAT_LEVELS + 4] = {{0}};
	const size_t most = sizeof(parts) / sizeof(*parts);
	size_t n = 1;
	int error = 0;

	(void)arg;
	if (!world_up(&world, &fixture))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&parts[0], &world.dev[0], DMA_FROM_DEVICE, most * MIB_2) == 0);
	sim_fail_hook_from(SIM_HOOK_FRAMES_ALLOC, 1);
	while (n < most && !error) { /* each cut takes a big page apart, and a table page of the reserve */
		struct dma_stream before = parts[0];

		error = dma_stream_split(&parts[0],
					 dma_stream_size(&parts[0]) - (MIB_2 << DMA_PAGE_SHIFT) / 2 -
						 (n > 1 ? (MIB_2 << DMA_PAGE_SHIFT) / 2 : 0),
					 &parts[n]);
		if (error)
			SIM_CHECK(memcmp(&before, &parts[0], sizeof(before)) == 0 && parts[n].dev == NULL);
		else
			n++;
	}
	SIM_CHECK(error == DMA_ENOMEM && n > 1);
	sim_fail_hook(SIM_HOOK_FRAMES_ALLOC, 0);
	SIM_CHECK(dma_stream_split(&parts[0], MIB_2 / 2 << DMA_PAGE_SHIFT, &parts[n]) == 0);
	for (size_t i = 0; i <= n; i++)
		dma_stream_release(&parts[i]);
	world_down(&world);
}

static void a_split_without_a_page_changes_nothing(void **state)
{
	(void)state;
	run("high=128", no_page);
}

/* ---- One CPU ---- */

static void alone(void *arg)
{
	static const struct fixture fixtures[] = {{.name = "one CPU"}, {.name = "one CPU, deferred", .deferred = true}};
	static const size_t lengths[] = {1, 3, 64, 64, 128, 128, 600, 1};

	if (!world_up(&world, arg ? &fixtures[1] : &fixtures[0]))
		return;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		world_traffic(&world, 0, lengths[i]);
	world_down(&world);
}

static void one_cpu_needs_no_other(void **state)
{
	struct sim_config machine = sim_config_frames(sim_config_plain("cpus=1"));
	int deferred = 1;

	(void)state;
	assert_int_equal(sim_run(&machine, alone, NULL), 0);
	assert_int_equal(sim_run(&machine, alone, &deferred), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(senseless_arguments_are_refused),
		cmocka_unit_test(units_that_lack_something),
		cmocka_unit_test(a_stranger_is_blocked_and_reported),
		cmocka_unit_test(a_split_without_a_page_changes_nothing),
		cmocka_unit_test(one_cpu_needs_no_other),
	};

	return cmocka_run_group_tests_name("corners", tests, NULL, NULL);
}
