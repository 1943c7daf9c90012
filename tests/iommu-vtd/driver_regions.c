/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reserved regions: merged, or not believed; firmware's and the host's at any time.
 */
#include "driver.h"
#include <dmastream/errors.h>

static void three_levels(struct sim_vtd_config *c)
{
	c->sagaw = 2;
}

/* Overlapping, touching and separate regions of one device are one map; absurd ones are not believed. */
void regions(void)
{
	static const struct region fine[] = {{0x7b800000, 0x7b80ffff},
					     {0x7c000000, 0x7c000fff},
					     {0x7b808000, 0x7b81ffff},
					     {0x7b820000, 0x7b820fff},
					     {0x7b7ff000, 0x7b800fff}};
	static const struct region absurd[] = {
		{0x7b800000, 0x27b7fffff}, {0xfedff000, 0xfee00fff}, {0x8000000000, 0x8000000fff}};
	static const struct fixture fixture = {.name = "regions", .unit = three_levels};
	static const uint8_t path[2] = {4, 0}, absent[4] = {9, 0, 1, 0};
	struct dma_iommu_domain_config domain = {.requester = 4 << 3};
	struct dma_domain *made;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 4; i++) {
		unit_fresh();
		SIM_CHECK(world_units(&world, &fixture));
		table_begin(&world_table, 48);
		table_unit(&world_table, 0, WORLD_REGISTERS(0), 1);
		for (unsigned k = 0; k < 5; k++) {
			table_region(&world_table, 0, fine[k].base, fine[k].limit);
			table_scope(&world_table, 1, 0, path, 1);
			table_scope(&world_table, 1, 0, absent, 2);
		}
		if (i < 3) {
			table_region(&world_table, 0, absurd[i].base, absurd[i].limit);
			table_scope(&world_table, 1, 0, path, 1);
		}
		table_end(&world_table);
		SIM_CHECK(driver_probe() == 0);
		for (uint64_t at = 0x7b7fe000; at < 0x7b822000; at += 0x1000)
			SIM_CHECK((sim_vtd_look(world.model[0], at, true, &paddr) == 0) ==
				  (i == 3 && at >= 0x7b7ff000 && at <= 0x7b820fff));
		SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == (i < 3 ? DMA_ENOTSUP : 0));
		if (i == 3)
			SIM_CHECK(dma_iommu_domain_destroy(world.iommu, made) == 0);
		SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	}
	domain.nreserved = 17;
	unit_fresh();
	SIM_CHECK(world_up(&world, &driver_usual));
	SIM_CHECK(dma_iommu_domain_create(world.iommu, &domain, &made) == DMA_EINVAL);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
}

static const struct fixture reserved = {.region = {0x80000000, 0x8000ffff}},
			    in_ram = {.units = 2, .region = {SIM_LOW_RAM, SIM_LOW_RAM + 0xffff}};
static const struct unit_regions of_host = {&driver_usual, &reserved, &driver_usual, 4 << 3, 0xfee00000};

void region_in_ram(void)
{
	unit_region_in_ram(&in_ram, 4 << 3, 1 << 8 | 5 << 3);
}

void region_at_any_time(void)
{
	unit_regions_at_any_time(&of_host);
}

void many_regions(void)
{
	unit_many_regions(&of_host);
}
