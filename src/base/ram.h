/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whether memory is RAM. What the host has said in dma_host_info (ram_first, ram_last) holds for as long as the machine
 * runs, so that it is compared here; about everything else the host is asked each time. Before dma_init() and after
 * dma_fini() nothing is known, and nothing ever where text is dearer than time (DMA_CONFIG_INLINE).
 */
#ifndef DMASTREAM_SRC_RAM_H
#define DMASTREAM_SRC_RAM_H

#include "state.h"

static inline bool dma_is_ram(dma_paddr_t paddr, size_t npages)
{
	uint64_t at = paddr.raw - dma_state.host.ram_first;

	if (DMA_CONFIG_INLINE &&
	    dma_likely(at < dma_state.ram_bytes && npages <= (dma_state.ram_bytes - at) >> DMA_PAGE_SHIFT))
		return true;
	return dma_host_is_ram(paddr, npages);
}

/* True, and the physical address, for memory in the linear map that is known to be RAM; never of no bytes. */
static inline bool dma_linear_known(const void *memory, size_t len, dma_paddr_t *paddr)
{
	uintptr_t at = (uintptr_t)memory - dma_state.ram_linear;

	*paddr = dma_paddr(dma_state.host.ram_first + at);
	/* If len is 0, len - 1 is more than any range has. */
	return DMA_CONFIG_INLINE &&
	       dma_likely(at < dma_state.ram_linear_bytes && len - 1 < dma_state.ram_linear_bytes - at);
}

#endif
