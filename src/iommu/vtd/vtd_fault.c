/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Primary fault recording (VT-d specification, 7.2 and 11.4.9, 11.4.14): reads what was blocked, says it in words,
 * clears it.
 */
#include <dmastream/barrier.h>
#include <dmastream/platform.h>

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

static const char *reason_text(unsigned code)
{
	const char *text = code < sizeof(reasons) / sizeof(reasons[0]) ? reasons[code] : NULL;

	return text ? text : "unknown reason";
}

/* The domain that has the device, if any. Lock held: table_lock. */
static struct vtd_domain *domain_of(struct vtd_unit *unit, uint32_t requester, struct dma_device **dev)
{
	for (struct vtd_domain *domain = unit->domains; domain; domain = domain->next)
		for (*dev = domain->devices; *dev; *dev = (*dev)->backend)
			if ((*dev)->requester == requester)
				return domain;
	*dev = NULL;
	return NULL;
}

/* 7.2.3: the fault information of a blocked interrupt is its index in the table, not an address. */
static uint64_t address_of(unsigned reason, uint64_t low)
{
	return reason >= 0x20 && reason <= 0x2f ? VTD_INTERRUPT_WINDOW : low & VTD_ADDRESS;
}

static void report(struct vtd_unit *unit, uint64_t low, uint64_t high)
{
	struct dma_fault fault = {
		.requester = (uint32_t)unit->segment << 16 | vtd_frcd_source(high),
		.access = high & VTD_FRCD_READ ? DMA_FAULT_READ : DMA_FAULT_WRITE,
		.daddr = dma_daddr(address_of(vtd_frcd_reason(high), low)),
		.code = vtd_frcd_reason(high),
		.reason = reason_text(vtd_frcd_reason(high)),
	};
	uintptr_t state = dma_host_lock(&unit->table_lock);
	struct vtd_domain *domain = domain_of(unit, fault.requester, &fault.dev);

	unit->reporting++; /* detach waits for us: the device must not go while its name is read */
	dma_host_unlock(&unit->table_lock, state);
	dma_fault_report(domain ? &domain->space : NULL, &fault);
	state = dma_host_lock(&unit->table_lock);
	unit->reporting--;
	dma_host_unlock(&unit->table_lock, state);
}

/* Takes the record at index if there is one. F is written alone and to 1, which clears it (hazard 31). */
static bool take(struct vtd_unit *unit, unsigned index, uint64_t *low, uint64_t *high)
{
	volatile char *record = unit->regs + vtd_cap_fault_offset(unit->cap) + 16 * (size_t)index;

	*high = dma_host_mmio_read64(record + 8);
	if (!(*high & VTD_FRCD_F))
		return false;
	*low = dma_host_mmio_read64(record);
	dma_host_mmio_write32(record + 12, VTD_FRCD_F_HIGH);
	return true;
}

unsigned dma_vtd_faults_poll(struct vtd_unit *unit)
{
	unsigned records = vtd_cap_fault_records(unit->cap), index, n = 0;
	uint32_t status = dma_host_mmio_read32(unit->regs + VTD_FSTS);
	uint64_t low, high;

	if (!(status & (VTD_FSTS_PPF | VTD_FSTS_PFO)))
		return 0;
	/* From the first pending one on, in a ring. A device that faults on and on does not keep us here: one turn. */
	index = vtd_fsts_first(status) % records;
	while (n < records && take(unit, index, &low, &high)) {
		report(unit, low, high);
		index = (index + 1) % records;
		n++;
	}
	/* Overflow: more was blocked than there was room for. Only that bit is written, the queue's errors are not
	 * ours. */
	if (dma_host_mmio_read32(unit->regs + VTD_FSTS) & VTD_FSTS_PFO) {
		dma_host_mmio_write32(unit->regs + VTD_FSTS, VTD_FSTS_PFO);
		dma_fault_lost(NULL, 1);
		n++;
	}
	return n;
}

void dma_vtd_wait_reports(struct vtd_unit *unit, uintptr_t state)
{
	while (unit->reporting) {
		dma_host_unlock(&unit->table_lock, state);
		state = dma_host_lock(&unit->table_lock);
	}
	dma_host_unlock(&unit->table_lock, state);
}

void dma_vtd_faults_clear(struct vtd_unit *unit)
{
	uint64_t low, high;

	for (unsigned i = 0; i < vtd_cap_fault_records(unit->cap); i++)
		(void)take(unit, i, &low, &high);
	dma_host_mmio_write32(unit->regs + VTD_FSTS, VTD_FSTS_PFO);
}
