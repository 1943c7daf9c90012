/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Views: the library's own frames made ready for a device and the CPU: shared, mapped, scrubbed, handed over.
 */
#ifndef DMASTREAM_SRC_VIEW_H
#define DMASTREAM_SRC_VIEW_H

#include "../memory/hold.h"
#include <dmastream/device.h>

/* Frames of the device's reach and how the CPU reaches them. */
struct dma_view {
	dma_paddr_t paddr;
	size_t npages;
	unsigned char *va;
	unsigned flags; /* enum dma_hold_flag: what undoing takes */
};

/* Makes a view of npages as place (enum dma_place) says, contents arbitrary, no line of it dirty in any other
 * mapping. 0, DMA_ENOMEM, DMA_ENOTSUP, or the host's error from sharing. Interrupts on. */
int dma_view_make(struct dma_view *view, const struct dma_device *dev, int place, size_t npages);

/* Hands it to the device for the first time: afterwards no line of it is dirty in any cache (hazard 6). */
void dma_view_hand_over(const struct dma_view *view);

/* Undoes make. Interrupts on. */
void dma_view_unmake(const struct dma_view *view);

/* The device may reach it, and that cannot be ended: lost for good, and counted. Interrupts on. */
void dma_view_quarantine(const struct dma_view *view);

/* The hold that releases it, filled into *hold. */
void dma_view_to_hold(const struct dma_view *view, struct dma_hold *hold);

#endif
