/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What all unit drivers share (src/iommu/unit), on VT-d: shared requesters, homes of regions, bypass, interrupt
 * remapping of the host's, and what "blocked for good" means.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <string.h>

#define REGION	  0x80000000ull
#define FORGOTTEN 0x90000000ull

static bool reaches(unsigned i, uint64_t daddr, bool write)
{
	uint64_t paddr = 0;

	return sim_vtd_look(world.model[i], daddr, write, &paddr) == 0 && (daddr != paddr || daddr >= REGION);
}

static struct dma_device_config of_model(unsigned i, struct dma_domain *domain)
{
	struct dma_device_config config = sim_device_dma(world.model[i]);

	config.domain = domain;
	return config;
}

/* Firmware's region, one that it forgot, and a doorbell for all, at every step (hazard 74). */
void region_at_any_time(void)
{
	static const struct fixture fixture = {.name = "rmrr", .region = {REGION, REGION + 0xffff}};
	struct dma_iommu_region host[] = {
		{.first = 4 << 3, .last = 4 << 3, .base = {FORGOTTEN + 0x10}, .nbytes = 0x1000},
		{.first = 0,
		 .last = UINT32_MAX,
		 .base = {0xfec10000},
		 .nbytes = 4,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
		{.first = 4 << 3, .last = 4 << 3, .base = {FORGOTTEN + 0x800}, .nbytes = 0x2000}, /* overlaps */
	};
	struct dma_iommu_domain_config domain = {.requester = 4 << 3};
	struct dma_vtd_config probe = {
		.pci_read32 = driver_no_bus, .host_regions = host, .nhost_regions = 3, .timeout_ns = WORLD_TIMEOUT_NS};
	struct dma_device_config config;
	struct dma_domain *made;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	probe.dmar = world_table.bytes;
	probe.dmar_nbytes = world_table.length;
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == 0);
	for (unsigned driver = 0; driver < 3; driver++) {
		for (unsigned step = 0; step < 3; step++) {
			bool attached = step == 1;

			SIM_CHECK(reaches(0, REGION, false) && reaches(0, REGION + 0x8000, true));
			SIM_CHECK(reaches(0, FORGOTTEN, true) && reaches(0, FORGOTTEN + 0x2fff, false));
			SIM_CHECK(!reaches(0, FORGOTTEN + 0x3000, true) && !reaches(0, REGION - 1, true));
			SIM_CHECK(reaches(0, 0xfec10040, true) && !reaches(0, 0xfec10040, false));
			if (step == 0) {
				SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == 0);
				config = of_model(0, made);
				SIM_CHECK(dma_device_init(&world.dev[0], &config) == 0);
			} else if (attached) {
				SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
			} else {
				SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
			}
		}
	}
	SIM_CHECK(reaches(0, REGION, true));
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	world.iommu = NULL;
	/* what the host names is checked before any unit is touched */
	for (unsigned i = 0; i < 5; i++) {
		struct dma_iommu_region wrong = {.base = {FORGOTTEN}, .nbytes = 4096};

		wrong.nbytes = i == 0 ? 0 : wrong.nbytes;
		wrong.base.raw = i == 1 ? UINT64_MAX - 100 : i == 2 ? SIM_LOW_RAM : i == 3 ? 0xfee00000 : FORGOTTEN;
		wrong.dir = i == 4 ? 4 : 0;
		probe.host_regions = &wrong;
		probe.nhost_regions = 1;
		SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == DMA_EINVAL);
	}
	probe.host_regions = NULL; /* one, and there is none */
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == DMA_EINVAL);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* Any number of them, for any number of requesters (hazard 76). */
void many_regions(void)
{
	static struct dma_iommu_region host[402];
	static const uint16_t requesters[] = {0x1ff, 0x200, 0x4ff, 0x500, 0xffff};
	const uint64_t ranged = REGION + 0x1000000, all = REGION + 0x2000000;
	struct dma_vtd_config probe = {.pci_read32 = driver_no_bus,
				       .host_regions = host,
				       .nhost_regions = 402,
				       .timeout_ns = WORLD_TIMEOUT_NS};
	uint64_t paddr;

	for (unsigned i = 0; i < 400; i++) {
		host[i].first = host[i].last = i < 300 ? 4 << 3 : i % 40;
		host[i].base.raw = REGION + 0x2000 * i;
		host[i].nbytes = 4096;
	}
	host[400] = (struct dma_iommu_region){.first = 0x200, .last = 0x4ff, .base = {ranged}, .nbytes = 4096};
	host[401] = (struct dma_iommu_region){.last = UINT32_MAX, .base = {all}, .nbytes = 4096};
	SIM_CHECK(dma_init() == 0 && world_units(&world, &driver_usual));
	probe.dmar = world_table.bytes;
	probe.dmar_nbytes = world_table.length;
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == 0);
	for (unsigned i = 0; i < 300; i++)
		SIM_CHECK(reaches(0, REGION + 0x2000 * i, true) && !reaches(0, REGION + 0x2000 * i + 0x1000, true));
	for (unsigned i = 0; i < 5; i++) {
		struct sim_device_config config = *sim_device_config(world.model[0]);
		struct sim_device *model;

		config.requester = requesters[i];
		model = sim_device_new(&config);
		SIM_CHECK((sim_vtd_look(model, ranged, true, &paddr) == 0) ==
			  (requesters[i] >= 0x200 && requesters[i] <= 0x4ff));
		SIM_CHECK(sim_vtd_look(model, all, true, &paddr) == 0);
		SIM_CHECK(sim_vtd_look(model, REGION, true, &paddr) == DMA_EFAULT);
	}
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* A unit that lets nobody bypass it; and devices that are not behind any. */
void bypass(void)
{
	struct dma_device_config config;
	struct dma_device dev = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &driver_usual) && driver_probe() == 0);
	config = of_model(0, NULL);
	config.requester = 0; /* no PCI device: it has nothing to do with the unit */
	SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_block(&dev) == DMA_ENOTSUP);
	SIM_CHECK(dma_device_fini(&dev) == 0);
	config.requester = 4 << 3;
	config.domain = &dma_domain_passthrough;
	SIM_CHECK(dma_device_init(&dev, &config) == DMA_ENOTSUP);
	world_blocked(&world, 0, SIM_LOW_RAM + 0x1000);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(dma_device_init(&dev, &config) == 0 && dma_device_fini(&dev) == 0); /* no unit any more */
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

static void remaps(struct sim_vtd_config *c)
{
	c->interrupt_remap = true;
	c->handle_mask = 4;
}

static bool remapping(void)
{
	volatile void *regs;
	uint32_t status;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 4096, &regs) == 0);
	status = dma_host_mmio_read32((volatile char *)regs + 0x1c); /* GSTS */
	dma_host_mmio_unmap(regs, 4096);
	return status >> 25 & 1;
}

static uint64_t table_of(void)
{
	volatile void *regs;
	uint64_t value;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 4096, &regs) == 0);
	value = dma_host_mmio_read64((volatile char *)regs + 0xb8); /* IRTA */
	dma_host_mmio_unmap(regs, 4096);
	return value;
}

/* A host that remaps interrupts by itself, before, during and after. */
void remapped_by_host(void)
{
	static const struct fixture fixture = {.name = "remaps", .unit = remaps, .left_on = true};
	struct dma_vtd_config probe = {
		.pci_read32 = driver_no_bus, .host_remaps_interrupts = true, .timeout_ns = WORLD_TIMEOUT_NS};
	dma_paddr_t unit = dma_paddr(WORLD_REGISTERS(0));
	unsigned before;
	uint64_t table;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	table = table_of();
	SIM_CHECK(remapping());
	probe.dmar = world_table.bytes;
	probe.dmar_nbytes = world_table.length;
	probe.block_interrupts = true;
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == DMA_EINVAL);
	probe.block_interrupts = false;
	SIM_CHECK(dma_vtd_probe(&probe, &world.iommu) == 0);
	SIM_CHECK(remapping() && table_of() == table);
	before = sim_vtd_seen(world.unit[0]).invalidations;
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 48, 4) == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 7, 0) == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 0, DMA_VTD_ALL_ENTRIES) == 0);
	SIM_CHECK(sim_vtd_seen(world.unit[0]).invalidations == before + 3);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 8, 4) == DMA_EINVAL);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 0, 5) == DMA_EINVAL);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, dma_paddr(0x1000), 0, 0) == DMA_ENODEV);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(remapping() && table_of() == table);
	/* without it, what a former kernel left on goes off; and a unit that cannot says so */
	unit_fresh();
	SIM_CHECK(world_units(&world, &fixture) && driver_probe() == 0);
	SIM_CHECK(!remapping());
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	unit_fresh();
	SIM_CHECK(world_units(&world, &driver_usual) && driver_probe() == 0);
	SIM_CHECK(dma_vtd_interrupt_invalidate(world.iommu, unit, 0, 0) == DMA_ENOTSUP);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
}
