/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the RISC-V IOMMU model remembers: directory entries and contexts by device id, entries of page tables and of MSI
 * page tables by GSCID or PSCID ("Caching in-memory data structures"). It forgets only what an invalidation names, not
 * an entry more. Nothing that is not valid is remembered ("Caching invalid entries").
 *
 * What a device was translated to is remembered by device, too, and outlives its context: it goes with the IOTINVAL of
 * its GSCID or PSCID, which software owes whenever the context changes ("Changing device directory table entry").
 */
#include "riscv_model.h"

struct context *riscv_context_cached(struct sim_riscv *unit, uint32_t device)
{
	for (unsigned i = 0; i < CONTEXTS; i++)
		if (unit->contexts[i].used && unit->contexts[i].device == device && riscv_whim(true))
			return &unit->contexts[i];
	return NULL;
}

struct directory *riscv_directory_cached(struct sim_riscv *unit, uint32_t index, unsigned level)
{
	for (unsigned i = 0; i < DIRECTORIES; i++)
		if (unit->directories[i].used && unit->directories[i].level == level &&
		    unit->directories[i].index == index && riscv_whim(true))
			return &unit->directories[i];
	return NULL;
}

static bool spans(uint64_t first, unsigned shift, uint64_t daddr)
{
	return daddr >> shift == first >> shift;
}

struct leaf *riscv_leaf_cached(struct sim_riscv *unit, uint32_t id, uint64_t daddr, bool message)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];

		if (leaf->used && !leaf->by_device && leaf->id == id && leaf->message == message &&
		    spans(leaf->daddr, leaf->shift, daddr) && riscv_whim(true))
			return leaf;
	}
	return NULL;
}

struct leaf *riscv_leaf_of_device(struct sim_riscv *unit, uint32_t device, uint64_t daddr)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];

		if (leaf->used && leaf->by_device && leaf->device == device && spans(leaf->daddr, leaf->shift, daddr) &&
		    riscv_whim(true))
			return leaf;
	}
	return NULL;
}

struct inner *riscv_inner_cached(struct sim_riscv *unit, uint32_t id, uint64_t daddr, unsigned level)
{
	for (unsigned i = 0; i < INNERS; i++) {
		struct inner *inner = &unit->inners[i];

		if (inner->used && inner->id == id && inner->level == level &&
		    spans(inner->prefix, 12 + 9 * (level + 1), daddr) && riscv_whim(true))
			return inner;
	}
	return NULL;
}

/* How many words behind tc differ. */
static unsigned differing(const struct context *a, const struct context *b)
{
	unsigned n = 0;

	for (unsigned i = 1; i < sizeof(a->word) / sizeof(a->word[0]); i++)
		n += a->word[i] != b->word[i];
	return n;
}

/* "The IOMMU may read the DC fields in any order": a context that is valid with other words than were there when V
 * was 0 last may be a mixture, unless it was forgotten in between, or was valid before. */
void riscv_context_fetched(struct sim_riscv *unit, const struct context *context)
{
	struct context *last = NULL;

	for (unsigned i = 0; i < CONTEXTS; i++)
		if (unit->fetched[i].used && unit->fetched[i].device == context->device)
			last = &unit->fetched[i];
	if (last && !(last->word[0] & 1) && context->word[0] & 1 && differing(last, context))
		riscv_violation(unit, RISCV_DC_TORN, context->device);
	if (!last)
		last = &unit->fetched[unit->nfetched++ % CONTEXTS];
	*last = *context;
	if (context->word[0] & 1)
		unit->contexts[unit->ncontexts++ % CONTEXTS] = *context;
}

/* While a context is valid one word alone may change: it may be read, and be fetched again, at any moment until it is
 * forgotten. */
static bool is_mixed(const struct sim_riscv *unit, const struct context *last)
{
	struct context now = {0};

	return !sim_is_free(last->paddr) &&
	       !sim_ram_read(last->paddr, now.word, riscv_context_words(unit) * sizeof(now.word[0]), true) &&
	       now.word[0] & 1 && differing(last, &now) >= 2;
}

/* For every step of the machine: slots without a valid context cost a look. */
void riscv_contexts_watch(struct sim_riscv *unit)
{
	for (unsigned i = 0; i < CONTEXTS; i++) {
		struct context *last = &unit->fetched[i];

		if (!last->used || !(last->word[0] & 1) || !is_mixed(unit, last))
			continue;
		riscv_violation(unit, RISCV_DC_MIXED, last->device);
		last->used = false;
	}
}

void riscv_directory_remember(struct sim_riscv *unit, const struct directory *directory)
{
	unit->directories[unit->ndirectories++ % DIRECTORIES] = *directory;
}

void riscv_inner_remember(struct sim_riscv *unit, const struct inner *inner)
{
	unit->inners[unit->ninners++ % INNERS] = *inner;
}

void riscv_leaf_remember(struct sim_riscv *unit, const struct leaf *leaf)
{
	unit->leaves[unit->nleaves++ % LEAVES] = *leaf;
}

/* With a device id the leaf of the directory alone: "IODIR.INVAL_DDT". */
void riscv_forget_devices(struct sim_riscv *unit, bool all, uint32_t device)
{
	for (unsigned i = 0; i < CONTEXTS; i++) {
		unit->contexts[i].used = unit->contexts[i].used && !all && unit->contexts[i].device != device;
		unit->fetched[i].used = unit->fetched[i].used && !all && unit->fetched[i].device != device;
	}
	for (unsigned i = 0; all && i < DIRECTORIES; i++)
		unit->directories[i].used = false;
}

/* With an address leaves alone: "IOTINVAL.VMA" and "IOTINVAL.GVMA operands and operations". */
void riscv_forget_pages(struct sim_riscv *unit, bool all_ids, uint32_t id, bool all, uint64_t daddr)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		struct leaf *leaf = &unit->leaves[i];

		if ((all_ids || leaf->id == id) && (all || spans(leaf->daddr, leaf->shift, daddr)))
			leaf->used = false;
	}
	for (unsigned i = 0; all && i < INNERS; i++)
		if (all_ids || unit->inners[i].id == id)
			unit->inners[i].used = false;
}

void sim_riscv_forget(struct sim_riscv *unit)
{
	riscv_forget_devices(unit, true, 0);
	riscv_forget_pages(unit, true, 0, true, 0);
}

bool riscv_memory_read(struct sim_riscv *unit, uint64_t paddr, uint64_t *value, unsigned nwords)
{
	if (sim_is_free(paddr)) /* a table that was freed too early: hazard 34 */
		riscv_violation(unit, RISCV_TABLE_FREED, paddr);
	return !sim_ram_read(paddr, value, nwords * sizeof(*value), true);
}
