/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Commands that are refused, cannot be read, never end; units that do not switch on; logs that overflow or lie; and
 * what "blocked for good" means (hazards 67, 72, 79, 80).
 */
#include "driver.h"
#include <dmastream/errors.h>
#include <string.h>

static unsigned which; /* command */

static void refuse(struct sim_amdvi_config *c)
{
	c->refuse_at = which;
}

static void refuse_twice(struct sim_amdvi_config *c)
{
	c->refuse_at = which;
	c->refuse_twice = true;
}

static void unreadable(struct sim_amdvi_config *c)
{
	c->abort_at = which;
}

static void hang(struct sim_amdvi_config *c)
{
	c->hang_at = which;
}

static const struct fixture refusing = {.name = "refuse", .unit = refuse};
static const struct fixture refusing_twice = {.name = "refuse twice", .unit = refuse_twice};
static const struct fixture unreading = {.name = "unreadable", .unit = unreadable};
const struct fixture driver_hanging = {.name = "hang", .unit = hang};
const struct fixture driver_hanging_deferred = {.name = "hang", .unit = hang, .deferred = true};

static void at(unsigned n)
{
	which = n;
}

void refused_is_repaired(void)
{
	unit_survives_each(&refusing, at);
}

void unreadable_is_repaired(void)
{
	unit_survives_each(&unreading, at);
}

unsigned stops_anywhere(void)
{
	return unit_stops_anywhere(&driver_hanging, at) + unit_stops_anywhere(&driver_hanging_deferred, at);
}

void refused_twice_gives_up(void)
{
	SIM_CHECK(dma_init() == 0);
	which = 1; /* the very first: the unit never starts */
	SIM_CHECK(world_units(&world, &refusing_twice));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
	SIM_CHECK(world.iommu == NULL);
}

static void former_stuck(struct sim_amdvi_config *c)
{
	c->former_stuck = true;
}

void stuck_buffer_of_before(void)
{
	static const struct fixture fixture = {.name = "stuck", .unit = former_stuck, .left_on = true};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
}

static void former_logs(struct sim_amdvi_config *c)
{
	c->former_logs = true;
}

/* Its logs of page requests and of guests' interrupts write to memory that may be somebody's now: they have stopped. */
void logs_of_before(void)
{
	static const struct fixture fixture = {.name = "logs", .unit = former_logs, .left_on = true};
	volatile void *regs;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&world, &fixture));
	SIM_CHECK(driver_probe() == 0);
	SIM_CHECK(dma_host_mmio_map(dma_paddr(WORLD_REGISTERS(0)), 0x4000, &regs) == 0);
	SIM_CHECK(!(dma_host_mmio_read64((volatile char *)regs + 0x2020) & (1 << 7 | 1 << 8)));
	dma_host_mmio_unmap(regs, 0x4000);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
	SIM_CHECK(dma_fini() == 0);
}

static uint64_t deaf_to;

static void deaf(struct sim_amdvi_config *c)
{
	c->deaf = deaf_to;
}

/* CONTROL keeps a bit as it was: IommuEn, CmdBufEn. */
void deaf_units(void)
{
	static const struct fixture fixture = {.name = "deaf", .unit = deaf};
	static const uint64_t bits[] = {1, 1 << 12};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		unit_fresh();
		deaf_to = bits[i];
		SIM_CHECK(world_units(&world, &fixture));
		SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
	}
}

/* ---- The log ---- */

static uint64_t counted(void)
{
	struct dma_domain_stats stats;

	dma_domain_stats(world.domain[0], &stats);
	return stats.faults;
}

/* More faults than the log has room for, again and again: each poll finds some, says that others were lost, and the
 * next fault is recorded. */
void log_overflows(void)
{
	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_usual));
	while (dma_iommu_poll_all())
		;
	for (unsigned round = 0; round < 4; round++) {
		uint64_t before = counted();

		for (unsigned i = 0; i < 300 + 7 * round; i++)
			SIM_CHECK(!world_reaches(&world, 0, 0x40000000 + i * 0x1000, true));
		SIM_CHECK(dma_iommu_poll_all() >= 255 && counted() >= before + 255);
		while (dma_iommu_poll_all())
			;
		before = counted();
		SIM_CHECK(!world_reaches(&world, 0, 0x50000000, true));
		SIM_CHECK(dma_iommu_poll_all() == 1 && counted() == before + 1);
	}
	world_traffic(&world, 0, 2);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
}

void lying_tail(void)
{
	uint64_t before;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&world, &driver_usual));
	while (dma_iommu_poll_all())
		;
	before = counted();
	sim_amdvi_pretend_events(world.unit[0], 100);
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(dma_iommu_poll_all() == 0);
	SIM_CHECK(counted() == before);
	sim_amdvi_pretend_events(world.unit[0], 0);
	SIM_CHECK(!world_reaches(&world, 0, 0x50000000, true));
	SIM_CHECK(dma_iommu_poll_all() == 1 && counted() == before + 1);
	world_down(&world);
	SIM_CHECK(dma_fini() == 0);
}
