/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the SMMUv3 model remembers (IHI 0070, 3.17 and 3.21): configuration, tables on the way, translations. It
 * forgets only what a command names, not an entry more.
 */
#include "smmuv3_model.h"

static bool same_tag(const struct tag *a, const struct tag *b)
{
	return a->stage == b->stage && a->vmid == b->vmid && a->asid == b->asid;
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
	return leaf->used &&
	       (same_tag(&leaf->tag, &tag) || (leaf->global && tag.stage == 1 && leaf->tag.vmid == tag.vmid)) &&
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

static bool translates(const struct configuration *config, unsigned stage)
{
	return config->used && config->ste[0] & 1 && smmu_bits(config->ste[0], 3, 1) == 4 + stage;
}

/* 5.2.2, 5.4.1: entries of one VMID, descriptors of one ASID, serve one another's streams from the TLB: what a TLB
 * entry remembers of them is the same. One that is remembered still, though its number was given away, breaks it,
 * too. */
void smmu_config_compare(struct sim_smmu *unit, const struct configuration *entry)
{
	const uint64_t *ste = entry->ste, *cd = entry->cd;

	for (unsigned i = 0; i < CONFIGS; i++) {
		const struct configuration *other = &unit->configs[i];
		bool vmid = other->ste[2] << 48 == ste[2] << 48;

		if (other->stream == entry->stream)
			continue;
		if (translates(entry, 2) && translates(other, 2) && vmid &&
		    ((other->ste[2] ^ ste[2]) & 0x01f7ffff00000000 || other->ste[3] != ste[3]))
			smmu_violation(unit, SMMU_STE_SHARED_VMID, ste[2] & 0xffff);
		if (translates(entry, 1) && translates(other, 1) && entry->has_cd && other->has_cd &&
		    (vmid || !unit->config.stage_2) && other->cd[0] >> 48 == cd[0] >> 48 &&
		    ((other->cd[0] ^ cd[0]) & 0x000000075fffffff || other->cd[1] != cd[1] || other->cd[3] != cd[3]))
			smmu_violation(unit, SMMU_CD_SHARED_TABLE, cd[0] >> 48);
	}
}

void smmu_config_remember(struct sim_smmu *unit, const struct configuration *entry)
{
	unit->configs[unit->nconfigs++ % CONFIGS] = *entry;
}

/* 3.21.1.1: an address that leads elsewhere, or to another type of memory, is taken away and invalidated in between
 * (break before make), whatever BBML says; below BBML 2 the same holds for its size. Else the cache holds it twice, and
 * may answer with either or with neither. */
void smmu_leaf_remember(struct sim_smmu *unit, const struct leaf *entry)
{
	uint64_t last = entry->daddr | (((uint64_t)1 << entry->shift) - 1);

	for (unsigned i = 0; i < LEAVES; i++) {
		const struct leaf *old = &unit->leaves[i];

		if (!old->used || !same_tag(&old->tag, &entry->tag) || old->daddr > last ||
		    entry->daddr > (old->daddr | (((uint64_t)1 << old->shift) - 1)))
			continue;
		if (old->paddr - old->daddr != entry->paddr - entry->daddr || old->cacheable != entry->cacheable)
			smmu_violation(unit, SMMU_TWO_OUTPUTS, entry->daddr);
		else if (unit->config.bbml < 2 && old->shift != entry->shift)
			smmu_violation(unit, SMMU_TWO_SIZES, entry->daddr);
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

void smmu_configs_forget(struct sim_smmu *unit, uint32_t first, uint32_t last, bool leaf)
{
	unsigned split = unit->strtab_cfg >> 6 & 31;

	for (unsigned i = 0; i < CONFIGS; i++)
		if (unit->configs[i].stream >= first && unit->configs[i].stream <= last)
			unit->configs[i].used = false;
	for (unsigned i = 0; i < FIRSTS && !leaf; i++)
		if (unit->firsts[i].index >= first >> split && unit->firsts[i].index <= last >> split)
			unit->firsts[i].used = false;
	if (unit->early.stream >= first && unit->early.stream <= last)
		unit->early.used = false;
}

void sim_smmu_forget(struct sim_smmu *unit)
{
	const struct scope all = {.any_vmid = true, .any_asid = true, .whole = true};

	smmu_configs_forget(unit, 0, UINT32_MAX, false);
	smmu_leaves_forget(unit, &all);
}

/* CFGI_CD: the descriptor alone. Entry and descriptor are remembered together here, and may be forgotten so (4.3: an
 * implementation may invalidate more). */
void smmu_contexts_forget(struct sim_smmu *unit, uint32_t stream)
{
	for (unsigned i = 0; i < CONFIGS; i++)
		if (unit->configs[i].stream == stream && unit->configs[i].has_cd)
			unit->configs[i].used = false;
}

static bool in_scope(const struct tag *tag, bool global, const struct scope *scope)
{
	if (scope->stage && tag->stage != scope->stage)
		return false;
	if (!scope->any_vmid && tag->vmid != scope->vmid)
		return false;
	if (tag->stage == 2 || scope->any_asid)
		return true;
	return global ? !scope->no_globals : tag->asid == scope->asid;
}

void smmu_leaves_forget(struct sim_smmu *unit, const struct scope *scope)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];
		uint64_t leaf_last = leaf->daddr | (((uint64_t)1 << leaf->shift) - 1);
		bool level = !scope->level || 3 - (leaf->shift - 12u) / 9 == scope->level;

		if (in_scope(&leaf->tag, leaf->global, scope) &&
		    (scope->whole || (level && leaf->daddr <= scope->last && scope->first <= leaf_last)))
			leaf->used = false;
	}
	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];
		uint64_t inner_last = inner->prefix | (((uint64_t)1 << (12 + 9 * (inner->level + 1))) - 1);
		bool level = !scope->level || 2u - inner->level < scope->level; /* the level that points to the table */

		if (in_scope(&inner->tag, false, scope) &&
		    (scope->whole ||
		     (!scope->leaves_only && level && inner->prefix <= scope->last && scope->first <= inner_last)))
			inner->used = false;
	}
}
