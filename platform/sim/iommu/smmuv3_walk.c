/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How the SMMUv3 model translates (IHI 0070, 3.3, 3.4; tables: DDI 0487, D8.3).
 */
#include "smmuv3_model.h"
#include <dmastream/errors.h>
#include <stdlib.h>

#define ADDRESS 0x0000fffffffff000ull

static bool normal_cacheable(const struct walk *walk, uint64_t entry)
{
	if (walk->tag.stage == 2)
		return smmu_bits(entry, 5, 2) == 15;
	return (walk->mair >> 8 * smmu_bits(entry, 4, 2) & 0xff) == 0xff;
}

/* Walks from the root, or the lowest table that is remembered. An event type, or 0 and the leaf. */
static unsigned descend(struct sim_smmu *unit, const struct walk *walk, uint64_t daddr, struct leaf *leaf)
{
	unsigned level = walk->levels - 1;
	uint64_t table = walk->root, indexes = ((uint64_t)1 << (walk->width - 12 - 9 * level)) - 1;

	for (unsigned at = 0; at < level; at++) {
		struct inner *inner = smmu_inner_cached(unit, walk->tag, daddr, at);

		if (inner) {
			level = at;
			table = inner->table;
			indexes = 511;
			break;
		}
	}
	for (;; level--, indexes = 511) {
		unsigned shift = 12 + 9 * level;
		uint64_t entry;
		bool one = walk->tag.stage == 1;

		if (!smmu_read_words(unit, table + 8 * (daddr >> shift & indexes), &entry, sizeof(entry))) {
			smmu_violation(unit, SMMU_TABLE_NOTHING, table);
			return WALK_ABORT;
		}
		if (!(entry & 1))
			return TRANSLATION;
		if (!smmu_descriptor_check(unit, walk, level, entry))
			return ADDRESS_SIZE;
		if (level > 0 && entry & 2) {
			table = entry & ADDRESS;
			smmu_inner_remember(unit, &(struct inner){true, walk->tag, (uint8_t)(level - 1),
								  daddr >> shift << shift, table});
			continue;
		}
		if (level > 2 || (level == 0 && !(entry & 2)))
			return TRANSLATION; /* no blocks there */
		if (!(entry >> 10 & 1))
			return ACCESS_FLAG;
		if (entry >> 52 & 1)
			smmu_contiguous_check(unit, level, table + 8 * (daddr >> shift & indexes), entry);
		*leaf = (struct leaf){
			.used = true,
			.tag = walk->tag,
			.global = one && !(entry >> 11 & 1),
			.shift = (uint8_t)shift,
			.daddr = daddr >> shift << shift,
			.paddr = (entry & ADDRESS) >> shift << shift,
			/* stage 1: AP[1] lets unprivileged accesses in, AP[2] forbids writes; stage 2: one bit each */
			.read = entry >> 6 & 1,
			.write = one ? (entry >> 6 & 3) == 1 : entry >> 7 & 1,
			.cacheable = normal_cacheable(walk, entry),
		};
		return 0;
	}
}

/* A unit may look ahead (3.21.1: prefetch of valid translations): what is mapped behind a page that was used is
 * remembered as if it had been used. What is not mapped, or wrong, it says nothing of. */
static void look_ahead(struct sim_smmu *unit, const struct walk *walk, const struct leaf *used)
{
	uint64_t next = used->daddr + ((uint64_t)1 << used->shift);
	struct leaf leaf;

	if (smmu_whim(true) && !(next >> walk->width) && !smmu_leaf_cached(unit, walk->tag, next) &&
	    !descend(unit, walk, next, &leaf))
		smmu_leaf_remember(unit, &leaf);
}

static int blocked(struct sim_smmu *unit, uint32_t stream, unsigned type, uint64_t daddr, bool write)
{
	bool address = type >= WALK_ABORT && type != SILENT;

	smmu_record(unit, stream, (enum event_type)type, address ? daddr : 0, write);
	return DMA_EFAULT;
}

/* What the stream is configured to be, out of the cache or from memory. An event type, or 0. */
static unsigned configure(struct sim_smmu *unit, uint32_t stream, struct configuration *config)
{
	struct configuration *known = smmu_config_cached(unit, stream);
	unsigned wrong;

	unit->last_stream = stream;
	if (known) {
		*config = *known;
		unit->seen.cached++;
		return 0;
	}
	wrong = smmu_fetch(unit, stream, config);
	if (!wrong) {
		smmu_config_compare(unit, config);
		smmu_config_remember(unit, config);
	}
	return wrong;
}

static unsigned find_leaf(struct sim_smmu *unit, const struct walk *walk, uint64_t daddr, struct leaf *leaf)
{
	struct leaf *cached = smmu_leaf_cached(unit, walk->tag, daddr);
	unsigned wrong;

	if (cached) {
		*leaf = *cached;
		unit->seen.cached++;
		return 0;
	}
	unit->seen.walks++;
	wrong = descend(unit, walk, daddr, leaf);
	if (wrong)
		return wrong;
	smmu_leaf_remember(unit, leaf);
	look_ahead(unit, walk, leaf);
	return 0;
}

int smmu_translate(struct sim_smmu *unit, uint32_t stream, uint64_t daddr, bool write, uint64_t *paddr)
{
	struct configuration config;
	struct leaf leaf;
	struct walk walk;
	unsigned wrong;

	*paddr = daddr;
	if (!(unit->cr0ack & SMMUEN)) {
		if (unit->gbpa & GBPA_ABORT)
			return blocked(unit, stream, SILENT, daddr, write);
		unit->seen.bypassed++;
		return 0;
	}
	wrong = configure(unit, stream, &config);
	if (!wrong && !(config.ste[0] & 1))
		wrong = BAD_STE;
	if (!wrong && !smmu_entry_check(unit, &config))
		wrong = BAD_STE;
	if (wrong)
		return blocked(unit, stream, wrong, daddr, write);
	switch (smmu_bits(config.ste[0], 3, 1)) {
	case 4:
		unit->seen.bypassed++;
		return 0;
	case 5:
		wrong = smmu_stage_1(unit, &config, &walk);
		break;
	case 6:
		wrong = smmu_stage_2(unit, &config, &walk);
		break;
	case 7:
		abort(); /* both stages: this model does not nest */
	default:
		wrong = SILENT;
	}
	if (wrong)
		return blocked(unit, stream, wrong, daddr, write);
	if (daddr >> walk.width)
		return blocked(unit, stream, TRANSLATION, daddr, write);
	wrong = find_leaf(unit, &walk, daddr, &leaf);
	if (wrong)
		return blocked(unit, stream, wrong, daddr, write);
	if (!(write ? leaf.write : leaf.read))
		return blocked(unit, stream, PERMISSION, daddr, write);
	unit->seen.uncached += !(leaf.cacheable && walk.cacheable);
	*paddr = leaf.paddr + (daddr & (((uint64_t)1 << leaf.shift) - 1));
	unit->seen.freed += sim_is_free(*paddr);
	return 0;
}
