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

#include "../base/atomic.h"
#include "../base/state.h"
#include "../memory/owed.h"
#include <dmastream/arch.h>

/* A block of at least npages for the device, as place (enum dma_place) says. NULL and *error: DMA_ENOMEM (with
 * interrupts off the reserve is empty, which is counted), DMA_EBUSY (more than 16 pages, and interrupts are off), or
 * the host's error from sharing. Any context. */
struct dma_owed_node *dma_bounce_get(const struct dma_device *dev, int place, size_t npages, int *error);

/* The same, if one of exactly that kind was given back last; NULL: ask dma_bounce_get(). npages: at most
 * DMA_BOUNCE_MOST_PAGES. Any context. */
struct dma_owed_node *dma_bounce_get_ready(const struct dma_device *dev, size_t npages);

/* No device reaches it any more. Any context. */
void dma_bounce_put(struct dma_owed_node *node);

/* The same for the page of a piece's tail. Heads fill the end of a page, tails the beginning: where each gets a block
 * back that served one like it, little of what the block held before is left to be cleared. */
struct dma_owed_node *dma_bounce_get_tail(const struct dma_device *dev, int place, int *error);
void dma_bounce_put_tail(struct dma_owed_node *node);

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

/* list_view.c: zeros around the bytes from at to end, wherever the block may hold something else. */
void dma_bounce_clear_beside(struct dma_owed_node *node, size_t at, size_t end);

/* Fills a block: the caller's bytes, so that what the device does not write comes back as it was, and zeros around
 * them; in a confidential VM the host must not see what it is only to overwrite (hazards 7, 40, 56). */
static inline __attribute__((always_inline)) void dma_bounce_fill(struct dma_owed_node *node, size_t at,
								  const unsigned char *cpu, size_t len, unsigned dir)
{
	struct dma_dirty dirty = dma_bounce_dirty(node);

	if (dma_unlikely(dirty.from < at || dirty.to > at + len))
		dma_bounce_clear_beside(node, at, at + len);
	if (dma_unlikely(!(dir & DMA_TO_DEVICE) && dma_is_cvm())) {
		dma_arch_fill((unsigned char *)node->va + at, 0, len);
		return;
	}
	dma_arch_copy((unsigned char *)node->va + at, cpu, len);
	dma_add(&dma_state.stats.bytes_bounced, len);
}

/* What it holds from now on. A device that is not trusted may write wherever it reaches. */
static inline void dma_bounce_filled(struct dma_owed_node *node, size_t at, size_t len, unsigned dir, bool trusted)
{
	if ((dir & DMA_FROM_DEVICE) && !trusted)
		dma_bounce_soil(node, 0, (size_t)node->owed.npages << DMA_PAGE_SHIFT);
	else
		dma_bounce_soil(node, at, at + len);
}

#endif
