/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event log (AMD IOMMU specification 48882, 2.5): reads what was blocked, says it in words, gives the slots back.
 */
#include "../unit/fault.h"
#include "amdvi_driver.h"
#include <dmastream/deadline.h>

static const uint64_t late_ns = 100000; /* how long an event may take to memory after the tail has told of it */

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

static uint32_t tail(const struct dma_unit *base)
{
	return (uint32_t)dma_unit_read64(base, AMDVI_EVENT_TAIL) / 16;
}

static bool lost(struct dma_unit *base)
{
	return dma_unit_read64(base, AMDVI_STATUS) & AMDVI_STATUS_OVERFLOW;
}

/* So many, wherever they begin: the head moves under the lock. */
static unsigned pending(struct dma_unit *base, unsigned *first)
{
	uint32_t head = (uint32_t)dma_unit_read64(base, AMDVI_EVENT_HEAD) / 16, n = tail(base) - head;

	*first = 0;
	n %= base->log.count;
	return n || !lost(base) ? n : 1;
}

/* The next event. Some units move the tail before it is in memory: it is waited for, since a caller that polls trusts a
 * completion if it finds no fault (hazard 61); but not for long, as a tail that lies has none. */
static bool next(const struct dma_unit *base, uint64_t event[DMA_UNIT_EVENT_WORDS])
{
	struct dma_deadline deadline = dma_deadline_after(late_ns);

	while (dma_unit_log_read(base, tail(base), event)) {
		if (AMDVI_EVENT_CODE(event[0]))
			return true;
		if (dma_deadline_over(&deadline))
			break;
	}
	return false;
}

static bool read(struct dma_unit *base, unsigned index, struct dma_fault *fault)
{
	const struct dma_ivrs_unit *unit = base->found;
	uint64_t event[DMA_UNIT_EVENT_WORDS], first;
	unsigned code;

	(void)index;
	if (!next(base, event))
		return false;
	first = event[0];
	code = AMDVI_EVENT_CODE(first);
	*fault = (struct dma_fault){
		.requester = (uint32_t)unit->segment << 16 | AMDVI_EVENT_DEVICE(first),
		.access = DMA_FAULT_OTHER,
		.daddr = dma_daddr(event[1]),
		.code = code,
		.reason = reason_of(code, first),
	};
	if (code == AMDVI_ILLEGAL_COMMAND || code == AMDVI_COMMAND_ERROR) /* the unit's own: no device did it */
		fault->requester = (uint32_t)unit->segment << 16 | unit->id;
	else if (!(first & (AMDVI_EVENT_TRANSLATION | AMDVI_EVENT_INTERRUPT)))
		fault->access = first & AMDVI_EVENT_WRITE ? DMA_FAULT_WRITE : DMA_FAULT_READ;
	return true;
}

/* A slot that was read holds nothing. */
static void drop(struct dma_unit *base, unsigned index)
{
	(void)index;
	dma_arch_write_once(dma_unit_log_slot(base), 0, 8);
	dma_publish();
	dma_unit_write64(base, AMDVI_EVENT_HEAD, dma_unit_log_advance(base) * 16);
}

/* 2.5.1: after an overflow the log stands still until it is switched off and on again. */
static void found(struct dma_unit *base)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);

	dma_amdvi_control(unit, 0, AMDVI_CONTROL_EVENTS);
	dma_unit_write64(base, AMDVI_STATUS, AMDVI_STATUS_OVERFLOW);
	dma_amdvi_control(unit, AMDVI_CONTROL_EVENTS, 0);
}

const struct dma_unit_fault_ops dma_amdvi_faults = {pending, read, drop, lost, found};
