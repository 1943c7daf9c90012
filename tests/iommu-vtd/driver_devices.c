/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices and their domains; every hook failing.
 */
#include "driver.h"
#include <dmastream/errors.h>

static const struct fixture polling_host = {.name = "interrupts blocked", .block_interrupts = true};

/* Devices that cannot be told apart share a domain, and lose it together. */
void shared_domain(void)
{
	struct sim_device_config other = {0};
	struct sim_device *model;
	struct dma_device_config config;
	struct dma_device second = {0};
	struct dma_stream s = {0};
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_usual));
	other = *sim_device_config(world.model[0]);
	other.requester = 6 << 3;
	model = sim_device_new(&other);
	config = sim_device_dma(model);
	config.domain = world.domain[0];
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(sim_vtd_look(model, dma_stream_daddr(&s).raw, true, &paddr) == 0);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(sim_vtd_look(model, dma_stream_daddr(&s).raw, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	sim_vtd_break(world.unit[0]); /* both entries go, whether or not the unit looks */
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0); /* not the last that came */
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(sim_vtd_seen(world.unit[0]).violations == 0);
}

/* A device that is attached, or whose unit is another, is refused; identities of domains come back. */
void attaching(void)
{
	struct dma_iommu_domain_config config = {.requester = 4 << 3};
	struct dma_domain *second;
	struct dma_device_config device;
	struct dma_device dev;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_two_units));
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &second) == 0);
	device = sim_device_dma(world.model[0]);
	device.domain = second;
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* it has one */
	device = sim_device_dma(world.model[1]);
	device.domain = second;
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* of another unit */
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, world.domain[0]) == DMA_EBUSY);
	SIM_CHECK(dma_vtd_remove(world.iommu) == DMA_EBUSY);
	SIM_CHECK(driver_probe() == DMA_EBUSY);
	config.requester = 2 << 16;
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &second) == DMA_ENODEV); /* a segment without a unit */
	world_traffic(&world, 0, 1);
	world_traffic(&world, 1, 1);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void few_domains(struct sim_vtd_config *c)
{
	c->domain_bits = 4;
}

void domain_numbers(void)
{
	static const struct fixture fixture = {.name = "16 domains", .unit = few_domains};
	struct dma_iommu_domain_config config = {.requester = 4 << 3};
	struct dma_domain *domains[16];
	unsigned n = 0;
	int error = 0;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture) && driver_probe() == 0);
	while (n < 16 && !(error = dma_iommu_domain_create(world.iommu, &config, &domains[n])))
		n++;
	SIM_CHECK(n == 15 && error == DMA_ENOSPC);
	while (n)
		SIM_CHECK(dma_iommu_domain_destroy(world.iommu, domains[--n]) == 0);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void remapping(struct sim_vtd_config *c)
{
	c->interrupt_remap = true;
}

void interrupts(void)
{
	struct fixture fixture = polling_host;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &fixture)); /* no remapping: they go through, and the driver says nothing else */
	SIM_CHECK(sim_vtd_look(world.model[0], 0xfee01000, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(sim_vtd_seen(world.unit[0]).interrupts == 1);
	world_down(&world);
	unit_fresh();
	fixture.unit = remapping;
	SIM_CHECK(world_up(&world, &fixture));
	SIM_CHECK(sim_vtd_look(world.model[0], 0xfee01000, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(sim_vtd_seen(world.unit[0]).interrupts == 0);
	SIM_CHECK(dma_iommu_poll_all() >= 1);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void no_zero_reads(struct sim_vtd_config *c)
{
	c->zero_length_reads = false;
}

/* A device that reads nothing from where it writes: served by a write-only entry if the unit allows that, else by one
 * that can be read. */
void zero_length_reads(void)
{
	static const struct fixture fixture = {.name = "ZLR", .unit = no_zero_reads};
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_usual));
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 1) == 0);
	SIM_CHECK(sim_vtd_zero_read(world.model[0], dma_stream_daddr(&s).raw) == 0);
	dma_stream_release(&s);
	world_down(&world);
	unit_fresh();
	SIM_CHECK(world_up(&world, &fixture));
	world.dev[0].zero_length_reads = true;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 1) == 0);
	SIM_CHECK(sim_vtd_zero_read(world.model[0], dma_stream_daddr(&s).raw) == 0);
	dma_stream_release(&s);
	world.dev[0].zero_length_reads = false;
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

unsigned regions_said(void)
{
	static const struct fixture fixture = {.name = "regions meet", .meeting = true};

	return unit_says_that_regions_meet(&fixture);
}

unsigned every_hook_fails(void)
{
	return unit_every_hook_fails(&driver_usual);
}

unsigned odd_clocks(void)
{
	return unit_odd_clocks(&driver_usual);
}
