/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the RISC-V IOMMU's scenarios.
 */
#include "world.h"
#include "../iommu-unit/run.h"
#include <string.h>

uint32_t world_device(const struct world *w, unsigned i)
{
	static const uint32_t usual[WORLD_DEVICES] = {0x28, 0x8140};

	return w->fixture->device[i] ? w->fixture->device[i] : usual[i];
}

void world_unit(struct world *w, const struct fixture *fixture)
{
	struct sim_riscv_config config = sim_riscv_config(WORLD_REGISTERS);

	sim_riscv_remove_all(); /* an earlier run's */
	memset(w, 0, sizeof(*w));
	w->fixture = fixture;
	w->n = fixture->both ? 2 : 1;
	config.eager = !sim_config()->adversary;
	if (fixture->unit)
		fixture->unit(&config);
	w->unit = sim_riscv_add(&config);
	for (unsigned i = 0; i < w->n; i++) {
		struct sim_device_config device = sim_config()->device;

		device.name = i ? "second" : "first";
		device.coherent = true;
		device.trusted = !fixture->untrusted;
		device.mask = fixture->mask ? fixture->mask : UINT64_MAX;
		device.requester = world_device(w, i);
		w->model[i] = sim_device_new(&device);
	}
	if (fixture->left_on)
		sim_riscv_leave_on(w->unit, world_device(w, 0), 1);
}

int world_probe(struct world *w)
{
	struct dma_riscv_config config = {
		.registers = dma_paddr(WORLD_REGISTERS),
		.coherent = true,
		.last_device = w->fixture->last_device,
		.host_regions = &w->fixture->region,
		.nhost_regions = w->fixture->region.nbytes != 0,
		.timeout_ns = WORLD_TIMEOUT_NS,
	};

	return dma_riscv_probe(&config, &w->iommu);
}

bool world_up(struct world *w, const struct fixture *fixture)
{
	world_unit(w, fixture);
	if (!SIM_CHECK(world_probe(w) == 0))
		return false;
	for (unsigned i = 0; i < w->n; i++) {
		struct dma_device_config config = sim_device_dma(w->model[i]);
		struct dma_iommu_domain_config domain = {
			.requester = world_device(w, i),
			.deferred = fixture->deferred,
			.no_big_pages = fixture->no_big_pages,
		};

		SIM_CHECK(!world_reaches(w, i, 0x10000, false)); /* before it has a domain: by default */
		if (!SIM_CHECK(dma_iommu_domain_create(w->iommu, &domain, &w->domain[i]) == 0))
			return false;
		config.domain = w->domain[i];
		if (!SIM_CHECK(dma_device_init(&w->dev[i], &config) == 0))
			return false;
	}
	return true;
}

void world_down(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		SIM_CHECK(dma_device_fini(&w->dev[i]) == 0);
		if (w->domain[i])
			SIM_CHECK(dma_iommu_domain_destroy(w->iommu, w->domain[i]) == 0);
	}
	if (w->iommu)
		SIM_CHECK(dma_riscv_remove(w->iommu) == 0);
	SIM_CHECK(sim_riscv_seen(w->unit).violations == 0);
}

static void land(void *unit)
{
	sim_riscv_land(unit);
}

static unsigned freed(void *unit)
{
	return sim_riscv_seen(unit).freed;
}

static void dies(void *unit)
{
	sim_riscv_break(unit);
}

static void before_invalidation(void *unit, void (*call)(void *ctx), void *ctx)
{
	sim_riscv_before_invalidation(unit, call, ctx);
}

struct scene world_scene(struct world *w, unsigned i)
{
	return (struct scene){
		.iommu = w->iommu,
		.dev = &w->dev[i],
		.domain = &w->domain[i],
		.device = w->model[i],
		.requester = world_device(w, i),
		.deferred = w->fixture->deferred,
		.untrusted = w->fixture->untrusted,
		.region = w->fixture->region,
		.unit = w->unit,
		.look = sim_riscv_look,
		.post = sim_riscv_post,
		.land = land,
		.freed = freed,
		.dies = dies,
		.remove = dma_riscv_remove,
		.before_invalidation = before_invalidation,
	};
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

	world_unit(&world, fixture);
	error = world_probe(&world);
	*scene = world_scene(&world, 0);
	return error;
}

const struct unit_world unit_world = {up, down, probe, dma_riscv_remove, sim_riscv_remove_all};

bool world_reaches(struct world *w, unsigned i, uint64_t daddr, bool write)
{
	uint64_t paddr;

	return sim_riscv_look(w->model[i], daddr, write, &paddr) == 0;
}
