/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model's event queue (IHI 0070, 3.5.3, 7.2, 7.3).
 */
#include "smmuv3_model.h"

void sim_smmu_lose_event(struct sim_smmu *unit)
{
	if ((unit->eventq_prod ^ unit->eventq_cons) >> 31 == 0)
		unit->eventq_prod ^= 0x80000000u;
}

void sim_smmu_pretend_events(struct sim_smmu *unit, uint32_t n)
{
	unit->pretended = n;
}

/* 3.5.3: writes the record. If the queue is full, the overflow flag is toggled, once until it is acknowledged. */
void smmu_record(struct sim_smmu *unit, uint32_t stream, enum event_type type, uint64_t daddr, bool write)
{
	unsigned bits = unit->eventq & 31;
	uint32_t mask = (2u << bits) - 1, index = unit->eventq_prod & (mask >> 1);
	uint64_t event[4] = {(uint64_t)type | (uint64_t)stream << 32, (uint64_t)!write << 35 | (uint64_t)2 << 40, daddr,
			     0};

	unit->seen.faults++;
	if (type == SILENT || !(unit->cr0ack & EVENTQEN))
		return;
	if (type == BAD_STREAM && !(unit->cr2 & 2)) /* CR2.RECINVSID */
		return;
	if (((unit->eventq_prod - unit->eventq_cons) & mask) == mask / 2 + 1) {
		sim_smmu_lose_event(unit);
		return;
	}
	if (sim_ram_write((unit->eventq & 0x000fffffffffffe0ull) + 32 * (uint64_t)index, event, sizeof(event),
			  unit->config.snoops)) {
		smmu_violation(unit, SMMU_EVENTQ_NOTHING, unit->eventq);
		if (((unit->gerror ^ unit->gerrorn) & 4) == 0)
			unit->gerror ^= 4; /* EVENTQ_ABT_ERR */
		return;
	}
	unit->eventq_prod = (unit->eventq_prod & 0x80000000u) | ((unit->eventq_prod + 1) & mask);
}
