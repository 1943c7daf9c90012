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

/* What a driver supplies; all but pending() with fault_lock held. */
struct dma_unit_fault_ops {
	/* How many records are to be looked at, at most, and the first of them; 0: nothing has happened. */
	unsigned (*pending)(struct dma_unit *unit, unsigned *first);
	/* Decodes a record: requester, access, daddr, reason, code. False: none is there. */
	bool (*read)(struct dma_unit *unit, unsigned index, struct dma_fault *fault);
	/* Takes that record off the hardware. */
	void (*drop)(struct dma_unit *unit, unsigned index);
	/* True if the hardware says that it had no room for some / acknowledges that. */
	bool (*lost)(struct dma_unit *unit);
	void (*found)(struct dma_unit *unit);
};

/* As dma_iommu_poll(), for one unit. Any context. */
unsigned dma_unit_poll(struct dma_unit *unit);
/* Forgets those from before our time. Nobody polls. */
void dma_unit_faults_clear(struct dma_unit *unit);

#endif
