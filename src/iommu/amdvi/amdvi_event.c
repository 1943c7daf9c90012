/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The event log (AMD IOMMU specification 48882, 2.5): reads what was blocked, says it in words, gives the slots back.
 */
#include "amdvi_driver.h"

enum { FIRST = 0, SECOND = 1, WORDS = 2 };

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
	const char *text = code < sizeof(codes) / sizeof(codes[0]) ? codes[code] : NULL;

	if (code == AMDVI_PAGE_FAULT && first & AMDVI_EVENT_RESERVED)
		return "reserved bits in a page-table entry";
	if (code == AMDVI_PAGE_FAULT && first & AMDVI_EVENT_INTERRUPT)
		return "interrupt blocked";
	if (code == AMDVI_PAGE_FAULT && first & AMDVI_EVENT_PRESENT)
		return "access not allowed";
	return text ? text : "unknown event";
}

static uint64_t *slot(const struct amdvi_unit *unit)
{
	return &unit->events[WORDS * (size_t)(unit->event_head % AMDVI_EVENTS)];
}

static uint32_t tail(const struct amdvi_unit *unit)
{
	return (uint32_t)dma_amdvi_read(unit, AMDVI_EVENT_TAIL) / 16 % AMDVI_EVENTS;
}

/* One turn of the log, wherever it begins: its head moves under the lock. */
static unsigned pending(struct dma_unit *base, unsigned *first)
{
	const struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	bool none = dma_amdvi_read(unit, AMDVI_EVENT_HEAD) == dma_amdvi_read(unit, AMDVI_EVENT_TAIL);

	*first = 0;
	return none && !(dma_amdvi_read(unit, AMDVI_STATUS) & AMDVI_STATUS_OVERFLOW) ? 0 : AMDVI_EVENTS;
}

/* Some units move the tail before the event is in memory: a slot that holds nothing is looked at later. */
static bool read(struct dma_unit *base, unsigned index, struct dma_fault *fault)
{
	const struct amdvi_unit *unit = dma_amdvi_unit_of(base);
	uint64_t first, second;
	unsigned code;

	(void)index;
	if (tail(unit) == unit->event_head)
		return false;
	dma_consume(); /* the event after the tail that announced it */
	first = dma_arch_read_once(&slot(unit)[FIRST], 8);
	code = AMDVI_EVENT_CODE(first);
	if (!code)
		return false;
	second = dma_arch_read_once(&slot(unit)[SECOND], 8);
	*fault = (struct dma_fault){
		.requester = (uint32_t)unit->found->segment << 16 | AMDVI_EVENT_DEVICE(first),
		.access = DMA_FAULT_OTHER,
		.daddr = dma_daddr(second),
		.code = code,
		.reason = reason_of(code, first),
	};
	if (code == AMDVI_ILLEGAL_COMMAND || code == AMDVI_COMMAND_ERROR) /* the unit's own: no device did it */
		fault->requester = (uint32_t)unit->found->segment << 16 | unit->found->id;
	else if (!(first & (AMDVI_EVENT_TRANSLATION | AMDVI_EVENT_INTERRUPT)))
		fault->access = first & AMDVI_EVENT_WRITE ? DMA_FAULT_WRITE : DMA_FAULT_READ;
	return true;
}

/* A slot that was read holds nothing. */
static void drop(struct dma_unit *base, unsigned index)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);

	(void)index;
	dma_arch_write_once(&slot(unit)[FIRST], 0, 8);
	dma_publish();
	unit->event_head = (unit->event_head + 1) % AMDVI_EVENTS;
	dma_amdvi_write(unit, AMDVI_EVENT_HEAD, unit->event_head * 16);
}

static bool lost(struct dma_unit *base)
{
	return dma_amdvi_read(dma_amdvi_unit_of(base), AMDVI_STATUS) & AMDVI_STATUS_OVERFLOW;
}

/* 2.5.1: after an overflow the log stands still until it is switched off and on again. */
static void found(struct dma_unit *base)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(base);

	dma_amdvi_control(unit, 0, AMDVI_CONTROL_EVENTS);
	dma_amdvi_write(unit, AMDVI_STATUS, AMDVI_STATUS_OVERFLOW);
	dma_amdvi_control(unit, AMDVI_CONTROL_EVENTS, 0);
}

void dma_amdvi_events_start(struct amdvi_unit *unit)
{
	unit->event_head = 0;
	dma_arch_fill(unit->events, 0, AMDVI_EVENTS * WORDS * sizeof(unit->events[0]));
	dma_publish();
	dma_amdvi_write(unit, AMDVI_EVENT_LOG, unit->event_paddr.raw | (uint64_t)AMDVI_RING_BITS << AMDVI_LENGTH_SHIFT);
	dma_amdvi_write(unit, AMDVI_EVENT_HEAD, 0);
	dma_amdvi_write(unit, AMDVI_EVENT_TAIL, 0);
}

const struct dma_unit_fault_ops dma_amdvi_faults = {pending, read, drop, lost, found};
