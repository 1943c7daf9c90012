/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Table pages: where they come from, how they are prepared, and when they go back.
 */
#include "table.h"
#include "../../base/cache.h"
#include "../../base/state.h"
#include "../../memory/owed.h"
#include "iommu_frames.h"
#include <dmastream/errors.h>

#define TABLE_BYTES ((size_t)1 << DMA_ENTRY_SHIFT)

/* Zeroes a page and, where the unit's walks do not snoop, flushes it: a page that comes into the tree has no stale
 * entry in memory. */
static void prepare(const struct dma_table *t, uint64_t *va, size_t nbytes)
{
	dma_arch_fill(va, 0, nbytes);
	if (!t->snoops)
		dma_cache_clean(va, nbytes);
}

/* Frames that the unit can read and the linear map has: where the host's choice is not in it, lower ones are tried. */
static uint64_t *host_frames(const struct dma_table *t, size_t npages, size_t align, uint64_t *paddr)
{
	uint64_t max = t->max_paddr;

	if (dma_state.host.linear_last && max > dma_state.host.linear_last)
		max = dma_state.host.linear_last;
	for (; max >= DMA_PAGE_SIZE; max >>= 1) {
		dma_paddr_t got;
		void *va;

		if (dma_iommu_frames_alloc(npages, max, align, &got))
			return NULL;
		va = dma_host_linear(got, npages << DMA_PAGE_SHIFT);
		if (va && got.raw) {
			dma_add(&dma_state.stats.pages_own, npages);
			*paddr = got.raw;
			return va;
		}
		dma_iommu_frames_free(got, npages);
	}
	return NULL;
}

static void host_free(uint64_t paddr, size_t npages)
{
	dma_iommu_frames_free(dma_paddr(paddr), npages);
	dma_sub(&dma_state.stats.pages_own, npages);
}

static uint64_t from_host(const struct dma_table *t)
{
	uint64_t paddr, *va = dma_host_interrupts_on() ? host_frames(t, 1, DMA_PAGE_SIZE, &paddr) : NULL;

	if (!va)
		return 0;
	prepare(t, va, TABLE_BYTES);
	return paddr;
}

static bool to_reserve(struct dma_table *t, uint64_t paddr)
{
	uint64_t *va = dma_table_at(paddr);
	uintptr_t state = dma_host_lock(&t->lock);
	uint32_t n = t->reserved;
	bool room = n < t->reserve_full;

	if (room) {
		dma_entry_write(va, t->reserve);
		t->reserve = paddr;
		__atomic_store_n(&t->reserved, n + 1, __ATOMIC_RELAXED);
	}
	dma_host_unlock(&t->lock, state);
	return room;
}

uint64_t dma_table_page_get(struct dma_table *t)
{
	uintptr_t state = dma_host_lock(&t->lock);
	uint64_t paddr = t->reserve;

	if (paddr) {
		uint64_t *va = dma_table_at(paddr);

		t->reserve = dma_entry_read(va);
		dma_entry_write(va, 0); /* needs no flush: memory has no present entry there */
		__atomic_store_n(&t->reserved, t->reserved - 1, __ATOMIC_RELAXED); /* others look without the lock */
	}
	dma_host_unlock(&t->lock, state);
	if (!paddr)
		paddr = from_host(t);
	if (paddr)
		dma_add(&t->pages, 1);
	else if (!dma_host_interrupts_on())
		dma_add(&dma_state.stats.reserve_empty, 1);
	return paddr;
}

void dma_table_page_put(struct dma_table *t, uint64_t paddr)
{
	prepare(t, dma_table_at(paddr), TABLE_BYTES);
	dma_sub(&t->pages, 1);
	if (!to_reserve(t, paddr))
		host_free(paddr, 1);
}

void dma_table_refill(struct dma_table *t)
{
	while (dma_table_is_short(t)) {
		uint64_t paddr = from_host(t);

		if (!paddr)
			return;
		if (!to_reserve(t, paddr)) {
			host_free(paddr, 1);
			return;
		}
	}
}

void dma_table_reclaim(struct dma_table *t, struct dma_gather *gather)
{
	while (gather->first) {
		uint64_t paddr = gather->first;

		gather->first = dma_entry_read(dma_table_at(paddr));
		dma_table_page_put(t, paddr);
	}
	gather->count = 0;
}

void dma_table_abandon(struct dma_table *t, struct dma_gather *gather)
{
	dma_sub(&t->pages, gather->count);
	dma_sub(&dma_state.stats.pages_own, gather->count);
	dma_count_quarantined(gather->count);
	*gather = (struct dma_gather){0};
}

int dma_table_init(struct dma_table *t, const struct dma_table_config *config)
{
	const struct dma_format *f = config->format;
	size_t root_bytes = dma_table_root_entries(f) * 8, root_pages;

	*t = (struct dma_table){
		.format = f,
		.leaf_extra = config->leaf_extra | (dma_is_cvm() ? dma_state.host.device_bit : 0),
		.registers_extra = config->registers_extra,
		.big_levels = config->big_levels & f->big_levels,
		.snoops = config->snoops,
		.past = !config->snoops && dma_arch_can_write_past(),
		.max_paddr = config->max_paddr,
		.reserve_full =
			dma_state.host.reserve_table_pages ? dma_state.host.reserve_table_pages : f->levels - 1u,
		.cpus = dma_state.host.cpus < DMA_TABLE_CPUS ? dma_state.host.cpus : (uint32_t)DMA_TABLE_CPUS,
	};
	if (f->levels < 2 || f->levels > DMA_FORMAT_LEVELS)
		return DMA_EINVAL;
	if (!t->snoops && !dma_state.host.can_sync)
		return DMA_ENOTSUP;
	for (unsigned dir = 0; dir < 4; dir++) {
		t->page_bits[dir] = f->direction_bits[dir] | t->leaf_extra | f->leaf_bits[0];
		t->first_bits[dir] = t->page_bits[dir] | f->software_start;
	}
	t->generation_unit = (uint64_t)1 << f->generation_shift;
	t->cache = dma_host_page_alloc();
	if (!t->cache)
		return DMA_ENOMEM;
	dma_arch_fill(t->cache, 0xff, DMA_PAGE_SIZE); /* CACHE_NONE */
	if (root_bytes < TABLE_BYTES)
		root_bytes = TABLE_BYTES;
	root_pages = (root_bytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	t->root_va = host_frames(t, root_pages, root_pages << DMA_PAGE_SHIFT, &t->root.raw);
	if (!t->root_va) {
		dma_host_page_free(t->cache);
		return DMA_ENOMEM;
	}
	dma_add(&dma_state.stats.pages_own, 1);
	prepare(t, t->root_va, root_bytes);
	t->pages = root_pages;
	dma_table_refill(t);
	if (!dma_table_is_short(t))
		return 0;
	dma_table_fini(t); /* a reserve that is missing now would be missed later by a caller that cannot allocate */
	return DMA_ENOMEM;
}

/* Frees what an entry's table reaches, and the table. */
static void free_tree(struct dma_table *t, uint64_t *va, size_t entries, unsigned level)
{
	for (size_t i = 0; level && i < entries; i++) {
		uint64_t entry = dma_entry_read(&va[i]);

		if (dma_entry_present(t->format, entry) && dma_entry_is_table(t->format, entry, level)) {
			uint64_t paddr = dma_entry_address(t->format, entry);

			free_tree(t, dma_table_at(paddr), (size_t)1 << DMA_INDEX_BITS, level - 1);
			host_free(paddr, 1);
		}
	}
}

void dma_table_fini(struct dma_table *t)
{
	size_t entries = dma_table_root_entries(t->format);

	free_tree(t, t->root_va, entries, t->format->levels - 1u);
	host_free(t->root.raw, (entries * 8 + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT);
	while (t->reserve) {
		uint64_t paddr = t->reserve;

		t->reserve = dma_entry_read(dma_table_at(paddr));
		host_free(paddr, 1);
	}
	dma_host_page_free(t->cache);
	dma_sub(&dma_state.stats.pages_own, 1);
	*t = (struct dma_table){0};
}
