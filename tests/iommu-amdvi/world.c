/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the AMD-Vi scenarios.
 */
#include "world.h"
#include "../iommu-unit/run.h"
#include <dmastream/errors.h>
#include <string.h>

/* Configuration space has the units' capability blocks, at 40h. */
static uint32_t read_config(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	const struct world *w = context;

	if (segment || bus >= WORLD_UNITS || !w->unit[bus] || devfn != 2 || offset < 0x40)
		return ~(uint32_t)0;
	return sim_amdvi_capability(w->unit[bus], offset - 0x40);
}

static void build_table(struct world *w)
{
	unsigned n = w->fixture->units ? w->fixture->units : 1;

	ivrs_begin(&w->table, 40 << 8 | 48 << 15);
	for (unsigned i = 0; i < n; i++) {
		ivrs_unit(&w->table, 0x11, 0, WORLD_UNIT_ID(i), WORLD_REGISTERS(i));
		ivrs_entry(&w->table, 3, (uint16_t)(i << 8));
		ivrs_entry(&w->table, 4, (uint16_t)(i << 8 | 0xff));
	}
	if (w->fixture->region.limit)
		ivrs_region(&w->table, 0x21, w->fixture->exclusion ? 0xe : 7, (uint16_t)WORLD_REQUESTER(0), 0,
			    w->fixture->region.base, w->fixture->region.limit - w->fixture->region.base + 1);
	ivrs_end(&w->table);
}

bool world_units(struct world *w, const struct fixture *fixture)
{
	unsigned n = fixture->units ? fixture->units : 1;

	sim_amdvi_remove_all(); /* an earlier run's */
	memset(w, 0, sizeof(*w));
	w->fixture = fixture;
	for (unsigned i = 0; i < n; i++) {
		struct sim_amdvi_config config = sim_amdvi_config(WORLD_REGISTERS(i));
		struct sim_device_config device = sim_config()->device;

		config.eager = !sim_config()->adversary;
		if (fixture->unit)
			fixture->unit(&config);
		w->unit[i] = sim_amdvi_add(&config);
		device.name = i ? "second" : "first";
		device.coherent = true;
		device.trusted = !fixture->untrusted;
		device.mask = fixture->mask ? fixture->mask : UINT64_MAX;
		device.requester = WORLD_REQUESTER(i);
		w->model[i] = sim_device_new(&device);
		sim_amdvi_cover(w->unit[i], WORLD_REQUESTER(i));
	}
	if (fixture->left_on)
		sim_amdvi_leave_on(w->unit[0], WORLD_REQUESTER(0), 1);
	build_table(w);
	return true;
}

struct dma_amdvi_config world_config(struct world *w)
{
	return (struct dma_amdvi_config){.ivrs = w->table.bytes,
					 .ivrs_nbytes = w->table.length,
					 .pci_read32 = w->fixture->unasked ? NULL : read_config,
					 .context = w,
					 .timeout_ns = WORLD_TIMEOUT_NS};
}

bool world_probe(struct world *w)
{
	struct dma_amdvi_config config = world_config(w);

	return SIM_CHECK(dma_amdvi_probe(&config, &w->iommu) == 0);
}

static bool attach(struct world *w, unsigned i)
{
	struct dma_device_config config = sim_device_dma(w->model[i]);
	struct dma_iommu_domain_config domain = {
		.requester = WORLD_REQUESTER(i),
		.deferred = w->fixture->deferred,
		.no_big_pages = w->fixture->no_big_pages,
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
		SIM_CHECK(dma_amdvi_remove(w->iommu) == 0);
	world_lawful(w);
}

void world_lawful(struct world *w)
{
	for (unsigned i = 0; i < WORLD_UNITS && w->unit[i]; i++)
		SIM_CHECK(sim_amdvi_seen(w->unit[i]).violations == 0);
}

static void land(void *unit)
{
	sim_amdvi_land(unit);
}

static unsigned freed(void *unit)
{
	return sim_amdvi_seen(unit).freed;
}

static unsigned opened(void *unit)
{
	return sim_amdvi_seen(unit).opened;
}

static void dies(void *unit)
{
	sim_amdvi_break(unit);
}

static void before_invalidation(void *unit, void (*call)(void *ctx), void *ctx)
{
	sim_amdvi_before_invalidation(unit, call, ctx);
}

struct scene world_scene(struct world *w, unsigned i)
{
	const struct region *region = &w->fixture->region;

	return (struct scene){
		.iommu = w->iommu,
		.dev = &w->dev[i],
		.domain = &w->domain[i],
		.device = w->model[i],
		.requester = WORLD_REQUESTER(i),
		.deferred = w->fixture->deferred,
		.untrusted = w->fixture->untrusted,
		.region = {.base = {region->base}, .nbytes = region->limit ? region->limit - region->base + 1 : 0},
		.unit = w->unit[i],
		.look = sim_amdvi_look,
		.post = sim_amdvi_post,
		.land = land,
		.freed = freed,
		.opened = opened,
		.dies = dies,
		.remove = dma_amdvi_remove,
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
	struct dma_amdvi_config config;
	int error;

	(void)world_units(&world, fixture);
	config = world_config(&world);
	error = dma_amdvi_probe(&config, &world.iommu);
	*scene = world_scene(&world, 0);
	return error;
}

const struct unit_world unit_world = {up, down, probe, dma_amdvi_remove, sim_amdvi_remove_all};

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

bool world_reaches(struct world *w, unsigned i, uint64_t daddr, bool write)
{
	uint64_t paddr;

	return sim_amdvi_look(w->model[i], daddr, write, &paddr) == 0;
}
