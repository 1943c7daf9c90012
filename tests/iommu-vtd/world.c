/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the VT-d scenarios.
 */
#include "world.h"
#include "../iommu-unit/run.h"
#include <dmastream/errors.h>
#include <string.h>

static uint32_t no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context, (void)segment, (void)bus, (void)devfn, (void)offset;
	return ~(uint32_t)0;
}

/* Device i is function 0 of slot 4 + i on bus i. */
static uint32_t requester(unsigned i)
{
	return (uint32_t)(i << 8 | (4 + i) << 3);
}

static void build_table(struct world *w)
{
	unsigned n = w->fixture->units ? w->fixture->units : 1;

	table_begin(&w->table, 39);
	for (unsigned i = n; i-- > 0;) { /* the unit that claims the rest comes last, as the specification wants it */
		uint8_t path[2] = {(uint8_t)(4 + i), 0};

		table_unit(&w->table, 0, WORLD_REGISTERS(i), i == 0);
		if (i)
			table_scope(&w->table, 1, (uint8_t)i, path, 1);
	}
	if (w->fixture->region.limit) {
		uint8_t path[2] = {4, 0};

		table_region(&w->table, 0, w->fixture->region.base, w->fixture->region.limit);
		table_scope(&w->table, 1, 0, path, 1);
	}
	table_end(&w->table);
}

bool world_units(struct world *w, const struct fixture *fixture)
{
	unsigned n = fixture->units ? fixture->units : 1;

	sim_vtd_remove_all(); /* an earlier run's */
	memset(w, 0, sizeof(*w));
	w->fixture = fixture;
	for (unsigned i = 0; i < n; i++) {
		struct sim_vtd_config config = sim_vtd_config(WORLD_REGISTERS(i));
		struct sim_device_config device = sim_config()->device;

		config.eager = !sim_config()->adversary;
		if (fixture->unit)
			fixture->unit(&config);
		w->unit[i] = sim_vtd_add(&config);
		device.name = i ? "second" : "first";
		device.coherent = true;
		device.trusted = !fixture->untrusted;
		device.mask = fixture->mask ? fixture->mask : UINT64_MAX;
		device.requester = requester(i);
		w->model[i] = sim_device_new(&device);
		sim_vtd_cover(w->unit[i], requester(i));
	}
	if (fixture->left_on)
		sim_vtd_leave_on(w->unit[0], requester(0), 1);
	build_table(w);
	return true;
}

struct dma_vtd_config world_config(struct world *w)
{
	return (struct dma_vtd_config){.dmar = w->table.bytes,
				       .dmar_nbytes = w->table.length,
				       .pci_read32 = no_bus,
				       .block_interrupts = w->fixture->block_interrupts,
				       .timeout_ns = WORLD_TIMEOUT_NS};
}

bool world_probe(struct world *w)
{
	struct dma_vtd_config config = world_config(w);

	return SIM_CHECK(dma_vtd_probe(&config, &w->iommu) == 0);
}

static bool attach(struct world *w, unsigned i)
{
	struct dma_device_config config = sim_device_dma(w->model[i]);
	struct dma_iommu_domain_config domain = {
		.requester = requester(i),
		.deferred = w->fixture->deferred,
		.reserved = &w->fixture->hole,
		.nreserved = w->fixture->hole.size != 0,
	};

	if (!SIM_CHECK(dma_iommu_domain_create(w->iommu, &domain, &w->domain[i]) == 0))
		return false;
	config.domain = w->domain[i];
	return SIM_CHECK(dma_device_init(&w->dev[i], &config) == 0);
}

bool world_up(struct world *w, const struct fixture *fixture)
{
	if (!world_units(w, fixture) || !world_probe(w))
		return false;
	for (unsigned i = 0; i < WORLD_UNITS && w->unit[i]; i++) {
		world_blocked(w, i, 0x10000); /* before it has a domain: by default */
		if (!attach(w, i))
			return false;
	}
	return true;
}

void world_down(struct world *w)
{
	for (unsigned i = 0; i < WORLD_UNITS; i++) {
		SIM_CHECK(dma_device_fini(&w->dev[i]) == 0);
		if (w->domain[i])
			SIM_CHECK(dma_iommu_domain_destroy(w->iommu, w->domain[i]) == 0);
	}
	if (w->iommu)
		SIM_CHECK(dma_vtd_remove(w->iommu) == 0);
	world_lawful(w);
}

void world_lawful(struct world *w)
{
	for (unsigned i = 0; i < WORLD_UNITS && w->unit[i]; i++)
		SIM_CHECK(sim_vtd_seen(w->unit[i]).violations == 0);
}

static void land(void *unit)
{
	sim_vtd_land(unit);
}

static unsigned freed(void *unit)
{
	return sim_vtd_seen(unit).freed;
}

static unsigned opened(void *unit)
{
	return sim_vtd_seen(unit).opened;
}

static void dies(void *unit)
{
	sim_vtd_break(unit);
}

static void before_invalidation(void *unit, void (*call)(void *ctx), void *ctx)
{
	sim_vtd_before_invalidation(unit, call, ctx);
}

struct scene world_scene(struct world *w, unsigned i)
{
	const struct region *region = &w->fixture->region;

	return (struct scene){
		.iommu = w->iommu,
		.dev = &w->dev[i],
		.domain = &w->domain[i],
		.device = w->model[i],
		.requester = requester(i),
		.deferred = w->fixture->deferred,
		.untrusted = w->fixture->untrusted,
		.region = {.base = {region->base}, .nbytes = region->limit ? region->limit - region->base + 1 : 0},
		.unit = w->unit[i],
		.look = sim_vtd_look,
		.post = sim_vtd_post,
		.land = land,
		.freed = freed,
		.opened = opened,
		.dies = dies,
		.remove = dma_vtd_remove,
		.before_invalidation = before_invalidation,
	};
}

/* ---- For the scenarios of every driver ---- */

struct world world;

static bool up(const void *fixture, struct scene scenes[2])
{
	if (!world_up(&world, fixture))
		return false;
	for (unsigned i = 0; i < WORLD_UNITS && world.unit[i]; i++) {
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
	struct dma_vtd_config config;
	int error;

	(void)world_units(&world, fixture);
	config = world_config(&world);
	error = dma_vtd_probe(&config, &world.iommu);
	*scene = world_scene(&world, 0);
	return error;
}

const struct unit_world unit_world = {up, down, probe, dma_vtd_remove, sim_vtd_remove_all};

void world_blocked(struct world *w, unsigned i, uint64_t daddr)
{
	struct scene scene = world_scene(w, i);

	scene_blocked(&scene, daddr);
}

void world_traffic(struct world *w, unsigned i, size_t npages)
{
	struct scene scene = world_scene(w, i);

	scene_traffic(&scene, npages, (unsigned char)i);
}
