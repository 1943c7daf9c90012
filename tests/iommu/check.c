/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IOMMU for tests.
 */
#include "check.h"
#include "../../src/base/state.h"
#include "../hosts/iommu_host.h"
#include "hardware.h"
#include <dmastream/errors.h>
#include <string.h>

static struct unit *unit_of(struct dma_space *space)
{
	return (struct unit *)(void *)space;
}

static int attach(struct dma_space *space, struct dma_device *dev)
{
	(void)dev;
	unit_of(space)->attached++;
	return 0;
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	struct unit *unit = unit_of(space);

	(void)dev;
	unit->attached--;
	memset(unit->entry, 0, sizeof(unit->entry));
	memset(unit->table, 0, sizeof(unit->table));
}

static int block(struct dma_space *space, struct dma_device *dev)
{
	(void)dev;
	unit_of(space)->blocked = true;
	return 0;
}

/* What waits for hardware is called without locks. */
static void enter(struct unit *unit)
{
	if (host_lock_held())
		__atomic_add_fetch(&host.misplaced, 1, __ATOMIC_RELAXED);
	if (unit->before)
		unit->before();
}

static bool times_out(struct unit *unit)
{
	if (!unit->times_out_at)
		return false;
	if (unit->times_out_at > 1) {
		unit->times_out_at--;
		return false;
	}
	return true;
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	struct unit *unit = unit_of(space);
	uint64_t first = daddr >> DMA_PAGE_SHIFT;
	int error = 0;

	enter(unit);
	pthread_mutex_lock(&unit->mutex);
	unit->ranges++;
	dma_count_invalidations(daddr, 1);
	if (times_out(unit)) {
		error = DMA_ETIMEDOUT;
	} else if (!unit->forget_to_invalidate) {
		for (unsigned i = 0; i < UNIT_ENTRIES; i++)
			if (unit->entry[i].page - first < npages)
				unit->entry[i] = (struct unit_entry){0};
		for (unsigned i = 0; i < UNIT_TABLES && !leaf_only; i++)
			if (unit->table[i].block >= daddr >> 21 &&
			    unit->table[i].block <= (daddr + (npages << DMA_PAGE_SHIFT) - 1) >> 21)
				unit->table[i].table = 0;
	}
	pthread_mutex_unlock(&unit->mutex);
	return error;
}

static int invalidate_all(struct dma_space *space)
{
	struct unit *unit = unit_of(space);
	int error = 0;

	enter(unit);
	pthread_mutex_lock(&unit->mutex);
	unit->wholes++;
	dma_count_invalidations(0, 1);
	if (times_out(unit)) {
		error = DMA_ETIMEDOUT;
	} else if (!unit->forget_to_invalidate) {
		memset(unit->entry, 0, sizeof(unit->entry));
		memset(unit->table, 0, sizeof(unit->table));
	}
	pthread_mutex_unlock(&unit->mutex);
	return error;
}

static int mapped(struct dma_space *space, uint64_t daddr, size_t npages)
{
	(void)daddr;
	(void)npages;
	if (host_lock_held())
		__atomic_add_fetch(&host.misplaced, 1, __ATOMIC_RELAXED);
	unit_of(space)->told++;
	return times_out(unit_of(space)) ? DMA_ETIMEDOUT : 0;
}

static const struct dma_unit_ops quiet = {
	.attach = attach, .detach = detach, .block = block, .invalidate = invalidate, .invalidate_all = invalidate_all};
static const struct dma_unit_ops telling = {.attach = attach,
					    .detach = detach,
					    .block = block,
					    .invalidate = invalidate,
					    .invalidate_all = invalidate_all,
					    .mapped = mapped};

int unit_start(struct unit *unit, const struct dma_space_config *config, bool tells)
{
	struct dma_space_config filled = *config;

	memset(unit, 0, sizeof(*unit));
	pthread_mutex_init(&unit->mutex, NULL);
	if (!filled.mapper)
		filled.mapper = &dma_walker_mapper;
	filled.unit = tells ? &telling : &quiet;
	if (!filled.table.format)
		filled.table =
			(struct dma_table_config){.format = &dma_format_vtd4, .big_levels = 6, .max_paddr = UINT64_MAX};
	return dma_space_init(&unit->space, &filled);
}

/* A VT-d walk that starts at a leaf table seen before, if there is one. */
static struct hardware_result walk(struct unit *unit, uint64_t daddr)
{
	struct hardware_result r = {0};
	unsigned slot = (unsigned)(daddr >> 21) % UNIT_TABLES;
	bool cached = unit->table[slot].table && unit->table[slot].block == daddr >> 21;
	uint64_t (*fetch)(uint64_t paddr) = unit->space.table.snoops ? host_cpu_view : host_memory;
	uint64_t e, table = unit->space.table.root.raw;

	if (unit->space.table.format != &dma_format_vtd4)
		return hardware_walk(unit->space.table.format->name, table, daddr, unit->space.table.snoops);
	if (!cached) {
		for (unsigned shift = 39; shift > 12; shift -= 9) {
			e = fetch(table + (daddr >> shift & 511) * 8);
			if (!(e & 3))
				return r;
			if (e & 0x80) /* a big page */
				return hardware_walk("vtd4", unit->space.table.root.raw, daddr,
						     unit->space.table.snoops);
			table = e & 0x000ffffffffff000ull;
		}
		unit->table[slot].block = daddr >> 21;
		unit->table[slot].table = table;
	}
	e = fetch(unit->table[slot].table + (daddr >> 12 & 511) * 8);
	r.mapped = e & 3;
	r.read = e & 1;
	r.write = e & 2;
	r.paddr = (e & 0x000ffffffffff000ull) | (daddr & 0xfff);
	return r;
}

bool unit_access(struct unit *unit, uint64_t daddr, enum unit_access access, uint64_t *paddr)
{
	uint64_t page = daddr >> DMA_PAGE_SHIFT, offset = daddr & (DMA_PAGE_SIZE - 1);
	struct unit_entry *entry = &unit->entry[page % UNIT_ENTRIES];
	bool allowed = false;

	pthread_mutex_lock(&unit->mutex);
	if (!unit->blocked) {
		if (!entry->paddr || entry->page != page) {
			struct hardware_result r = walk(unit, daddr);

			if (r.mapped)
				*entry = (struct unit_entry){page, r.paddr - offset, r.read, r.write};
		}
		if (entry->paddr && entry->page == page) {
			allowed = access == UNIT_READ ? entry->read : entry->write;
			*paddr = entry->paddr + offset;
		}
	}
	pthread_mutex_unlock(&unit->mutex);
	return allowed;
}

/* ---- Frees ---- */

static struct unit *watched;

static void on_free(uint64_t paddr, size_t npages)
{
	struct unit *unit = watched;

	pthread_mutex_lock(&unit->mutex);
	if (!unit->blocked) {
		for (unsigned i = 0; i < UNIT_ENTRIES; i++)
			if (unit->entry[i].paddr && unit->entry[i].paddr - paddr < npages << DMA_PAGE_SHIFT)
				unit->reused++;
		for (unsigned i = 0; i < UNIT_TABLES; i++)
			if (unit->table[i].table && unit->table[i].table - paddr < npages << DMA_PAGE_SHIFT)
				unit->reused++;
	}
	pthread_mutex_unlock(&unit->mutex);
}

void unit_watch(struct unit *unit)
{
	watched = unit;
	host.on_free = unit ? on_free : NULL;
}
