/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event log (AMD IOMMU specification 48882, 2.5): what was blocked, in words.
 */
#include "../unit/fault.h"
#include "amdvi_driver.h"

static const char *const codes[] = {
	[AMDVI_ILLEGAL_ENTRY] = "invalid device table entry",
	[AMDVI_PAGE_FAULT] = "not mapped",
	[AMDVI_TABLE_ERROR] = "device table inaccessible",
	[AMDVI_PAGE_TABLE_ERROR] = "page table inaccessible",
	[AMDVI_ILLEGAL_COMMAND] = "command refused",
	[AMDVI_COMMAND_ERROR] = "command inaccessible",
	[AMDVI_DEVICE_TLB_TIMEOUT] = "device did not answer an invalidation",
	[AMDVI_INVALID_REQUEST] = "request of a kind that is not allowed",
};

/* 2.5.3: the flags of a page fault say more than its code. */
static const char *reason_of(unsigned code, uint64_t first)
{
	if (code == AMDVI_PAGE_FAULT && first & AMDVI_EVENT_RESERVED)
		return "reserved bits in a page-table entry";
	if (code == AMDVI_PAGE_FAULT && first & AMDVI_EVENT_INTERRUPT)
		return "interrupt blocked";
	if (code == AMDVI_PAGE_FAULT && first & AMDVI_EVENT_PRESENT)
		return "access not allowed";
	return dma_fault_text(codes, sizeof(codes) / sizeof(codes[0]), code);
}

/* An event without a code has not arrived. */
static bool decode(struct dma_unit *base, const uint64_t *event, struct dma_fault *fault)
{
	const struct dma_ivrs_unit *unit = base->found;
	unsigned code = AMDVI_EVENT_CODE(event[0]);

	*fault = (struct dma_fault){
		.requester = (uint32_t)unit->segment << 16 | AMDVI_EVENT_DEVICE(event[0]),
		.access = DMA_FAULT_OTHER,
		.daddr = dma_daddr(event[1]),
		.code = code,
		.reason = reason_of(code, event[0]),
	};
	if (code == AMDVI_ILLEGAL_COMMAND || code == AMDVI_COMMAND_ERROR) /* the unit's own: no device did it */
		fault->requester = (uint32_t)unit->segment << 16 | unit->id;
	else if (!(event[0] & (AMDVI_EVENT_TRANSLATION | AMDVI_EVENT_INTERRUPT)))
		fault->access = event[0] & AMDVI_EVENT_WRITE ? DMA_FAULT_WRITE : DMA_FAULT_READ;
	return code != 0;
}

static bool lost(struct dma_unit *base)
{
	return dma_unit_read64(base, AMDVI_STATUS) & AMDVI_STATUS_OVERFLOW;
}

/* 2.5.1: after an overflow the log stands still until it is switched off and on again. */
static void found(struct dma_unit *base)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);

	dma_amdvi_control(unit, 0, AMDVI_CONTROL_EVENTS);
	dma_unit_write64(base, AMDVI_STATUS, AMDVI_STATUS_OVERFLOW);
	dma_amdvi_control(unit, AMDVI_CONTROL_EVENTS, 0);
}

const struct dma_unit_fault_ops dma_amdvi_faults = {
	.pending = dma_unit_log_pending, .decode = decode, .lost = lost, .found = found};
