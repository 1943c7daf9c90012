/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions: unity ranges over RAM, firmware's and the host's at any time, and exclusion ranges of before.
 */
#include "driver.h"
#include <dmastream/errors.h>

#define REGION 0x80000000ull

static bool reaches(unsigned i, uint64_t daddr, bool write)
{
	return world_reaches(&world, i, daddr, write);
}

static const struct fixture unity = {.region = {REGION, REGION + 0xffff}}, whole = {.whole = true},
			    in_ram = {.units = 2, .region = {SIM_LOW_RAM, SIM_LOW_RAM + 0xffff}};
static const struct unit_regions regions = {&driver_usual, &unity, &whole, WORLD_REQUESTER(0), 0xfee00000};

void region_in_ram(void)
{
	unit_region_in_ram(&in_ram, WORLD_REQUESTER(0), WORLD_REQUESTER(1));
}

void region_at_any_time(void)
{
	unit_regions_at_any_time(&regions);
}

void many_regions(void)
{
	unit_many_regions(&regions);
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
