/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the kinds of IOMMU have in common: domains, faults and doorbells of PCI functions.
 */
#ifndef BARE_IOMMU_REQUESTER_H
#define BARE_IOMMU_REQUESTER_H

#include "bare_iommu.h"
#include <dmastream/iommu.h>

/* Reads configuration space, for a probe (vtd.h, amdvi.h). */
uint32_t requester_read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset);
/* Counts faults by function: for dma_iommu_on_fault(). */
void requester_on_fault(const struct dma_fault *fault, void *context);

/* As the functions of struct bare_iommu, on that IOMMU. */
int requester_domain_for(struct dma_iommu *units, const struct bus_pci *fn, struct dma_device_config *config);
void requester_domain_put(struct dma_iommu *units, const struct bus_pci *fn, struct dma_domain *domain);
bool requester_registers(const struct dma_iommu *units, uint32_t requester, uint64_t *registers);
uint64_t requester_faults(struct dma_iommu *units, const struct bus_pci *fn);

struct pci_function;
/* The doorbell of messages (machine_doorbell()), for each function that can send some and for which id_of() knows what
 * the unit calls it; for no other. How many; there is room for PCI_FUNCTIONS. */
size_t requester_doorbells(struct dma_iommu_region *regions,
			   bool (*id_of)(const void *unit, const struct pci_function *fn, uint32_t *id),
			   const void *unit);

#endif
