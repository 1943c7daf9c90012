/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model's command queue (IHI 0070, 3.5, 4, 7.1). Consuming a command is not completing it (4.3.8): an
 * invalidation takes effect when the unit likes, in any order, at the latest when a CMD_SYNC behind it completes.
 */
#include "smmuv3_model.h"
#include <string.h>

enum { GERROR_CMDQ = 1 << 0, CERROR_ILL = 1, CERROR_ABT = 2 };

static void land(struct sim_smmu *unit)
{
	for (unsigned i = 0; i < unit->nposted; i++)
		if (sim_ram_write(unit->posted[i].paddr, unit->posted[i].bytes, unit->posted[i].n, true))
			smmu_violation(unit, SMMU_POSTED_NOTHING, unit->posted[i].paddr);
	unit->nposted = 0;
}

/* ---- Invalidations take effect ---- */

static void configuration(struct sim_smmu *unit, const uint64_t c[2])
{
	uint32_t stream = (uint32_t)(c[0] >> 32), span = (uint32_t)(((uint64_t)2 << (c[1] & 31)) - 1);

	switch (c[0] & 0xff) {
	case 0x03: /* CFGI_STE */
		smmu_configs_forget(unit, stream, stream, c[1] & 1);
		smmu_snapshots_take(unit, stream, stream);
		break;
	case 0x04: /* CFGI_STE_RANGE; 31: CFGI_ALL */
		smmu_configs_forget(unit, stream & ~span, stream | span, false);
		smmu_snapshots_take(unit, stream & ~span, stream | span);
		unit->configs_invalid = unit->configs_invalid || (c[1] & 31) == 31;
		break;
	default: /* CFGI_CD, CFGI_CD_ALL */
		smmu_contexts_forget(unit, stream);
		smmu_snapshots_take(unit, stream, stream);
		break;
	}
}

/* The range of 4.4.1.1, and what the level hint leaves out. */
static void addresses(const uint64_t c[2], struct scope *scope)
{
	uint64_t pages = 1;

	scope->whole = false;
	scope->first = c[1] & ~(uint64_t)0xfff;
	if (c[1] & 0xc00) {
		pages = (smmu_bits(c[0], 16, 12) + 1) << smmu_bits(c[0], 24, 20);
		scope->level = (uint8_t)smmu_bits(c[1], 9, 8);
	}
	scope->last = scope->first + (pages * 4096 - 1);
	if (scope->last < scope->first)
		scope->last = ~(uint64_t)0;
	scope->leaves_only = c[1] & 1;
}

static void translations(struct sim_smmu *unit, const uint64_t c[2])
{
	struct scope scope = {.stage = 1,
			      .vmid = unit->config.stage_2 ? (uint16_t)(c[0] >> 32) : 0,
			      .asid = (uint16_t)(c[0] >> 48),
			      .whole = true};

	switch (c[0] & 0xff) {
	case 0x10: /* NH_ALL */
		scope.any_asid = true;
		break;
	case 0x11: /* NH_ASID */
		scope.no_globals = true;
		break;
	case 0x12: /* NH_VA */
		addresses(c, &scope);
		break;
	case 0x13: /* NH_VAA */
		scope.any_asid = true;
		addresses(c, &scope);
		break;
	case 0x28: /* S12_VMALL */
		scope.stage = 0;
		scope.any_asid = true;
		break;
	case 0x2a: /* S2_IPA */
		scope.stage = 2;
		addresses(c, &scope);
		break;
	case 0x30: /* NSNH_ALL */
		scope = (struct scope){.any_vmid = true, .any_asid = true, .whole = true};
		unit->tlb_invalid = true;
		break;
	default: /* of EL2: nothing is tagged so */
		unit->el2_invalid = unit->el2_invalid || (c[0] & 0xff) == 0x20;
		return;
	}
	smmu_leaves_forget(unit, &scope);
}

static void complete_one(struct sim_smmu *unit)
{
	unsigned index = sim_choose(unit->npending);
	uint64_t c[2] = {unit->pending[index][0], unit->pending[index][1]};

	memmove(&unit->pending[index], &unit->pending[index + 1], (--unit->npending - index) * sizeof(*unit->pending));
	if ((c[0] & 0xff) < 0x10)
		configuration(unit, c);
	else
		translations(unit, c);
}

static void complete_all(struct sim_smmu *unit)
{
	while (unit->npending)
		complete_one(unit);
}

/* ---- Commands are consumed ---- */

static void take(struct sim_smmu *unit, const uint64_t command[2])
{
	unsigned opcode = command[0] & 0xff;

	unit->seen.commands += opcode != 0x46;
	if (opcode == 0x46) { /* what was posted is in memory, what was invalidated is gone */
		complete_all(unit);
		land(unit);
		return;
	}
	if (opcode < 3 || opcode >= 0x40) /* prefetches, and answers to stalls: nothing to do */
		return;
	if (opcode < 0x10)
		unit->last_stream = (uint32_t)(command[0] >> 32);
	if (unit->npending == PENDING)
		complete_all(unit);
	memcpy(unit->pending[unit->npending++], command, sizeof(*unit->pending));
}

static bool stuck(const struct sim_smmu *unit)
{
	return (unit->gerror ^ unit->gerrorn) & GERROR_CMDQ;
}

static void refuse(struct sim_smmu *unit, uint32_t error)
{
	unit->cmdq_cons = (unit->cmdq_cons & 0xfffff) | error << 24;
	unit->gerror ^= GERROR_CMDQ;
}

/* One command. False: the queue stands still. */
static bool step(struct sim_smmu *unit)
{
	unsigned bits = unit->cmdq & 31;
	uint32_t mask = (2u << bits) - 1, cons = unit->cmdq_cons & mask;
	uint64_t at = (unit->cmdq & 0x000fffffffffffe0ull) + 16 * (uint64_t)(cons & (mask >> 1)), command[2];
	bool injected = unit->config.refuse_at && unit->executed + 1 == unit->config.refuse_at &&
			(!unit->refused_once || unit->config.refuse_twice);
	enum smmu_rule rule;
	bool fatal;

	if (unit->config.hang_at && unit->executed + 1 >= unit->config.hang_at)
		return false;
	if (sim_ram_read(at, command, sizeof(command), unit->config.snoops)) {
		smmu_violation(unit, SMMU_COMMAND_FETCH, unit->cmdq);
		refuse(unit, CERROR_ABT);
		return false;
	}
	if (injected) {
		unit->refused_once = true;
		refuse(unit, CERROR_ILL);
		return false;
	}
	rule = smmu_command_check(unit, command, &fatal);
	if (rule != SMMU_NRULES)
		smmu_violation(unit, rule, command[0]);
	if (rule != SMMU_NRULES && fatal) {
		refuse(unit, CERROR_ILL);
		return false;
	}
	take(unit, command);
	unit->executed++;
	unit->cmdq_cons = (cons + 1) & mask;
	return true;
}

void smmu_work(struct sim_smmu *unit, bool all)
{
	if (unit->nposted && !all && smmu_whim(false))
		land(unit);
	if (unit->npending && smmu_whim(false))
		complete_one(unit);
	while (unit->cr0ack & CMDQEN && !stuck(unit) && (unit->cmdq_cons & 0xfffff) != (unit->cmdq_prod & 0xfffff)) {
		if (sim_models_rest() || (!all && !smmu_whim(true)))
			break;
		if (!step(unit))
			break;
	}
}
