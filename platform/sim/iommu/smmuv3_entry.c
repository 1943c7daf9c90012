/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What stream table entries (IHI 0070, 5.2), context descriptors (5.4) and translation table descriptors (DDI 0487,
 * D8.3) of the SMMUv3 model may say.
 */
#include "smmuv3_model.h"

#define ADDRESS 0x0000fffffffff000ull

/* Gives 1 if it is: several that are joined by | are all looked at. */
static unsigned broken(struct sim_smmu *unit, bool wrong, enum smmu_rule rule, uint64_t value)
{
	if (wrong)
		smmu_violation(unit, rule, value);
	return wrong;
}

/* ---- Stream table entries ---- */

/* MemAttr of 5.2: three encodings are reserved. */
static bool memory_reserved(uint64_t attribute)
{
	return attribute == 4 || attribute == 8 || attribute == 12;
}

/* What is reserved whatever Config says. */
static unsigned reserved(struct sim_smmu *unit, const uint64_t *ste)
{
	const uint64_t features[8] = {0,
				      0x37040f00,
				      0xf800000000000000,
				      0x600000000000000c,
				      0xffffffffffff0000,
				      ~(uint64_t)0,
				      ~(uint64_t)0,
				      ~(uint64_t)0};
	const uint64_t nobody[4] = {0x0700000000000000, 0x00000e0000000000, 0, 0x9f00000000000000};
	unsigned wrong = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t absent = features[i];

		if (!unit->config.stage_2 && i == 2)
			absent |= 0xffffffff0000ffff; /* S2* are RES0, 31:16 is the implementation's */
		if (!unit->config.stage_2 && i == 3)
			absent = ~nobody[3];
		wrong |= broken(unit, i < 4 && ste[i] & nobody[i & 3], SMMU_STE_RESERVED, ste[i]);
		wrong |= broken(unit, ste[i] & absent, SMMU_STE_FEATURE, ste[i]);
	}
	return wrong;
}

static unsigned overrides(struct sim_smmu *unit, const uint64_t *ste)
{
	bool none = unit->config.no_overrides;
	uint64_t memory = smmu_bits(ste[1], 35, 32), types = smmu_bits(ste[1], 45, 32);
	uint64_t privilege = smmu_bits(ste[1], 49, 48), instruction = smmu_bits(ste[1], 51, 50);
	bool memory_type = ste[1] >> 36 & 1;

	return broken(unit, none && types, SMMU_STE_ATTRIBUTES, ste[1]) |
	       broken(unit, !none && (memory_type ? memory_reserved(memory) : memory != 0), SMMU_STE_MEMORY, ste[1]) |
	       broken(unit, privilege == 1 || instruction == 1 || (none && (privilege | instruction)),
		      SMMU_STE_PERMISSIONS, ste[1]);
}

bool smmu_entry_check(struct sim_smmu *unit, const struct configuration *config)
{
	const uint64_t *ste = config->ste;
	unsigned kind = (unsigned)smmu_bits(ste[0], 3, 1);
	unsigned wrong = reserved(unit, ste) | overrides(unit, ste);

	wrong |= broken(unit, kind >= 1 && kind <= 3, SMMU_STE_CONFIG, ste[0]);
	wrong |= broken(unit, kind >= 5 && kind & 1 && !unit->config.stage_1, SMMU_STE_STAGE_1, ste[0]);
	wrong |= broken(unit, kind >= 6 && !unit->config.stage_2, SMMU_STE_STAGE_2, ste[0]);
	return !wrong;
}

/* The walk's tables of the first level: how many bits index them, and whether the base is aligned to them. */
static unsigned top_bits(unsigned width, unsigned levels)
{
	return width - 12 - 9 * (levels - 1);
}

static bool misaligned(uint64_t base, unsigned width, unsigned levels)
{
	uint64_t nbytes = (uint64_t)8 << top_bits(width, levels);

	return base & ((nbytes < 64 ? 64 : nbytes) - 1);
}

unsigned smmu_stage_2(struct sim_smmu *unit, const struct configuration *config, struct walk *walk)
{
	const uint64_t *ste = config->ste;
	unsigned t0sz = (unsigned)smmu_bits(ste[2], 37, 32), sl0 = (unsigned)smmu_bits(ste[2], 39, 38);
	unsigned width = 64 - t0sz, levels = sl0 + 2, oas = smmu_output_bits(unit);
	unsigned code = (unsigned)smmu_bits(ste[2], 50, 48), least = (levels - 1) * 9 + 13;
	uint64_t root = ste[3] & 0x000ffffffffffff0ull;
	bool size, start;
	unsigned wrong;

	size = t0sz > 39 || width > oas || width > 48;
	start = sl0 == 3 || (sl0 == 2 && oas < 44) || (!size && (width < least || width > least + 12));
	wrong = broken(unit, size, SMMU_STE_SIZE, ste[2]) | broken(unit, start, SMMU_STE_START, ste[2]) |
		broken(unit, smmu_bits(ste[2], 45, 44) == 1, SMMU_STE_SHARE, ste[2]) |
		broken(unit, smmu_bits(ste[2], 47, 46), SMMU_STE_GRANULE, ste[2]) |
		broken(unit, code > unit->config.output_code, SMMU_STE_OUTPUT, ste[2]) |
		broken(unit, !(ste[2] >> 51 & 1), SMMU_STE_FORMAT, ste[2]) |
		broken(unit, ste[2] >> 52 & 1, SMMU_STE_ENDIAN, ste[2]) |
		broken(unit, smmu_bits(ste[2], 56, 55), SMMU_STE_FLAGS, ste[2]) |
		broken(unit, (ste[2] >> 57 & 1) != unit->config.endless_stall, SMMU_STE_STALL, ste[2]) |
		broken(unit, !unit->config.wide_ids && smmu_bits(ste[2], 15, 8), SMMU_STE_VMID, ste[2]) |
		broken(unit, root >> oas, SMMU_STE_TABLE_WIDTH, ste[3]);
	(void)broken(unit, !(ste[2] >> 58 & 1), SMMU_STE_UNRECORDED, ste[2]);
	if (!size && !start)
		(void)broken(unit, misaligned(root, width, levels), SMMU_STE_TABLE_ALIGNED, ste[3]);
	if (wrong)
		return BAD_STE;
	*walk = (struct walk){.tag = {.stage = 2, .vmid = (uint16_t)ste[2]},
			      .root = root,
			      .width = width,
			      .levels = levels,
			      .output = oas,
			      .cacheable = !smmu_bits(ste[1], 36, 36) || smmu_bits(ste[1], 35, 32) == 15};
	return 0;
}

/* ---- Context descriptors ---- */

static unsigned stage_1_entry(struct sim_smmu *unit, const uint64_t *ste)
{
	uint64_t world = smmu_bits(ste[1], 31, 30);

	return broken(unit, ste[0] >> 59, SMMU_STE_SUBSTREAMS, ste[0]) |
	       broken(unit, (ste[0] & 0x00ffffffffffffc0) >> smmu_output_bits(unit), SMMU_STE_CONTEXT_WIDTH, ste[0]) |
	       broken(unit, smmu_bits(ste[1], 7, 6) == 1, SMMU_STE_CONTEXT_SHARE, ste[1]) |
	       broken(unit, ste[1] >> 27 & 1, SMMU_STE_CONTEXT_STALL, ste[1]) |
	       broken(unit, world & 1 || (world && !unit->config.hypervisor), SMMU_STE_WORLD, ste[1]);
}

static bool context_reserved(const uint64_t *cd)
{
	return cd[1] & 0xff0000000000000e || cd[2] & 0xff0000000000000e || cd[5] >> 32 || cd[6] || cd[7];
}

unsigned smmu_stage_1(struct sim_smmu *unit, const struct configuration *config, struct walk *walk)
{
	const uint64_t *ste = config->ste, *cd = config->cd;
	unsigned t0sz = (unsigned)smmu_bits(cd[0], 5, 0), width = 64 - t0sz, levels = (width - 12 + 8) / 9;
	uint64_t root = cd[1] & 0x00fffffffffffff0;
	bool size = t0sz < 16 || t0sz > 39;
	unsigned wrong;

	if (stage_1_entry(unit, ste))
		return BAD_STE;
	if (broken(unit, !(cd[0] >> 31 & 1), SMMU_CD_INVALID, cd[0]))
		return BAD_CD;
	wrong = broken(unit, context_reserved(cd), SMMU_CD_RESERVED, cd[1]) | broken(unit, size, SMMU_CD_SIZE, cd[0]) |
		broken(unit, smmu_bits(cd[0], 7, 6), SMMU_CD_GRANULE, cd[0]) |
		broken(unit, smmu_bits(cd[0], 13, 12) == 1, SMMU_CD_SHARE, cd[0]) |
		broken(unit, cd[0] >> 15 & 1, SMMU_CD_ENDIAN, cd[0]) |
		broken(unit, smmu_bits(cd[0], 34, 32) > unit->config.output_code, SMMU_CD_OUTPUT, cd[0]) |
		broken(unit, !(cd[0] >> 41 & 1), SMMU_CD_FORMAT, cd[0]) |
		broken(unit, smmu_bits(cd[0], 43, 42), SMMU_CD_FLAGS, cd[0]) |
		broken(unit, (cd[0] >> 44 & 1) != unit->config.endless_stall, SMMU_CD_STALL, cd[0]) |
		broken(unit, !(cd[0] >> 46 & 1), SMMU_CD_ABORT, cd[0]) |
		broken(unit, !unit->config.wide_ids && cd[0] >> 56, SMMU_CD_ASID, cd[0]) |
		broken(unit, root >> smmu_output_bits(unit), SMMU_CD_TABLE_WIDTH, cd[1]);
	(void)broken(unit, !(cd[0] >> 30 & 1), SMMU_CD_UPPER, cd[0]);
	(void)broken(unit, !(cd[0] >> 47 & 1), SMMU_CD_SHARED_ASID, cd[0]);
	if (!size)
		(void)broken(unit, misaligned(root, width, levels), SMMU_CD_TABLE_ALIGNED, cd[1]);
	if (wrong)
		return BAD_CD;
	*walk = (struct walk){.tag = {.stage = 1,
				      .vmid = unit->config.stage_2 ? (uint16_t)ste[2] : 0,
				      .asid = (uint16_t)(cd[0] >> 48)},
			      .root = root,
			      .width = width,
			      .levels = levels,
			      .output = smmu_output_bits(unit),
			      .mair = cd[3],
			      .cacheable = true};
	return 0;
}

/* ---- Translation table descriptors ---- */

/* D17: device memory in four kinds; normal memory has both halves. */
static bool attribute_undefined(uint64_t attribute)
{
	return attribute >> 4 == 0 ? attribute & 3 : (attribute & 15) == 0;
}

static bool table_check(struct sim_smmu *unit, const struct walk *walk, uint64_t entry)
{
	uint64_t zero = 0x0007000000000000 | (walk->tag.stage == 2 ? 0xf800000000000000 : 0);

	(void)broken(unit, entry & zero, SMMU_TABLE_RESERVED, entry);
	return !broken(unit, (entry & ADDRESS) >> walk->output, SMMU_TABLE_WIDTH, entry);
}

/* False: it is an address size fault, or none of its level. */
bool smmu_descriptor_check(struct sim_smmu *unit, const struct walk *walk, unsigned level, uint64_t entry)
{
	uint64_t below = (((uint64_t)1 << (12 + 9 * level)) - 1) & ~(uint64_t)0xfff;
	uint64_t attribute = walk->mair >> 8 * smmu_bits(entry, 4, 2) & 0xff;
	bool second = walk->tag.stage == 2;

	if (level > 0 && entry & 2)
		return table_check(unit, walk, entry);
	if (broken(unit, level > 2 || (level == 0 && !(entry & 2)), SMMU_LEAF_LEVEL, entry))
		return true; /* a translation fault: the walk says so */
	if (unit->config.bbml > 0)
		below &= ~(uint64_t)0x10000; /* nT */
	(void)broken(unit, entry & (0x0007000000000000 | (second ? 0x800 : 0)), SMMU_LEAF_RESERVED, entry);
	(void)broken(unit, entry & below, SMMU_LEAF_LOW, entry);
	(void)broken(unit, smmu_bits(entry, 9, 8) == 1, SMMU_LEAF_SHARE, entry);
	(void)broken(unit, second && memory_reserved(smmu_bits(entry, 5, 2)), SMMU_LEAF_MEMORY, entry);
	(void)broken(unit, !second && attribute_undefined(attribute), SMMU_CD_ATTRIBUTES, entry);
	return !broken(unit, (entry & ADDRESS) >> walk->output, SMMU_LEAF_WIDTH, entry);
}

/* D8.7.1: the range of 16 is aligned, and its descriptors differ in their address alone, one behind the other. */
void smmu_contiguous_check(struct sim_smmu *unit, unsigned level, uint64_t at, uint64_t entry)
{
	uint64_t first = at & ~(uint64_t)127, size = (uint64_t)1 << (12 + 9 * level), each, base;
	bool alike = !sim_ram_read(first, &base, sizeof(base), unit->config.snoops);

	alike = alike && !(base & ADDRESS & (16 * size - 1));
	for (unsigned i = 0; alike && i < 16; i++)
		alike = !sim_ram_read(first + 8 * (uint64_t)i, &each, sizeof(each), unit->config.snoops) &&
			each == base + i * size;
	(void)broken(unit, !alike, SMMU_LEAF_CONTIGUOUS, entry);
}
