/* SPDX-License-Identifier: MPL-2.0 */
#include "world.h"

struct ivrs_table world_table;

/* Configuration space has the units' capability blocks, at 40h. */
static uint32_t read_config(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	const struct world *w = context;
	unsigned i = w->fixture->segments ? segment : bus;

	if ((w->fixture->segments ? bus : segment) || i >= WORLD_DEVICES || !w->unit[i] || devfn != 2 || offset < 0x40)
		return ~(uint32_t)0;
	return sim_amdvi_capability(w->unit[i], offset - 0x40);
}

static uint32_t requester(const struct fixture *f, unsigned i)
{
	return f->segments ? i << 16 | WORLD_REQUESTER(0) : WORLD_REQUESTER(i);
}

struct world_wants world_wants(const struct fixture *f)
{
	return (struct world_wants){
		.devices = f->units ? f->units : 1,
		.requester = {requester(f, 0), requester(f, 1)},
		.deferred = f->deferred,
		.untrusted = f->untrusted,
		.no_big_pages = f->no_big_pages,
		.mask = f->mask,
		.hole = f->hole,
		.region = {.base = {f->region.base},
			   .nbytes = f->region.limit ? f->region.limit - f->region.base + 1 : 0},
	};
}

void world_models(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct sim_amdvi_config config = sim_amdvi_config(WORLD_REGISTERS(i));

		config.eager = !sim_config()->adversary;
		if (w->fixture->unit)
			w->fixture->unit(&config);
		w->unit[i] = sim_amdvi_add(&config);
	}
}

void world_firmware(struct world *w)
{
	struct dma_iommu_region region = world_wants(w->fixture).region;

	for (unsigned i = 0; i < w->n; i++)
		sim_amdvi_cover(w->unit[i], requester(w->fixture, i));
	if (w->fixture->left_on)
		sim_amdvi_leave_on(w->unit[0], WORLD_REQUESTER(0), 1);
	ivrs_begin(&world_table, 40 << 8 | 48 << 15);
	for (unsigned i = 0; i < w->n; i++) {
		unsigned segment = w->fixture->segments ? i : 0, bus = i - segment;

		ivrs_unit(&world_table, 0x11, (uint16_t)segment, WORLD_UNIT_ID(bus), WORLD_REGISTERS(i));
		ivrs_entry(&world_table, 3, (uint16_t)(bus << 8));
		ivrs_entry(&world_table, 4, (uint16_t)(w->fixture->whole ? 0xffff : bus << 8 | 0xff));
	}
	if (region.nbytes)
		ivrs_region(&world_table, 0x21, w->fixture->exclusion ? 0xe : 7, (uint16_t)WORLD_REQUESTER(0), 0,
			    region.base.raw, region.nbytes);
	ivrs_end(&world_table);
}

struct dma_amdvi_config world_config(struct world *w)
{
	return (struct dma_amdvi_config){.ivrs = world_table.bytes,
					 .ivrs_nbytes = world_table.length,
					 .pci_read32 = w->fixture->unasked ? NULL : read_config,
					 .context = w,
					 .host_regions = unit_nhost_regions ? unit_host_regions : scene_meeting,
					 .nhost_regions = unit_nhost_regions	? unit_nhost_regions
							  : w->fixture->meeting ? SCENE_MEETING
										: 0,
					 .timeout_ns = WORLD_TIMEOUT_NS};
}

int world_probe(struct world *w)
{
	struct dma_amdvi_config config = world_config(w);

	return dma_amdvi_probe(&config, &w->iommu);
}

static unsigned opened(void *unit)
{
	return sim_amdvi_seen(unit).opened;
}

WORLD_CALLS(amdvi, .opened = opened);
