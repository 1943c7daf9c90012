/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Root and context tables (VT-d specification, 9.1 and 9.3): which device is translated by which domain. What has no
 * entry is blocked.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "vtd_driver.h"

/* The context table of a bus; NULL if there is none. Lock held, or nobody else looks. */
static struct vtd_entry *context_table(const struct vtd_unit *unit, unsigned bus)
{
	uint64_t low = dma_arch_read_once(&unit->root[bus].low, 8);

	return low & VTD_ROOT_P ? dma_host_linear(dma_paddr(low & VTD_ADDRESS), VTD_PAGE) : NULL;
}

/* Makes the bus's table if there is none. Interrupts on. */
static int make_table(struct vtd_unit *unit, unsigned bus)
{
	dma_paddr_t paddr;
	uintptr_t state;
	void *table;
	int error;

	if (context_table(unit, bus))
		return 0;
	error = dma_host_frames_alloc(1, unit->max_paddr, DMA_PAGE_SIZE, &paddr);
	if (error)
		return error;
	table = dma_host_linear(paddr, VTD_PAGE);
	if (!table) {
		dma_host_frames_free(paddr, 1);
		return DMA_ENOMEM;
	}
	dma_arch_fill(table, 0, VTD_PAGE);
	dma_vtd_flush(unit, table, VTD_PAGE); /* hazard 30: before an entry points to it */
	dma_publish();
	state = dma_host_lock(&unit->table_lock);
	if (!context_table(unit, bus)) {
		dma_arch_write_once(&unit->root[bus].low, paddr.raw | VTD_ROOT_P, 8);
		dma_vtd_flush(unit, &unit->root[bus], sizeof(unit->root[bus]));
		table = NULL;
	}
	dma_host_unlock(&unit->table_lock, state);
	if (table) /* somebody else was faster */
		dma_host_frames_free(paddr, 1);
	return 0;
}

/* 6.2.2.1, 6.5.2.1: contexts first, then the translations that were made with them. Entries that are not present are
 * cached, if at all, under domain 0 (caching mode, hazard 28). */
static int forget(struct vtd_unit *unit, uint16_t source, unsigned domain_id, unsigned context_id)
{
	struct dma_command context = vtd_context_descriptor(VTD_SELECTIVE, context_id, source);
	struct dma_command iotlb = vtd_iotlb_descriptor(VTD_DOMAIN, domain_id, unit->drain, 0, 0, false);
	int error = dma_vtd_write_buffer_flush(unit);

	if (!error)
		error = dma_vtd_run(unit, context);
	return error ? error : dma_vtd_run(unit, iotlb);
}

int dma_vtd_context_set(struct vtd_unit *unit, uint16_t source, const struct vtd_domain *domain)
{
	struct vtd_entry *table = NULL, *entry;
	uintptr_t state = 0;

	while (!table) {
		int error = make_table(unit, source >> 8);

		if (error)
			return error;
		state = dma_host_lock(&unit->table_lock);
		table = context_table(unit, source >> 8);
		if (!table) /* the last of its devices left meanwhile */
			dma_host_unlock(&unit->table_lock, state);
	}
	entry = &table[source & 0xff];
	/* The present bit comes last: the walker may look at any moment. */
	dma_arch_write_once(&entry->high, vtd_context_high(domain->levels, domain->id), 8);
	dma_publish();
	dma_arch_write_once(&entry->low, domain->space.table.root.raw | VTD_CONTEXT_P, 8);
	dma_vtd_flush(unit, entry, sizeof(*entry));
	dma_host_unlock(&unit->table_lock, state);
	return forget(unit, source, domain->id, unit->cap & VTD_CAP_CM ? 0 : domain->id);
}

int dma_vtd_context_clear(struct vtd_unit *unit, uint16_t source)
{
	uintptr_t state = dma_host_lock(&unit->table_lock);
	struct vtd_entry *table = context_table(unit, source >> 8);
	unsigned old = 0;

	if (table) {
		struct vtd_entry *entry = &table[source & 0xff];

		dma_arch_write_once(&entry->low, 0, 8);
		dma_vtd_flush(unit, entry, sizeof(*entry));
		/* The other half stays: who clears it again while this is under way must wait for the same
		 * invalidation. */
		old = (unsigned)vtd_field(dma_arch_read_once(&entry->high, 8), 23, 8);
	}
	dma_host_unlock(&unit->table_lock, state);
	return old ? forget(unit, source, old, old) : 0;
}

/* A table without a present entry goes back; the unit may have remembered where it was. */
void dma_vtd_context_trim(struct vtd_unit *unit, uint16_t source)
{
	/* Table 28: a root entry that changes wants both, in that order, of everything. */
	struct dma_command contexts = vtd_context_descriptor(VTD_ALL, 0, 0);
	struct dma_command iotlb = vtd_iotlb_descriptor(VTD_ALL, 0, unit->drain, 0, 0, false);
	uintptr_t state = dma_host_lock(&unit->table_lock);
	struct vtd_entry *table = context_table(unit, source >> 8), *root = &unit->root[source >> 8];
	dma_paddr_t paddr = dma_paddr(dma_arch_read_once(&root->low, 8) & VTD_ADDRESS);
	bool empty = table != NULL;

	for (unsigned i = 0; empty && i < VTD_PAGE / sizeof(*table); i++)
		empty = !(dma_arch_read_once(&table[i].low, 8) & VTD_CONTEXT_P);
	if (empty) {
		dma_arch_write_once(&root->low, 0, 8);
		dma_vtd_flush(unit, root, sizeof(*root));
	}
	dma_host_unlock(&unit->table_lock, state);
	if (empty && !dma_vtd_write_buffer_flush(unit) && !dma_vtd_run(unit, contexts) && !dma_vtd_run(unit, iotlb))
		dma_host_frames_free(paddr, 1);
}

bool dma_vtd_context_present(const struct vtd_unit *unit, uint16_t source)
{
	const struct vtd_entry *table = context_table(unit, source >> 8);

	return table && dma_arch_read_once(&table[source & 0xff].low, 8) & VTD_CONTEXT_P;
}

void dma_vtd_contexts_free(struct vtd_unit *unit)
{
	for (unsigned bus = 0; bus < VTD_PAGE / sizeof(struct vtd_entry); bus++) {
		uint64_t low = dma_arch_read_once(&unit->root[bus].low, 8);

		if (low & VTD_ROOT_P)
			dma_host_frames_free(dma_paddr(low & VTD_ADDRESS), 1);
	}
}
