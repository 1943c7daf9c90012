/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hardware and firmware that are not what they should be, and what a former kernel left.
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <string.h>

static const struct wish two_units = {.name = "two units", .units = 2};

static uint64_t nothing_there(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx, (void)offset;
	return nbytes == 8 ? ~(uint64_t)0 : 0xffffffff;
}

static void swallowed(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)value, (void)nbytes;
}

void hostile_tables(void)
{
	SIM_CHECK(dma_init() == 0);
	for (unsigned wrong = 0; wrong < 6; wrong++) {
		driver_fresh();
		sim_mmio_register(0xfec10000, 0x1000, nothing_there, swallowed, NULL);
		SIM_CHECK(world_units(&driver_world, &two_units));
		switch (wrong) {
		case 0:
			driver_world.table.length -= 4; /* truncated */
			break;
		case 1:
			driver_world.table.bytes[48 + 2] = 0; /* a structure of no length */
			table_end(&driver_world.table);
			break;
		case 2:
			driver_world.table.bytes[60] ^= 1; /* checksum */
			break;
		case 3: /* registers in the middle of memory */
			table_begin(&driver_world.table, 39);
			table_unit(&driver_world.table, 0, SIM_LOW_RAM + 0x100000, 1);
			table_end(&driver_world.table);
			break;
		case 4: /* registers where nothing is */
			table_begin(&driver_world.table, 39);
			table_unit(&driver_world.table, 0, 0xfec10000, 1);
			table_end(&driver_world.table);
			break;
		default: /* one good unit, one where nothing is: neither is touched */
			table_begin(&driver_world.table, 39);
			table_unit(&driver_world.table, 0, WORLD_REGISTERS(0), 1);
			table_unit(&driver_world.table, 1, 0xfec10000, 1);
			table_end(&driver_world.table);
		}
		SIM_CHECK(driver_probe() < 0);
		SIM_CHECK(driver_world.iommu == NULL);
		SIM_CHECK(sim_vtd_seen(driver_world.unit[0]).invalidations == 0);
	}
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* A region over the kernel's memory: the device stays blocked, and no domain is made for it; others are not concerned. */
void region_in_ram(void)
{
	struct dma_iommu_domain_config domain = {.requester = 4 << 3};
	struct wish wish = two_units;
	struct dma_domain *made;

	wish.region = (struct region){SIM_LOW_RAM, SIM_LOW_RAM + 0xffff};
	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&driver_world, &wish));
	SIM_CHECK(driver_probe() == 0);
	world_blocked(&driver_world, 0, SIM_LOW_RAM);
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &domain, &made) == DMA_ENOTSUP);
	domain.requester = 1 << 8 | 5 << 3;
	SIM_CHECK(dma_iommu_domain_create(driver_world.iommu, &domain, &made) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, made) == 0);
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void no_queue(struct sim_vtd_config *c)
{
	c->no_queue = true;
}

static void strange_depth(struct sim_vtd_config *c)
{
	c->sagaw = 1 << 4;
}

void unusable_units(void)
{
	static const struct wish wishes[] = {{.name = "no queue", .unit = no_queue},
					     {.name = "depth", .unit = strange_depth}};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		driver_fresh();
		SIM_CHECK(world_units(&driver_world, &wishes[i]));
		SIM_CHECK(driver_probe() == DMA_ENOTSUP);
	}
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void former(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->interrupt_remap = c->protected_memory = true;
}

static void former_mode(struct sim_vtd_config *c)
{
	former(c);
	c->former_mode = true;
}

static void former_stuck(struct sim_vtd_config *c)
{
	c->former_stuck = true;
}

/* Interrupt remapping, protected memory and the queue of a former kernel end; translation goes on, unless its tables were of
 * another mode. */
void taken_over(void)
{
	static const struct wish wishes[] = {{.name = "former", .unit = former, .left_on = true},
					     {.name = "another mode", .unit = former_mode, .left_on = true}};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		driver_fresh();
		SIM_CHECK(world_up(&driver_world, &wishes[i]));
		SIM_CHECK(sim_vtd_seen(driver_world.unit[0]).opened == i);
		world_blocked(&driver_world, 0, 0x200000);
		world_traffic(&driver_world, 0, 2);
		world_down(&driver_world);
	}
	SIM_CHECK(dma_fini() == 0);
}

void stuck_queue_of_before(void)
{
	static const struct wish wish = {.name = "stuck", .unit = former_stuck, .left_on = true};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&driver_world, &wish));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
}

static uint32_t deaf_to;

static void deaf(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->write_buffer = c->interrupt_remap = true;
	c->deaf = deaf_to;
}

/* A command that is never carried out: no IOMMU, and no wait without end. */
void deaf_units(void)
{
	static const uint32_t commands[] = {1u << 26, 1u << 30, 1u << 31, 1u << 24,
					    1u << 25}; /* QIE SRTP TE SIRTP IRE */
	static const struct wish wish = {.name = "deaf", .unit = deaf};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 5; i++) {
		struct dma_vtd_config config = {
			.pci_read32 = driver_no_bus, .block_interrupts = true, .timeout_ns = WORLD_TIMEOUT_NS};

		driver_fresh();
		deaf_to = commands[i];
		SIM_CHECK(world_units(&driver_world, &wish));
		config.dmar = driver_world.table.bytes;
		config.dmar_nbytes = driver_world.table.length;
		SIM_CHECK(dma_vtd_probe(&config, &driver_world.iommu) == DMA_ETIMEDOUT);
	}
}

static void always_thrown_away(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->abort_at = 1;
	c->abort_always = true;
}

void thrown_away_for_ever(void)
{
	static const struct wish wish = {.name = "thrown away", .unit = always_thrown_away};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&driver_world, &wish));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
}
