/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the AMD-Vi model remembers (specification, 2.2.2, 2.2.3, 2.4): device table entries by device id, page directory
 * entries and translations by domain id. It forgets only what an invalidation names, not an entry more.
 */
#include "amdvi_model.h"
#include <string.h>

struct entry *amdvi_entry_cached(struct sim_amdvi *unit, uint16_t source)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		if (unit->entries[i].used && unit->entries[i].source == source && amdvi_whim(true))
			return &unit->entries[i];
	return NULL;
}

static uint64_t last_of(uint64_t daddr, unsigned shift)
{
	return shift > 63 ? ~(uint64_t)0 : daddr | (BIT(shift) - 1);
}

static bool spans(uint64_t first, unsigned shift, uint64_t daddr)
{
	return daddr >= first && daddr <= last_of(first, shift);
}

struct leaf *amdvi_leaf_cached(struct sim_amdvi *unit, uint16_t id, uint64_t daddr)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];

		if (leaf->used && leaf->id == id && spans(leaf->daddr, leaf->shift, daddr) && amdvi_whim(true))
			return leaf;
	}
	return NULL;
}

struct inner *amdvi_inner_cached(struct sim_amdvi *unit, uint16_t id, uint64_t daddr, unsigned level)
{
	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];

		if (inner->used && inner->id == id && inner->level == level &&
		    spans(inner->prefix, inner->shift, daddr) && amdvi_whim(true))
			return inner;
	}
	return NULL;
}

void amdvi_entry_remember(struct sim_amdvi *unit, const struct entry *entry)
{
	unit->entries[unit->nentries++ % ENTRIES] = *entry;
}

/* 2.4.3: software that changes where an address leads invalidates before the new translation can be cached. Else the
 * cache holds two, and a request may use either. */
void amdvi_leaf_remember(struct sim_amdvi *unit, const struct leaf *entry)
{
	uint64_t last = last_of(entry->daddr, entry->shift);

	for (unsigned i = 0; i < LEAVES; i++) {
		const struct leaf *old = &unit->leaves[i];

		if (old->used && old->present && entry->present && old->id == entry->id && old->shift != entry->shift &&
		    old->daddr <= last && entry->daddr <= last_of(old->daddr, old->shift) &&
		    (old->paddr - old->daddr != entry->paddr - entry->daddr || old->read != entry->read ||
		     old->write != entry->write || old->coherent != entry->coherent))
			amdvi_violation(unit, AMDVI_TWO_TRANSLATIONS, entry->daddr);
	}
	unit->leaves[unit->nleaves++ % LEAVES] = *entry;
}

void amdvi_inner_remember(struct sim_amdvi *unit, const struct inner *entry)
{
	unit->inners[unit->ninners++ % INNERS] = *entry;
}

/* 2.2.2.1: an entry that goes on translating while it becomes another is written in one step (128 bits). A fetch that
 * finds the new root with the old domain id, or the other way round, has met an entry that nobody meant. */
void amdvi_entry_fetched(struct sim_amdvi *unit, const struct entry *entry)
{
	struct entry *last = NULL;
	uint64_t tables = ADDRESS | 0xe00;

	for (unsigned i = 0; i < ENTRIES; i++)
		if (unit->fetched[i].used && unit->fetched[i].source == entry->source)
			last = &unit->fetched[i];
	if (last && (last->word[0] & 3) == 3 && amdvi_mode_of(last) && (entry->word[0] & 3) == 3 &&
	    amdvi_mode_of(entry) &&
	    !((last->word[0] ^ entry->word[0]) & tables) != (amdvi_domain_of(last) == amdvi_domain_of(entry)))
		amdvi_violation(unit, AMDVI_DTE_TORN, entry->source);
	if (!last)
		last = &unit->fetched[unit->nfetched++ % ENTRIES];
	*last = *entry;
}

void amdvi_entries_forget(struct sim_amdvi *unit, uint16_t source)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		unit->entries[i].used = unit->entries[i].used && unit->entries[i].source != source;
		unit->fetched[i].used = unit->fetched[i].used && unit->fetched[i].source != source;
	}
}

/* 2.4.3: translations of [first, last] in a domain; with PDE also the directory entries on their way. */
void amdvi_pages_forget(struct sim_amdvi *unit, uint16_t id, uint64_t first, uint64_t last, bool directories)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];

		if (leaf->id == id && leaf->daddr <= last && first <= last_of(leaf->daddr, leaf->shift))
			leaf->used = false;
	}
	for (unsigned i = 0; directories && i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];

		if (inner->id == id && inner->prefix <= last && first <= last_of(inner->prefix, inner->shift))
			inner->used = false;
	}
}

void amdvi_forget_all(struct sim_amdvi *unit)
{
	memset(unit->entries, 0, sizeof(unit->entries));
	memset(unit->fetched, 0, sizeof(unit->fetched));
	memset(unit->inners, 0, sizeof(unit->inners));
	memset(unit->leaves, 0, sizeof(unit->leaves));
}

bool amdvi_memory_read(struct sim_amdvi *unit, uint64_t paddr, uint64_t *value, unsigned nwords, bool snoop)
{
	if (sim_is_free(paddr) && paddr >= SIM_LOW_RAM + FORMER_BYTES) /* a table that was freed too early: hazard 34 */
		amdvi_violation(unit, AMDVI_TABLE_FREED, paddr);
	return !sim_ram_read(paddr, value, nwords * sizeof(*value), snoop);
}
