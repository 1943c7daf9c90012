/* SPDX-License-Identifier: MPL-2.0 */
#include "world.h"

struct table world_table;

static uint32_t no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context, (void)segment, (void)bus, (void)devfn, (void)offset;
	return ~(uint32_t)0;
}

static uint32_t requester(const struct fixture *f, unsigned i)
{
	return f->segments ? i << 16 | 4 << 3 : i << 8 | (4 + i) << 3;
}

struct world_wants world_wants(const struct fixture *f)
{
	return (struct world_wants){
		.devices = f->units ? f->units : 1,
		.requester = {requester(f, 0), requester(f, 1)},
		.deferred = f->deferred,
		.untrusted = f->untrusted,
		.mask = f->mask,
		.hole = f->hole,
		.region = {.base = {f->region.base},
			   .nbytes = f->region.limit ? f->region.limit - f->region.base + 1 : 0},
	};
}

void world_models(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct sim_vtd_config config = sim_vtd_config(WORLD_REGISTERS(i));

		config.eager = !sim_config()->adversary;
		if (w->fixture->unit)
			w->fixture->unit(&config);
		w->unit[i] = sim_vtd_add(&config);
	}
}

void world_firmware(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		sim_vtd_cover(w->unit[i], requester(w->fixture, i));
	if (w->fixture->left_on)
		sim_vtd_leave_on(w->unit[0], requester(w->fixture, 0), 1);
	table_begin(&world_table, 39);
	for (unsigned i = w->n;
	     i-- > 0;) { /* the unit that claims the rest comes last, as the specification wants it */
		uint8_t path[2] = {(uint8_t)(4 + i), 0};

		uint16_t segment = w->fixture->segments ? (uint16_t)i : 0;

		table_unit(&world_table, segment, WORLD_REGISTERS(i), i == 0 || segment);
		if (i && !segment)
			table_scope(&world_table, 1, (uint8_t)i, path, 1);
	}
	if (w->fixture->region.limit) {
		uint8_t path[2] = {4, 0};

		table_region(&world_table, 0, w->fixture->region.base, w->fixture->region.limit);
		table_scope(&world_table, 1, 0, path, 1);
	}
	table_end(&world_table);
}

struct dma_vtd_config world_config(struct world *w)
{
	return (struct dma_vtd_config){.dmar = world_table.bytes,
				       .dmar_nbytes = world_table.length,
				       .pci_read32 = no_bus,
				       .block_interrupts = w->fixture->block_interrupts,
				       .host_regions = unit_nhost_regions ? unit_host_regions : scene_meeting,
				       .nhost_regions = unit_nhost_regions    ? unit_nhost_regions
							: w->fixture->meeting ? SCENE_MEETING
									      : 0,
				       .timeout_ns = WORLD_TIMEOUT_NS};
}

int world_probe(struct world *w)
{
	struct dma_vtd_config config = world_config(w);

	return dma_vtd_probe(&config, &w->iommu);
}

static unsigned opened(void *unit)
{
	return sim_vtd_seen(unit).opened;
}

WORLD_CALLS(vtd, .opened = opened);
