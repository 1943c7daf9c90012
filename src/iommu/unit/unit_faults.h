/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reading faults out of a unit, on any number of CPUs at once (hazards 61 and 79).
 *
 * Each record is read, counted and taken off the hardware under one lock, in this order, and reported after that. So a
 * CPU that polls after a blocked access finds the record in the hardware, or finds it counted: never neither.
 *
 * A driver supplies, in struct dma_unit_driver:
 *	faults_pending	a bound of how many records are to be looked at, and the first; 0: nothing has happened. No lock.
 *	fault_read	decodes a record: requester, access, daddr, reason, code. False: none is there.
 *	fault_drop	takes that record off the hardware
 *	faults_lost	true if the hardware says that it dropped some / faults_found acknowledges that
 */
#ifndef DMASTREAM_IOMMU_UNIT_FAULTS_H
#define DMASTREAM_IOMMU_UNIT_FAULTS_H

#include "unit_devices.h"

/* As dma_iommu_poll(), for one unit. Any context. */
unsigned dma_unit_poll(struct dma_unit *unit);
/* Forgets those from before our time. Nobody polls. */
void dma_unit_faults_clear(struct dma_unit *unit);

#endif
