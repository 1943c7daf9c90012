/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions: unity ranges over RAM, firmware's and the host's at any time, and exclusion ranges of before.
 */
#include "driver.h"
#include <dmastream/errors.h>

#define REGION	  0x80000000ull
#define FORGOTTEN 0x90000000ull

static bool reaches(unsigned i, uint64_t daddr, bool write)
{
	return world_reaches(&world, i, daddr, write);
}

/* A unity range over the kernel's memory: the device stays blocked, and no domain is made for it; others are not
 * concerned. */
void region_in_ram(void)
{
	struct dma_iommu_domain_config domain = {.requester = WORLD_REQUESTER(0)};
	struct fixture fixture = driver_two_units;
	struct dma_domain *made;

	fixture.region = (struct region){SIM_LOW_RAM, SIM_LOW_RAM + 0xffff};
	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture));
	SIM_CHECK(driver_probe() == 0);
	world_blocked(&world, 0, SIM_LOW_RAM);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == DMA_ENOTSUP);
	domain.requester = WORLD_REQUESTER(1);
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Firmware's region, one that it forgot, and a doorbell for all, at every step (hazard 74). */
void region_at_any_time(void)
{
	static const struct fixture fixture = {.name = "unity", .region = {REGION, REGION + 0xffff}};
	const uint32_t requester = WORLD_REQUESTER(0);
	struct dma_iommu_region host[] = {
		{.first = requester, .last = requester, .base = {FORGOTTEN + 0x10}, .nbytes = 0x1000},
		{.first = 0,
		 .last = UINT32_MAX,
		 .base = {0xfec10000},
		 .nbytes = 4,
		 .dir = DMA_FROM_DEVICE,
		 .type = DMA_REGION_DEVICE},
		{.first = requester, .last = requester, .base = {FORGOTTEN + 0x800}, .nbytes = 0x2000}, /* overlaps */
	};
	struct dma_iommu_domain_config domain = {.requester = requester};
	struct dma_amdvi_config probe;
	struct dma_device_config config;
	struct dma_domain *made;

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	probe = world_config(&world);
	probe.host_regions = host;
	probe.nhost_regions = 3;
	SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == 0);
	for (unsigned driver = 0; driver < 3; driver++) {
		for (unsigned step = 0; step < 3; step++) {
			SIM_CHECK(reaches(0, REGION, false) && reaches(0, REGION + 0x8000, true));
			SIM_CHECK(reaches(0, FORGOTTEN, true) && reaches(0, FORGOTTEN + 0x2fff, false));
			SIM_CHECK(!reaches(0, FORGOTTEN + 0x3000, true) && !reaches(0, REGION - 1, true));
			SIM_CHECK(reaches(0, 0xfec10040, true) && !reaches(0, 0xfec10040, false));
			if (step == 0) {
				SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == 0);
				config = driver_device(0, made);
				SIM_CHECK(dma_device_init(&world.dev[0], &config) == 0);
			} else if (step == 1) {
				SIM_CHECK(dma_device_fini(&world.dev[0]) == 0);
			} else {
				SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
			}
		}
	}
	SIM_CHECK(reaches(0, REGION, true));
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world.iommu = NULL;
	/* what the host names is checked before any unit is touched */
	for (unsigned i = 0; i < 5; i++) {
		struct dma_iommu_region wrong = {.base = {FORGOTTEN}, .nbytes = 4096};

		wrong.nbytes = i == 0 ? 0 : wrong.nbytes;
		wrong.base.raw = i == 1 ? UINT64_MAX - 100 : i == 2 ? SIM_LOW_RAM : i == 3 ? 0xfee00000 : FORGOTTEN;
		wrong.dir = i == 4 ? 4 : 0;
		probe.host_regions = &wrong;
		probe.nhost_regions = 1;
		SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == DMA_EINVAL);
	}
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* Any number of them, for any number of requesters (hazard 76). */
void many_regions(void)
{
	static struct dma_iommu_region host[402];
	static const uint16_t requesters[] = {0x0f, 0x10, 0x1f, 0x21, 0xff};
	const uint64_t ranged = REGION + 0x1000000, all = REGION + 0x2000000;
	struct dma_amdvi_config probe;
	uint64_t paddr;

	for (unsigned i = 0; i < 400; i++) {
		host[i].first = host[i].last = i < 300 ? WORLD_REQUESTER(0) : i % 16;
		host[i].base.raw = REGION + 0x2000 * i;
		host[i].nbytes = 4096;
	}
	host[400] = (struct dma_iommu_region){.first = 0x10, .last = 0x1f, .base = {ranged}, .nbytes = 4096};
	host[401] = (struct dma_iommu_region){.last = UINT32_MAX, .base = {all}, .nbytes = 4096};
	SIM_CHECK(dma_init() == 0 && world_units(&world, &driver_usual));
	probe = world_config(&world);
	probe.host_regions = host;
	probe.nhost_regions = 402;
	SIM_CHECK(dma_amdvi_probe(&probe, &world.iommu) == 0);
	for (unsigned i = 0; i < 300; i++)
		SIM_CHECK(reaches(0, REGION + 0x2000 * i, true) && !reaches(0, REGION + 0x2000 * i + 0x1000, true));
	for (unsigned i = 0; i < 5; i++) {
		struct sim_device_config config = *sim_device_config(world.model[0]);
		struct sim_device *model;

		config.requester = requesters[i];
		model = sim_device_new(&config);
		SIM_CHECK((sim_amdvi_look(model, ranged, true, &paddr) == 0) ==
			  (requesters[i] >= 0x10 && requesters[i] <= 0x1f));
		SIM_CHECK(sim_amdvi_look(model, all, true, &paddr) == 0);
		SIM_CHECK(sim_amdvi_look(model, REGION, true, &paddr) == DMA_EFAULT);
	}
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

/* 3.4, 0020h: what a former kernel excluded from translation, for all devices. */
static void exclude(uint64_t base)
{
	volatile void *regs;

	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 0x4000, &regs) == 0);
	dma_host_mmio_write64((volatile char *)regs + 0x28, base + 0x2000);
	dma_host_mmio_write64((volatile char *)regs + 0x20, base | 3);
	dma_host_mmio_unmap(regs, 0x4000);
}

void exclusion_of_before(void)
{
	static const struct fixture fixture = {.name = "excluded", .left_on = true};

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	exclude(SIM_LOW_RAM);
	SIM_CHECK(reaches(0, SIM_LOW_RAM + 0x1000, true));
	SIM_CHECK(driver_probe() == 0);
	world_blocked(&world, 0, SIM_LOW_RAM + 0x1000);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

static bool reached;

static void region_is_reached(void *unused)
{
	static bool looking;

	(void)unused;
	if (looking)
		return;
	looking = true;
	reached = reached && reaches(0, REGION + 0x1000, true);
	looking = false;
}

/* The range is one of firmware's regions, too: the device reaches it at every moment of the probe (hazard 74). */
void exclusion_to_unity(void)
{
	static const struct fixture fixture = {
		.name = "excluded", .left_on = true, .exclusion = true, .region = {REGION, REGION + 0x2fff}};

	SIM_CHECK(dma_init() == 0 && world_units(&world, &fixture));
	exclude(REGION);
	reached = true;
	sim_watch(region_is_reached, NULL);
	SIM_CHECK(driver_probe() == 0);
	sim_watch(NULL, NULL);
	SIM_CHECK(reached && !reaches(0, REGION - 1, true));
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}
