/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU model's command queue. Taking a command is not executing it: what was taken takes effect when the
 * unit likes, in any order, at the latest when an IOFENCE.C behind it completes. What it has taken and not executed
 * when it stops at an illegal command is lost.
 */
#include "../machine/sim_machine.h"
#include "riscv_model.h"
#include <string.h>

enum { IOTINVAL = 1, IOFENCE = 2, IODIR = 3, ATS = 4 };

void sim_riscv_land(struct sim_riscv *unit)
{
	for (unsigned i = 0; i < unit->nposted; i++)
		(void)!sim_ram_write(unit->posted[i].paddr, unit->posted[i].bytes, unit->posted[i].n, true);
	unit->nposted = 0;
}

/* "IOTINVAL.VMA" and "IOTINVAL.GVMA operands and operations": a unit of one stage has nothing of the other, and no
 * first stage of a guest. */
static void forget_translations(struct sim_riscv *unit, const uint64_t c[2])
{
	bool guest = c[0] & BIT(33), named = c[0] & BIT(32), all = !(c[0] & BIT(10));

	if (c[0] >> 7 & 7) {
		if (!unit->config.first)
			riscv_forget_pages(unit, !guest, (uint32_t)(c[0] >> 44 & 0xffff), !guest || all, c[1] << 2);
	} else if (unit->config.first && !guest) {
		riscv_forget_pages(unit, !named, (uint32_t)(c[0] >> 12 & 0xfffff), all, c[1] << 2);
	}
}

static void complete_one(struct sim_riscv *unit)
{
	unsigned index = sim_choose(unit->npending);
	const uint64_t *c = unit->pending[index];

	if ((c[0] & 127) == IODIR)
		riscv_forget_devices(unit, !(c[0] & BIT(33)), (uint32_t)(c[0] >> 40));
	else if ((c[0] & 127) == ATS)
		riscv_ats_command(unit, c);
	else
		forget_translations(unit, c);
	memmove(&unit->pending[index], &unit->pending[index + 1], (--unit->npending - index) * sizeof(*unit->pending));
}

void riscv_complete_all(struct sim_riscv *unit)
{
	while (unit->npending)
		complete_one(unit);
}

static void on_another_cpu(struct sim_riscv *unit)
{
	struct sim_thread here = sim_thread;

	sim_thread = (struct sim_thread){.cpu = (here.cpu + 1) % sim.config.cpus, .label = here.label};
	unit->before(unit->before_ctx);
	store_drain_all(&sim.cpus[sim_thread.cpu]);
	sim_thread = here;
}

static void take(struct sim_riscv *unit, const uint64_t c[2])
{
	if ((c[0] & 127) == IOFENCE) {
		uint32_t data = (uint32_t)(c[0] >> 32);

		riscv_complete_all(unit);
		if (c[0] & BIT(13)) /* PW */
			sim_riscv_land(unit);
		if (c[0] & BIT(10))
			(void)!sim_ram_write(c[1] << 2, &data, sizeof(data), true);
		return;
	}
	if ((c[0] & 127) == IOTINVAL && unit->before)
		on_another_cpu(unit);
	if (unit->npending == PENDING)
		riscv_complete_all(unit);
	memcpy(unit->pending[unit->npending++], c, sizeof(*unit->pending));
}

/* "cqcsr": it stands still; what was taken before may have been thrown away. */
static void stop_at(struct sim_riscv *unit, const uint64_t command[2], unsigned error, bool rightly)
{
	while (unit->npending && riscv_whim(false))
		complete_one(unit);
	unit->npending = 0;
	memcpy(unit->refused, command, sizeof(unit->refused));
	unit->refused_rightly = rightly;
	unit->csr[COMMAND_CSR] |= error;
}

static bool step(struct sim_riscv *unit)
{
	const struct sim_riscv_config *c = &unit->config;
	uint64_t command[2] = {0, 0};
	enum riscv_rule rule;

	if (c->hang_at && unit->executed + 1 >= c->hang_at)
		return false;
	if (sim_ram_read(PPN_OF(unit->queue[COMMAND_CSR].base) + 16 * unit->queue[COMMAND_CSR].head, command,
			 sizeof(command), true)) {
		riscv_violation(unit, RISCV_COMMAND_FETCH, unit->queue[COMMAND_CSR].base);
		stop_at(unit, command, MEMORY_FAULT, false);
		return false;
	}
	if (c->abort_at && unit->executed + 1 == c->abort_at && !unit->aborted_once) {
		unit->aborted_once = true;
		stop_at(unit, command, MEMORY_FAULT, false);
		return false;
	}
	if (c->refuse_at && unit->executed + 1 == c->refuse_at && (!unit->refused_once || c->refuse_twice)) {
		unit->refused_once = true;
		stop_at(unit, command, ILLEGAL, false);
		return false;
	}
	if (c->time_out_at && unit->executed + 1 >= c->time_out_at && !unit->timed_out &&
	    (command[0] & 127) == IOFENCE) {
		unit->timed_out = true;
		riscv_complete_all(unit); /* "all other commands previous to the IOFENCE.C have completed" */
		stop_at(unit, command, TIMEOUT, false);
		return false;
	}
	rule = riscv_command_check(unit, command);
	if (rule != RISCV_NRULES) {
		riscv_violation(unit, rule, command[0]);
		stop_at(unit, command, ILLEGAL, true);
		return false;
	}
	take(unit, command);
	unit->executed++;
	unit->queue[COMMAND_CSR].head =
		(unit->queue[COMMAND_CSR].head + 1) & (riscv_entries(unit->queue[COMMAND_CSR].base) - 1);
	return true;
}

void riscv_work(struct sim_riscv *unit, bool all)
{
	if (unit->nposted && !all && riscv_whim(false))
		sim_riscv_land(unit);
	if (unit->npending && riscv_whim(false))
		complete_one(unit);
	while (unit->csr[COMMAND_CSR] & ON && !(unit->csr[COMMAND_CSR] & (ILLEGAL | MEMORY_FAULT | TIMEOUT)) &&
	       unit->queue[COMMAND_CSR].head != unit->queue[COMMAND_CSR].tail) {
		if (sim_models_rest() || (!all && !riscv_whim(true)))
			break;
		if (!step(unit))
			break;
	}
}

void riscv_queue_mended(struct sim_riscv *unit)
{
	uint64_t now[2];

	if (unit->refused_rightly && unit->queue[COMMAND_CSR].head != unit->queue[COMMAND_CSR].tail &&
	    !sim_ram_read(PPN_OF(unit->queue[COMMAND_CSR].base) + 16 * unit->queue[COMMAND_CSR].head, now, sizeof(now),
			  true) &&
	    !memcmp(now, unit->refused, sizeof(now)))
		riscv_violation(unit, RISCV_COMMAND_UNMENDED, now[0]);
	unit->refused_rightly = false;
}
