/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Unmapping a range: entries turn into notes, whole tables leave the tree and wait for the invalidation (hazard 34).
 */
#include "walker_tree.h"

struct unmapper {
	struct dma_table *t;
	uint64_t daddr, end;
	uint64_t note;
	bool tables_only;
	int error;
	struct dma_gather *gather;
	struct dma_putter putter;
};

/* A table page and those below it, out of the tree, into the gather. The unit may still walk them: what is written
 * into them is not present. */
static void gather_tree(struct dma_table *t, uint64_t paddr, unsigned level, struct dma_gather *gather)
{
	uint64_t *va = linear(paddr);

	for (size_t i = 0; level && i < ENTRIES; i++) {
		uint64_t entry = dma_entry_read(&va[i]);

		if (is_table(t, entry, level))
			gather_tree(t, dma_entry_address(t->format, entry), level - 1, gather);
	}
	if (level == 0)
		dma_table_forget(t, paddr);
	dma_entry_write(va, gather->first);
	gather->first = paddr;
	gather->count++;
}

/* Takes what an entry of the caller's points to out. A lookup that has seen the table ends before it is linked
 * elsewhere. */
static void take_out(struct unmapper *u, uint64_t *at, uint64_t entry, unsigned level)
{
	uintptr_t state = dma_host_lock(&u->t->lock);

	dma_entry_write(at, u->note);
	dma_host_unlock(&u->t->lock, state);
	gather_tree(u->t, dma_entry_address(u->t->format, entry), level - 1, u->gather);
	dma_put_stored(&u->putter, at, 1);
}

static void unmap_level(struct unmapper *u, uint64_t *va, unsigned level)
{
	struct dma_table *t = u->t;
	uint64_t span = (uint64_t)1 << dma_level_shift(level);
	size_t left = entries_in(t, level, u->daddr, u->end);
	uint64_t *at = &va[index_at(t, u->daddr, level)];

	if (level == 0) {
		if (!u->tables_only)
			dma_put_run(&u->putter, at, left, u->note, 0, 0);
		u->daddr += left * span;
		return;
	}
	for (; left > 0; left--, at++) {
		uint64_t entry = dma_entry_read(at);
		uint64_t next = (u->daddr & ~(span - 1)) + span;
		bool whole = (u->daddr & (span - 1)) == 0 && next <= u->end;
		bool table = is_table(t, entry, level);

		if (table && !whole) {
			unmap_level(u, child_of(t, entry), level - 1);
			continue;
		}
		u->daddr = next;
		if (table) {
			take_out(u, at, entry, level);
		} else if (dma_entry_present(t->format, entry) && !u->tables_only) {
			if (!whole) {
				u->error = DMA_EINVAL;
				continue;
			}
			dma_put_run(&u->putter, at, 1, u->note, 0, 0);
		}
	}
}

static void unmapper_run(struct unmapper *u)
{
	dma_put_begin(&u->putter, u->t);
	unmap_level(u, u->t->root_va, u->t->format->levels - 1u);
	dma_put_end(&u->putter);
}

static dma_cold int unmap_range(struct dma_table *t, uint64_t daddr, uint64_t nbytes, uint64_t note,
				struct dma_gather *gather)
{
	struct unmapper u = {.t = t, .daddr = daddr, .end = daddr + nbytes, .note = note, .gather = gather};

	unmapper_run(&u);
	return u.error;
}

int dma_table_unmap(struct dma_table *t, uint64_t daddr, size_t npages, uint64_t note, struct dma_gather *gather)
{
	uint64_t nbytes = (uint64_t)npages << DMA_PAGE_SHIFT;
	uint64_t *va = within_leaf_table(daddr, nbytes) ? leaf_table(t, daddr, false) : NULL;

	if (dma_unlikely(!va))
		return unmap_range(t, daddr, nbytes, note, gather);
	dma_put_notes(t, va + index_at(t, daddr, 0), npages * PER_PAGE, note);
	return 0;
}

bool dma_table_prune(struct dma_table *t, uint64_t daddr, size_t npages, struct dma_gather *gather)
{
	uint32_t before = gather->count;
	struct unmapper u = {.t = t,
			     .daddr = daddr,
			     .end = daddr + ((uint64_t)npages << DMA_PAGE_SHIFT),
			     .tables_only = true,
			     .gather = gather};

	unmapper_run(&u);
	return gather->count != before;
}
