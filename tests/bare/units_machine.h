/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What platform/bare/iommu/iommu_units.c calls: a machine with a few PCI functions, pages, and domains that are only
 * asked for.
 */
#ifndef TESTS_BARE_UNITS_MACHINE_H
#define TESTS_BARE_UNITS_MACHINE_H

#include "../../platform/bare/iommu/iommu_requester.h"
#include "../../platform/bare/iommu/iommu_units.h"
#include "tree_boot.h"

enum { FUNCTIONS = 6 };

/* Two of each of the buses 0, 1 and 2; and who leads the group of each. */
extern struct pci_function functions[FUNCTIONS];
extern const struct pci_function *groups[FUNCTIONS];
extern unsigned npages; /* that are taken */
extern dma_fault_handler *handler;
extern const struct dma_iommu *domain_of; /* the IOMMU that a domain was asked of last */

#endif
