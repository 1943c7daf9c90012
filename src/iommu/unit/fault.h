/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults: from a driver's decoded record to a report that names the stream (include/dmastream/iommu.h).
 */
#ifndef DMASTREAM_IOMMU_FAULT_H
#define DMASTREAM_IOMMU_FAULT_H

#include "../space/space.h"
#include <dmastream/iommu.h>

/* Completes a driver's record (dev, requester, daddr, access, reason, code are set; dev and space NULL if unknown)
 * with what had the address, counts it, logs it if the rate allows, and tells the callback. No lock is held. Any
 * context. */
void dma_fault_report(struct dma_space *space, struct dma_fault *fault);

/* Faults that the hardware dropped, or compressed into one it reported: at least n. Any context. */
void dma_fault_lost(struct dma_space *space, unsigned n);

#endif
