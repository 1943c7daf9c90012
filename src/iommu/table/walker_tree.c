/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Going down the tree.
 */
#include "walker_tree.h"

/* The table behind an entry that spans more than the caller's range: there, or made now. NULL: no page for it.
 *
 * A walker that does not snoop may need an entry that another CPU has installed and not flushed yet; software_synced
 * says that it was flushed, and who does not find it flushes, too. */
uint64_t *dma_table_descend(struct dma_table *t, uint64_t *at, unsigned level)
{
	const struct dma_format *f = t->format;
	uint64_t entry = dma_entry_read(at), page = 0;

	if (!dma_entry_present(f, entry)) {
		uint64_t fresh;
		uintptr_t state;

		page = dma_table_page_get(t);
		if (!page)
			return NULL;
		fresh = page >> f->address_shift | f->table_bits[level];
		state = dma_host_lock(&t->lock);
		entry = dma_entry_read(at);
		if (!dma_entry_present(f, entry)) {
			dma_arch_publish(); /* the zeros in it come first, for CPUs and for the unit */
			dma_entry_write(at, fresh);
			entry = fresh;
			page = 0;
		}
		dma_host_unlock(&t->lock, state);
	}
	if (page)
		dma_table_page_put(t, page); /* another CPU was faster */
	if (dma_unlikely(!dma_entry_is_table(f, entry, level)))
		return NULL;
	if (!t->snoops && !(entry & f->software_synced)) {
		dma_flush_entries(t, at, 1);
		dma_entry_write(at, entry | f->software_synced);
	}
	return child_of(t, entry);
}

void dma_table_forget(struct dma_table *t, uint64_t leaf_table)
{
	for (unsigned cpu = 0; cpu < t->cpus; cpu++)
		for (unsigned way = 0; way < CACHE_WAYS; way++) {
			uint64_t *slot = &t->cache[cpu].leaf[way], word = dma_load(slot);

			if ((word & (CACHE_LIMIT - 1)) == leaf_table)
				dma_store(slot, CACHE_NONE);
		}
}

uint64_t *dma_table_leaf_walk(struct dma_table *t, uint64_t daddr, bool make)
{
	uint64_t *va = t->root_va;
	uint64_t block = daddr >> CACHE_SHIFT;

	for (unsigned level = t->format->levels - 1u; level > 0; level--) {
		uint64_t *at = &va[index_at(t, daddr, level)];

		if (make) {
			va = dma_table_descend(t, at, level);
			if (!va)
				return NULL;
		} else {
			uint64_t entry = dma_entry_read(at);

			if (!is_table(t, entry, level))
				return NULL;
			va = child_of(t, entry);
		}
		if (level == 1 && daddr >> CACHE_WIDTH == 0) {
			uint64_t leaf = dma_entry_address(t->format, dma_entry_read(at));

			if (leaf < CACHE_LIMIT - 1)
				__atomic_store_n(cache_slot(t, cache_cpu(t), block), cache_key(block) | leaf,
						 __ATOMIC_RELEASE);
		}
	}
	return va;
}
