/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fixed regions while a requester is attached and detached (hazard 74), on virtio-iommus of several kinds. A domain is
 * there only while an endpoint is attached to it, and has no mapping when the first one comes (5.13.6.3, 5.13.6.4): on
 * the way to an empty domain, and back home, no request leaves the region reachable throughout. On the way to a domain
 * where somebody works already, and to the one that bypasses, it is.
 */
#include "../iommu-unit/handover.h"
#include "world.h"

enum { REGION = 0x80000000u, NEIGHBOUR = 6 << 3 };
#define WITH(...) (&(const struct fixture){.regions = region, .nregions = 1, __VA_ARGS__})

static const struct dma_iommu_region region[] = {
	{.first = 4 << 3, .last = 4 << 3, .base = {REGION}, .nbytes = 0x200000},
};

static void four(struct sim_virtio_config *c)
{
	c->queue_size = 4;
}

static void readable(struct sim_virtio_config *c)
{
	c->no_write_only = true;
}

static const struct handover_unit units[] = {
	{"usual", NULL, WITH(.name = "usual")},
	{"a queue of four", NULL, WITH(.name = "four", .unit = four)},
	{"no write-only mappings", NULL, WITH(.name = "readable", .unit = readable)},
};

static unsigned faults(void)
{
	return sim_virtio_seen(world.unit[0]).faults;
}

static bool gap(enum handover_kind kind, bool back)
{
	return back || (kind != HANDOVER_SHARED && kind != HANDOVER_OTHERS && kind != HANDOVER_BYPASS);
}

static bool able(enum handover_kind kind)
{
	(void)kind;
	return true;
}

static void scenario(void *arg)
{
	const struct handover_unit *kind = arg;
	struct handover handover = {.region = REGION, .faults = faults, .gap = gap, .able = able};

	(void)world_units(&world, kind->fixture);
	sim_virtio_cover(world.unit[0], NEIGHBOUR);
	if (SIM_CHECK(world_probe(&world) == 0)) {
		handover_device(&handover, world.iommu, world.model[0], NEIGHBOUR);
		handover_run(&handover);
	}
	world_down(&world);
}

/* With an argument: only the kind of that name. */
int main(int argc, char **argv)
{
	int failed = handover_main(units, sizeof(units) / sizeof(units[0]), scenario, 2, argc, argv);

	sim_virtio_remove_all();
	return failed;
}
