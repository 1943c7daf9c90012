/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults: from a driver's decoded record to a report that names the stream (include/dmastream/iommu.h).
 */
#ifndef DMASTREAM_IOMMU_FAULT_H
#define DMASTREAM_IOMMU_FAULT_H

#include "../space/space.h"
#include <dmastream/iommu.h>

/* Counts n faults, of the space if it is known: before they are taken off the hardware (hazard 79). Any context. */
void dma_fault_count(struct dma_space *space, unsigned n);

/* Completes a driver's record (dev, requester, daddr, access, reason, code are set; dev and space NULL if unknown) with
 * what had the address, logs it if the rate allows, and tells the callback. It is counted already. No lock is held. Any
 * context. */
void dma_fault_report(struct dma_space *space, struct dma_fault *fault);

/* Says that the hardware dropped, or compressed into one that it reported, at least n. They are counted already. Any
 * context. */
void dma_fault_log_lost(unsigned n);

/* The text of a code in a driver's table, which may have holes. */
static inline const char *dma_fault_text(const char *const *texts, size_t n, unsigned code)
{
	return code < n && texts[code] ? texts[code] : "unknown reason";
}

#endif
