/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a write to a register of the SMMUv3 model does beyond storing its bits (IHI 0070, 3.5, 3.11, 6.3).
 */
#include "smmuv3_model.h"

/* ---- Queues ---- */

static uint32_t index_mask(uint64_t base)
{
	return (2u << (base & 31)) - 1;
}

static uint32_t waiting(uint32_t prod, uint32_t cons, uint64_t base)
{
	return (prod - cons) & index_mask(base);
}

static void queue_base_written(struct sim_smmu *unit, uint64_t base, const enum smmu_rule rules[3], unsigned entry)
{
	uint64_t nbytes = (uint64_t)entry << (base & 31), address = base & 0x00ffffffffffffe0;

	if ((base & 31) > unit->config.queue_bits)
		smmu_violation(unit, rules[0], base);
	if (address >> smmu_output_bits(unit))
		smmu_violation(unit, rules[1], base);
	else if (address & ((nbytes < 32 ? 32 : nbytes) - 1))
		smmu_violation(unit, rules[2], base);
}

static void prod_written(struct sim_smmu *unit, uint32_t old)
{
	uint32_t size = 1u << (unit->cmdq & 31), now = unit->cmdq_prod;

	unit->cmdq_prod_set = true;
	if (now & ~index_mask(unit->cmdq))
		smmu_violation(unit, SMMU_CMDQ_PROD_RESERVED, now);
	if (!(unit->cr0 & CMDQEN))
		return;
	if ((unit->gerror ^ unit->gerrorn) & 1) { /* 7.1: back to CONS, not beyond */
		if (waiting(now, unit->cmdq_cons, unit->cmdq) > size)
			smmu_violation(unit, SMMU_CMDQ_BACK, now);
		return;
	}
	if (waiting(now, old, unit->cmdq) > size - waiting(old, unit->cmdq_cons, unit->cmdq))
		smmu_violation(unit, SMMU_CMDQ_OVERRUN, now);
}

static void event_cons_written(struct sim_smmu *unit, uint32_t old)
{
	uint32_t now = unit->eventq_cons, prod = unit->eventq_prod + unit->pretended;

	unit->eventq_cons_set = true;
	if (now & 0x7ff00000)
		smmu_violation(unit, SMMU_EVENTQ_INDEX_RESERVED, now);
	if (!(unit->cr0 & EVENTQEN))
		return;
	if (waiting(now, old, unit->eventq) > waiting(prod, old, unit->eventq))
		smmu_violation(unit, SMMU_EVENTQ_CONS, now);
	if ((now ^ old) >> 31 && (now ^ unit->eventq_prod) >> 31)
		smmu_violation(unit, SMMU_EVENTQ_ACKNOWLEDGE, now);
}

/* ---- CR0 ---- */

static void enable_checks(struct sim_smmu *unit, uint32_t on)
{
	if (on & CMDQEN && !(unit->cmdq_prod_set && unit->cmdq_cons_set))
		smmu_violation(unit, SMMU_CMDQ_ORDER, on);
	else if (on & CMDQEN && waiting(unit->cmdq_prod, unit->cmdq_cons, unit->cmdq) > 1u << (unit->cmdq & 31))
		smmu_violation(unit, SMMU_CMDQ_INDEX, unit->cmdq_prod);
	if (on & EVENTQEN && !(unit->eventq_prod_set && unit->eventq_cons_set))
		smmu_violation(unit, SMMU_EVENTQ_ORDER, on);
	else if (on & EVENTQEN &&
		 waiting(unit->eventq_prod, unit->eventq_cons, unit->eventq) > 1u << (unit->eventq & 31))
		smmu_violation(unit, SMMU_EVENTQ_INDEX, unit->eventq_prod);
	if (on & SMMUEN && !unit->configs_invalid)
		smmu_violation(unit, SMMU_ENABLE_CONFIG, on);
	if (on & SMMUEN && !unit->tlb_invalid)
		smmu_violation(unit, SMMU_ENABLE_TLB, on);
	if (on & SMMUEN && unit->config.hypervisor && unit->config.stage_1 && !unit->el2_invalid)
		smmu_violation(unit, SMMU_ENABLE_EL2, on);
}

static void control_written(struct sim_smmu *unit, uint32_t old)
{
	uint32_t changed = unit->cr0 ^ old;

	if (changed & (old ^ unit->cr0ack))
		smmu_violation(unit, SMMU_CR0_WAIT, unit->cr0);
	enable_checks(unit, unit->cr0 & ~old);
	if (changed & ~unit->cr0 & SMMUEN)
		unit->configs_invalid = unit->tlb_invalid = unit->el2_invalid = false;
}

/* ---- The others ---- */

static void attributes_written(struct sim_smmu *unit, uint32_t old)
{
	uint32_t on = unit->cr0 | unit->cr0ack, now = unit->cr1;

	if (smmu_bits(now, 11, 10) == 1 || smmu_bits(now, 5, 4) == 1)
		smmu_violation(unit, SMMU_CR1_SHARE, now);
	for (unsigned at = 0; at <= 8; at += at == 2 ? 4 : 2)
		if (smmu_bits(now, at + 1, at) == 3)
			smmu_violation(unit, SMMU_CR1_CACHE, now);
	if ((now ^ old) & 0xfc0 && on & SMMUEN) {
		smmu_violation(unit, SMMU_CR1_TABLE_GUARDED, now);
		unit->cr1 = (unit->cr1 & ~0xfc0u) | (old & 0xfc0);
	}
	if ((now ^ old) & 0x3f && on & (CMDQEN | EVENTQEN)) {
		smmu_violation(unit, SMMU_CR1_QUEUE_GUARDED, now);
		unit->cr1 = (unit->cr1 & ~0x3fu) | (old & 0x3f);
	}
}

static void table_written(struct sim_smmu *unit)
{
	unsigned split = unit->strtab_cfg >> 6 & 31, format = unit->strtab_cfg >> 16 & 3;

	if (format > 1 || (format == 1 && !unit->config.two_level))
		smmu_violation(unit, SMMU_STRTAB_FORMAT, unit->strtab_cfg);
	if (format == 1 && split != 6 && split != 8 && split != 10)
		smmu_violation(unit, SMMU_STRTAB_SPLIT, unit->strtab_cfg);
}

/* 6.3.24: by the literal size, when it is used. */
static void check_table_alignment(struct sim_smmu *unit)
{
	unsigned log2size = unit->strtab_cfg & 63, split = unit->strtab_cfg >> 6 & 31;
	unsigned order = unit->strtab_cfg >> 16 & 3 ? (log2size > split ? log2size - split : 0) + 3 : log2size + 6;
	uint64_t address = unit->strtab & 0x00ffffffffffffc0;

	if (order < 64 && address & (((uint64_t)1 << order) - 1))
		smmu_violation(unit, SMMU_STRTAB_ALIGNED, unit->strtab);
}

static void bypass_written(struct sim_smmu *unit, uint32_t old)
{
	if (smmu_bits(unit->gbpa, 19, 18) == 1 || smmu_bits(unit->gbpa, 17, 16) == 1)
		smmu_violation(unit, SMMU_GBPA_VALUES, unit->gbpa);
	if (old & GBPA_UPDATE)
		smmu_violation(unit, SMMU_GBPA_BUSY, unit->gbpa);
	else if (!(unit->gbpa & GBPA_UPDATE))
		smmu_violation(unit, SMMU_GBPA_UPDATE, unit->gbpa);
	else
		return;
	unit->gbpa = old; /* ignored */
}

static void errors_acknowledged(struct sim_smmu *unit, uint32_t old)
{
	uint32_t absent = unit->config.msi ? 0 : 0xb0;

	if (unit->gerrorn & absent)
		smmu_violation(unit, SMMU_GERRORN_RESERVED, unit->gerrorn);
	if ((unit->gerrorn ^ old) & ~(unit->gerror ^ old) & ~absent)
		smmu_violation(unit, SMMU_GERRORN_TOGGLE, unit->gerrorn);
}

static void interrupts_written(struct sim_smmu *unit, uint32_t old)
{
	if ((unit->irq_ctrl ^ old) & (old ^ unit->irq_ctrlack))
		smmu_violation(unit, SMMU_IRQ_CTRL_WAIT, unit->irq_ctrl);
}

void smmu_register_written(struct sim_smmu *unit, uint32_t offset, uint64_t old)
{
	static const enum smmu_rule commands[] = {SMMU_CMDQ_SIZE, SMMU_CMDQ_WIDTH, SMMU_CMDQ_ALIGNED},
				    events[] = {SMMU_EVENTQ_SIZE, SMMU_EVENTQ_WIDTH, SMMU_EVENTQ_ALIGNED};

	switch (offset) {
	case 0x20:
		if (unit->cr0 & ~old & SMMUEN)
			check_table_alignment(unit);
		control_written(unit, (uint32_t)old);
		break;
	case 0x28:
		attributes_written(unit, (uint32_t)old);
		break;
	case 0x2c:
		if ((unit->cr2 & 1 && !unit->config.hypervisor) || (unit->cr2 & 4 && !unit->config.broadcasts))
			smmu_violation(unit, SMMU_CR2_RESERVED, unit->cr2);
		break;
	case 0x44:
		bypass_written(unit, (uint32_t)old);
		break;
	case 0x50:
		interrupts_written(unit, (uint32_t)old);
		break;
	case 0x64:
		errors_acknowledged(unit, (uint32_t)old);
		break;
	case 0x80:
		if ((unit->strtab & 0x00ffffffffffffc0) >> smmu_output_bits(unit))
			smmu_violation(unit, SMMU_STRTAB_WIDTH, unit->strtab);
		break;
	case 0x88:
		table_written(unit);
		break;
	case 0x90:
		queue_base_written(unit, unit->cmdq, commands, 16);
		unit->cmdq_prod_set = unit->cmdq_cons_set = false;
		break;
	case 0x98:
		prod_written(unit, (uint32_t)old);
		break;
	case 0x9c:
		unit->cmdq_cons_set = true;
		if (unit->cmdq_cons & 0x80f00000 || unit->cmdq_cons & 0xfffff & ~index_mask(unit->cmdq))
			smmu_violation(unit, SMMU_CMDQ_CONS_RESERVED, unit->cmdq_cons);
		break;
	case 0xa0:
		queue_base_written(unit, unit->eventq, events, 32);
		unit->eventq_prod_set = unit->eventq_cons_set = false;
		break;
	case EVENTQ_PROD:
		unit->eventq_prod_set = true;
		if (unit->eventq_prod & 0x7ff00000)
			smmu_violation(unit, SMMU_EVENTQ_INDEX_RESERVED, unit->eventq_prod);
		break;
	case EVENTQ_CONS:
		event_cons_written(unit, (uint32_t)old);
		break;
	default:
		break;
	}
}
