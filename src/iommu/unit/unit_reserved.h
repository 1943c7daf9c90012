/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Addresses that a unit reserves for the requesters of a domain (doorbells that it lets through by itself, bridge
 * windows): no stream gets one, and no fixed region is mapped there.
 */
#ifndef DMASTREAM_IOMMU_UNIT_RESERVED_H
#define DMASTREAM_IOMMU_UNIT_RESERVED_H

#include "unit_devices.h"

/* For domain_describe: reserves from `first` to `last`, rounded out to 4 KiB. Of a domain that is made the range has to
 * be one of those already: for a device that comes. 0, DMA_ENOMEM, DMA_ENOTSUP (it is none of them, or there are more
 * than a page holds: the log has said so). Interrupts on. */
DMA_MUST_CHECK int dma_unit_reserve(struct dma_unit_domain *domain, uint64_t first, uint64_t last);

/* True if the unit maps all granules from `at` to *end; false if some address of each is reserved. *end is `last`, or
 * where it changes. */
bool dma_unit_usable(const struct dma_unit_domain *domain, uint64_t at, uint64_t last, uint64_t *end);
/* False if the range lies in part beside a reserved one, and in the same granule: the unit would not map that. */
bool dma_unit_fits(const struct dma_unit_domain *domain, uint64_t first, uint64_t last);

#endif
