/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions at each step of attaching and detaching (hazard 74), on AMD-Vi units of several kinds.
 */
#include "../iommu-unit/handover.h"
#include "world.h"

static void absent_cached(struct sim_amdvi_config *c)
{
	c->absent_cached = true;
}

#define REGION                                                                                                         \
	{                                                                                                              \
		0x80000000, 0x801fffff                                                                                 \
	}
#define WITH(...) (&(const struct fixture){__VA_ARGS__})

static const struct handover_unit units[] = {
	{"usual", NULL, WITH(.region = REGION)},
	{"caches what is absent", NULL, WITH(.region = REGION, .unit = absent_cached)},
	{"an exclusion range", NULL, WITH(.region = REGION, .exclusion = true)},
	{"a CPU that stores no two words at once", "nopairs", WITH(.region = REGION)},
};

static unsigned faults(void)
{
	return sim_amdvi_seen(world.unit[0]).faults;
}

static void forget(void)
{
	sim_amdvi_forget(world.unit[0]);
}

static bool gap(enum handover_kind kind, bool back)
{
	(void)kind, (void)back;
	return sim_config()->no_pairs;
}

static bool able(enum handover_kind kind)
{
	(void)kind;
	return true;
}

static void scenario(void *arg)
{
	const struct handover_unit *kind = arg;
	struct handover handover = {.region = 0x80000000, .faults = faults, .forget = forget, .gap = gap, .able = able};

	if (!world_units(&world, kind->fixture) || !SIM_CHECK(world_probe(&world) == 0))
		return;
	handover_device(&handover, world.iommu, world.model[0], 6 << 3);
	handover_run(&handover);
	SIM_CHECK(dma_amdvi_remove(world.iommu) == 0);
	world_lawful(&world);
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	return handover_main(units, sizeof(units) / sizeof(units[0]), scenario, 2, argc, argv);
}
