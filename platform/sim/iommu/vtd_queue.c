/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d model's invalidation queue (specification, 6.5.2). Taking a descriptor is not completing it: an invalidation
 * that was taken takes effect when the unit likes, in another order where that is allowed (6.5.2.12), at the latest
 * when a wait descriptor behind it completes.
 */
#include "../machine/sim_machine.h"
#include "vtd_model.h"
#include <string.h>

void vtd_land(struct sim_vtd *unit)
{
	for (unsigned i = 0; i < unit->nposted; i++)
		if (sim_ram_write(unit->posted[i].paddr, unit->posted[i].bytes, unit->posted[i].n, true))
			vtd_violation(unit, VTD_POSTED_NOTHING, unit->posted[i].paddr);
	unit->nposted = 0;
}

void sim_vtd_land(struct sim_vtd *unit)
{
	vtd_land(unit);
}

/* ---- Invalidations take effect ---- */

void vtd_contexts_invalidate(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint16_t source, unsigned mask)
{
	vtd_memory_flushed(unit); /* 6.8: the write buffer, before anything is invalidated */
	vtd_contexts_forget(unit, granularity, id, source, mask);
	unit->contexts_stale = unit->contexts_stale && granularity != 1;
}

void vtd_pages_invalidate(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint64_t address, bool drain)
{
	vtd_memory_flushed(unit);
	if (drain) /* what was posted before is in memory first */
		vtd_land(unit);
	vtd_leaves_forget(unit, granularity, id, address & ~(uint64_t)0xfff, address & 63, address >> 6 & 1);
	unit->iotlb_stale = unit->iotlb_stale && (granularity != 1 || unit->contexts_stale);
}

static void complete(struct sim_vtd *unit, unsigned index)
{
	const uint64_t *d = unit->pending[index];
	unsigned granularity = (unsigned)vtd_bits(d[0], 5, 4);

	switch (d[0] & 15) {
	case 1:
		vtd_contexts_invalidate(unit, granularity, (uint16_t)(d[0] >> 16), (uint16_t)(d[0] >> 32),
					(unsigned)vtd_bits(d[0], 49, 48));
		break;
	case 2:
		vtd_pages_invalidate(unit, granularity, (uint16_t)(d[0] >> 16), d[1], d[0] >> 6 & 1);
		break;
	case 4: /* no interrupt entry is cached */
		vtd_memory_flushed(unit);
		unit->interrupts_stale = unit->interrupts_stale && d[0] >> 4 & 1;
		break;
	default: /* of a device's TLB: no device has one */
		break;
	}
	memmove(&unit->pending[index], &unit->pending[index + 1], (--unit->npending - index) * sizeof(*unit->pending));
}

/* 6.5.2.12: an IOTLB invalidation comes after those of contexts, one of a device TLB after those of the IOTLB and of
 * interrupt entries. */
static bool may_complete(const struct sim_vtd *unit, unsigned index)
{
	unsigned type = unit->pending[index][0] & 15;

	for (unsigned i = 0; i < index; i++) {
		unsigned before = unit->pending[i][0] & 15;

		if ((type == 2 && before == 1) || (type == 3 && before != 1 && before != 3))
			return false;
	}
	return true;
}

static void complete_one(struct sim_vtd *unit)
{
	unsigned index = sim_choose(unit->npending);

	complete(unit, may_complete(unit, index) ? index : 0);
}

static void complete_all(struct sim_vtd *unit)
{
	while (unit->npending)
		complete_one(unit);
}

/* ---- Descriptors are taken ---- */

static void on_another_cpu(struct sim_vtd *unit)
{
	struct sim_thread here = sim_thread;

	sim_thread = (struct sim_thread){.cpu = (here.cpu + 1) % sim.config.cpus, .label = here.label};
	unit->before(unit->before_ctx);
	store_drain_all(&sim.cpus[sim_thread.cpu]);
	sim_thread = here;
}

/* 6.5.2.1: a context-cache invalidation is followed by an IOTLB invalidation, at least of the domain. Several may
 * wait for theirs, and other CPUs' waits may come between: "never" is taken to be eight waits later. */
static void note_contexts(struct sim_vtd *unit, const uint64_t d[2])
{
	for (unsigned i = 0; i < OPEN; i++)
		if (!unit->open[i].used) {
			unit->open[i] =
				(struct open_contexts){true, vtd_bits(d[0], 5, 4) == 1, (uint16_t)(d[0] >> 16), 0};
			return;
		}
}

static void note_pages(struct sim_vtd *unit, const uint64_t d[2])
{
	unsigned granularity = (unsigned)vtd_bits(d[0], 5, 4);

	for (unsigned i = 0; i < OPEN; i++) {
		struct open_contexts *open = &unit->open[i];

		/* In caching mode what was not present is cached under domain 0 (6.1): the entry has its new domain
		 * by now. */
		if (granularity == 1 ||
		    (granularity == 2 && !open->global &&
		     (open->id == (uint16_t)(d[0] >> 16) || (open->id == 0 && unit->config.caching_mode))))
			open->used = false;
	}
	unit->iotlb_seen = true;
}

static void note_wait(struct sim_vtd *unit)
{
	for (unsigned i = 0; i < OPEN; i++) {
		struct open_contexts *open = &unit->open[i];

		if (open->used && ++open->waits == 8) {
			vtd_violation(unit, VTD_CONTEXTS_UNFOLLOWED, open->id);
			open->used = false;
		}
	}
}

static void wait(struct sim_vtd *unit, const uint64_t d[2])
{
	uint32_t status = (uint32_t)(d[0] >> 32);

	complete_all(unit);
	note_wait(unit);
	if (d[0] & 0x20) /* the status write is coherent whatever ECAP.C says */
		(void)!sim_ram_write(d[1], &status, sizeof(status), true);
	if (d[0] & 0x10 && !(unit->ics & 1)) {
		unit->ics |= 1;
		unit->iectl |= 0x40000000;
	}
}

static void error(struct sim_vtd *unit, unsigned info)
{
	complete_all(unit); /* 6.5.2.11: what is ahead of the error is completed */
	unit->fsts |= IQE;
	unit->iqercd = info;
}

static void refuse(struct sim_vtd *unit, const uint64_t descriptor[2], unsigned info)
{
	memcpy(unit->refused, descriptor, sizeof(unit->refused));
	unit->refused_rightly = true;
	error(unit, info);
}

static void take(struct sim_vtd *unit, const uint64_t descriptor[2])
{
	unsigned type = descriptor[0] & 15;

	unit->seen.invalidations += type != 5;
	unit->last_was_wait = type == 5;
	if (type == 5) {
		wait(unit, descriptor);
		return;
	}
	/* Where the unit itself broke the specification and refused a good descriptor, its replacement may be any. */
	if (type == 1 && unit->executed + 1 != unit->config.refuse_at)
		note_contexts(unit, descriptor);
	if (type == 2) {
		note_pages(unit, descriptor);
		if (unit->before)
			on_another_cpu(unit);
	}
	if (unit->npending == PENDING)
		complete_all(unit);
	memcpy(unit->pending[unit->npending++], descriptor, sizeof(*unit->pending));
}

static uint64_t queue_bytes(const struct sim_vtd *unit)
{
	return (uint64_t)4096 << (unit->iqa & 7);
}

/* One descriptor. False: the queue stands still. */
static bool step(struct sim_vtd *unit)
{
	const struct sim_vtd_config *c = &unit->config;
	uint64_t at = unit->iqh, descriptor[2];
	enum vtd_rule rule;
	bool fatal;

	if (c->hang_at && unit->executed + 1 >= c->hang_at)
		return false;
	if (sim_ram_read((unit->iqa & ~(uint64_t)0xfff) + at, descriptor, sizeof(descriptor), true)) {
		vtd_violation(unit, VTD_QUEUE_FETCH, unit->iqa);
		error(unit, IQEI_FETCH);
		return false;
	}
	if (c->refuse_at && unit->executed + 1 == c->refuse_at && (!unit->refused_once || c->refuse_twice)) {
		unit->refused_once = true;
		unit->refused_rightly = false;
		error(unit, IQEI_TYPE);
		return false;
	}
	if (c->abort_at && (unit->executed + 1 == c->abort_at || (c->abort_always && unit->executed >= c->abort_at))) {
		unit->executed++;
		complete_all(unit);
		unit->fsts |= ITE;
		unit->iqh = unit->iqt; /* the waits in between never write */
		unit->last_was_wait = true;
		return false;
	}
	rule = vtd_descriptor_check(unit, descriptor, &fatal);
	if (rule != VTD_NRULES)
		vtd_violation(unit, rule, descriptor[rule == VTD_WAIT_ADDRESS || rule == VTD_WAIT_WIDTH]);
	if (rule != VTD_NRULES && fatal) {
		refuse(unit, descriptor, rule == VTD_QUEUE_TYPE ? IQEI_TYPE : IQEI_RESERVED);
		return false;
	}
	take(unit, descriptor);
	unit->executed++;
	unit->iqh = (at + 16) & (queue_bytes(unit) - 1);
	return true;
}

void vtd_work(struct sim_vtd *unit, bool all)
{
	if (unit->nposted && !all && vtd_whim(false))
		vtd_land(unit);
	if (unit->npending && vtd_whim(false))
		complete_one(unit);
	while (unit->gsts & QIE && !(unit->fsts & (IQE | ITE)) && unit->iqh != unit->iqt) {
		if (sim_models_rest() || (!all && !vtd_whim(true)))
			break;
		if (!step(unit))
			break;
	}
}

/* ---- The ring ---- */

void vtd_tail_written(struct sim_vtd *unit, uint64_t old)
{
	uint64_t nbytes = queue_bytes(unit), waiting = (old - unit->iqh) & (nbytes - 1);

	if (unit->iqt >= nbytes) {
		vtd_violation(unit, VTD_IQT_RANGE, unit->iqt);
		unit->iqt = old;
		if (unit->gsts & QIE)
			error(unit, IQEI_TAIL);
		return;
	}
	if (unit->gsts & QIE && ((unit->iqt - old) & (nbytes - 1)) > nbytes - 16 - waiting)
		vtd_violation(unit, VTD_IQT_OVERRUN, unit->iqt);
}

/* Software has cleared IQE: what it was set for must not stand there any more (6.5.2.11). */
void vtd_queue_error_cleared(struct sim_vtd *unit)
{
	uint64_t now[2];

	if (unit->refused_rightly &&
	    !sim_ram_read((unit->iqa & ~(uint64_t)0xfff) + unit->iqh, now, sizeof(now), true) &&
	    !memcmp(now, unit->refused, sizeof(now)))
		vtd_violation(unit, VTD_QUEUE_UNMENDED, now[0]);
	unit->refused_rightly = false;
}

void vtd_queue_starts(struct sim_vtd *unit)
{
	if (unit->iqt != 0)
		vtd_violation(unit, VTD_QIE_TAIL, unit->iqt);
	if (unit->ccmd_unconfirmed || unit->iotlb_unconfirmed)
		vtd_violation(unit, VTD_QIE_REGISTERS, unit->ccmd);
	unit->iqh = 0;
	unit->last_was_wait = true;
}

void vtd_queue_stops(struct sim_vtd *unit)
{
	if (unit->iqh != unit->iqt)
		vtd_violation(unit, VTD_QIE_BUSY, unit->iqh);
	else if (!unit->last_was_wait)
		vtd_violation(unit, VTD_QIE_UNWAITED, unit->iqh);
	complete_all(unit);
	unit->iqh = 0;
}
