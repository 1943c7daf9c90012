/* SPDX-License-Identifier: MPL-2.0 */
#include "world.h"
#include <string.h>

bool world_units(struct world *w, const struct fixture *fixture)
{
	struct world_wants wants = world_wants(fixture);
	bool whole = true;

	world_remove_models(); /* an earlier run's */
	memset(w, 0, sizeof(*w));
	w->fixture = fixture;
	w->n = wants.devices;
	world_models(w);
	for (unsigned i = 0; i < w->n; i++) {
		struct sim_device_config device = sim_config()->device;

		device.name = i ? "second" : "first";
		device.coherent = true;
		device.trusted = !wants.untrusted;
		device.mask = wants.mask ? wants.mask : UINT64_MAX;
		device.requester = wants.requester[i];
		w->model[i] = sim_device_new(&device);
		whole &= SIM_CHECK(w->unit[i] && w->model[i]);
	}
	world_firmware(w);
	return whole;
}

static struct dma_iommu *iommu_of(const struct world *w, unsigned i)
{
	return i && w->second ? w->second : w->iommu;
}

int world_attach(struct world *w, unsigned i)
{
	struct world_wants wants = world_wants(w->fixture);
	struct dma_device_config config = sim_device_dma(w->model[i]);
	struct dma_iommu_domain_config domain = {
		.requester = wants.requester[i],
		.others = &wants.requester[1],
		.nothers = wants.shared,
		.deferred = wants.deferred,
		.no_big_pages = wants.no_big_pages,
		.reserved = &wants.hole,
		.nreserved = wants.hole.size != 0,
	};
	int error = 0;

	if (wants.shared && i)
		w->domain[i] = w->domain[0];
	else
		error = dma_iommu_domain_create(iommu_of(w, i), &domain, &w->domain[i]);
	if (error)
		return error;
	config.domain = w->domain[i];
	return dma_device_init(&w->dev[i], &config);
}

bool world_up(struct world *w, const struct fixture *fixture)
{
	if (!world_units(w, fixture) || !SIM_CHECK(world_probe(w) == 0))
		return false;
	for (unsigned i = 0; i < w->n; i++) {
		world_blocked(w, i, 0x10000); /* before it has a domain: by default */
		if (!SIM_CHECK(world_attach(w, i) == 0))
			return false;
	}
	return true;
}

void world_down(struct world *w)
{
	for (unsigned i = 0; i < WORLD_DEVICES; i++)
		SIM_CHECK(dma_device_fini(&w->dev[i]) == 0);
	for (unsigned i = 0; i < WORLD_DEVICES; i++)
		if (w->domain[i] && !(i && w->domain[i] == w->domain[0]))
			SIM_CHECK(dma_iommu_domain_destroy(iommu_of(w, i), w->domain[i]) == 0);
	if (w->iommu)
		SIM_CHECK(world_calls.remove(w->iommu) == 0);
	if (w->second)
		SIM_CHECK(world_calls.remove(w->second) == 0);
	world_lawful(w);
}

struct scene world_scene(struct world *w, unsigned i)
{
	struct world_wants wants = world_wants(w->fixture);
	struct scene scene = world_calls;

	scene.iommu = iommu_of(w, i);
	scene.dev = &w->dev[i];
	scene.domain = &w->domain[i];
	scene.device = w->model[i];
	scene.requester = wants.requester[i];
	scene.deferred = wants.deferred;
	scene.untrusted = wants.untrusted;
	scene.region = wants.region;
	scene.granule = wants.granule;
	scene.unit = w->unit[i];
	return scene;
}

void world_traffic(struct world *w, unsigned i, size_t npages)
{
	struct scene scene = world_scene(w, i);

	scene_traffic(&scene, npages, (unsigned char)i);
}

void world_blocked(struct world *w, unsigned i, uint64_t daddr)
{
	struct scene scene = world_scene(w, i);

	scene_blocked(&scene, daddr);
}

bool world_reaches(struct world *w, unsigned i, uint64_t daddr, bool write)
{
	return world_reach(w, i, daddr, write) != UINT64_MAX;
}

uint64_t world_reach(struct world *w, unsigned i, uint64_t daddr, bool write)
{
	uint64_t paddr;

	return world_calls.look(w->model[i], daddr, write, &paddr) ? UINT64_MAX : paddr;
}

/* ---- For the scenarios of every driver ---- */

struct world world;

static bool up(const void *fixture, struct scene scenes[2])
{
	if (!world_up(&world, fixture))
		return false;
	for (unsigned i = 0; i < world.n; i++) {
		scenes[i] = world_scene(&world, i);
		if (i)
			scenes[i - 1].next = &scenes[i];
	}
	return true;
}

static void down(void)
{
	world_down(&world);
}

static int probe(const void *fixture, struct scene *scene)
{
	int error;

	(void)world_units(&world, fixture);
	error = world_probe(&world);
	*scene = world_scene(&world, 0);
	return error;
}

static int take_away(struct dma_iommu *iommu)
{
	return world_calls.remove(iommu);
}

const struct unit_world unit_world = {up, down, probe, take_away, world_remove_models};
