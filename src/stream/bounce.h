/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bounces of lists and buffers: blocks of frames that lie ready, so that taking one asks the host for nothing.
 *
 * A block has 1, 2, 4, 8 or 16 pages; larger ones are made when they are needed. Blocks are kept by what they suit:
 * devices behind an IOMMU or not, that snoop or not. In a confidential VM they stay shared while they are kept.
 *
 * What a block holds: zeros, but for a range of bytes (dirty) that its last use left, which is written over or cleared
 * before the next device sees it (hazards 7, 40).
 */
#ifndef DMASTREAM_SRC_BOUNCE_H
#define DMASTREAM_SRC_BOUNCE_H

#include "../memory/owed.h"

/* A block of at least npages for the device, as place (enum dma_place) says. NULL and *error: DMA_ENOMEM (with
 * interrupts off the reserve is empty, which is counted), DMA_EBUSY (more than 16 pages, and interrupts are off), or
 * the host's error from sharing. Any context. */
struct dma_owed_node *dma_bounce_get(const struct dma_device *dev, int place, size_t npages, int *error);

/* No device reaches it any more. Any context. */
void dma_bounce_put(struct dma_owed_node *node);

/* A device may reach it for ever. Any context. */
void dma_bounce_quarantine(struct dma_owed_node *node);

/* Keeps count blocks of npages for callers with interrupts off, and fills the reserve. 0, or as dma_view_make().
 * Interrupts on. */
int dma_bounce_reserve(const struct dma_device *dev, int place, size_t npages, unsigned count);

#define DMA_BOUNCE_MOST_PAGES 16u

/* ---- Contents ---- */

/* The bytes of a block that may not be zero: stands where a stream's daddr would. */
struct dma_dirty {
	uint32_t from, to;
};

static inline struct dma_dirty dma_bounce_dirty(const struct dma_owed_node *node)
{
	return (struct dma_dirty){(uint32_t)node->owed.daddr, (uint32_t)(node->owed.daddr >> 32)};
}

static inline void dma_bounce_soil(struct dma_owed_node *node, size_t from, size_t to)
{
	node->owed.daddr = (uint64_t)to << 32 | (uint32_t)from;
}

#endif
