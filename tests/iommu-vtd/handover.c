/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions at each step of attaching and detaching (hazard 74), on VT-d units of several kinds.
 */
#include "../iommu-unit/handover.h"
#include "world.h"

static void passes(struct sim_vtd_config *c)
{
	c->pass_through = true;
}

static void caches_absent(struct sim_vtd_config *c)
{
	c->caching_mode = c->pass_through = true;
}

static void unsnooped(struct sim_vtd_config *c)
{
	c->coherent = false;
	c->write_buffer = true;
}

#define REGION                                                                                                         \
	{                                                                                                              \
		0x80000000, 0x801fffff                                                                                 \
	}
#define WITH(...) (&(const struct fixture){__VA_ARGS__})

static const struct handover_unit units[] = {
	{"usual", NULL, WITH(.region = REGION)},
	{"passes", NULL, WITH(.region = REGION, .unit = passes)},
	{"caching mode", NULL, WITH(.region = REGION, .unit = caches_absent)},
	{"does not snoop, has a write buffer", NULL, WITH(.region = REGION, .unit = unsnooped)},
	{"a CPU that stores no two words at once", "nopairs", WITH(.region = REGION, .unit = passes)},
};

static unsigned faults(void)
{
	return sim_vtd_seen(world.unit[0]).faults;
}

static void forget(void)
{
	sim_vtd_forget(world.unit[0]);
}

static bool gap(enum handover_kind kind, bool back)
{
	(void)kind, (void)back;
	return sim_config()->no_pairs;
}

static bool able(enum handover_kind kind)
{
	return kind != HANDOVER_BYPASS || world.fixture->unit == passes || world.fixture->unit == caches_absent;
}

static void scenario(void *arg)
{
	const struct handover_unit *kind = arg;
	struct handover handover = {.region = 0x80000000, .faults = faults, .forget = forget, .gap = gap, .able = able};

	if (!world_units(&world, kind->fixture) || !SIM_CHECK(world_probe(&world) == 0))
		return;
	handover_device(&handover, world.iommu, world.model[0], 6 << 3);
	handover_run(&handover);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	world_lawful(&world);
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	return handover_main(units, sizeof(units) / sizeof(units[0]), scenario, 2, argc, argv);
}
