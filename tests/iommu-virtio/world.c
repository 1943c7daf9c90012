/* SPDX-License-Identifier: MPL-2.0 */
#include "world.h"

static struct viot_table table;
static struct sim_virtio *units[WORLD_DEVICES]; /* of segment 0, and 1 */
static const struct pci_word *the_word;

/* The unit that is there, or NULL. */
static struct sim_virtio *unit_at(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	return segment < WORLD_DEVICES && bus == 0 && devfn == 0x10 ? units[segment] : NULL;
}

static uint32_t pci_read(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	struct sim_virtio *unit = unit_at(segment, bus, devfn);

	(void)context;
	if (the_word && offset == the_word->offset && unit)
		return the_word->value;
	return unit ? sim_virtio_pci_read(unit, offset) : UINT32_MAX;
}

static void pci_write(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset, uint32_t value)
{
	struct sim_virtio *unit = unit_at(segment, bus, devfn);

	(void)context;
	if (SIM_CHECK(unit))
		sim_virtio_pci_write(unit, offset, value);
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

static uint32_t requester(const struct fixture *f, unsigned i)
{
	return f->segments ? i << 16 | world_requester(0) : world_requester(i);
}

struct world_wants world_wants(const struct fixture *f)
{
	return (struct world_wants){
		.devices = f->devices ? f->devices : 1,
		.requester = {requester(f, 0), requester(f, 1)},
		.deferred = f->deferred,
		.untrusted = f->untrusted,
		.shared = f->shared,
		.granule = f->granule,
		.region = f->nregions ? f->regions[0] : (struct dma_iommu_region){0},
	};
}

void world_models(struct world *w)
{
	the_word = w->fixture->word;
	for (unsigned i = 0; i < WORLD_DEVICES; i++) {
		struct sim_virtio_config config = sim_virtio_config(WORLD_REGISTERS + 0x10000 * i);

		config.eager = !sim_config()->adversary;
		if (w->fixture->unit)
			w->fixture->unit(&config);
		units[i] = i == 0 || w->fixture->segments ? sim_virtio_add(&config) : NULL;
		w->unit[i] = units[i] ? units[i] : units[0];
	}
	if (w->fixture->crossed) {
		w->unit[0] = units[1];
		w->unit[1] = units[0];
	}
}

void world_firmware(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		sim_virtio_cover(w->unit[i], requester(w->fixture, i));
	viot_begin(&table);
	for (uint16_t i = 0; i < WORLD_DEVICES && units[i]; i++) {
		size_t unit = viot_unit(&table, i, 0x10);

		viot_range(&table, 0x100 + ((uint32_t)i << 16), i, 0, 0xff, unit);
	}
	viot_end(&table);
}

int world_probe(struct world *w)
{
	struct dma_virtio_iommu_range range = {.unit = 0x10, .first = 0x20, .last = 0x2f, .endpoint = 0x120};
	struct dma_virtio_iommu_config config = {
		.viot = w->fixture->by_host || w->fixture->find ? NULL : table.bytes,
		.viot_nbytes = table.length,
		.ranges = &range,
		.nranges = 1,
		.pci_read32 = pci_read,
		.pci_write32 = pci_write,
		.mmio_read = mmio_read,
		.mmio_write = mmio_write,
		.host_regions = unit_nhost_regions ? unit_host_regions : w->fixture->regions,
		.nhost_regions = unit_nhost_regions ? unit_nhost_regions : w->fixture->nregions,
		.timeout_ns = WORLD_TIMEOUT_NS,
	};
	int error = w->fixture->find ? w->fixture->find(&config) : 0;

	return error ? error : dma_virtio_iommu_probe(&config, &w->iommu);
}

void world_lawful(struct world *w)
{
	for (unsigned i = 0; i < WORLD_DEVICES && w->unit[i]; i++) {
		struct sim_virtio_seen seen = sim_virtio_seen(w->unit[i]);

		SIM_CHECK(seen.violations == 0 && seen.attached == 0 && seen.mappings == 0);
	}
}

void world_remove_models(void)
{
	sim_virtio_remove_all();
}

static unsigned freed(void *unit)
{
	return sim_virtio_seen(unit).freed;
}

static void before_unmap(void *unit, void (*call)(void *ctx), void *ctx)
{
	sim_virtio_before_unmap(unit, call, ctx);
}

const struct scene world_calls = {
	.look = sim_virtio_look,
	.freed = freed,
	.remove = dma_virtio_iommu_remove,
	.before_invalidation = before_unmap,
};
