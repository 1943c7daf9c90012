/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Root and context tables (VT-d specification, 9.1 and 9.3): which device is translated by which domain. What has no
 * entry is blocked.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "vtd_driver.h"

/* The requester's entry; NULL: its bus has no table. Lock held. */
static struct vtd_entry *entry_of(const struct vtd_unit *unit, uint16_t source)
{
	struct vtd_entry *table = dma_unit_tables_at(&unit->tables, source >> 8);

	return table ? &table[source & 0xff] : NULL;
}

/* 6.2.2.1, 6.5.2.1: contexts first, then the translations that were made with them. Entries that are not present are
 * cached, if at all, under domain 0 (caching mode, hazard 28). */
static int forget(struct vtd_unit *unit, uint16_t source, unsigned domain_id, unsigned context_id)
{
	struct dma_command context = vtd_context_descriptor(VTD_SELECTIVE, context_id, source);
	struct dma_command iotlb = vtd_iotlb_descriptor(VTD_DOMAIN, domain_id, unit->drain, 0, 0, false);
	int error;

	if (!unit->base.running)
		return 0;
	error = dma_vtd_write_buffer_flush(unit);
	if (!error)
		error = dma_vtd_run(unit, context);
	return error ? error : dma_vtd_run(unit, iotlb);
}

/* 9.3: TT 10b passes everything through, and wants the largest width that the unit supports. */
static int describe(struct vtd_unit *unit, const struct dma_unit_domain *domain, struct vtd_entry *entry)
{
	unsigned largest = 63 - (unsigned)__builtin_clzll(vtd_cap_sagaw(unit->cap));

	if (domain) {
		const struct dma_table *table = &domain->space.table;

		*entry = (struct vtd_entry){table->root.raw | VTD_CONTEXT_P,
					    vtd_context_high(table->format->levels, domain->id)};
		return 0;
	}
	if (!(unit->ecap & VTD_ECAP_PT)) {
		dma_log("vtd: unit %x cannot let a device bypass it", unit->paddr.raw);
		return DMA_ENOTSUP;
	}
	if (!unit->bypass_id)
		unit->bypass_id = (uint16_t)dma_unit_id_get(&unit->base.ids);
	*entry = (struct vtd_entry){VTD_CONTEXT_PASS | VTD_CONTEXT_P, vtd_context_high(largest + 2, unit->bypass_id)};
	return unit->bypass_id ? 0 : DMA_ENOSPC;
}

/* 6.2.2.1: the unit may fetch a present entry at any moment, so that it becomes another one in one store. Gives the id
 * of its former domain; 0: it is not present, or the CPU has no such store, and nothing has changed. */
static unsigned replace(struct vtd_unit *unit, uint16_t source, const struct vtd_entry *new)
{
	uintptr_t state = dma_host_lock(&unit->base.lock);
	struct vtd_entry *entry = entry_of(unit, source);
	unsigned old = 0;

	if (entry && dma_arch_read_once(&entry->low, 8) & VTD_CONTEXT_P) {
		old = vtd_context_domain(dma_arch_read_once(&entry->high, 8));
		dma_publish(); /* the tables */
		if (!dma_arch_write_pair(&entry->low, new->low, new->high))
			old = 0;
		dma_unit_clean(unit->base.reach, entry, sizeof(*entry));
	}
	dma_host_unlock(&unit->base.lock, state);
	return old;
}

/* Fills the entry in, which is not present. */
static int fill(struct vtd_unit *unit, uint16_t source, const struct vtd_entry *new)
{
	uintptr_t state;
	struct vtd_entry *table = dma_unit_tables_hold(&unit->base, &unit->tables, source >> 8, &state);
	struct vtd_entry *entry = table ? &table[source & 0xff] : NULL;
	unsigned id = vtd_context_domain(new->high);

	if (!table)
		return DMA_ENOMEM;
	/* The present bit comes last: the walker may look at any moment. */
	dma_arch_write_once(&entry->high, new->high, 8);
	dma_publish();
	dma_arch_write_once(&entry->low, new->low, 8);
	dma_unit_clean(unit->base.reach, entry, sizeof(*entry));
	dma_host_unlock(&unit->base.lock, state);
	return forget(unit, source, id, unit->cap & VTD_CAP_CM ? 0 : id);
}

/* Without a store of 16 bytes the device is blocked between two entries. */
int dma_vtd_context_set(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
			struct dma_unit_domain *domain, bool coherent)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	uint16_t source = (uint16_t)requester;
	struct vtd_entry new;
	unsigned old;
	int error = describe(unit, domain, &new);

	(void)coherent; /* SNP in the leaves decides */
	(void)former;
	if (error)
		return error;
	old = replace(unit, source, &new);
	error = old ? forget(unit, source, old, old) : dma_vtd_context_clear(base, requester);
	if (!error && !old)
		error = fill(unit, source, &new);
	if (error)
		(void)dma_vtd_context_clear(base, requester);
	return error;
}

int dma_vtd_context_clear(struct dma_unit *base, uint32_t requester)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	uint16_t source = (uint16_t)requester;
	uintptr_t state = dma_host_lock(&unit->base.lock);
	struct vtd_entry *entry = entry_of(unit, source);
	unsigned old = 0;

	if (entry) {
		dma_arch_write_once(&entry->low, 0, 8);
		dma_unit_clean(unit->base.reach, entry, sizeof(*entry));
		/* The other half stays: who clears it again while this is under way must wait for the same
		 * invalidation. */
		old = vtd_context_domain(dma_arch_read_once(&entry->high, 8));
	}
	dma_host_unlock(&unit->base.lock, state);
	return old ? forget(unit, source, old, old) : 0;
}

/* A table without a present entry goes back; the unit may have remembered where it was. */
void dma_vtd_context_trim(struct dma_unit *base, uint32_t requester)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	/* Table 28: a root entry that changes wants both, in that order, of everything. */
	struct dma_command contexts = vtd_context_descriptor(VTD_ALL, 0, 0);
	struct dma_command iotlb = vtd_iotlb_descriptor(VTD_ALL, 0, unit->drain, 0, 0, false);
	dma_paddr_t paddr = dma_unit_tables_take(base, &unit->tables, requester >> 8 & 0xff);

	if (paddr.raw && !dma_vtd_write_buffer_flush(unit) && !dma_vtd_run(unit, contexts) && !dma_vtd_run(unit, iotlb))
		dma_unit_tables_free(&unit->tables, paddr);
}
