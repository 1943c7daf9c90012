/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the SMMUv3 model translates (IHI 0070, 3.3, 3.4, 5.2, 5.4; tables: DDI 0487, D8.3).
 */
#include "smmuv3_model.h"
#include <dmastream/errors.h>
#include <string.h>

#define ADDRESS 0x0000fffffffff000ull

static const uint8_t output_bits[] = {32, 36, 40, 42, 44, 48};

static uint64_t bits(uint64_t value, unsigned high, unsigned low)
{
	return value >> low & (((uint64_t)2 << (high - low)) - 1);
}

static bool read_words(struct sim_smmu *unit, uint64_t paddr, void *to, size_t nbytes)
{
	if (paddr >= SIM_LOW_RAM + FORMER_BYTES && sim_is_free(paddr))
		smmu_violation(unit, "a table that lies in free memory is read", paddr);
	return !sim_ram_read(paddr, to, nbytes, unit->config.snoops);
}

/* The address of the stream's entry; 0: beyond the table. */
static uint64_t entry_address(struct sim_smmu *unit, uint32_t stream, bool *fetched)
{
	unsigned log2size = unit->strtab_cfg & 63, split = unit->strtab_cfg >> 6 & 31;
	uint64_t base = unit->strtab & 0x000fffffffffffc0ull, first;
	struct first *known;

	*fetched = true;
	if (stream >> log2size)
		return 0;
	if (!(unit->strtab_cfg >> 16 & 3))
		return base + 64 * (uint64_t)stream;
	known = smmu_first_cached(unit, stream >> split);
	if (known) {
		first = known->entry;
	} else {
		*fetched = read_words(unit, base + 8 * (uint64_t)(stream >> split), &first, sizeof(first));
		if (*fetched)
			smmu_first_remember(unit, stream >> split, first);
	}
	if (!*fetched || !(first & 31) || stream % (1u << split) >= 1u << ((first & 31) - 1))
		return 0;
	return (first & 0x000fffffffffffc0ull) + 64 * (uint64_t)(stream % (1u << split));
}

/* Fills in what the stream is configured to be. An event type, or 0. */
static unsigned fetch(struct sim_smmu *unit, uint32_t stream, struct configuration *config)
{
	uint64_t at;
	bool fetched;

	*config = (struct configuration){.used = true, .stream = stream};
	at = entry_address(unit, stream, &fetched);
	if (!at)
		return fetched ? BAD_STREAM : STE_FETCH;
	if (!read_words(unit, at, config->ste, sizeof(config->ste)))
		return STE_FETCH;
	if (!(config->ste[0] & 1))
		return 0; /* invalid, and remembered so */
	if (bits(config->ste[0], 3, 1) == 5) {
		if (!read_words(unit, config->ste[0] & 0x000fffffffffffc0ull, config->cd, sizeof(config->cd)))
			return CD_FETCH;
		config->has_cd = true;
	}
	return 0;
}

/* What the walk needs to know. */
struct walk {
	struct tag tag;
	uint64_t root;
	unsigned levels;
	unsigned width; /* bits of input addresses */
	uint64_t mair;
	bool cacheable; /* as far as the stream table entry decides */
};

static unsigned stage_1(struct sim_smmu *unit, const struct configuration *config, struct walk *walk)
{
	const uint64_t *cd = config->cd;
	unsigned t0sz = (unsigned)bits(cd[0], 5, 0);

	if (!unit->config.stage_1)
		return BAD_STE;
	/* V, AA64, 4 KiB, little endian, output size not beyond the unit's, abort, TTB1 off */
	if (!bits(cd[0], 31, 31) || !bits(cd[0], 41, 41) || bits(cd[0], 7, 6) || bits(cd[0], 15, 15) ||
	    bits(cd[0], 34, 32) > unit->config.output_code || !bits(cd[0], 46, 46) || t0sz < 16 || t0sz > 39)
		return BAD_CD;
	if (!bits(cd[0], 30, 30))
		smmu_violation(unit, "TTB1 is walked", cd[0]);
	if (!bits(cd[0], 47, 47))
		smmu_violation(unit, "the CPUs' ASIDs are followed", cd[0]);
	if (!unit->config.wide_ids && cd[0] >> 56)
		return BAD_CD;
	*walk = (struct walk){.tag = {1, (uint16_t)(cd[0] >> 48)},
			      .root = cd[1] & 0x000ffffffffffff0ull,
			      .width = 64 - t0sz,
			      .levels = (64 - t0sz - 12 + 8) / 9,
			      .mair = cd[3],
			      .cacheable = true};
	return 0;
}

static unsigned stage_2(struct sim_smmu *unit, const struct configuration *config, struct walk *walk)
{
	const uint64_t *ste = config->ste;
	unsigned t0sz = (unsigned)bits(ste[2], 37, 32), width = 64 - t0sz, levels = (unsigned)bits(ste[2], 39, 38) + 2;

	if (!unit->config.stage_2)
		return BAD_STE;
	/* AArch64, 4 KiB, little endian, sizes that fit the unit and each other, no stalls, no hardware flags */
	if (!bits(ste[2], 51, 51) || bits(ste[2], 47, 46) || bits(ste[2], 52, 52) ||
	    bits(ste[2], 50, 48) > unit->config.output_code || t0sz < 16 || t0sz > 39 ||
	    width > output_bits[unit->config.output_code] || levels != (width - 12 + 8) / 9 || bits(ste[2], 57, 57) ||
	    bits(ste[2], 55, 54))
		return BAD_STE;
	if (!bits(ste[2], 58, 58))
		smmu_violation(unit, "faults are not recorded", ste[2]);
	if (!unit->config.wide_ids && bits(ste[2], 15, 8))
		return BAD_STE;
	*walk = (struct walk){.tag = {2, (uint16_t)ste[2]},
			      .root = ste[3] & 0x000ffffffffffff0ull,
			      .width = width,
			      .levels = levels,
			      .cacheable = !bits(ste[1], 36, 36) || bits(ste[1], 35, 32) == 15};
	return 0;
}

static bool normal_cacheable(const struct walk *walk, uint64_t entry)
{
	if (walk->tag.stage == 2)
		return bits(entry, 5, 2) == 15 && walk->cacheable;
	return (walk->mair >> 8 * bits(entry, 4, 2) & 0xff) == 0xff;
}

/* Walks from the root, or the lowest table that is remembered. An event type, or 0 and the leaf. */
static unsigned descend(struct sim_smmu *unit, const struct walk *walk, uint64_t daddr, struct leaf *leaf)
{
	unsigned level = walk->levels - 1;
	uint64_t table = walk->root;

	unit->seen.walks++;
	for (unsigned at = 0; at < level; at++) {
		struct inner *inner = smmu_inner_cached(unit, walk->tag, daddr, at);

		if (inner) {
			level = at;
			table = inner->table;
			break;
		}
	}
	for (;; level--) {
		unsigned shift = 12 + 9 * level;
		uint64_t entry;
		bool one = walk->tag.stage == 1;

		if (!read_words(unit, table + 8 * (daddr >> shift & 511), &entry, sizeof(entry))) {
			smmu_violation(unit, "a table that is not memory", table);
			return WALK_ABORT;
		}
		if (!(entry & 1) || (level == 0 && !(entry & 2)))
			return TRANSLATION;
		if ((entry & ADDRESS) >> output_bits[unit->config.output_code])
			return ADDRESS_SIZE;
		if (level > 0 && entry & 2) {
			table = entry & ADDRESS;
			smmu_inner_remember(unit, &(struct inner){true, walk->tag, (uint8_t)(level - 1),
								  daddr >> shift << shift, table});
			continue;
		}
		if (level > 2 || (entry & ADDRESS & (((uint64_t)1 << shift) - 1)))
			return TRANSLATION; /* no blocks there, or not aligned */
		if (!(entry >> 10 & 1))
			return ACCESS_FLAG;
		*leaf = (struct leaf){
			.used = true,
			.tag = walk->tag,
			.global = one && !(entry >> 11 & 1),
			.shift = (uint8_t)shift,
			.daddr = daddr >> shift << shift,
			.paddr = entry & ADDRESS,
			/* stage 1: AP[1] lets unprivileged accesses in, AP[2] forbids writes; stage 2: one bit each */
			.read = entry >> 6 & 1,
			.write = one ? (entry >> 6 & 3) == 1 : entry >> 7 & 1,
			.cacheable = normal_cacheable(walk, entry),
		};
		return 0;
	}
}

static int blocked(struct sim_smmu *unit, uint32_t stream, unsigned type, uint64_t daddr, bool write)
{
	bool address = type >= WALK_ABORT && type != SILENT;

	smmu_record(unit, stream, (enum event_type)type, address ? daddr : 0, write);
	return DMA_EFAULT;
}

int smmu_translate(struct sim_smmu *unit, uint32_t stream, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct configuration config, *known;
	struct leaf leaf, *cached;
	struct walk walk;
	unsigned wrong;

	if (!(unit->cr0ack & 1)) {
		if (unit->gbpa >> 20 & 1)
			return blocked(unit, stream, SILENT, daddr, write);
		unit->seen.bypassed++;
		*paddr = daddr;
		return 0;
	}
	known = smmu_config_cached(unit, stream);
	wrong = 0;
	if (known) {
		config = *known;
		unit->seen.cached++;
	} else {
		wrong = fetch(unit, stream, &config);
		if (!wrong)
			smmu_config_remember(unit, &config);
	}
	if (wrong)
		return blocked(unit, stream, wrong, daddr, write);
	if (!(config.ste[0] & 1))
		return blocked(unit, stream, BAD_STE, daddr, write);
	switch (bits(config.ste[0], 3, 1)) {
	case 0:
		return blocked(unit, stream, SILENT, daddr, write);
	case 4:
		unit->seen.bypassed++;
		*paddr = daddr;
		return 0;
	case 5:
		wrong = stage_1(unit, &config, &walk);
		break;
	case 6:
		wrong = stage_2(unit, &config, &walk);
		break;
	default:
		wrong = BAD_STE;
	}
	if (wrong) { /* half of it is new, half old: 3.21.3.1 */
		smmu_violation(unit, "a valid entry that makes no sense", stream);
		return blocked(unit, stream, wrong, daddr, write);
	}
	if (daddr >> walk.width)
		return blocked(unit, stream, TRANSLATION, daddr, write);
	cached = smmu_leaf_cached(unit, walk.tag, daddr);
	if (cached) {
		leaf = *cached;
		unit->seen.cached++;
	} else {
		wrong = descend(unit, &walk, daddr, &leaf);
		if (wrong)
			return blocked(unit, stream, wrong, daddr, write);
		smmu_leaf_remember(unit, &leaf);
	}
	if (!(write ? leaf.write : leaf.read))
		return blocked(unit, stream, PERMISSION, daddr, write);
	unit->seen.uncached += !leaf.cacheable;
	*paddr = leaf.paddr + (daddr & (((uint64_t)1 << leaf.shift) - 1));
	return 0;
}
