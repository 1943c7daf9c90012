/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_faults.h"
#include "fault.h"
#include "unit.h"
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

/* The next fault, counted and taken off; false: the record is empty. What *space and fault->dev point to stays until
 * dma_unit_report_end(). */
static bool take(struct dma_unit *unit, unsigned index, struct dma_fault *fault, struct dma_space **space)
{
	uintptr_t outer = dma_host_lock(&unit->fault_lock), inner;
	struct dma_unit_domain *domain = NULL;
	bool found;

	*fault = (struct dma_fault){0};
	found = unit->driver->faults->read(unit, index, fault);
	if (found) {
		inner = dma_host_lock(&unit->lock);
		fault->dev = dma_unit_find(unit, fault->requester, &domain);
		dma_unit_report_begin(unit);
		dma_host_unlock(&unit->lock, inner);
		*space = domain ? &domain->space : NULL;
		dma_fault_count(*space, 1);
		dma_publish(); /* who sees that the record is gone sees the count */
		unit->driver->faults->drop(unit, index);
	}
	dma_host_unlock(&unit->fault_lock, outer);
	return found;
}

static bool take_lost(struct dma_unit *unit)
{
	uintptr_t state = dma_host_lock(&unit->fault_lock);
	bool lost = unit->driver->faults->lost(unit);

	if (lost) {
		dma_fault_count(NULL, 1);
		dma_publish();
		unit->driver->faults->found(unit);
	}
	dma_host_unlock(&unit->fault_lock, state);
	return lost;
}

unsigned dma_unit_poll(struct dma_unit *unit)
{
	unsigned first = 0, pending = unit->driver->faults->pending(unit, &first), n = 0;
	struct dma_space *space;
	struct dma_fault fault;

	if (!pending) {
		dma_consume(); /* the register before the counts that another CPU has moved */
		return 0;
	}
	/* One turn of the ring, and no more: a device that faults without end must not keep this CPU here. Another CPU
	 * may take some of the records first. */
	for (unsigned i = 0; i < pending; i++)
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

void dma_unit_faults_clear(struct dma_unit *unit)
{
	unsigned first = 0, pending = unit->driver->faults->pending(unit, &first);
	struct dma_fault fault;

	for (unsigned i = 0; i < pending; i++)
		if (unit->driver->faults->read(unit, first + i, &fault))
			unit->driver->faults->drop(unit, first + i);
	if (unit->driver->faults->lost(unit))
		unit->driver->faults->found(unit);
}

/* ---- A log in memory ---- */

int dma_unit_log_make(struct dma_unit *unit, uint32_t count, uint32_t words, uint32_t span)
{
	struct dma_unit_log *log = &unit->log;
	size_t nbytes = (size_t)count * words * sizeof(log->events[0]);

	log->count = count;
	log->words = words;
	log->span = span;
	log->events = dma_unit_take(unit, (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, DMA_PAGE_SIZE, &log->paddr);
	return log->events ? 0 : DMA_ENOMEM;
}

uint64_t *dma_unit_log_slot(const struct dma_unit *unit)
{
	return &unit->log.events[(size_t)(unit->log.head % unit->log.count) * unit->log.words];
}

bool dma_unit_log_read(const struct dma_unit *unit, uint32_t tail, uint64_t event[DMA_UNIT_EVENT_WORDS])
{
	const struct dma_unit_log *log = &unit->log;
	uint64_t *slot = dma_unit_log_slot(unit);
	uint32_t waiting = (tail - log->head) % log->span;

	if (waiting == 0 || waiting > log->count)
		return false;
	dma_consume(); /* the event after the index that announced it */
	if (!unit->reach.snoops)
		dma_cache_invalidate(slot, log->words * sizeof(*slot));
	dma_arch_copy(event, slot, log->words * sizeof(*slot));
	return true;
}

uint32_t dma_unit_log_advance(struct dma_unit *unit)
{
	unit->log.head = (unit->log.head + 1) % unit->log.span;
	return unit->log.head;
}
