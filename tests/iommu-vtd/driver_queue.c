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
const struct fixture driver_hanging = {.name = "hang", .unit = hang};
const struct fixture driver_hanging_deferred = {.name = "hang", .unit = hang, .deferred = true};

static void at(unsigned n)
{
	which = n;
}

void iqe_is_repaired(void)
{
	unit_survives_each(&refusing, at);
}

void ite_is_repeated(void)
{
	unit_survives_each(&throwing, at);
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
