/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who is attached to what, behind a unit that takes requests and keeps its device table to itself: a device table of
 * our own (unit_tables.h) that no hardware reads. An entry of it is one word:
 *
 *	0                the requester is attached to nothing: it is blocked
 *	1 << 16 | id     it is attached to the domain of that id; 0: to the one that bypasses the unit
 *
 * It has ids and no pointers, since a confidential VM's host can write to such tables.
 *
 * A domain counts its entries: the unit knows of it while it has one. The driver's change() and clear() keep the table.
 * clear() may come at any moment, so that an entry and its domain's count change together, under the unit's lock.
 */
#ifndef DMASTREAM_IOMMU_UNIT_ATTACHED_H
#define DMASTREAM_IOMMU_UNIT_ATTACHED_H

#include "unit_devices.h"

/* For memory: makes the table, in which nobody is attached. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_unit_attached_make(struct dma_unit *unit);

/* For change, before the unit is asked: makes the requester's entry, if it has none. 0, DMA_ENOMEM. Interrupts on. */
DMA_MUST_CHECK int dma_unit_attached_prepare(struct dma_unit *unit, uint32_t requester);
/* When the unit has done it: the requester is attached to that domain (NULL: to the one that bypasses), whatever it was
 * attached to. True: it is the domain's first. */
bool dma_unit_attached_set(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain *domain);
/* True if the requester is attached. Any context. */
bool dma_unit_attached(struct dma_unit *unit, uint32_t requester);
/* For clear, before the unit is asked: the requester is attached to nothing. False: it was not attached. *domain: what
 * it was attached to. Any context. */
bool dma_unit_attached_end(struct dma_unit *unit, uint32_t requester, struct dma_unit_domain **domain);

/* True if some requester is attached to the domain. Any context. */
static inline bool dma_unit_domain_known(const struct dma_unit_domain *domain)
{
	return __atomic_load_n(&domain->attached, __ATOMIC_RELAXED);
}

#endif
