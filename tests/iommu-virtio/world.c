/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The world of the virtio-iommu scenarios.
 */
#include "world.h"
#include "../iommu-unit/run.h"
#include <dmastream/errors.h>
#include <string.h>

static struct sim_virtio *the_unit;
static const struct pci_word *the_word;

static bool is_unit(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	return segment == 0 && bus == 0 && devfn == 0x10;
}

static uint32_t pci_read(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context;
	if (the_word && offset == the_word->offset && is_unit(segment, bus, devfn))
		return the_word->value;
	return is_unit(segment, bus, devfn) ? sim_virtio_pci_read(the_unit, offset) : UINT32_MAX;
}

static void pci_write(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset, uint32_t value)
{
	(void)context;
	SIM_CHECK(is_unit(segment, bus, devfn));
	sim_virtio_pci_write(the_unit, offset, value);
}

static uint32_t mmio_read(void *context, const volatile void *reg, unsigned nbytes)
{
	(void)context;
	return (uint32_t)sim_register_read(reg, nbytes);
}

static void mmio_write(void *context, volatile void *reg, unsigned nbytes, uint32_t value)
{
	(void)context;
	sim_register_write(reg, value, nbytes);
}

void world_machine(struct world *w, const struct fixture *fixture)
{
	struct sim_virtio_config config = sim_virtio_config(WORLD_REGISTERS);
	size_t unit;

	sim_virtio_remove_all(); /* an earlier run's */
	memset(w, 0, sizeof(*w));
	w->fixture = fixture;
	the_word = fixture->word;
	config.eager = !sim_config()->adversary;
	if (fixture->unit)
		fixture->unit(&config);
	w->unit = the_unit = sim_virtio_add(&config);
	for (unsigned i = 0; i < (fixture->devices ? fixture->devices : 1); i++) {
		struct sim_device_config device = sim_config()->device;

		device.name = i ? "second" : "first";
		device.coherent = true;
		device.trusted = !fixture->untrusted;
		device.mask = UINT64_MAX;
		device.requester = world_requester(i);
		w->model[i] = sim_device_new(&device);
		sim_virtio_cover(w->unit, world_requester(i));
	}
	viot_begin(&w->table);
	unit = viot_unit(&w->table, 0, 0x10);
	viot_range(&w->table, 0x100, 0, 0, 0xff, unit);
	viot_end(&w->table);
}

int world_probe(struct world *w)
{
	struct dma_virtio_iommu_range range = {.unit = 0x10, .first = 0x20, .last = 0x2f, .endpoint = 0x120};
	struct dma_virtio_iommu_config config = {
		.viot = w->fixture->by_host ? NULL : w->table.bytes,
		.viot_nbytes = w->table.length,
		.ranges = &range,
		.nranges = 1,
		.pci_read32 = pci_read,
		.pci_write32 = pci_write,
		.mmio_read = mmio_read,
		.mmio_write = mmio_write,
		.host_regions = w->fixture->regions,
		.nhost_regions = w->fixture->nregions,
		.timeout_ns = WORLD_TIMEOUT_NS,
	};

	return dma_virtio_iommu_probe(&config, &w->iommu);
}

int world_attach(struct world *w, unsigned i)
{
	struct dma_device_config config = sim_device_dma(w->model[i]);
	uint32_t other = world_requester(1);
	struct dma_iommu_domain_config domain = {
		.requester = world_requester(i),
		.others = &other,
		.nothers = w->fixture->shared,
		.deferred = w->fixture->deferred,
	};
	int error = 0;

	if (w->fixture->shared && i)
		w->domain[i] = w->domain[0];
	else
		error = dma_iommu_domain_create(w->iommu, &domain, &w->domain[i]);
	if (error)
		return error;
	config.domain = w->domain[i];
	return dma_device_init(&w->dev[i], &config);
}

bool world_up(struct world *w, const struct fixture *fixture)
{
	world_machine(w, fixture);
	if (!SIM_CHECK(world_probe(w) == 0))
		return false;
	for (unsigned i = 0; i < WORLD_DEVICES && w->model[i]; i++) {
		SIM_CHECK(world_reach(w, i, 0x10000, true) == UINT64_MAX); /* before it has a domain: by default */
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
		if (w->domain[i] && !(i && w->fixture->shared))
			SIM_CHECK(dma_iommu_domain_destroy(w->iommu, w->domain[i]) == 0);
	if (w->iommu)
		SIM_CHECK(dma_virtio_iommu_remove(w->iommu) == 0);
	SIM_CHECK(sim_virtio_seen(w->unit).violations == 0);
	SIM_CHECK(sim_virtio_seen(w->unit).attached == 0 && sim_virtio_seen(w->unit).mappings == 0);
}

static unsigned freed(void *unit)
{
	return sim_virtio_seen(unit).freed;
}

static void before_unmap(void *unit, void (*call)(void *ctx), void *ctx)
{
	sim_virtio_before_unmap(unit, call, ctx);
}

struct scene world_scene(struct world *w, unsigned i)
{
	return (struct scene){
		.iommu = w->iommu,
		.dev = &w->dev[i],
		.domain = &w->domain[i],
		.device = w->model[i],
		.requester = world_requester(i),
		.deferred = w->fixture->deferred,
		.untrusted = w->fixture->untrusted,
		.region = w->fixture->nregions ? w->fixture->regions[0] : (struct dma_iommu_region){0},
		.unit = w->unit,
		.look = sim_virtio_look,
		.freed = freed,
		.remove = dma_virtio_iommu_remove,
		.before_invalidation = before_unmap,
	};
}

/* ---- For the scenarios of every driver ---- */

struct world world;

static bool up(const void *fixture, struct scene scenes[2])
{
	if (!world_up(&world, fixture))
		return false;
	for (unsigned i = 0; i < WORLD_DEVICES && world.model[i]; i++) {
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

	world_machine(&world, fixture);
	error = world_probe(&world);
	*scene = world_scene(&world, 0);
	return error;
}

const struct unit_world unit_world = {up, down, probe, dma_virtio_iommu_remove, sim_virtio_remove_all};

uint64_t world_reach(struct world *w, unsigned i, uint64_t daddr, bool write)
{
	uint64_t paddr;

	return sim_virtio_look(w->model[i], daddr, write, &paddr) ? UINT64_MAX : paddr;
}
