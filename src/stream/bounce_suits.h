/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Whether a device reaches a block of frames as it wants it: within its mask, windows, alignment and boundary.
 */
#ifndef DMASTREAM_SRC_BOUNCE_SUITS_H
#define DMASTREAM_SRC_BOUNCE_SUITS_H

#include "../device/reach.h"
#include "../memory/owed.h"

/* A block that is longer than the boundary is one that a list cuts there. */
static inline uint64_t dma_bounce_boundary(const struct dma_device *dev, size_t npages)
{
	return (uint64_t)npages << DMA_PAGE_SHIFT > dev->boundary ? 0 : dev->boundary;
}

static inline bool dma_bounce_suits(const struct dma_device *dev, const struct dma_owed_node *node)
{
	size_t nbytes = (size_t)node->owed.npages << DMA_PAGE_SHIFT;
	uint64_t boundary = dma_bounce_boundary(dev, node->owed.npages);
	dma_daddr_t daddr;

	if (dev->domain->ops)
		return true;
	return dma_device_finds(dev, node->owed.paddr, nbytes, &daddr) && (daddr.raw & (dev->min_align - 1)) == 0 &&
	       (!boundary || (daddr.raw ^ (daddr.raw + (nbytes - 1))) < boundary);
}

/* Most blocks suit most devices, which shows without a search through windows. */
static inline bool dma_bounce_suits_plainly(const struct dma_device *dev, const struct dma_owed_node *node)
{
	uint64_t last = node->owed.paddr.raw + (((uint64_t)node->owed.npages << DMA_PAGE_SHIFT) - 1);

	return dev->domain->ops || (!dev->nwindows && !dev->boundary && last <= dev->mask &&
				    (node->owed.paddr.raw & (dev->min_align - 1)) == 0);
}

#endif
