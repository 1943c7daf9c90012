/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reading faults out of a unit, on any number of CPUs at once (hazards 61 and 79).
 *
 * Each record is read, counted and taken off the hardware under one lock, in this order, and reported after that. So a
 * CPU that polls after a blocked access finds the record in the hardware, or finds it counted: never neither.
 */
#ifndef DMASTREAM_IOMMU_UNIT_FAULTS_H
#define DMASTREAM_IOMMU_UNIT_FAULTS_H

#include "unit_devices.h"

/* What a driver supplies. */
struct dma_unit_fault_ops {
	/* How many records are to be looked at, at most, and the first of them; 0: nothing has happened. Of a unit that
	 * writes events to a ring in memory it is dma_unit_log_pending() (unit->log), or dma_unit_requests_pending()
	 * (unit->requests). */
	unsigned (*pending)(struct dma_unit *unit, unsigned *first);

	/* Of such a unit: what one event says. False: it has not arrived yet. NULL: there is no such ring. Fault_lock
	 * held. */
	bool (*decode)(struct dma_unit *unit, const uint64_t event[DMA_UNIT_EVENT_WORDS], struct dma_fault *fault);

	/* Such an event has been reported, and its slot is free: the device or the unit may wait for an answer. No lock
	 * is held. NULL: none does. [any] */
	void (*answer)(struct dma_unit *unit, const uint64_t event[DMA_UNIT_EVENT_WORDS]);

	/* Of any other unit, the two that follow. */
	/* Decodes a record: requester, access, daddr, reason, code. False: none is there. Fault_lock held. */
	bool (*read)(struct dma_unit *unit, unsigned index, struct dma_fault *fault);
	/* Takes that record off the hardware. Fault_lock held. */
	void (*drop)(struct dma_unit *unit, unsigned index);

	/* True if the hardware says that it had no room for some [any] / acknowledges that. NULL: it never says so, or
	 * in the indices of its log. Fault_lock held. */
	bool (*lost)(struct dma_unit *unit);
	void (*found)(struct dma_unit *unit);
};

/* ---- Events that the hardware writes to a ring in memory (unit->log, unit->requests) -------------------------- */

/* For the driver's memory: takes a ring of that shape for one of the unit's logs. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_unit_log_make(struct dma_unit *unit, struct dma_unit_log *log, struct dma_unit_log shape);
/* The event at the head; false: none is there. tail: the hardware's index, as it was just read, which is not believed
 * beyond the ring. Fault_lock held. */
bool dma_unit_log_read(const struct dma_unit *unit, const struct dma_unit_log *log, uint32_t tail,
		       uint64_t event[DMA_UNIT_EVENT_WORDS]);

/* The events between the unit's head and tail registers. The head is read before the tail: who else moves it meanwhile
 * has counted what it took. */
unsigned dma_unit_log_pending(struct dma_unit *unit, unsigned *first);
unsigned dma_unit_requests_pending(struct dma_unit *unit, unsigned *first);

/* ---- Reading -------------------------------------------------------------------------------------------------- */

/* As dma_iommu_poll(), for one unit. Any context. */
unsigned dma_unit_poll(struct dma_unit *unit);
/* Forgets those from before our time. Nobody polls. */
void dma_unit_faults_clear(struct dma_unit *unit);

#endif
