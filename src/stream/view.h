/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Device views of the library's own frames, made ready for a device and the CPU: shared, mapped, handed over. A view is
 * described by what its release will owe, from the moment that it is made.
 */
#ifndef DMASTREAM_SRC_VIEW_H
#define DMASTREAM_SRC_VIEW_H

#include "../memory/owed.h"

/* Makes a view of npages as place (enum dma_place) says, contents arbitrary, no line of it dirty in any other
 * mapping. 0, DMA_ENOMEM, DMA_ENOTSUP, or the host's error from sharing. Interrupts on. */
int dma_view_make(struct dma_owed_node *view, const struct dma_device *dev, int place, size_t npages);

/* The two steps of make where a view is not shared. take: frames from the host become a view without a mapping; they go
 * back if that fails. mapped_anew: a cached mapping beside the linear one will be made. map: the CPU's mapping of a
 * view; a failed one leaves the view as it was. Attributes: those of the mapping, as dma_host_kva_map() is told. */
int dma_view_take(struct dma_owed_node *view, int place, dma_paddr_t paddr, size_t npages, bool mapped_anew);
int dma_view_map(struct dma_owed_node *view, int place);
unsigned dma_view_attributes(int place);

/* Hands it to the device for the first time: afterwards no line of it is dirty in any cache (hazard 6). */
void dma_view_hand_over(const struct dma_owed_node *view);

/* Undoes make. Interrupts on. */
void dma_view_unmake(const struct dma_owed_node *view);

#endif
