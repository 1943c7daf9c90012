/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Root and context tables (VT-d specification, 9.1 and 9.3): which device is translated by which domain. What has no
 * entry is blocked.
 */
#include <dmastream/errors.h>

#include "vtd_driver.h"

int dma_vtd_contexts_make(struct dma_unit *base)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);

	base->tables = (struct dma_unit_tables){
		.mask = 0xffff,
		.entry = sizeof(struct vtd_entry),
		.used = VTD_CONTEXT_P,
		.shift = 8,
		.stride = sizeof(struct vtd_entry),
		.address = VTD_ADDRESS,
		.valid = VTD_ROOT_P,
	};
	if (!dma_unit_take(base, 1, VTD_PAGE, &unit->interrupt_paddr))
		return DMA_ENOMEM;
	return dma_unit_tables_make(base, 1u << 16, VTD_PAGE);
}

/* 6.2.2.1, 6.5.2.1: contexts first, then the translations that were made with them. Entries that are not present are
 * cached, if at all, under domain 0 (caching mode, hazard 28). */
static int forget(struct vtd_unit *unit, uint16_t source, unsigned domain_id, unsigned context_id)
{
	int error;

	if (!unit->base.running)
		return 0;
	error = dma_vtd_run(unit, vtd_context_descriptor(VTD_SELECTIVE, context_id, source));
	return error ? error : dma_vtd_run(unit, vtd_iotlb_descriptor(VTD_DOMAIN, domain_id, unit->drain, 0, 0, false));
}

/* 9.3: TT 10b passes everything through, and wants the largest width that the unit supports. */
static int describe(struct vtd_unit *unit, const struct dma_unit_domain *domain, struct vtd_entry *entry)
{
	unsigned largest = 63 - (unsigned)__builtin_clzll(dma_field(unit->cap, VTD_CAP_SAGAW));

	if (domain) {
		const struct dma_table *table = &domain->space.table;

		*entry = (struct vtd_entry){table->root.raw | VTD_CONTEXT_P,
					    vtd_context_high(table->format->levels, domain->id)};
		return 0;
	}
	if (!unit->bypass_id)
		unit->bypass_id = (uint16_t)dma_unit_id_get(&unit->base.ids);
	*entry = (struct vtd_entry){VTD_CONTEXT_PASS | VTD_CONTEXT_P, vtd_context_high(largest + 2, unit->bypass_id)};
	return unit->bypass_id ? 0 : DMA_ENOSPC;
}

/* 6.2.2.1: the unit may fetch a present entry at any moment, so that it becomes another one in one store of 16 bytes. A
 * CPU without it leaves the device blocked between two entries. */
static int change(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, bool coherent)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	struct vtd_entry new;
	uint64_t old;
	int error = describe(unit, domain, &new);

	(void)coherent; /* SNP in the leaves decides */
	(void)former;
	if (error)
		return error;
	if (!dma_unit_entry_swap(base, requester, new.low, new.high, &old))
		return 1;
	return forget(unit, (uint16_t)requester, dma_field(old, VTD_CONTEXT_DID), dma_field(old, VTD_CONTEXT_DID));
}

static int set(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *domain, bool coherent)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	struct vtd_entry new;
	int error = describe(unit, domain, &new);
	unsigned id = dma_field(new.high, VTD_CONTEXT_DID);

	(void)coherent;
	if (!error)
		error = dma_unit_entry_fill(base, requester, new.low, new.high);
	return error ? error : forget(unit, (uint16_t)requester, id, unit->cap & VTD_CAP_CM ? 0 : id);
}

static int clear(struct dma_unit *base, uint32_t requester)
{
	uint64_t high;
	unsigned old = dma_unit_entry_close(base, requester, &high) ? dma_field(high, VTD_CONTEXT_DID) : 0;

	return old ? forget(dma_vtd_unit_of(base), (uint16_t)requester, old, old) : 0;
}

/* Table 28: when a root entry changes, the unit has to forget all contexts, and then all translations. */
static int forget_table(struct dma_unit *base, uint32_t requester)
{
	(void)requester;
	return dma_vtd_forget_all(dma_vtd_unit_of(base));
}

const struct dma_unit_entry_ops dma_vtd_entries = {NULL, change, set, clear, forget_table};
