/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The SMMUv3 model's register file (IHI 0070, 6.2, 6.3): a table of what each bit is and what guards it.
 */
#include "smmuv3_model.h"
#include <stddef.h>
#include <string.h>

struct smmu_register {
	uint32_t offset;
	uint8_t nbytes;
	uint8_t guard;	  /* bits of CR0: not to be written while one is set */
	uint64_t defined; /* the others are RES0; 0: read-only */
	enum smmu_rule rule, guard_rule;
	size_t field; /* of struct sim_smmu */
};

#define FIELD(name) offsetof(struct sim_smmu, name)
#define NONE	    SMMU_NRULES
#define ANY	    ~(uint64_t)0

static const struct smmu_register registers[] = {
	{0x00, 4, 0, 0, NONE, NONE, FIELD(idr[0])},
	{0x04, 4, 0, 0, NONE, NONE, FIELD(idr[1])},
	{0x08, 4, 0, 0, NONE, NONE, FIELD(idr[2])},
	{0x0c, 4, 0, 0, NONE, NONE, FIELD(idr[3])},
	{0x10, 4, 0, 0, NONE, NONE, FIELD(idr[4])},
	{0x14, 4, 0, 0, NONE, NONE, FIELD(idr[5])},
	{0x18, 4, 0, 0, NONE, NONE, FIELD(iidr)},
	{0x1c, 4, 0, 0, NONE, NONE, FIELD(aidr)},
	{0x20, 4, 0, SMMUEN | EVENTQEN | CMDQEN, SMMU_CR0_RESERVED, NONE, FIELD(cr0)},
	{0x24, 4, 0, 0, NONE, NONE, FIELD(cr0ack)},
	{0x28, 4, 0, 0xfff, SMMU_CR1_RESERVED, NONE, FIELD(cr1)},
	{0x2c, 4, SMMUEN, 7, SMMU_CR2_RESERVED, SMMU_CR2_GUARDED, FIELD(cr2)},
	{0x44, 4, 0, 0x801f3f1f, SMMU_GBPA_RESERVED, NONE, FIELD(gbpa)},
	{0x50, 4, 0, 5, SMMU_IRQ_CTRL_RESERVED, NONE, FIELD(irq_ctrl)},
	{0x54, 4, 0, 0, NONE, NONE, FIELD(irq_ctrlack)},
	{0x60, 4, 0, 0, NONE, NONE, FIELD(gerror)},
	{0x64, 4, 0, 0x1b5, SMMU_GERRORN_RESERVED, NONE, FIELD(gerrorn)},
	{0x68, 8, 0, 0x00fffffffffffffc, SMMU_MSI_RESERVED, NONE, FIELD(gerror_msi)},
	{0x70, 4, 0, ANY, NONE, NONE, FIELD(gerror_msi_cfg[0])},
	{0x74, 4, 0, 0x3f, SMMU_MSI_ATTRIBUTES, NONE, FIELD(gerror_msi_cfg[1])},
	{0x80, 8, SMMUEN, 0x40ffffffffffffc0, SMMU_STRTAB_RESERVED, SMMU_STRTAB_GUARDED, FIELD(strtab)},
	{0x88, 4, SMMUEN, 0x000307ff, SMMU_STRTAB_CFG_RESERVED, SMMU_STRTAB_GUARDED, FIELD(strtab_cfg)},
	{0x90, 8, CMDQEN, 0x40ffffffffffffff, SMMU_CMDQ_RESERVED, SMMU_CMDQ_GUARDED, FIELD(cmdq)},
	{0x98, 4, 0, ANY, NONE, NONE, FIELD(cmdq_prod)},
	{0x9c, 4, CMDQEN, ANY, NONE, SMMU_CMDQ_GUARDED, FIELD(cmdq_cons)},
	{0xa0, 8, EVENTQEN, 0x40ffffffffffffff, SMMU_EVENTQ_RESERVED, SMMU_EVENTQ_GUARDED, FIELD(eventq)},
	{0xb0, 8, 0, 0x00fffffffffffffc, SMMU_MSI_RESERVED, NONE, FIELD(eventq_msi)},
	{0xb8, 4, 0, ANY, NONE, NONE, FIELD(eventq_msi_cfg[0])},
	{0xbc, 4, 0, 0x3f, SMMU_MSI_ATTRIBUTES, NONE, FIELD(eventq_msi_cfg[1])},
	{0xc0, 8, 0, ANY, NONE, NONE, FIELD(priq)},
	{0xd0, 8, 0, ANY, NONE, NONE, FIELD(priq)},
	{0xd8, 4, 0, ANY, NONE, NONE, FIELD(pri[0])},
	{0xdc, 4, 0, ANY, NONE, NONE, FIELD(pri[0])},
	{EVENTQ_PROD, 4, EVENTQEN, ANY, NONE, SMMU_EVENTQ_GUARDED, FIELD(eventq_prod)},
	{EVENTQ_CONS, 4, 0, ANY, NONE, NONE, FIELD(eventq_cons)},
	{0x100c8, 4, 0, ANY, NONE, NONE, FIELD(pri[0])},
	{0x100cc, 4, 0, ANY, NONE, NONE, FIELD(pri[1])},
};

void smmu_registers_reset(struct sim_smmu *unit)
{
	const struct sim_smmu_config *c = &unit->config;

	unit->idr[0] = (uint32_t)c->stage_2 | (uint32_t)c->stage_1 << 1 | 2u << 2 | (uint32_t)c->says_snoops << 4 |
		       (uint32_t)c->broadcasts << 5 | (uint32_t)c->hypervisor << 9 | (uint32_t)c->wide_ids << 12 |
		       (uint32_t)c->msi << 13 | (uint32_t)c->wide_ids << 18 | 2u << 21 |
		       (c->endless_stall ? 2u : 1u) << 24 | 1u << 26 | (uint32_t)c->two_level << 27;
	unit->idr[1] = c->stream_bits | c->queue_bits << 16 | c->queue_bits << 21 | (c->no_overrides ? 0u : 3u) << 26;
	unit->idr[3] = (uint32_t)c->range_invalidation << 10 | c->bbml << 11;
	unit->idr[5] = c->output_code | 1u << 4;
	unit->aidr = c->range_invalidation && c->bbml ? 2 : 1; /* SMMUv3.2 has both */
}

/* Units without a second page have the event queue's indexes in the first, as firmware says by the model's name. */
static uint64_t place(const struct sim_smmu *unit, uint64_t offset)
{
	bool index = offset == 0xa8 || offset == 0xac;

	return unit->config.one_page && index ? offset + 0x10000 : offset;
}

static const struct smmu_register *find(const struct sim_smmu *unit, uint64_t offset)
{
	uint64_t at = place(unit, offset);

	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		if (at >= registers[i].offset && at - registers[i].offset < registers[i].nbytes)
			return &registers[i];
	return NULL;
}

static uint64_t load(const struct sim_smmu *unit, const struct smmu_register *r)
{
	const char *at = (const char *)unit + r->field;
	uint32_t narrow;
	uint64_t wide;

	if (r->nbytes == 8) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	if (r->offset == EVENTQ_PROD)
		narrow = (narrow & 0x80000000u) | ((narrow + unit->pretended) & ((2u << (unit->eventq & 31)) - 1));
	return narrow;
}

static uint32_t read_word(struct sim_smmu *unit, uint64_t offset)
{
	const struct smmu_register *r = find(unit, offset);

	return r ? (uint32_t)(load(unit, r) >> 8 * (place(unit, offset) - r->offset)) : 0;
}

uint64_t smmu_register_read(struct sim_smmu *unit, uint64_t offset, unsigned nbytes)
{
	const struct smmu_register *r = find(unit, offset);
	uint64_t low;

	if (r && nbytes > r->nbytes)
		smmu_violation(unit, SMMU_ACCESS_WIDTH, offset);
	low = read_word(unit, offset);
	return nbytes == 8 ? low | (uint64_t)read_word(unit, offset + 4) << 32 : low;
}

/* What may not be written now, or is not there. False: the write is lost. */
static bool allowed(struct sim_smmu *unit, const struct smmu_register *r, uint64_t value)
{
	bool gerror = r->offset >= 0x68 && r->offset <= 0x74, event = r->offset >= 0xb0 && r->offset <= 0xbc;
	bool pri = (r->offset >= 0xc0 && r->offset <= 0xdc) || r->offset >= 0x100c8;

	if (r->guard & (unit->cr0 | unit->cr0ack)) {
		smmu_violation(unit, r->guard_rule, r->offset);
		return false;
	}
	if (pri) {
		if (value)
			smmu_violation(unit, SMMU_PRI_ABSENT, value);
		return false;
	}
	if (!gerror && !event)
		return true;
	if (!unit->config.msi) {
		if (value)
			smmu_violation(unit, SMMU_MSI_ABSENT, value);
		return false;
	}
	if ((unit->irq_ctrl | unit->irq_ctrlack) & (gerror ? 1 : 4)) {
		smmu_violation(unit, SMMU_MSI_GUARDED, value);
		return false;
	}
	if (r->nbytes == 8 && value >> smmu_output_bits(unit) && !(value & ~r->defined))
		smmu_violation(unit, SMMU_MSI_RESERVED, value);
	if (r->rule == SMMU_MSI_ATTRIBUTES && smmu_bits(value, 5, 4) == 1)
		smmu_violation(unit, SMMU_MSI_ATTRIBUTES, value);
	return true;
}

void smmu_register_write(struct sim_smmu *unit, uint64_t offset, uint64_t value, unsigned nbytes)
{
	const struct smmu_register *r = find(unit, offset);
	uint64_t old, mask, fresh;
	unsigned shift;

	if (!r) {
		smmu_violation(unit, SMMU_ACCESS_UNKNOWN, offset);
		return;
	}
	if (nbytes > r->nbytes) {
		smmu_violation(unit, SMMU_ACCESS_WIDTH, offset);
		return; /* 6.2: one of the permitted behaviours */
	}
	if (!r->defined) {
		smmu_violation(unit, SMMU_ACCESS_READ_ONLY, offset);
		return;
	}
	shift = 8 * (unsigned)(place(unit, offset) - r->offset);
	mask = nbytes == 8 ? ANY : (uint64_t)0xffffffff << shift;
	value = value << shift & mask;
	if (!allowed(unit, r, value))
		return;
	if (value & ~r->defined && r->rule != NONE)
		smmu_violation(unit, r->rule, value);
	memcpy(&old, &(uint64_t){0}, sizeof(old));
	memcpy(&old, (char *)unit + r->field, r->nbytes);
	fresh = (old & ~mask) | (value & r->defined);
	memcpy((char *)unit + r->field, &fresh, r->nbytes);
	smmu_register_written(unit, r->offset, old);
}
