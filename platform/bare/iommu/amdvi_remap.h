/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Interrupt remapping with AMD-Vi, which is the host's business and not the library's: each function has a table of its
 * own, with the interrupts that it was given, and every other write to the interrupt window is blocked.
 */
#ifndef BARE_AMDVI_REMAP_H
#define BARE_AMDVI_REMAP_H

#include "../pci/pci.h"

struct dma_iommu;

/* Lets fn, and nobody else, send the message as interrupt `number`, and changes it to what fn has to write. 0,
 * DMA_ENOTSUP (the CPU's id has more than 8 bits), DMA_ENOMEM, DMA_ENODEV, DMA_ETIMEDOUT. */
int amdvi_remap_message(struct dma_iommu *amdvi, const struct pci_function *fn, unsigned number,
			struct machine_message *message);
/* Blocks it again. */
void amdvi_remap_end(struct dma_iommu *amdvi, unsigned number);

#endif
