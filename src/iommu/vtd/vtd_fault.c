/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Primary fault recording (VT-d specification, 7.2 and 11.4.9, 11.4.14): reads what was blocked, says it in words,
 * clears it.
 */
#include "../unit/fault.h"
#include "vtd_driver.h"

/* 7.1.3, table of fault reasons: legacy mode, and interrupt remapping from 0x20 on. */
static const char *const reasons[] = {
	[0x01] = "no root entry for the bus",
	[0x02] = "no context entry: the device has no domain",
	[0x03] = "invalid context entry",
	[0x04] = "address beyond the domain's width",
	[0x05] = "write not allowed",
	[0x06] = "read not allowed",
	[0x07] = "page table inaccessible",
	[0x08] = "root table inaccessible",
	[0x09] = "context table inaccessible",
	[0x0a] = "reserved bits in the root entry",
	[0x0b] = "reserved bits in the context entry",
	[0x0c] = "reserved bits in a page-table entry",
	[0x0d] = "translation request or translated request blocked",
	[0x20] = "reserved bits in an interrupt request",
	[0x21] = "interrupt index beyond the table",
	[0x22] = "no such interrupt",
	[0x23] = "interrupt table inaccessible",
	[0x24] = "reserved bits in an interrupt entry",
	[0x25] = "interrupt in the old format blocked",
	[0x26] = "interrupt from another source than the entry allows",
};

/* 7.2.3: the fault information of a blocked interrupt is its index in the table, not an address. */
static uint64_t address_of(unsigned reason, uint64_t low)
{
	return reason >= 0x20 && reason <= 0x2f ? VTD_INTERRUPT_WINDOW : low & VTD_ADDRESS;
}

/* Where its registers begin. */
static size_t record(const struct dma_unit *unit, unsigned index)
{
	uint64_t cap = dma_vtd_unit_of(unit)->cap;

	return 16 * dma_field(cap, VTD_CAP_FRO) + 16 * (index % (dma_field(cap, VTD_CAP_NFR) + 1));
}

/* FRI names the record that was pending first when PPF was set. Another CPU may have taken that record meanwhile, and
 * not yet those behind it: so the whole ring is searched, from FRI on. */
static unsigned pending(struct dma_unit *unit, unsigned *first)
{
	uint32_t status = dma_unit_read32(unit, VTD_FSTS);

	*first = dma_field(status, VTD_FSTS_FRI);
	return status & (VTD_FSTS_PPF | VTD_FSTS_PFO) ? dma_field(dma_vtd_unit_of(unit)->cap, VTD_CAP_NFR) + 1 : 0;
}

static bool read(struct dma_unit *unit, unsigned index, struct dma_fault *fault)
{
	uint64_t high = dma_unit_read64(unit, record(unit, index) + 8);
	unsigned reason = dma_field(high, VTD_FRCD_FR);

	if (!(high & VTD_FRCD_F))
		return false;
	*fault = (struct dma_fault){
		.requester = unit->first | dma_field(high, VTD_FRCD_SID),
		.access = high & VTD_FRCD_READ ? DMA_FAULT_READ : DMA_FAULT_WRITE,
		.daddr = dma_daddr(address_of(reason, dma_unit_read64(unit, record(unit, index)))),
		.code = reason,
		.reason = dma_fault_text(reasons, sizeof(reasons) / sizeof(reasons[0]), reason),
	};
	return true;
}

/* F is written alone and to 1, which clears it (hazard 31). */
static void drop(struct dma_unit *unit, unsigned index)
{
	dma_unit_write32(unit, record(unit, index) + 12, VTD_FRCD_F_HIGH);
}

/* Overflow: more was blocked than there was room for. */
static bool lost(struct dma_unit *unit)
{
	return dma_unit_read32(unit, VTD_FSTS) & VTD_FSTS_PFO;
}

/* Only that bit is written, the queue's errors are not ours. */
static void found(struct dma_unit *unit)
{
	dma_unit_write32(unit, VTD_FSTS, VTD_FSTS_PFO);
}

const struct dma_unit_fault_ops dma_vtd_faults = {
	.pending = pending, .read = read, .drop = drop, .lost = lost, .found = found};
