/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Pages of a confidential VM, shared with the host and made private again. Either way a hypervisor may stop in the
 * middle; the page at which it did is neither for certain, and never goes back to the allocator (hazards 49, 68).
 */
#ifndef DMASTREAM_SRC_CONVERT_H
#define DMASTREAM_SRC_CONVERT_H

#include <dmastream/platform.h>

/* Shares all pages, or none: 0, or the host's error. When it fails at a page, those before it are made private again
 * and go back to the host, those in doubt are quarantined, and those behind, which were not touched, go back.
 * Interrupts on. */
int dma_convert_share(dma_paddr_t paddr, size_t npages);

/* Makes pages private, scrubs them, and gives them back to the host. A page at which that failed is quarantined; so are
 * all that are left, where the host refuses again and again. Interrupts on. */
void dma_convert_give_back(dma_paddr_t paddr, size_t npages);

#endif
