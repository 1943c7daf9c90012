/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model's invalidation queue (specification, 6.5.2), with everything that can go wrong in it.
 */
#include "../machine/sim_machine.h"
#include "vtd_model.h"
#include <string.h>

enum { IQE = 1 << 4, ITE = 1 << 6 };

static void land(struct sim_vtd *unit)
{
	for (unsigned i = 0; i < unit->nposted; i++)
		if (sim_ram_write(unit->posted[i].paddr, unit->posted[i].bytes, unit->posted[i].n, true))
			vtd_violation(unit, "a posted write fell into nothing", unit->posted[i].paddr);
	unit->nposted = 0;
}

void sim_vtd_land(struct sim_vtd *unit)
{
	land(unit);
}

static bool contexts(struct sim_vtd *unit, const uint64_t descriptor[2])
{
	unsigned granularity = descriptor[0] >> 4 & 3;

	if (granularity == 0 || descriptor[1] || descriptor[0] & 0xffc000000000ffc0ull)
		return false;
	vtd_contexts_forget(unit, granularity, (uint16_t)(descriptor[0] >> 16), (uint16_t)(descriptor[0] >> 32),
			    descriptor[0] >> 48 & 3);
	return true;
}

static void on_another_cpu(struct sim_vtd *unit)
{
	struct sim_thread here = sim_thread;

	sim_thread = (struct sim_thread){.cpu = (here.cpu + 1) % sim.config.cpus, .label = here.label};
	unit->before(unit->before_ctx);
	store_drain_all(&sim.cpus[sim_thread.cpu]);
	sim_thread = here;
}

static bool translations(struct sim_vtd *unit, const uint64_t descriptor[2])
{
	unsigned granularity = descriptor[0] >> 4 & 3, order = descriptor[1] & 63;
	uint64_t daddr = descriptor[1] & ~(uint64_t)0xfff;

	if (granularity == 0 || descriptor[0] >> 32 || descriptor[0] & 0xff00 || descriptor[1] & 0xf80)
		return false;
	if (granularity == 3 && (!unit->config.page_selective || order > unit->config.address_mask))
		return false;
	if (granularity == 3 && daddr & (((uint64_t)4096 << order) - 1))
		return false; /* the address must be aligned to the size */
	if (unit->before)
		on_another_cpu(unit);
	if (descriptor[0] >> 6 & 1) /* DW: what was posted before is in memory first */
		land(unit);
	vtd_leaves_forget(unit, granularity, (uint16_t)(descriptor[0] >> 16), daddr, order, descriptor[1] >> 6 & 1);
	return true;
}

static bool wait(struct sim_vtd *unit, const uint64_t descriptor[2])
{
	uint32_t status = (uint32_t)(descriptor[0] >> 32);

	(void)unit;
	if (descriptor[0] & 0xffffff80 || descriptor[1] & 3)
		return false;
	/* 6.5.2.8: the status write is coherent whatever ECAP.C says. */
	return !(descriptor[0] >> 5 & 1) || !sim_ram_write(descriptor[1], &status, sizeof(status), true);
}

static bool execute(struct sim_vtd *unit, const uint64_t descriptor[2])
{
	unsigned type = descriptor[0] & 15;

	unit->seen.invalidations += type != 5;
	switch (type) {
	case 1:
		return contexts(unit, descriptor);
	case 2:
		return translations(unit, descriptor);
	case 4:
		return true; /* interrupt entries: none is cached */
	case 5:
		return wait(unit, descriptor);
	default:
		return false;
	}
}

/* One descriptor. False: the queue stands still. */
static bool step(struct sim_vtd *unit)
{
	uint64_t at = unit->iqh, descriptor[2];
	bool refuse = unit->config.refuse_at && unit->executed + 1 == unit->config.refuse_at &&
		      (!unit->refused_once || unit->config.refuse_twice);

	if (unit->config.hang_at && unit->executed + 1 >= unit->config.hang_at)
		return false;
	if (sim_ram_read((unit->iqa & ~(uint64_t)0xfff) + at, descriptor, sizeof(descriptor), true) || refuse) {
		unit->refused_once = true;
		unit->fsts |= IQE;
		return false;
	}
	if (unit->config.abort_at && (unit->executed + 1 == unit->config.abort_at ||
				      (unit->config.abort_always && unit->executed >= unit->config.abort_at))) {
		unit->executed++;
		unit->fsts |= ITE;
		unit->iqh = unit->iqt; /* the waits in between never write */
		return false;
	}
	if (!execute(unit, descriptor)) {
		vtd_violation(unit, "invalid descriptor", descriptor[0]);
		unit->fsts |= IQE;
		return false;
	}
	unit->executed++;
	unit->iqh = (at + 16) & (((uint64_t)4096 << (unit->iqa & 7)) - 1);
	return true;
}

void vtd_work(struct sim_vtd *unit, bool all)
{
	if (unit->nposted && !all && vtd_whim(false))
		land(unit);
	while (unit->gsts >> 26 & 1 && !(unit->fsts & (IQE | ITE)) && unit->iqh != unit->iqt) {
		if (!all && !vtd_whim(true))
			break;
		if (!step(unit))
			break;
	}
}
