/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the SMMUv3 model remembers (IHI 0070, 3.17 and 3.21): configuration, tables on the way, translations. It
 * forgets only what a command names, not an entry more.
 */
#include "smmuv3_model.h"

static bool same_tag(const struct tag *a, const struct tag *b)
{
	return a->stage == b->stage && a->id == b->id;
}

struct configuration *smmu_config_cached(struct sim_smmu *unit, uint32_t stream)
{
	for (unsigned i = 0; i < CONFIGS; i++)
		if (unit->configs[i].used && unit->configs[i].stream == stream && smmu_whim(true))
			return &unit->configs[i];
	return NULL;
}

static bool leaf_serves(const struct leaf *leaf, struct tag tag, uint64_t daddr)
{
	return leaf->used && (same_tag(&leaf->tag, &tag) || (leaf->global && tag.stage == 1)) &&
	       daddr >> leaf->shift == leaf->daddr >> leaf->shift;
}

struct leaf *smmu_leaf_cached(struct sim_smmu *unit, struct tag tag, uint64_t daddr)
{
	for (unsigned i = 0; i < LEAVES; i++)
		if (leaf_serves(&unit->leaves[i], tag, daddr) && smmu_whim(true))
			return &unit->leaves[i];
	return NULL;
}

struct inner *smmu_inner_cached(struct sim_smmu *unit, struct tag tag, uint64_t daddr, unsigned level)
{
	unsigned shift = 12 + 9 * (level + 1);

	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];

		if (inner->used && same_tag(&inner->tag, &tag) && inner->level == level &&
		    inner->prefix >> shift == daddr >> shift && smmu_whim(true))
			return inner;
	}
	return NULL;
}

void smmu_config_remember(struct sim_smmu *unit, const struct configuration *entry)
{
	unit->configs[unit->nconfigs++ % CONFIGS] = *entry;
}

/* Below BBML 2 a cache that holds an address twice, in two sizes or at two places, may answer with either or with
 * neither (DDI 0487, break before make): the driver let it happen. */
void smmu_leaf_remember(struct sim_smmu *unit, const struct leaf *entry)
{
	uint64_t last = entry->daddr | (((uint64_t)1 << entry->shift) - 1);

	for (unsigned i = 0; unit->config.bbml < 2 && i < LEAVES; i++) {
		const struct leaf *old = &unit->leaves[i];

		if (old->used && same_tag(&old->tag, &entry->tag) && old->shift != entry->shift && old->daddr <= last &&
		    entry->daddr <= (old->daddr | (((uint64_t)1 << old->shift) - 1)))
			smmu_violation(unit, "two sizes of one address at once", entry->daddr);
	}
	unit->leaves[unit->nleaves++ % LEAVES] = *entry;
}

void smmu_inner_remember(struct sim_smmu *unit, const struct inner *entry)
{
	unit->inners[unit->ninners++ % INNERS] = *entry;
}

struct first *smmu_first_cached(struct sim_smmu *unit, uint32_t index)
{
	for (unsigned i = 0; i < FIRSTS; i++)
		if (unit->firsts[i].used && unit->firsts[i].index == index && smmu_whim(true))
			return &unit->firsts[i];
	return NULL;
}

void smmu_first_remember(struct sim_smmu *unit, uint32_t index, uint64_t entry)
{
	unit->firsts[unit->nfirsts++ % FIRSTS] = (struct first){true, index, entry};
}

void smmu_configs_forget(struct sim_smmu *unit, bool all, uint32_t stream, bool leaf)
{
	unsigned split = unit->strtab_cfg >> 6 & 31;

	for (unsigned i = 0; i < CONFIGS; i++)
		if (all || unit->configs[i].stream == stream)
			unit->configs[i].used = false;
	for (unsigned i = 0; i < FIRSTS && !leaf; i++)
		if (all || unit->firsts[i].index == stream >> split)
			unit->firsts[i].used = false;
}

void smmu_leaves_forget(struct sim_smmu *unit, const struct tag *tag, uint64_t first, uint64_t last, bool leaves_only)
{
	bool whole = first > last;

	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];
		uint64_t leaf_last = leaf->daddr | (((uint64_t)1 << leaf->shift) - 1);

		if (!tag || (same_tag(&leaf->tag, tag) && (whole || (leaf->daddr <= last && first <= leaf_last))))
			leaf->used = false;
	}
	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];
		uint64_t inner_last = inner->prefix | (((uint64_t)1 << (12 + 9 * (inner->level + 1))) - 1);

		if (!tag || (same_tag(&inner->tag, tag) &&
			     (whole || (!leaves_only && inner->prefix <= last && first <= inner_last))))
			inner->used = false;
	}
}
