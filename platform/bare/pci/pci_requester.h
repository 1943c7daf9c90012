/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whose requester id a function's DMA carries, and which functions an IOMMU cannot keep apart.
 */
#ifndef BARE_PCI_REQUESTER_H
#define BARE_PCI_REQUESTER_H

#include "pci.h"

/* Reads what the two below decide by, with the function's config and bus already set; switches access control services
 * (ACS) on where the function has them. */
void pci_read_port(struct pci_function *fn);

/* The index-th requester id (bus << 8 | devfn) that DMA of fn may carry, the one that reaches the root complex first;
 * false past the last. `functions` are all n that were found.
 *
 * Behind a bridge from PCI Express to PCI that is the bridge's secondary bus with device 0, function 0: the bridge owns
 * the transactions that it takes upstream (PCI Express to PCI/PCI-X Bridge specification 1.0, 2.3). Behind a bridge
 * that is no PCI Express function it is that bridge's own id. Further ids are those of bridges below it, and the
 * function's own, which a PCI-X bridge may let through: an IOMMU that gets them, too, blocks none of the function's
 * DMA. */
bool pci_requester(const struct pci_function *functions, unsigned n, const struct pci_function *fn, unsigned index,
		   uint16_t *id);

/* The function that stands for all those which must share a domain with fn, the same for each of them; fn itself where
 * it is alone. They share one if an id is common to them, or if they reach each other without passing the IOMMU: behind
 * a bridge or port that does not send all requests upstream (PCI Express base specification, 6.12: access control
 * services), or as functions of one device that has none. */
const struct pci_function *pci_group(const struct pci_function *functions, unsigned n, const struct pci_function *fn);

#endif
