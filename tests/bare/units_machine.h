/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What platform/bare/iommu/iommu_units.c calls beside the functions of PCI: pages, and domains that are only asked for.
 */
#ifndef TESTS_BARE_UNITS_MACHINE_H
#define TESTS_BARE_UNITS_MACHINE_H

#include "../../platform/bare/iommu/iommu_requester.h"
#include "../../platform/bare/iommu/iommu_units.h"
#include "functions.h"

extern unsigned npages; /* that are taken */
extern dma_fault_handler *handler;
extern const struct dma_iommu *domain_of; /* the IOMMU that a domain was asked of last */

#endif
