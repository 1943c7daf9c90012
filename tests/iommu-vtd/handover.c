/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions at each step of attaching and detaching (hazard 74), on VT-d units of several kinds.
 */
#include "../iommu-unit/handover.h"
#include "world.h"
#include <stdio.h>
#include <string.h>

static struct world world;

static void usual(struct sim_vtd_config *c)
{
	(void)c;
}

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

static const struct fixture kinds[] = {
	{.name = "usual", .unit = usual},
	{.name = "passes", .unit = passes},
	{.name = "caching mode", .unit = caches_absent},
	{.name = "does not snoop, has a write buffer", .unit = unsnooped},
	{.name = "a CPU that stores no two words at once", .unit = passes, .machine = "nopairs"},
};

static unsigned faults(void)
{
	return sim_vtd_seen(world.unit[0]).faults;
}

static void forget(void)
{
	sim_vtd_forget(world.unit[0]);
}

static bool gap(enum handover_kind kind)
{
	(void)kind;
	return sim_config()->no_pairs;
}

static bool able(enum handover_kind kind)
{
	return kind != HANDOVER_BYPASS || world.fixture->unit == passes || world.fixture->unit == caches_absent;
}

static void scenario(void *arg)
{
	struct fixture fixture = *(const struct fixture *)arg;
	struct sim_device_config neighbour;
	struct handover handover = {.region = 0x80000000, .faults = faults, .forget = forget, .gap = gap, .able = able};

	fixture.region = (struct region){handover.region, handover.region + 0x1fffff};
	if (!world_units(&world, &fixture) || !world_probe(&world))
		return;
	neighbour = *sim_device_config(world.model[0]);
	neighbour.requester = 6 << 3;
	handover.iommu = world.iommu;
	handover.device = world.model[0];
	handover.neighbour = sim_device_new(&neighbour);
	handover_run(&handover);
	SIM_CHECK(dma_vtd_remove(world.iommu) == 0);
	world_lawful(&world);
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	size_t n = sizeof(kinds) / sizeof(kinds[0]);
	unsigned failed = 0;

	printf("1..%zu\n", argc > 1 ? 1 : n);
	for (size_t i = 0; i < n; i++) {
		char words[64];
		union {
			const struct fixture *given;
			void *arg;
		} pass = {&kinds[i]};
		struct sim_config config, hostile;
		unsigned bad;

		if (argc > 1 && strcmp(argv[1], kinds[i].name))
			continue;
		snprintf(words, sizeof(words), "low=6,high=1%s%s", kinds[i].machine ? "," : "",
			 kinds[i].machine ? kinds[i].machine : "");
		config = sim_config_frames(sim_config_plain(words));
		hostile = sim_config_frames(sim_config_hostile(words));
		bad = sim_run(&config, scenario, pass.arg);
		if (!bad)
			bad = sim_random(&hostile, scenario, pass.arg, 2);
		failed += bad;
		printf("%s %zu - a requester keeps its region at each step: %s\n", bad ? "not ok" : "ok", i + 1,
		       kinds[i].name);
	}
	return failed != 0;
}
