/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_faults.h"
#include "fault.h"
#include "unit.h"
#include "unit_registers.h"
#include <dmastream/barrier.h>
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

/* ---- A log in memory ---- */

static const uint64_t late_ns = 100000; /* how long an event may take to memory after the tail has told of it */

int dma_unit_log_make(struct dma_unit *unit, struct dma_unit_log shape)
{
	size_t nbytes = (size_t)shape.count * shape.words * sizeof(shape.events[0]);

	shape.events = dma_unit_take(unit, (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, DMA_PAGE_SIZE, &shape.paddr);
	unit->log = shape;
	return shape.events ? 0 : DMA_ENOMEM;
}

static uint64_t *slot_at_head(const struct dma_unit *unit)
{
	return &unit->log.events[(size_t)(unit->log.head % unit->log.count) * unit->log.words];
}

bool dma_unit_log_read(const struct dma_unit *unit, uint32_t tail, uint64_t event[DMA_UNIT_EVENT_WORDS])
{
	const struct dma_unit_log *log = &unit->log;
	uint64_t *slot = slot_at_head(unit);
	uint32_t waiting = (tail - log->head) & (log->span - 1);

	if (waiting == 0 || waiting > log->count)
		return false;
	dma_consume(); /* the event after the index that announced it */
	if (!unit->reach.snoops)
		dma_cache_invalidate(slot, log->words * sizeof(*slot));
	dma_arch_copy(event, slot, log->words * sizeof(*slot));
	return true;
}

/* An event that has not arrived is waited for, since a caller that polls trusts a completion if it finds no fault
 * (hazard 61); but not for long, as a tail that lies has none. */
static bool log_next(struct dma_unit *unit, struct dma_fault *fault)
{
	struct dma_deadline deadline = dma_deadline_after(late_ns);
	uint64_t event[DMA_UNIT_EVENT_WORDS];

	while (dma_unit_log_read(unit, dma_unit_read32(unit, unit->log.tail_register) / unit->log.step, event)) {
		if (unit->driver->faults->decode(unit, event, fault))
			return true;
		if (dma_deadline_over(&deadline))
			break;
	}
	return false;
}

static void log_tell(const struct dma_unit *unit)
{
	dma_unit_write32(unit, unit->log.head_register, unit->log.head * unit->log.step | unit->log.acknowledged);
}

static void log_drop(struct dma_unit *unit)
{
	if (unit->log.cleared) {
		dma_arch_write_once(slot_at_head(unit), 0, 8);
		dma_publish();
	}
	unit->log.head = (unit->log.head + 1) & (unit->log.span - 1);
	log_tell(unit);
}

unsigned dma_unit_log_pending(struct dma_unit *unit, unsigned *first)
{
	const struct dma_unit_log *log = &unit->log;
	uint32_t head = dma_unit_read32(unit, log->head_register), tail = dma_unit_read32(unit, log->tail_register);
	uint32_t n = (tail / log->step - head / log->step) & (log->span - 1);

	*first = 0;
	if (n == 0 &&
	    ((tail ^ head) & log->toggles || (unit->driver->faults->lost && unit->driver->faults->lost(unit))))
		return 1;
	return n < log->count ? n : log->count;
}

/* ---- Faults, wherever they are ---- */

static bool read(struct dma_unit *unit, unsigned index, struct dma_fault *fault)
{
	return unit->driver->faults->decode ? log_next(unit, fault) : unit->driver->faults->read(unit, index, fault);
}

static void drop(struct dma_unit *unit, unsigned index)
{
	if (unit->driver->faults->decode)
		log_drop(unit);
	else
		unit->driver->faults->drop(unit, index);
}

/* True if some were lost, which is acknowledged by found(). */
static bool lost(struct dma_unit *unit)
{
	const struct dma_unit_log *log = &unit->log;

	if (log->toggles)
		return (dma_unit_read32(unit, log->tail_register) ^ log->acknowledged) & log->toggles;
	return unit->driver->faults->lost && unit->driver->faults->lost(unit);
}

static void found(struct dma_unit *unit)
{
	if (unit->log.toggles) {
		unit->log.acknowledged ^= unit->log.toggles;
		log_tell(unit);
	} else {
		unit->driver->faults->found(unit);
	}
}

/* The next fault, counted and taken off; false: the record is empty. What *space and fault->dev point to stays until
 * dma_unit_report_end(). */
static bool take(struct dma_unit *unit, unsigned index, struct dma_fault *fault, struct dma_space **space)
{
	uintptr_t outer = dma_host_lock(&unit->fault_lock), inner;
	struct dma_unit_domain *domain = NULL;
	bool taken;

	*fault = (struct dma_fault){0};
	taken = read(unit, index, fault);
	if (taken) {
		inner = dma_host_lock(&unit->lock);
		fault->dev = dma_unit_find(unit, fault->requester, &domain);
		dma_unit_report_begin(unit);
		dma_host_unlock(&unit->lock, inner);
		*space = domain ? &domain->space : NULL;
		dma_fault_count(*space, 1);
		dma_publish(); /* who sees that the record is gone sees the count */
		drop(unit, index);
	}
	dma_host_unlock(&unit->fault_lock, outer);
	return taken;
}

static bool take_lost(struct dma_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->fault_lock);
	bool some = lost(unit);

	if (some) {
		dma_fault_count(NULL, 1);
		dma_publish();
		found(unit);
	}
	dma_host_unlock(&unit->fault_lock, state);
	return some;
}

/* One turn of the ring, and no more: a device that faults without end must not keep this CPU here. Another CPU may take
 * some of the records first. */
static dma_cold unsigned take_all(struct dma_unit *unit, unsigned first, unsigned most)
{
	struct dma_space *space;
	struct dma_fault fault;
	unsigned n = 0;

	for (unsigned i = 0; i < most; i++)
		if (take(unit, first + i, &fault, &space)) {
			dma_fault_report(space, &fault);
			dma_unit_report_end(unit);
			n++;
		}
	if (take_lost(unit)) {
		dma_fault_log_lost(1);
		n++;
	}
	return n;
}

unsigned dma_unit_poll(struct dma_unit *unit)
{
	unsigned first, most = unit->driver->faults->pending(unit, &first);

	if (most)
		return take_all(unit, first, most);
	dma_consume(); /* the register before the counts that another CPU has moved */
	return 0;
}

void dma_unit_faults_clear(struct dma_unit *unit)
{
	unsigned first, most = unit->driver->faults->pending(unit, &first);
	struct dma_fault fault;

	for (unsigned i = 0; i < most; i++)
		if (read(unit, first + i, &fault))
			drop(unit, first + i);
	if (lost(unit))
		found(unit);
}
