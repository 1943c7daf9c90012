/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Invalidations that go wrong: refused, thrown away, never ending.
 */
#include "driver.h"
#include <dmastream/errors.h>

static unsigned which; /* descriptor */

static void refuse(struct sim_vtd_config *c)
{
	c->refuse_at = which;
}

static void refuse_twice(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->refuse_at = which;
	c->refuse_twice = true;
}

static void throw_away(struct sim_vtd_config *c)
{
	c->abort_at = which;
}

static void hang(struct sim_vtd_config *c)
{
	c->hang_at = which;
}

static const struct fixture refusing = {.name = "refuse", .unit = refuse};
static const struct fixture refusing_twice = {.name = "refuse twice", .unit = refuse_twice};
static const struct fixture throwing = {.name = "throw away", .unit = throw_away};
static const struct fixture hanging = {.name = "hang", .unit = hang};
static const struct fixture hanging_deferred = {.name = "hang", .unit = hang, .deferred = true};

static void survives(const struct fixture *fixture)
{
	for (which = 1; which < 24; which++) {
		driver_fresh();
		SIM_CHECK(dma_init() == 0);
		if (world_up(&driver_world, fixture)) {
			world_traffic(&driver_world, 0, 2);
			world_traffic(&driver_world, 0, 1);
		}
		world_down(&driver_world);
		SIM_CHECK(dma_fini() == 0);
		SIM_CHECK(sim_check_clean(0));
	}
}

void iqe_is_repaired(void)
{
	survives(&refusing);
}

void ite_is_repeated(void)
{
	survives(&throwing);
}

/* From some descriptor on nothing completes: release blocks the device, keeps the memory, and says so in its
 * figures. */
static void memory_is_quarantined(const struct fixture *fixture)
{
	struct dma_stream s = {0}, other = {0};
	struct dma_stats stats;
	dma_paddr_t paddr, taken[64];
	uint64_t began;

	SIM_CHECK(dma_init() == 0);
	which = 0;
	SIM_CHECK(world_up(&driver_world, fixture));
	world_traffic(&driver_world, 0, 1);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &driver_world.dev[0], DMA_BIDIRECTIONAL, 3) == 0);
	paddr = dma_stream_paddr(&s);
	sim_vtd_break(driver_world.unit[0]);
	dma_stream_release(&s);
	if (fixture->deferred)
		SIM_CHECK(dma_domain_flush(driver_world.domain[0]) == DMA_ETIMEDOUT);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= 3);
	for (unsigned i = 0; i < 64; i++) {
		if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &taken[i]) == 0))
			return;
		SIM_CHECK(taken[i].raw < paddr.raw || taken[i].raw >= paddr.raw + 3 * DMA_PAGE_SIZE);
	}
	/* From now on nobody waits for that unit again. */
	began = dma_host_time_ns();
	SIM_CHECK(dma_stream_alloc_uninit(&other, &driver_world.dev[0], DMA_BIDIRECTIONAL, 1) != 0);
	SIM_CHECK(dma_host_time_ns() - began < 100000000);
	/* And nothing that it may still look at can be taken from it. */
	SIM_CHECK(dma_device_fini(&driver_world.dev[0]) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(driver_world.iommu, driver_world.domain[0]) == DMA_ETIMEDOUT);
	SIM_CHECK(dma_vtd_remove(driver_world.iommu) != 0);
}

void timeout_quarantines(void)
{
	memory_is_quarantined(&hanging);
}

void timeout_quarantines_deferred(void)
{
	memory_is_quarantined(&hanging_deferred);
}

void refused_twice_gives_up(void)
{
	SIM_CHECK(dma_init() == 0);
	which = 1; /* the very first: the unit never starts */
	SIM_CHECK(world_units(&driver_world, &refusing_twice));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
	SIM_CHECK(driver_world.iommu == NULL);
}
