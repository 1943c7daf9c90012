/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Root and context tables (VT-d specification, 9.1 and 9.3): which device is translated by which domain. What has no
 * entry is blocked.
 *
 * 6.2.2.1: the unit may fetch a present entry at any moment, so that it becomes another one in one store of 16 bytes. A
 * CPU without it leaves the device blocked between two entries.
 */
#include <dmastream/errors.h>

#include "vtd_driver.h"

int dma_vtd_contexts_make(struct dma_unit *base)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);

	base->tables = (struct dma_unit_tables){
		.mask = 0xffff,
		.entry = VTD_ENTRY_BYTES,
		.used = VTD_CONTEXT_P,
		.words = 2,
		.shift = 8,
		.stride = VTD_ENTRY_BYTES,
		.address = VTD_ADDRESS,
		.valid = VTD_ROOT_P,
	};
	if (!dma_unit_take(base, 1, VTD_PAGE, &unit->interrupt_paddr))
		return DMA_ENOMEM;
	return dma_unit_tables_make(base, 1u << 16, VTD_PAGE);
}

/* 6.2.2.1, 6.5.2.1: contexts first, then the translations that were made with them. Entries that are not present are
 * cached, if at all, under domain 0 (caching mode, hazard 28). */
static int forget(struct dma_unit *base, uint32_t requester, uint64_t former, uint64_t now)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	unsigned id = dma_field(former ? former : now, VTD_CONTEXT_DID);
	unsigned context_id = former || !(unit->cap & VTD_CAP_CM) ? id : 0;
	int error;

	if (!id)
		return 0;
	error = dma_vtd_run(unit, vtd_context_descriptor(VTD_SELECTIVE, context_id, (uint16_t)requester));
	return error ? error : dma_vtd_run(unit, vtd_iotlb_descriptor(VTD_DOMAIN, id, unit->drain, 0, 0, false));
}

/* 9.3: TT 10b passes everything through, and wants the largest width that the unit supports. coherent: SNP in the
 * leaves decides. */
static int describe(struct dma_unit *base, struct dma_unit_domain *domain, bool coherent, uint64_t *words)
{
	struct vtd_unit *unit = dma_vtd_unit_of(base);
	unsigned largest = 63 - (unsigned)__builtin_clzll(dma_field(unit->cap, VTD_CAP_SAGAW));

	(void)coherent;
	if (domain) {
		words[0] = domain->space.table.root.raw | VTD_CONTEXT_P;
		words[1] = vtd_context_high(domain->space.table.format->levels, domain->id);
		return 0;
	}
	if (!unit->bypass_id)
		unit->bypass_id = (uint16_t)dma_unit_id_get(&base->ids);
	words[0] = VTD_CONTEXT_PASS | VTD_CONTEXT_P;
	words[1] = vtd_context_high(largest + 2, unit->bypass_id);
	return unit->bypass_id ? 0 : DMA_ENOSPC;
}

/* Table 28: when a root entry changes, the unit has to forget all contexts, and then all translations. */
static int forget_table(struct dma_unit *base, uint32_t requester)
{
	(void)requester;
	return dma_vtd_forget_all(dma_vtd_unit_of(base));
}

const struct dma_unit_entry_ops dma_vtd_entries = {
	.describe = describe, .forget = forget, .forget_table = forget_table};
