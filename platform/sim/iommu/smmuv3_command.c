/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a command on the Non-secure queue may say (IHI 0070, chapter 4).
 */
#include "smmuv3_model.h"

enum {
	STREAM = 1 << 0,    /* names a stream, and SSec */
	SUBSTREAM = 1 << 1, /* and a substream */
	STAGE_1 = 1 << 2,
	STAGE_2 = 1 << 3,
	HYPERVISOR = 1 << 4,
	VMID = 1 << 5,
	ASID = 1 << 6,
	RANGE = 1 << 7,	   /* addresses: NUM, SCALE, TTL, TG */
	NEVER = 1 << 8,	   /* of a feature that this unit does not have */
	PHYSICAL = 1 << 9, /* the address is an IPA */
};

#define ALL ~(uint64_t)0

static const struct command {
	unsigned flags;
	uint64_t low, high; /* reserved bits */
	enum smmu_rule rule;
} commands[256] = {
	[0x01] = {STREAM | SUBSTREAM, 0x300, ALL, SMMU_PREFETCH_RESERVED},
	[0x02] = {STREAM | SUBSTREAM, 0x300, 0xc00, SMMU_PREFETCH_RESERVED},
	[0x03] = {STREAM, 0xfffffb00, ALL - 1, SMMU_CFGI_STE_RESERVED},
	[0x04] = {STREAM, 0xfffffb00, ALL - 31, SMMU_CFGI_RANGE_RESERVED},
	[0x05] = {STREAM | SUBSTREAM | STAGE_1, 0xb00, ALL - 1, SMMU_CFGI_CD_RESERVED},
	[0x06] = {STREAM | STAGE_1, 0xfffffb00, ALL, SMMU_CFGI_CD_ALL_RESERVED},
	[0x07] = {NEVER, 0, 0, SMMU_COMMAND_MPAM},
	[0x10] = {STAGE_1 | VMID, 0xffff0000ffffff00, ALL, SMMU_NH_ALL_RESERVED},
	[0x11] = {STAGE_1 | VMID | ASID, 0xffffff00, ALL, SMMU_NH_ASID_RESERVED},
	[0x12] = {STAGE_1 | VMID | ASID | RANGE, 0xfc0e0f00, 0x7e, SMMU_NH_VA_RESERVED},
	[0x13] = {STAGE_1 | VMID | RANGE, 0xffff0000fc0e0f00, 0x7e, SMMU_NH_VAA_RESERVED},
	[0x20] = {STAGE_1 | HYPERVISOR, ALL - 0xff, ALL, SMMU_EL2_ALL_RESERVED},
	[0x21] = {STAGE_1 | HYPERVISOR | ASID, 0x0000ffffffffff00, ALL, SMMU_EL2_ASID_RESERVED},
	[0x22] = {STAGE_1 | HYPERVISOR | ASID | RANGE, 0x0000fffffc0e0f00, 0x7e, SMMU_EL2_VA_RESERVED},
	[0x23] = {STAGE_1 | HYPERVISOR | RANGE, 0xfffffffffc0e0f00, 0x7e, SMMU_EL2_VAA_RESERVED},
	[0x28] = {STAGE_2 | VMID, 0xffff0000ffffff00, ALL, SMMU_S12_VMALL_RESERVED},
	[0x2a] = {STAGE_2 | VMID | RANGE | PHYSICAL, 0xffff0000fc0e0f00, 0xfff000000000007e, SMMU_S2_IPA_RESERVED},
	[0x30] = {0, ALL - 0xff, ALL, SMMU_NSNH_ALL_RESERVED},
	[0x40] = {NEVER, 0, 0, SMMU_COMMAND_ATS},
	[0x41] = {NEVER, 0, 0, SMMU_COMMAND_ATS},
	[0x44] = {NEVER, 0, 0, SMMU_COMMAND_STALL},
	[0x45] = {NEVER, 0, 0, SMMU_COMMAND_STALL},
	[0x46] = {0, 0xf03fcf00, 0xfff0000000000003, SMMU_SYNC_RESERVED},
};

static bool secure(unsigned opcode)
{
	return opcode == 0x18 || opcode == 0x1a || (opcode >= 0x50 && opcode <= 0x53) || opcode == 0x58 ||
	       opcode == 0x5a || opcode == 0x60;
}

/* 4.4.1.1. */
static enum smmu_rule range(const struct sim_smmu *unit, const uint64_t c[2], bool *fatal)
{
	unsigned num = (unsigned)smmu_bits(c[0], 16, 12), scale = (unsigned)smmu_bits(c[0], 25, 20),
		 ttl = (unsigned)smmu_bits(c[1], 9, 8), tg = (unsigned)smmu_bits(c[1], 11, 10);
	bool descriptors_128 = c[1] >> 7 & 1;

	*fatal = true;
	if (!unit->config.range_invalidation)
		return num || scale || ttl || tg || descriptors_128 ? SMMU_RANGE_ABSENT : SMMU_NRULES;
	if (descriptors_128 || scale > 31)
		return SMMU_RANGE_128;
	if (tg == 0)
		return num || scale || ttl ? SMMU_RANGE_NO_GRANULE : SMMU_NRULES;
	if (num == 0 && scale == 0 && ttl == 0)
		return SMMU_RANGE_NOTHING;
	if (tg != 1)
		return SMMU_RANGE_GRANULE;
	*fatal = false;
	if (ttl && c[1] & ((((uint64_t)1 << (12 + 9 * (3 - ttl))) - 1) & ~(uint64_t)0xfff))
		return SMMU_RANGE_ALIGNED;
	return SMMU_NRULES;
}

/* Parameters that are out of range: what the command does then is not said (4.1.7, 4.4). */
static enum smmu_rule parameters(const struct sim_smmu *unit, const struct command *command, const uint64_t c[2])
{
	const struct sim_smmu_config *config = &unit->config;

	if (command->flags & STREAM && (c[0] & 0xff) != 4 && c[0] >> 32 >> config->stream_bits)
		return SMMU_COMMAND_STREAM;
	if (command->flags & SUBSTREAM && smmu_bits(c[0], 31, 11)) /* IDR1.SSIDSIZE is 0 */
		return SMMU_COMMAND_SUBSTREAM;
	if (command->flags & VMID && command->flags & STAGE_1 && !config->stage_2 && smmu_bits(c[0], 47, 32))
		return SMMU_COMMAND_NO_VMID;
	if (command->flags & VMID && !config->wide_ids && smmu_bits(c[0], 47, 40))
		return SMMU_COMMAND_VMID;
	if (command->flags & ASID && !config->wide_ids && smmu_bits(c[0], 63, 56))
		return SMMU_COMMAND_ASID;
	if (command->flags & PHYSICAL && c[1] >> smmu_output_bits(unit))
		return SMMU_RANGE_WIDTH;
	return SMMU_NRULES;
}

enum smmu_rule smmu_command_check(const struct sim_smmu *unit, const uint64_t c[2], bool *fatal)
{
	const struct sim_smmu_config *config = &unit->config;
	const struct command *command = &commands[c[0] & 0xff];
	enum smmu_rule rule = SMMU_NRULES;

	*fatal = true;
	if (secure(c[0] & 0xff))
		return SMMU_COMMAND_SECURE;
	if ((c[0] & 0xff) == 0 || command->rule == 0)
		return SMMU_COMMAND_OPCODE;
	if (command->flags & NEVER)
		return command->rule == SMMU_COMMAND_STALL && config->endless_stall ? SMMU_NRULES : command->rule;
	if (command->flags & STAGE_1 && !config->stage_1)
		return SMMU_COMMAND_STAGE_1;
	if (command->flags & STAGE_2 && !config->stage_2)
		return SMMU_COMMAND_STAGE_2;
	if (command->flags & HYPERVISOR && !config->hypervisor)
		return SMMU_COMMAND_EL2;
	if (command->flags & STREAM && c[0] >> 10 & 1)
		return SMMU_COMMAND_SECURE;
	if (c[0] & command->low || c[1] & command->high)
		return command->rule;
	if ((c[0] & 0xff) == 0x46 && smmu_bits(c[0], 13, 12) == 3)
		return SMMU_SYNC_SIGNAL;
	if (command->flags & RANGE)
		rule = range(unit, c, fatal);
	if (rule != SMMU_NRULES)
		return rule;
	*fatal = false;
	return parameters(unit, command, c);
}
