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
	struct sim_riscv_config config = sim_riscv_config(WORLD_REGISTERS);

	config.eager = !sim_config()->adversary;
	if (w->fixture->unit)
		w->fixture->unit(&config);
	w->unit[0] = w->unit[1] = sim_riscv_add(&config);
}

void world_firmware(struct world *w)
{
	if (w->fixture->left_on)
		sim_riscv_leave_on(w->unit[0], world_wants(w->fixture).requester[0], 1);
}

int world_probe(struct world *w)
{
	struct dma_riscv_config config = {
		.registers = dma_paddr(WORLD_REGISTERS),
		.coherent = true,
		.last_device = w->fixture->last_device,
		.host_regions = w->fixture->meeting ? scene_meeting : &w->fixture->region,
		.nhost_regions = w->fixture->meeting ? SCENE_MEETING : w->fixture->region.nbytes != 0,
		.timeout_ns = WORLD_TIMEOUT_NS,
	};

	return dma_riscv_probe(&config, &w->iommu);
}

WORLD_CALLS(riscv, .opened = NULL); /* it always blocks */
