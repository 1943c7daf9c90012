/* SPDX-License-Identifier: MPL-2.0 */
#include "world.h"

struct world_wants world_wants(const struct fixture *f)
{
	return (struct world_wants){
		.devices = f->both ? 2 : 1,
		.requester = {f->device[0] ? f->device[0] : 0x28, f->device[1] ? f->device[1] : 0x8140},
		.deferred = f->deferred,
		.untrusted = f->untrusted,
		.no_big_pages = f->no_big_pages,
		.mask = f->mask,
		.region = f->region,
	};
}

void world_models(struct world *w)
{
	for (unsigned i = 0; i < WORLD_DEVICES; i++) {
		struct sim_riscv_config config = sim_riscv_config(WORLD_REGISTERS(i));

		config.eager = !sim_config()->adversary;
		if (w->fixture->unit)
			w->fixture->unit(&config);
		w->unit[i] = i && !w->fixture->two_units ? w->unit[0] : sim_riscv_add(&config);
	}
}

void world_firmware(struct world *w)
{
	if (w->fixture->two_units)
		sim_riscv_cover(w->unit[1], w->model[1]);
	if (w->fixture->left_on)
		sim_riscv_leave_on(w->unit[0], world_wants(w->fixture).requester[0], 1);
}

static int probe(const struct fixture *fixture, unsigned i, struct dma_iommu **iommu)
{
	struct dma_riscv_config config = {
		.registers = dma_paddr(WORLD_REGISTERS(i)),
		.coherent = true,
		.last_device = fixture->last_device,
		.host_regions = unit_nhost_regions ? unit_host_regions
				: fixture->meeting ? scene_meeting
				: fixture->regions ? fixture->regions
						   : &fixture->region,
		.nhost_regions = unit_nhost_regions ? unit_nhost_regions
				 : fixture->meeting ? SCENE_MEETING
				 : fixture->regions ? fixture->nregions
						    : fixture->region.nbytes != 0,
		.timeout_ns = WORLD_TIMEOUT_NS,
	};

	return dma_riscv_probe(&config, iommu);
}

int world_probe(struct world *w)
{
	int error = probe(w->fixture, 0, &w->iommu);

	return error || !w->fixture->two_units ? error : probe(w->fixture, 1, &w->second);
}

WORLD_CALLS(riscv, .opened = NULL); /* it always blocks */
