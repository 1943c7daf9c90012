/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_faults.h"
#include "fault.h"
#include <dmastream/barrier.h>

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
	/* A device that faults on and on does not keep us here: one turn. Others may take some of it. */
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
