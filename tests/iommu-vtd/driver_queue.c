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
		unit_fresh();
		unit_case_scene(fixture, scene_life);
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

/* From now on nothing completes. */
void timeout_quarantines(void)
{
	which = 0;
	unit_case_dead(&hanging, scene_quarantine);
}

void timeout_quarantines_deferred(void)
{
	which = 0;
	unit_case_dead(&hanging_deferred, scene_quarantine);
}

static void stop_at(unsigned n)
{
	which = n;
}

unsigned stops_anywhere(void)
{
	return unit_stops_anywhere(&hanging, stop_at) + unit_stops_anywhere(&hanging_deferred, stop_at);
}

void refused_twice_gives_up(void)
{
	SIM_CHECK(dma_init() == 0);
	which = 1; /* the very first: the unit never starts */
	SIM_CHECK(world_units(&world, &refusing_twice));
	SIM_CHECK(driver_probe() == DMA_ETIMEDOUT);
	SIM_CHECK(world.iommu == NULL);
}
