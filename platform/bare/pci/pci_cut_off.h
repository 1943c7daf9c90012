/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ending a function's DMA without an IOMMU's help.
 */
#ifndef BARE_PCI_CUT_OFF_H
#define BARE_PCI_CUT_OFF_H

#include "pci.h"

/* Bus mastering off, what is under way awaited, and a function-level reset where the function has one; its BARs are put
 * back. bus_pci_enable() does not make it a bus master again. 0: it starts no access any more, and none is under way.
 * DMA_ETIMEDOUT: it does not confirm that. DMA_ENODEV: it does not answer, since it was pulled or did not come back
 * from a reset. May be called again for the same function. Any context; it takes up to 1.2 s. */
int pci_cut_off(struct pci_function *fn);

#endif
