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

void refused_is_repaired(void)
{
	survives(&refusing);
}

void unreadable_is_repaired(void)
{
	survives(&unreading);
}

/* From some command on nothing completes: release blocks the device, keeps the memory, and says so in its figures. */
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
	sim_amdvi_break(driver_world.unit[0]);
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
	SIM_CHECK(dma_amdvi_remove(driver_world.iommu) != 0);
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

static void former_stuck(struct sim_amdvi_config *c)
{
	c->former_stuck = true;
}

void stuck_buffer_of_before(void)
{
	static const struct fixture fixture = {.name = "stuck", .unit = former_stuck, .left_on = true};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&driver_world, &fixture));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
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
		driver_fresh();
		deaf_to = bits[i];
		SIM_CHECK(world_units(&driver_world, &fixture));
		SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
	}
}

/* ---- The log ---- */

static uint64_t counted(void)
{
	struct dma_domain_stats stats;

	dma_domain_stats(driver_world.domain[0], &stats);
	return stats.faults;
}

/* More faults than the log has room for, again and again: each poll finds some, says that others were lost, and the
 * next fault is recorded. */
void log_overflows(void)
{
	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_usual));
	while (dma_iommu_poll_all())
		;
	for (unsigned round = 0; round < 4; round++) {
		uint64_t before = counted();

		for (unsigned i = 0; i < 300 + 7 * round; i++)
			SIM_CHECK(!world_reaches(&driver_world, 0, 0x40000000 + i * 0x1000, true));
		SIM_CHECK(dma_iommu_poll_all() >= 255 && counted() >= before + 255);
		while (dma_iommu_poll_all())
			;
		before = counted();
		SIM_CHECK(!world_reaches(&driver_world, 0, 0x50000000, true));
		SIM_CHECK(dma_iommu_poll_all() == 1 && counted() == before + 1);
	}
	world_traffic(&driver_world, 0, 2);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

void lying_tail(void)
{
	uint64_t before;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&driver_world, &driver_usual));
	while (dma_iommu_poll_all())
		;
	before = counted();
	sim_amdvi_pretend_events(driver_world.unit[0], 100);
	for (unsigned i = 0; i < 3; i++)
		SIM_CHECK(dma_iommu_poll_all() == 0);
	SIM_CHECK(counted() == before);
	sim_amdvi_pretend_events(driver_world.unit[0], 0);
	SIM_CHECK(!world_reaches(&driver_world, 0, 0x50000000, true));
	SIM_CHECK(dma_iommu_poll_all() == 1 && counted() == before + 1);
	world_down(&driver_world);
	SIM_CHECK(dma_fini() == 0);
}

/* ---- Blocked for good (hazard 80) ---- */

static unsigned said_blocked, said_maybe, cuts;
static int cut_result;

static void on_log(const char *line)
{
	said_blocked += strstr(line, "blocked for good") != NULL;
	said_maybe += strstr(line, "may still reach") != NULL;
}

static int cut_off(struct dma_device *dev, void *context)
{
	SIM_CHECK(context == &cuts && (dev == &driver_world.dev[0] || !strcmp(dev->name, "twin")));
	cuts++;
	return cut_result;
}

/* The unit answers nothing and goes on with what it has cached: what is said is true, and the host is asked to help. */
static void broken(bool asked, bool truly)
{
	struct dma_stream live = {0}, s = {0};
	struct dma_device twin = {0};
	struct dma_device_config config;
	uint64_t daddr;

	SIM_CHECK(dma_init() == 0 && world_up(&driver_world, &driver_usual));
	sim_on_log(on_log);
	cut_result = truly ? 0 : DMA_EIO;
	if (asked)
		dma_iommu_cut_off_with(cut_off, &cuts);
	config = driver_device(0, driver_world.domain[0]);
	config.name = "twin";
	SIM_CHECK(dma_device_init(&twin, &config) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&live, &driver_world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &driver_world.dev[0], DMA_BIDIRECTIONAL, 1) == 0);
	daddr = dma_stream_daddr(&live).raw;
	SIM_CHECK(world_reaches(&driver_world, 0, daddr, true));
	sim_amdvi_break(driver_world.unit[0]);
	dma_stream_release(&s);
	SIM_CHECK(world_reaches(&driver_world, 0, daddr, true)); /* out of its caches */
	SIM_CHECK(said_blocked == truly && said_maybe == !truly && cuts == (asked ? 2 : 0));
	SIM_CHECK(dma_device_block(&driver_world.dev[0]) == (truly ? 0 : DMA_ETIMEDOUT));
}

void blocked_perhaps(void)
{
	broken(false, false);
}

void blocked_in_vain(void)
{
	broken(true, false);
}

void blocked_for_good(void)
{
	broken(true, true);
}
