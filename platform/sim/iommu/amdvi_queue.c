/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The AMD-Vi model's command buffer (specification, 2.4). Taking a command is not completing it: an invalidation that
 * was taken takes effect when the unit likes, in any order (2.4.9), at the latest when a COMPLETION_WAIT behind it
 * completes.
 */
#include "../machine/sim_machine.h"
#include "amdvi_model.h"
#include <string.h>

enum { WAIT = 1, ENTRY = 2, PAGES = 3, IOTLB = 4, ALL = 8 };

void amdvi_land(struct sim_amdvi *unit)
{
	for (unsigned i = 0; i < unit->nposted; i++)
		if (sim_ram_write(unit->posted[i].paddr, unit->posted[i].bytes, unit->posted[i].n, true))
			amdvi_violation(unit, AMDVI_POSTED_NOTHING, unit->posted[i].paddr);
	unit->nposted = 0;
}

void sim_amdvi_land(struct sim_amdvi *unit)
{
	amdvi_land(unit);
}

static unsigned opcode_of(const uint64_t command[2])
{
	return (unsigned)(command[0] >> 60);
}

/* ---- Invalidations take effect ---- */

/* 2.4.9: one of pages is done when what devices had posted by the old translations is in memory. */
static void complete(struct sim_amdvi *unit, unsigned index)
{
	const uint64_t *c = unit->pending[index];
	uint64_t first, last;

	switch (opcode_of(c)) {
	case ENTRY:
		amdvi_entries_forget(unit, (uint16_t)c[0]);
		break;
	case PAGES:
		amdvi_land(unit);
		amdvi_pages_range(c[1], &first, &last);
		amdvi_pages_forget(unit, (uint16_t)(c[0] >> 32), first, last, c[1] & 2);
		break;
	case ALL:
		amdvi_land(unit);
		amdvi_forget_all(unit);
		break;
	default: /* of a device's TLB, of interrupts: no device has one, no entry is cached */
		break;
	}
	memmove(&unit->pending[index], &unit->pending[index + 1], (--unit->npending - index) * sizeof(*unit->pending));
}

static void complete_one(struct sim_amdvi *unit)
{
	unsigned index = sim_choose(unit->npending);

	complete(unit, index);
}

static void complete_all(struct sim_amdvi *unit)
{
	while (unit->npending)
		complete_one(unit);
}

/* ---- Commands are taken ---- */

static void on_another_cpu(struct sim_amdvi *unit)
{
	struct sim_thread here = sim_thread;

	sim_thread = (struct sim_thread){.cpu = (here.cpu + 1) % sim.config.cpus, .label = here.label};
	unit->before(unit->before_ctx);
	store_drain_all(&sim.cpus[sim_thread.cpu]);
	sim_thread = here;
}

/* 2.4.1: the store comes when everything ahead is done. */
static void wait(struct sim_amdvi *unit, const uint64_t c[2])
{
	complete_all(unit);
	if (c[0] & 1)
		(void)!sim_ram_write(c[0] & (ADDRESS | 0xff8), &c[1], sizeof(c[1]), true);
	if (c[0] & 2)
		unit->status |= WAIT_INT;
}

static void take(struct sim_amdvi *unit, const uint64_t command[2])
{
	unsigned opcode = opcode_of(command);

	if (opcode == WAIT) {
		wait(unit, command);
		return;
	}
	unit->seen.invalidations++;
	if (opcode == PAGES || opcode == ALL) {
		unit->pages_seen = true;
		if (unit->before)
			on_another_cpu(unit);
	}
	if (unit->npending == PENDING)
		complete_all(unit);
	memcpy(unit->pending[unit->npending++], command, sizeof(*unit->pending));
}

/* 2.5.6, 2.5.7: the buffer stops, its head at the command. */
static void stop_at(struct sim_amdvi *unit, const uint64_t command[2], enum event_code code, bool rightly)
{
	complete_all(unit);
	memcpy(unit->refused, command, sizeof(unit->refused));
	unit->refused_rightly = rightly;
	unit->status &= ~(uint64_t)COMMAND_RUN;
	amdvi_log(unit, code, 0, (unit->combase & ADDRESS) + unit->comhead);
}

/* One command. False: the buffer stands still. */
static bool step(struct sim_amdvi *unit)
{
	const struct sim_amdvi_config *c = &unit->config;
	uint64_t command[2] = {0, 0};
	enum amdvi_rule rule;
	bool illegal;

	if (c->hang_at && unit->executed + 1 >= c->hang_at)
		return false;
	if (sim_ram_read((unit->combase & ADDRESS) + unit->comhead, command, sizeof(command),
			 unit->control & COHERENT)) {
		amdvi_violation(unit, AMDVI_COMMAND_FETCH, unit->combase);
		stop_at(unit, command, COMMAND_HARDWARE, false);
		return false;
	}
	if (c->abort_at && unit->executed + 1 == c->abort_at && !unit->refused_once) {
		unit->refused_once = true;
		stop_at(unit, command, COMMAND_HARDWARE, false);
		return false;
	}
	if (c->refuse_at && unit->executed + 1 == c->refuse_at && (!unit->refused_once || c->refuse_twice)) {
		unit->refused_once = true;
		stop_at(unit, command, ILLEGAL_COMMAND, false);
		return false;
	}
	rule = amdvi_command_check(unit, command, &illegal);
	if (rule != AMDVI_NRULES) {
		amdvi_violation(unit, rule, command[rule == AMDVI_PAGES_SIZE]);
		if (illegal) {
			stop_at(unit, command, ILLEGAL_COMMAND, true);
			return false;
		}
	}
	take(unit, command);
	unit->executed++;
	unit->comhead = (unit->comhead + 16) & (amdvi_ring_bytes(unit->combase) - 1);
	return true;
}

void amdvi_work(struct sim_amdvi *unit, bool all)
{
	if (unit->nposted && !all && amdvi_whim(false))
		amdvi_land(unit);
	if (unit->npending && amdvi_whim(false))
		complete_one(unit);
	while (unit->status & COMMAND_RUN && unit->comhead != unit->comtail) {
		if (sim_models_rest() || (!all && !amdvi_whim(true)))
			break;
		if (!step(unit))
			break;
	}
}

/* ---- The ring ---- */

void amdvi_tail_written(struct sim_amdvi *unit, uint64_t old)
{
	uint64_t nbytes = amdvi_ring_bytes(unit->combase), waiting = (old - unit->comhead) & (nbytes - 1);

	if (unit->comtail >= nbytes) {
		amdvi_violation(unit, AMDVI_COMTAIL_RANGE, unit->comtail);
		unit->comtail = old;
		return;
	}
	if (unit->status & COMMAND_RUN && ((unit->comtail - old) & (nbytes - 1)) > nbytes - 16 - waiting)
		amdvi_violation(unit, AMDVI_COMTAIL_OVERRUN, unit->comtail);
}

/* 2.5.6: what the buffer stopped at must not stand at its head any more. */
void amdvi_queue_starts(struct sim_amdvi *unit)
{
	uint64_t now[2];

	if (unit->refused_rightly && unit->comhead != unit->comtail &&
	    !sim_ram_read((unit->combase & ADDRESS) + unit->comhead, now, sizeof(now), true) &&
	    !memcmp(now, unit->refused, sizeof(now)))
		amdvi_violation(unit, AMDVI_COMMAND_UNMENDED, now[0]);
	unit->refused_rightly = false;
	unit->status |= COMMAND_RUN;
}

void amdvi_queue_stops(struct sim_amdvi *unit)
{
	if (unit->config.former_stuck && unit->status & COMMAND_RUN)
		return;
	complete_all(unit);
	unit->status &= ~(uint64_t)COMMAND_RUN;
}
