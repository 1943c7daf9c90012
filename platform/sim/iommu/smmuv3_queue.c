/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model's queues (IHI 0070, 3.5, 4 and 7).
 */
#include "smmuv3_model.h"

enum {
	CMDQEN = 1 << 3,
	EVENTQEN = 1 << 2,
	GERROR_CMDQ = 1 << 0,
	CERROR_ILL = 1,
	CERROR_ABT = 2,
};

static void land(struct sim_smmu *unit)
{
	for (unsigned i = 0; i < unit->nposted; i++)
		if (sim_ram_write(unit->posted[i].paddr, unit->posted[i].bytes, unit->posted[i].n, true))
			smmu_violation(unit, "a posted write fell into nothing", unit->posted[i].paddr);
	unit->nposted = 0;
}

/* 4.4.1.1. */
static bool by_address(struct sim_smmu *unit, const uint64_t command[2], struct tag tag)
{
	unsigned granule = command[1] >> 10 & 3, num = command[0] >> 12 & 31, scale = command[0] >> 20 & 31;
	uint64_t first = command[1] & ~(uint64_t)0xfff, pages = 1;

	if (granule && !unit->config.range_invalidation) {
		smmu_violation(unit, "a range where there is no RIL", command[1]);
		return false;
	}
	if (granule > 1)
		smmu_violation(unit, "a granule that the tables do not have", command[1]);
	if (granule)
		pages = (uint64_t)(num + 1) << scale;
	else if (num || scale)
		smmu_violation(unit, "a range without a granule", command[0]);
	smmu_leaves_forget(unit, &tag, first, first + pages * 4096 - 1, command[1] & 1);
	return true;
}

static bool execute(struct sim_smmu *unit, const uint64_t command[2])
{
	unsigned opcode = command[0] & 0xff;
	struct tag stage_1 = {1, (uint16_t)(command[0] >> 48)}, stage_2 = {2, (uint16_t)(command[0] >> 32)};

	unit->seen.commands += opcode != 0x46;
	switch (opcode) {
	case 0x03: /* CFGI_STE */
		smmu_configs_forget(unit, false, (uint32_t)(command[0] >> 32), command[1] & 1);
		return true;
	case 0x04: /* CFGI_ALL is the range 31 */
		if ((command[1] & 31) != 31)
			smmu_violation(unit, "a range of streams that the model does not know", command[1]);
		smmu_configs_forget(unit, true, 0, false);
		return true;
	case 0x11: /* TLBI_NH_ASID */
		smmu_leaves_forget(unit, &stage_1, 1, 0, false);
		return unit->config.stage_1;
	case 0x12: /* TLBI_NH_VA */
		return unit->config.stage_1 && by_address(unit, command, stage_1);
	case 0x20: /* TLBI_EL2_ALL */
		return unit->config.hypervisor;
	case 0x28: /* TLBI_S12_VMALL */
		smmu_leaves_forget(unit, &stage_2, 1, 0, false);
		return unit->config.stage_2;
	case 0x2a: /* TLBI_S2_IPA */
		return unit->config.stage_2 && by_address(unit, command, stage_2);
	case 0x30: /* TLBI_NSNH_ALL */
		smmu_leaves_forget(unit, NULL, 1, 0, false);
		return true;
	case 0x46: /* CMD_SYNC: what was posted is in memory */
		land(unit);
		return true;
	default:
		return false;
	}
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

	if (unit->config.hang_at && unit->executed + 1 >= unit->config.hang_at)
		return false;
	if (sim_ram_read(at, command, sizeof(command), unit->config.snoops)) {
		refuse(unit, CERROR_ABT);
		return false;
	}
	if (injected) {
		unit->refused_once = true;
		refuse(unit, CERROR_ILL);
		return false;
	}
	if (!execute(unit, command)) {
		smmu_violation(unit, "illegal command", command[0]);
		refuse(unit, CERROR_ILL);
		return false;
	}
	unit->executed++;
	unit->cmdq_cons = (cons + 1) & mask;
	return true;
}

void smmu_work(struct sim_smmu *unit, bool all)
{
	if (unit->nposted && !all && smmu_whim(false))
		land(unit);
	while (unit->cr0ack & CMDQEN && !stuck(unit) && (unit->cmdq_cons & 0xfffff) != (unit->cmdq_prod & 0xfffff)) {
		if (!all && !smmu_whim(true))
			break;
		if (!step(unit))
			break;
	}
}

void sim_smmu_lose_event(struct sim_smmu *unit)
{
	if ((unit->eventq_prod ^ unit->eventq_cons) >> 31 == 0)
		unit->eventq_prod ^= 0x80000000u;
}

void sim_smmu_pretend_events(struct sim_smmu *unit, uint32_t n)
{
	unit->pretended = n;
}

/* 3.5.3: the record, or overflow, which toggles once until it is acknowledged. */
void smmu_record(struct sim_smmu *unit, uint32_t stream, enum event_type type, uint64_t daddr, bool write)
{
	unsigned bits = unit->eventq & 31;
	uint32_t mask = (2u << bits) - 1, index = unit->eventq_prod & (mask >> 1);
	uint64_t event[4] = {(uint64_t)type | (uint64_t)stream << 32, (uint64_t)!write << 35 | (uint64_t)2 << 40, daddr,
			     0};

	unit->seen.faults++;
	if (type == SILENT || !(unit->cr0ack & EVENTQEN))
		return;
	if (((unit->eventq_prod - unit->eventq_cons) & mask) == mask / 2 + 1) {
		sim_smmu_lose_event(unit);
		return;
	}
	if (sim_ram_write((unit->eventq & 0x000fffffffffffe0ull) + 32 * (uint64_t)index, event, sizeof(event),
			  unit->config.snoops))
		smmu_violation(unit, "an event queue that is not memory", unit->eventq);
	unit->eventq_prod = (unit->eventq_prod & 0x80000000u) | ((unit->eventq_prod + 1) & mask);
}
