/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_tables.h"
#include <dmastream/barrier.h>

static uint64_t *slot(const struct dma_unit_tables *tables, uint32_t index)
{
	return (uint64_t *)(void *)((char *)tables->first + (size_t)index * tables->stride);
}

static dma_paddr_t paddr_at(const struct dma_unit_tables *tables, uint32_t index)
{
	return dma_paddr(dma_arch_read_once(slot(tables, index), 8) & tables->address);
}

static size_t pages_of(const struct dma_unit_tables *tables)
{
	return (tables->nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
}

static void write_slot(const struct dma_unit *unit, const struct dma_unit_tables *tables, uint32_t index,
		       uint64_t value)
{
	dma_arch_write_once(slot(tables, index), value, 8);
	dma_unit_clean(unit->reach, slot(tables, index), tables->stride);
}

void *dma_unit_tables_at(const struct dma_unit_tables *tables, uint32_t index)
{
	return dma_arch_read_once(slot(tables, index), 8) ? dma_host_linear(paddr_at(tables, index), tables->nbytes)
							  : NULL;
}

void *dma_unit_tables_hold(struct dma_unit *unit, const struct dma_unit_tables *tables, uint32_t index,
			   uintptr_t *state)
{
	dma_paddr_t paddr;
	void *table;

	*state = dma_host_lock(&unit->lock);
	table = dma_unit_tables_at(tables, index);
	if (table)
		return table;
	dma_host_unlock(&unit->lock, *state);
	if (!dma_unit_frames(unit->reach, pages_of(tables), tables->nbytes, &paddr))
		return NULL;
	*state = dma_host_lock(&unit->lock);
	table = dma_unit_tables_at(tables, index);
	if (!table) {
		dma_publish(); /* its zeros */
		write_slot(unit, tables, index, paddr.raw | tables->valid);
		return dma_unit_tables_at(tables, index);
	}
	dma_host_frames_free(paddr, pages_of(tables)); /* somebody else was faster */
	return table;
}

dma_paddr_t dma_unit_tables_take(struct dma_unit *unit, const struct dma_unit_tables *tables, uint32_t index)
{
	uintptr_t state = dma_host_lock(&unit->lock);
	const char *table = dma_unit_tables_at(tables, index);
	dma_paddr_t paddr = paddr_at(tables, index);
	bool empty = table != NULL;

	for (size_t at = 0; empty && at < tables->nbytes; at += tables->entry)
		empty = !(dma_arch_read_once(table + at, 8) & tables->used);
	if (empty)
		write_slot(unit, tables, index, 0);
	dma_host_unlock(&unit->lock, state);
	return empty ? paddr : dma_paddr(0);
}

void dma_unit_tables_free(const struct dma_unit_tables *tables, dma_paddr_t paddr)
{
	dma_host_frames_free(paddr, pages_of(tables));
}

void dma_unit_tables_free_all(const struct dma_unit_tables *tables)
{
	for (uint32_t i = 0; i < tables->count; i++)
		if (dma_arch_read_once(slot(tables, i), 8))
			dma_unit_tables_free(tables, paddr_at(tables, i));
}
