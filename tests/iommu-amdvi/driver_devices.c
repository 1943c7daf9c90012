/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices and their domains: shared, aliased, blocked, bypassing; interrupts; every hook failing.
 */
#include "driver.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

/* Devices of two requesters share a domain, and lose it together. */
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
	SIM_CHECK(sim_amdvi_look(model, dma_stream_daddr(&s).raw, true, &paddr) == 0);
	SIM_CHECK(dma_device_fini(&second) == 0);
	SIM_CHECK(sim_amdvi_look(model, dma_stream_daddr(&s).raw, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(dma_device_init(&second, &config) == 0);
	sim_amdvi_break(world.unit[0]); /* both entries go, whether or not the unit looks */
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0); /* not the last that came */
	SIM_CHECK(dma_device_fini(&second) == 0);
	world_lawful(&world);
}

/* A device that is attached, or whose unit is another, is refused; identities of domains come back. */
void attaching(void)
{
	struct dma_iommu_domain_config config = {.requester = WORLD_REQUESTER(0)};
	struct dma_domain *second;
	struct dma_device_config device;
	struct dma_device dev;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_two_units));
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &second) == 0);
	device = driver_device(0, second);
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* it has one */
	device = driver_device(1, second);
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* of another unit */
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, world.domain[0]) == DMA_EBUSY);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == DMA_EBUSY);
	SIM_CHECK(driver_probe() == DMA_EBUSY);
	config.requester = 2 << 16; /* a segment without a unit */
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &second) == DMA_ENODEV);
	config.requester = 0x7000; /* beyond what any unit has */
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &config, &second) == DMA_ENODEV);
	world_traffic(&world, 0, 1);
	world_traffic(&world, 1, 1);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Bits 191:128 of the entry that the unit has for the requester. */
static uint64_t interrupt_word(uint32_t requester)
{
	volatile void *regs;
	const uint64_t *entry;
	uint64_t table;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 0x4000, &regs) == 0);
	table = dma_host_mmio_read64(regs) & ~(uint64_t)0xfff;
	dma_host_mmio_unmap(regs, 0x4000);
	entry = dma_host_linear(dma_paddr(table + 32 * (uint64_t)requester), 32);
	return dma_arch_read_once(&entry[2], 8);
}

/* 5.2.2.3, 5.2.2.6: what firmware lets through of an I/O APIC, and of a device, stays when the host remaps the rest. */
void special_interrupts(void)
{
	const uint64_t remapped = 1 | (uint64_t)1 << 60, all = (uint64_t)0xc7 << 56;
	const uint32_t apic = 0x00a0, outside = 0x1001, bridge = 0x0300;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &driver_usual));
	ivrs_begin(&world_table, 40 << 8 | 48 << 15);
	ivrs_unit(&world_table, 0x11, 0, WORLD_UNIT_ID(0), WORLD_REGISTERS(0));
	ivrs_entry(&world_table, 3, 8);
	ivrs_entry(&world_table, 4, 0xff);
	ivrs_special(&world_table, apic, 0xd7);
	ivrs_special(&world_table, outside, 0);
	ivrs_alias(&world_table, 66, 0x0308, bridge); /* and of one whose requests carry a bridge's id */
	ivrs_set(&world_table, world_table.length - 5, 0xd7, 1);
	ivrs_end(&world_table);
	SIM_CHECK(driver_probe() == 0);
	SIM_CHECK(interrupt_word(apic) == (all | 1) && interrupt_word(8) == 1);
	SIM_CHECK(interrupt_word(bridge) == (all | 1) && interrupt_word(bridge + 1) == 1);
	SIM_CHECK(dma_amdvi_interrupts_set(world.iommu, apic, remapped) == 0);
	SIM_CHECK(interrupt_word(apic) == (all | remapped));
	SIM_CHECK(dma_amdvi_interrupts_set(world.iommu, 8, all | remapped) == 0);
	SIM_CHECK(interrupt_word(8) == remapped);
	SIM_CHECK(dma_amdvi_interrupts_set(world.iommu, outside, remapped) == 0);
	SIM_CHECK(interrupt_word(outside) == remapped);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* 2.2.2.1: IV with IntCtl 00b blocks, 01b lets through. */
void interrupts(void)
{
	const uint64_t pass = 1 | (uint64_t)1 << 60;
	unsigned before;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_usual));
	while (dma_iommu_poll_all())
		;
	SIM_CHECK(!world_reaches(&world, 0, 0xfee01000, true) && dma_iommu_poll_all() == 1);
	SIM_CHECK(!world_reaches(&world, 0, 0xfee01000, false));
	SIM_CHECK(dma_amdvi_interrupts_set(world.iommu, WORLD_REQUESTER(0), pass) == 0);
	before = sim_amdvi_seen(world.unit[0]).interrupts;
	SIM_CHECK(world_reaches(&world, 0, 0xfee01000, true));
	SIM_CHECK(sim_amdvi_seen(world.unit[0]).interrupts == before + 1);
	/* they stay when the domain changes */
	SIM_CHECK(dma_device_fini(&world.dev[0]) == 0 && world_reaches(&world, 0, 0xfee01000, true));
	world_blocked(&world, 0, 0x5000);
	SIM_CHECK(dma_amdvi_interrupts_set(world.iommu, WORLD_REQUESTER(0), 1) == 0);
	SIM_CHECK(!world_reaches(&world, 0, 0xfee01000, true));
	SIM_CHECK(dma_amdvi_interrupts_set(world.iommu, 0x7000, pass) == DMA_ENODEV);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* 5.2.2.2: requests of 00:08.0 to 00:08.7 carry 00:03.1: so do those for the region of 00:08.2. */
void aliased_requester(void)
{
	struct dma_iommu_domain_config domain = {.requester = 3 << 3 | 1};
	struct sim_device_config other;
	struct dma_device_config config;
	struct dma_device dev = {0};
	struct dma_domain *made;
	struct dma_stream s = {0};
	struct sim_device *model;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &driver_usual));
	ivrs_begin(&world_table, 40 << 8 | 48 << 15);
	ivrs_unit(&world_table, 0x11, 0, WORLD_UNIT_ID(0), WORLD_REGISTERS(0));
	ivrs_alias(&world_table, 67, 8 << 3, 3 << 3 | 1);
	ivrs_entry(&world_table, 4, 8 << 3 | 7);
	ivrs_region(&world_table, 0x21, 7, 8 << 3 | 2, 0, 0x80000000, 0x10000);
	ivrs_end(&world_table);
	SIM_CHECK(driver_probe() == 0);
	SIM_CHECK(dma_amdvi_requester(world.iommu, 8 << 3 | 2) == (3 << 3 | 1));
	SIM_CHECK(dma_amdvi_requester(world.iommu, 9 << 3) == 9 << 3);
	other = *sim_device_config(world.model[0]);
	other.requester = 3 << 3 | 1;
	model = sim_device_new(&other);
	SIM_CHECK(sim_amdvi_look(model, 0x80008000, true, &paddr) == 0);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == 0);
	config = sim_device_dma(model);
	config.domain = made;
	SIM_CHECK(dma_device_init(&dev, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &dev, DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(sim_amdvi_look(model, dma_stream_daddr(&s).raw, true, &paddr) == 0);
	SIM_CHECK(sim_amdvi_look(model, 0x80008000, false, &paddr) == 0);
	dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	SIM_CHECK(sim_amdvi_look(model, 0x8000f000, true, &paddr) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* A device that reads nothing from where it writes is served by an entry that can be read. */
void zero_length_reads(void)
{
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_usual));
	world.dev[0].zero_length_reads = true;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &world.dev[0], DMA_FROM_DEVICE, 1) == 0);
	SIM_CHECK(world_reaches(&world, 0, dma_stream_daddr(&s).raw, false));
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
	static const struct fixture fixture = {.name = "life", .region = {0x80000000, 0x8000ffff}};

	return unit_every_hook_fails(&fixture);
}

unsigned odd_clocks(void)
{
	static const struct fixture fixture = {.name = "odd clocks"};

	return unit_odd_clocks(&fixture);
}
