/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the VT-d model remembers (specification, chapter 6): context cache, paging-structure caches, IOTLB, and what
 * its write buffer hides. It forgets only what an invalidation names, not an entry more.
 */
#include "../machine/sim_machine.h"
#include "vtd_model.h"
#include <string.h>

struct context *vtd_context_cached(struct sim_vtd *unit, uint16_t source)
{
	for (unsigned i = 0; i < CONTEXTS; i++)
		if (unit->contexts[i].used && unit->contexts[i].source == source && vtd_whim(true))
			return &unit->contexts[i];
	return NULL;
}

struct leaf *vtd_leaf_cached(struct sim_vtd *unit, uint16_t id, uint64_t daddr)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];

		if (leaf->used && leaf->id == id && daddr >> leaf->shift == leaf->daddr >> leaf->shift &&
		    vtd_whim(true))
			return leaf;
	}
	return NULL;
}

struct inner *vtd_inner_cached(struct sim_vtd *unit, uint16_t id, uint64_t daddr, unsigned level, unsigned shift)
{
	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];

		if (inner->used && inner->id == id && inner->level == level &&
		    inner->prefix >> shift == daddr >> shift && vtd_whim(true))
			return inner;
	}
	return NULL;
}

void vtd_context_remember(struct sim_vtd *unit, const struct context *entry)
{
	unit->contexts[unit->ncontexts++ % CONTEXTS] = *entry;
}

/* 6.5.3.3: software that changes the size of a page, and where it leads or what it permits, takes the old entry away
 * and invalidates in between. Else the IOTLB holds two translations, and a request may use either. */
void vtd_leaf_remember(struct sim_vtd *unit, const struct leaf *entry)
{
	uint64_t last = entry->daddr | (((uint64_t)1 << entry->shift) - 1);

	for (unsigned i = 0; i < LEAVES; i++) {
		const struct leaf *old = &unit->leaves[i];

		if (old->used && old->present && entry->present && old->id == entry->id && old->shift != entry->shift &&
		    old->daddr <= last && entry->daddr <= (old->daddr | (((uint64_t)1 << old->shift) - 1)) &&
		    (old->paddr - old->daddr != entry->paddr - entry->daddr || old->read != entry->read ||
		     old->write != entry->write || old->snoop != entry->snoop))
			vtd_violation(unit, VTD_TWO_TRANSLATIONS, entry->daddr);
	}
	unit->leaves[unit->nleaves++ % LEAVES] = *entry;
}

void vtd_inner_remember(struct sim_vtd *unit, const struct inner *entry)
{
	unit->inners[unit->ninners++ % INNERS] = *entry;
}

/* 6.2.2.1: a present entry that becomes another is consistent before and after each store. Where the table and the
 * domain id both change, a fetch that finds one of them new and one old has met an entry that nobody meant. */
void vtd_context_fetched(struct sim_vtd *unit, const struct context *entry)
{
	struct context *last = NULL;

	for (unsigned i = 0; i < CONTEXTS; i++)
		if (unit->fetched[i].used && unit->fetched[i].source == entry->source)
			last = &unit->fetched[i];
	if (last && last->present && entry->present && (last->low != entry->low) != (last->high != entry->high))
		vtd_violation(unit, VTD_CONTEXT_TORN, entry->source);
	if (!last)
		last = &unit->fetched[unit->nfetched++ % CONTEXTS];
	*last = *entry;
}

/* 6.5.2.1: granularity 1 all, 2 of a domain, 3 of a device that was in it. mask: function bits not compared. */
void vtd_contexts_forget(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint16_t source, unsigned mask)
{
	static const uint16_t compared[] = {0xffff, 0xfffb, 0xfff9, 0xfff8};

	for (unsigned i = 0; i < 2 * CONTEXTS; i++) {
		struct context *context = i < CONTEXTS ? &unit->contexts[i] : &unit->fetched[i - CONTEXTS];

		if (granularity == 1 ||
		    (context->id == id && (granularity == 2 || ((context->source ^ source) & compared[mask]) == 0)))
			context->used = false;
	}
}

/* 6.5.2.3: pages [daddr, 4096 << order) of a domain, all of it, or everything. With IH inner entries stay. */
void vtd_leaves_forget(struct sim_vtd *unit, unsigned granularity, uint16_t id, uint64_t daddr, unsigned order,
		       bool leaves_only)
{
	uint64_t last = daddr + (((uint64_t)4096 << order) - 1);

	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];
		uint64_t leaf_last = leaf->daddr | (((uint64_t)1 << leaf->shift) - 1);

		if (granularity == 1 ||
		    (leaf->id == id && (granularity == 2 || (leaf->daddr <= last && daddr <= leaf_last))))
			leaf->used = false;
	}
	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];
		uint64_t inner_last = inner->prefix | (((uint64_t)1 << (12 + 9 * (inner->level + 1))) - 1);

		if (granularity == 1 ||
		    (inner->id == id &&
		     (granularity == 2 || (!leaves_only && inner->prefix <= last && daddr <= inner_last))))
			inner->used = false;
	}
}

void vtd_forget_all(struct sim_vtd *unit)
{
	vtd_contexts_forget(unit, 1, 0, 0, 0);
	vtd_leaves_forget(unit, 1, 0, 0, 0, false);
}

/* With a write buffer (6.8) what was read once may be read again as it was, until the buffer is flushed. */
bool vtd_memory_read(struct sim_vtd *unit, uint64_t paddr, uint64_t *value, unsigned nwords)
{
	struct memo *memo;

	if (sim_is_free(paddr) && /* a table that was freed too early: hazard 34 */
	    paddr >= SIM_LOW_RAM + FORMER_BYTES)
		vtd_violation(unit, VTD_TABLE_FREED, paddr);
	for (unsigned i = 0; unit->config.write_buffer && i < MEMOS && i < unit->nmemos; i++)
		if (unit->memos[i].paddr == paddr && vtd_whim(true)) {
			memcpy(value, unit->memos[i].value, nwords * sizeof(*value));
			return true;
		}
	if (sim_ram_read(paddr, value, nwords * sizeof(*value), unit->config.coherent))
		return false;
	if (unit->config.write_buffer) {
		memo = &unit->memos[unit->nmemos++ % MEMOS];
		*memo = (struct memo){.paddr = paddr};
		memcpy(memo->value, value, nwords * sizeof(*value));
	}
	return true;
}

void vtd_memory_flushed(struct sim_vtd *unit)
{
	unit->nmemos = 0;
}
