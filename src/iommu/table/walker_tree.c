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

/* The caller owns a page of what the leaf table serves, and the unit can walk to it. */
static inline void remember(const struct dma_table *t, unsigned cpu, uint64_t daddr, uint64_t leaf)
{
	uint64_t block = daddr >> CACHE_SHIFT;

	if (daddr >> CACHE_WIDTH == 0 && leaf < CACHE_LIMIT - 1)
		__atomic_store_n(cache_slot(t, cpu, block), cache_key(block) | leaf, __ATOMIC_RELEASE);
}

/* `offset`: every table on the way is in the linear map by offset, or *beyond is set.
 *
 * What is found, and what is cached here, stays true for as long as the caller owns its page: a table leaves the tree
 * only by the owner of all that it spans, who then wipes it out of all caches (dma_table_forget()). */
static inline __attribute__((always_inline)) uint64_t *find(const struct dma_table *t, unsigned cpu, uint64_t daddr,
							    bool offset, bool *beyond)
{
	const struct dma_format *f = t->format;
	const uint64_t synced = t->snoops ? 0 : f->software_synced, mask = f->table_mask | synced;
	const uint64_t address_mask = f->address_mask, last = dma_state.host.linear_last;
	const unsigned address_shift = f->address_shift;
	const uintptr_t base = dma_state.host.linear_base;
	unsigned level = f->levels - 1u, shift = dma_level_shift(level);
	uint64_t *va = t->root_va, paddr;
	size_t index = daddr >> shift & (dma_table_root_entries(f) - 1);

	for (;;) {
		uint64_t bits = f->table_bits[level], entry = dma_entry_read(&va[index]);

		/* All of a pointer's bits: so it is present, too, since notes have none of the low ones. */
		if (dma_unlikely(((entry ^ (bits | synced)) & (bits | mask)) != 0))
			return NULL;
		paddr = (entry & address_mask) << address_shift;
		if (offset && dma_unlikely(paddr >= last)) {
			*beyond = true;
			return NULL;
		}
		va = offset ? (uint64_t *)(base + (uintptr_t)paddr) : dma_table_at(paddr);
		if (--level == 0)
			break;
		shift -= DMA_INDEX_BITS;
		index = daddr >> shift & (ENTRIES - 1);
	}
	remember(t, cpu, daddr, paddr);
	return va;
}

/* The host is asked where tables are: so the cache, too, is worth a look here, where fast paths pass it over. */
static dma_cold uint64_t *find_beyond(const struct dma_table *t, unsigned cpu, uint64_t daddr)
{
	uint64_t *va;

	if (daddr >> CACHE_WIDTH == 0 && leaf_table_cached(t, cpu, daddr, &va))
		return va;
	return find(t, cpu, daddr, false, NULL);
}

uint64_t *dma_table_leaf_find(const struct dma_table *t, unsigned cpu, uint64_t daddr)
{
	bool beyond = false;
	uint64_t *va = find(t, cpu, daddr, true, &beyond);

	return dma_unlikely(beyond) ? find_beyond(t, cpu, daddr) : va;
}

uint64_t *dma_table_leaf_make(struct dma_table *t, uint64_t daddr)
{
	uint64_t *va = t->root_va, *at = va;

	for (unsigned level = t->format->levels - 1u; level > 0; level--) {
		at = &va[index_at(t, daddr, level)];
		va = dma_table_descend(t, at, level);
		if (!va)
			return NULL;
	}
	remember(t, cache_cpu(t), daddr, dma_entry_address(t->format, dma_entry_read(at)));
	return va;
}
