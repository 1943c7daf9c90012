/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Interrupt remapping, which is the host's business and not the library's: with it a device can only send the
 * interrupts that it was given, and every other write to the interrupt window is blocked.
 */
#ifndef BARE_VTD_REMAP_H
#define BARE_VTD_REMAP_H

#include "../pci/pci.h"

struct dma_iommu;

/* Switches remapping on, with nothing let through, in every unit that the DMAR table names; the library drives them
 * already, with host_remaps_interrupts. 0; DMA_ENOTSUP (a unit cannot: a line says which), DMA_ENOMEM, DMA_ETIMEDOUT.
 * Interrupts on. */
int vtd_remap_start(struct dma_iommu *vtd, const uint8_t *dmar, size_t nbytes);

/* Lets fn, and nobody else, send the message as interrupt `number`, and changes it to what fn has to write. 0,
 * DMA_ENOTSUP (remapping is not on), DMA_ETIMEDOUT. */
int vtd_remap_message(const struct pci_function *fn, unsigned number, struct machine_message *message);
/* Blocks it again. */
void vtd_remap_end(unsigned number);

#endif
